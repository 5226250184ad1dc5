# SPDX-License-Identifier: Apache-2.0
# gnuplot -e "kind='svg'" figureS1a.gp draws figureS1a.svg from figureS1a.tsv; kind may be svg, png or pdf.
if (!exists('kind')) kind = 'svg'
if (kind eq 'svg') set terminal svg size 1400,620 font 'sans-serif,14' background '#ffffff'
if (kind eq 'png') set terminal pngcairo size 2800,1240 font 'sans-serif,22' background '#ffffff'
if (kind eq 'pdf') set terminal pdfcairo size 14.00in,6.20in font 'sans-serif,11' background '#ffffff'
table = 'figureS1a.tsv'
set output 'figureS1a.'.kind
set border 3 linecolor '#444444'
set tics nomirror textcolor '#222222'
set grid ytics linetype 1 linecolor '#dddddd' linewidth 1
set style fill solid 0.85 noborder
set multiplot layout 2,5 title "Figure S1a: sigmoid networks, weights and activations" noenhanced
set logscale y
set yrange [0.0005:100]
set format y '%g'
set format x '%g'
unset key
set title "vanilla, W1" noenhanced offset 0,-0.5
set ylabel 'per cent'
set xrange [-0.627880449:0.615349157]
set xtics 0.5
set label 1 'kurtosis 7.93' at graph 0.97,0.92 right front
plot table index 0 using 1:($3 > 0 ? $3 : 1/0):(0.0207204934) with boxes linecolor '#2471a3'
set title "vanilla, W2" noenhanced offset 0,-0.5
set ylabel ''
set xrange [-1.17771253:1.15408909]
set xtics 1
set label 1 'kurtosis 3.77' at graph 0.97,0.92 right front
plot table index 1 using 1:($3 > 0 ? $3 : 1/0):(0.0388633604) with boxes linecolor '#2471a3'
set title "vanilla, W3" noenhanced offset 0,-0.5
set ylabel ''
set xrange [-3.44791159:3.45365485]
set xtics 2
set label 1 'kurtosis 2.86' at graph 0.97,0.92 right front
plot table index 2 using 1:($3 > 0 ? $3 : 1/0):(0.115026107) with boxes linecolor '#2471a3'
set title "vanilla, activation 1" noenhanced offset 0,-0.5
set ylabel ''
set xrange [0:1]
set xtics 0.5
set label 1 'kurtosis 1.76' at graph 0.97,0.92 right front
plot table index 3 using 1:($3 > 0 ? $3 : 1/0):(0.0166666667) with boxes linecolor '#1e8449'
set title "vanilla, activation 2" noenhanced offset 0,-0.5
set ylabel ''
set xrange [0:1]
set xtics 0.5
set label 1 'kurtosis 2.13' at graph 0.97,0.92 right front
plot table index 4 using 1:($3 > 0 ? $3 : 1/0):(0.0166666667) with boxes linecolor '#1e8449'
set title "saturated, W1" noenhanced offset 0,-0.5
set ylabel 'per cent'
set xrange [-900.256437:868.056824]
set xtics 500
set label 1 'kurtosis 6.49' at graph 0.97,0.92 right front
plot table index 5 using 1:($3 > 0 ? $3 : 1/0):(29.4718877) with boxes linecolor '#2471a3'
set title "saturated, W2" noenhanced offset 0,-0.5
set ylabel ''
set xrange [-1918.9283:1732.22447]
set xtics 1000
set label 1 'kurtosis 15.2' at graph 0.97,0.92 right front
plot table index 6 using 1:($3 > 0 ? $3 : 1/0):(60.852546) with boxes linecolor '#2471a3'
set title "saturated, W3" noenhanced offset 0,-0.5
set ylabel ''
set xrange [-5.39509943:5.24701179]
set xtics 5
set label 1 'kurtosis 5.49' at graph 0.97,0.92 right front
plot table index 7 using 1:($3 > 0 ? $3 : 1/0):(0.17736852) with boxes linecolor '#2471a3'
set title "saturated, activation 1" noenhanced offset 0,-0.5
set ylabel ''
set xrange [0:1]
set xtics 0.5
set label 1 'kurtosis 1.66' at graph 0.97,0.92 right front
plot table index 8 using 1:($3 > 0 ? $3 : 1/0):(0.0166666667) with boxes linecolor '#1e8449'
set title "saturated, activation 2" noenhanced offset 0,-0.5
set ylabel ''
set xrange [0:1]
set xtics 0.5
set label 1 'kurtosis 8.36' at graph 0.97,0.92 right front
plot table index 9 using 1:($3 > 0 ? $3 : 1/0):(0.0166666667) with boxes linecolor '#1e8449'
unset multiplot
