# SPDX-License-Identifier: Apache-2.0
# gnuplot -e "kind='svg'" figureS1b.gp draws figureS1b.svg from figureS1b.tsv; kind may be svg, png or pdf.
if (!exists('kind')) kind = 'svg'
if (kind eq 'svg') set terminal svg size 1400,620 font 'sans-serif,14' background '#ffffff'
if (kind eq 'png') set terminal pngcairo size 2800,1240 font 'sans-serif,22' background '#ffffff'
if (kind eq 'pdf') set terminal pdfcairo size 14.00in,6.20in font 'sans-serif,11' background '#ffffff'
table = 'figureS1b.tsv'
set output 'figureS1b.'.kind
set border 3 linecolor '#444444'
set tics nomirror textcolor '#222222'
set grid ytics linetype 1 linecolor '#dddddd' linewidth 1
set style fill solid 0.85 noborder
set multiplot layout 2,5 title "Figure S1b: ReLU networks, weights and activations" noenhanced
set logscale y
set yrange [0.0005:100]
set format y '%g'
set format x '%g'
unset key
set title "vanilla, W1" noenhanced offset 0,-0.5
set ylabel 'per cent'
set xrange [-0.190725675:0.186007351]
set xtics 0.1
set label 1 'kurtosis 6.03' at graph 0.97,0.92 right front
plot table index 0 using 1:($3 > 0 ? $3 : 1/0):(0.00627888377) with boxes linecolor '#2471a3'
set title "vanilla, W2" noenhanced offset 0,-0.5
set ylabel ''
set xrange [-0.265783085:0.280942521]
set xtics 0.2
set label 1 'kurtosis 5.23' at graph 0.97,0.92 right front
plot table index 1 using 1:($3 > 0 ? $3 : 1/0):(0.00911209343) with boxes linecolor '#2471a3'
set title "vanilla, W3" noenhanced offset 0,-0.5
set ylabel ''
set xrange [-0.525670217:0.484662918]
set xtics 0.5
set label 1 'kurtosis 3.1' at graph 0.97,0.92 right front
plot table index 2 using 1:($3 > 0 ? $3 : 1/0):(0.0168388856) with boxes linecolor '#2471a3'
set title "vanilla, activation 1" noenhanced offset 0,-0.5
set ylabel ''
set xrange [0:2.53680792]
set xtics 1
set label 1 'kurtosis 6.87' at graph 0.97,0.92 right front
plot table index 3 using 1:($3 > 0 ? $3 : 1/0):(0.042280132) with boxes linecolor '#1e8449'
set title "vanilla, activation 2" noenhanced offset 0,-0.5
set ylabel ''
set xrange [0:8.48244557]
set xtics 5
set label 1 'kurtosis 2.81' at graph 0.97,0.92 right front
plot table index 4 using 1:($3 > 0 ? $3 : 1/0):(0.141374093) with boxes linecolor '#1e8449'
set title "saturated, W1" noenhanced offset 0,-0.5
set ylabel 'per cent'
set xrange [-0.300000082:0.267906619]
set xtics 0.2
set label 1 'kurtosis 7.67' at graph 0.97,0.92 right front
plot table index 5 using 1:($3 > 0 ? $3 : 1/0):(0.00946511168) with boxes linecolor '#2471a3'
set title "saturated, W2" noenhanced offset 0,-0.5
set ylabel ''
set xrange [-0.380115567:0.385937676]
set xtics 0.2
set label 1 'kurtosis 5.15' at graph 0.97,0.92 right front
plot table index 6 using 1:($3 > 0 ? $3 : 1/0):(0.012767554) with boxes linecolor '#2471a3'
set title "saturated, W3" noenhanced offset 0,-0.5
set ylabel ''
set xrange [-286.481453:257.140637]
set xtics 200
set label 1 'kurtosis 2.68' at graph 0.97,0.92 right front
plot table index 7 using 1:($3 > 0 ? $3 : 1/0):(9.06036817) with boxes linecolor '#2471a3'
set title "saturated, activation 1" noenhanced offset 0,-0.5
set ylabel ''
set xrange [0:1.10721521]
set xtics 0.5
set label 1 'kurtosis 44.9' at graph 0.97,0.92 right front
plot table index 8 using 1:($3 > 0 ? $3 : 1/0):(0.0184535869) with boxes linecolor '#1e8449'
set title "saturated, activation 2" noenhanced offset 0,-0.5
set ylabel ''
set xrange [0:3.39599355]
set xtics 1
set label 1 'kurtosis 6.37' at graph 0.97,0.92 right front
plot table index 9 using 1:($3 > 0 ? $3 : 1/0):(0.0565998924) with boxes linecolor '#1e8449'
unset multiplot
