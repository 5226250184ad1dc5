# SPDX-License-Identifier: Apache-2.0
# gnuplot -e "kind='svg'" figure2.gp draws figure2.svg from figure2.tsv; kind may be svg, png or pdf.
if (!exists('kind')) kind = 'svg'
if (kind eq 'svg') set terminal svg size 860,560 font 'sans-serif,14' background '#ffffff'
if (kind eq 'png') set terminal pngcairo size 1720,1120 font 'sans-serif,22' background '#ffffff'
if (kind eq 'pdf') set terminal pdfcairo size 8.60in,5.60in font 'sans-serif,11' background '#ffffff'
table = 'figure2.tsv'
set output 'figure2.'.kind
set border 3 linecolor '#444444'
set tics nomirror textcolor '#222222'
set grid ytics linetype 1 linecolor '#dddddd' linewidth 1
set style fill solid 0.85 noborder
set title "Figure 2: saturated sigmoid network, gradients at other gains" noenhanced
set logscale x
set format x '10^{%T}'
set yrange [0:105]
set ylabel 'per cent'
set xlabel "gain" noenhanced
set key outside bottom center horizontal maxcols 2
plot \
  table index 0 using 1:3 with linespoints linewidth 2 pointtype 7 linecolor '#c0392b' dashtype 1 title "FGSM success, float" noenhanced, \
  table index 0 using 1:2 with linespoints linewidth 2 pointtype 7 linecolor '#222222' dashtype 1 title "non-zero elements, float" noenhanced, \
  table index 1 using 1:3 with linespoints linewidth 2 pointtype 6 linecolor '#c0392b' dashtype 2 title "FGSM success, double" noenhanced, \
  table index 1 using 1:2 with linespoints linewidth 2 pointtype 6 linecolor '#222222' dashtype 2 title "non-zero elements, double" noenhanced, \
  table index 2 using 1:3 with linespoints linewidth 2 pointtype 5 linecolor '#1f618d' dashtype 1 title "FGSM success, exact" noenhanced, \
  50.782 with lines linewidth 2.5 dashtype 3 linecolor '#7d6608' title 'FGSM success, random signs'
