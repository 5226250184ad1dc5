# SPDX-License-Identifier: Apache-2.0
# gnuplot -e "kind='svg'" figure1.gp draws figure1.svg from figure1.tsv; kind may be svg, png or pdf.
if (!exists('kind')) kind = 'svg'
if (kind eq 'svg') set terminal svg size 980,760 font 'sans-serif,14' background '#ffffff'
if (kind eq 'png') set terminal pngcairo size 1960,1520 font 'sans-serif,22' background '#ffffff'
if (kind eq 'pdf') set terminal pdfcairo size 9.80in,7.60in font 'sans-serif,11' background '#ffffff'
table = 'figure1.tsv'
set output 'figure1.'.kind
set border 3 linecolor '#444444'
set tics nomirror textcolor '#222222'
set grid ytics linetype 1 linecolor '#dddddd' linewidth 1
set style fill solid 0.85 noborder
set multiplot layout 2,2 title "Figure 1: gradient elements by magnitude, naive formulas" noenhanced
set logscale y
set yrange [0.0001:300]
set format y '%g'
set ylabel 'elements in %'
set xlabel 'log10 of the magnitude'
unset key
set xrange [-50.145:4.8575]
set xtics ('zero' -48.43, '-40' -40, '-30' -30, '-20' -20, '-10' -10, '0' 0)
set title "vanilla-sigmoid, float" noenhanced
set label 1 '0 % zero' at graph 0.09,0.94 left front textcolor '#c0392b'
plot table index 0 using ($0==0 && $3>0 ? -48.43 : 1/0):3:(1.715) with boxes linecolor '#c0392b', \
     table index 0 using ($0>4 && $3>0 ? $1+0.5 : 1/0):3:(1) with boxes linecolor '#2471a3'
set xrange [-358.44:9.74]
set xtics ('zero' -346.96, '-300' -300, '-200' -200, '-100' -100, '0' 0)
set title "vanilla-sigmoid, double" noenhanced
set label 1 '0 % zero' at graph 0.09,0.94 left front textcolor '#c0392b'
plot table index 1 using ($0==0 && $3>0 ? -346.96 : 1/0):3:(11.48) with boxes linecolor '#c0392b', \
     table index 1 using ($0>4 && $3>0 ? $1+0.5 : 1/0):3:(1) with boxes linecolor '#2471a3'
set xrange [-50.145:4.8575]
set xtics ('zero' -48.43, '-40' -40, '-30' -30, '-20' -20, '-10' -10, '0' 0)
set title "saturated-sigmoid, float" noenhanced
set label 1 '98.44 % zero' at graph 0.09,0.94 left front textcolor '#c0392b'
plot table index 2 using ($0==0 && $3>0 ? -48.43 : 1/0):3:(1.715) with boxes linecolor '#c0392b', \
     table index 2 using ($0>4 && $3>0 ? $1+0.5 : 1/0):3:(1) with boxes linecolor '#2471a3'
set xrange [-358.44:9.74]
set xtics ('zero' -346.96, '-300' -300, '-200' -200, '-100' -100, '0' 0)
set title "saturated-sigmoid, double" noenhanced
set label 1 '82.54 % zero' at graph 0.09,0.94 left front textcolor '#c0392b'
plot table index 3 using ($0==0 && $3>0 ? -346.96 : 1/0):3:(11.48) with boxes linecolor '#c0392b', \
     table index 3 using ($0>4 && $3>0 ? $1+0.5 : 1/0):3:(1) with boxes linecolor '#2471a3'
unset multiplot
