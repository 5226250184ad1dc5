# SPDX-License-Identifier: Apache-2.0
# gnuplot -e "kind='svg'" scales-relu.gp draws scales-relu.svg from scales-relu.tsv; kind may be svg, png or pdf.
if (!exists('kind')) kind = 'svg'
if (kind eq 'svg') set terminal svg size 860,560 font 'sans-serif,14' background '#ffffff'
if (kind eq 'png') set terminal pngcairo size 1720,1120 font 'sans-serif,22' background '#ffffff'
if (kind eq 'pdf') set terminal pdfcairo size 8.60in,5.60in font 'sans-serif,11' background '#ffffff'
table = 'scales-relu.tsv'
set output 'scales-relu.'.kind
set border 3 linecolor '#444444'
set tics nomirror textcolor '#222222'
set grid ytics linetype 1 linecolor '#dddddd' linewidth 1
set style fill solid 0.85 noborder
set title "amp-float16, vanilla ReLU network" noenhanced
set logscale x 2
set format x '2^{%L}'
set logscale y
set format y '%g'
set yrange [1e-05:100]
set ylabel 'elements in %, 0 is not drawn'
set xlabel 'loss scale'
set key below Left reverse noenhanced samplen 2 maxcols 2
plot \
  table using 1:4 with linespoints linewidth 2 pointtype 7 linecolor '#c0392b' title '0 though a better value was in range', \
  table using 1:5 with linespoints linewidth 2 pointtype 7 linecolor '#d68910' title '0, correctly rounded', \
  table using 1:7 with linespoints linewidth 2 pointtype 7 linecolor '#6c3483' title 'wrong sign', \
  table using 1:6 with linespoints linewidth 2 pointtype 7 linecolor '#1f618d' title 'infinite or largest, correctly rounded', \
  table using 1:10 with linespoints linewidth 2 pointtype 7 linecolor '#222222' title 'infinite or NaN otherwise'
