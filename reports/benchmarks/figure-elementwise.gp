# SPDX-License-Identifier: Apache-2.0
# gnuplot -e "kind='svg'" figure-elementwise.gp draws figure-elementwise.svg from figure-elementwise.tsv; kind may be svg, png or pdf.
if (!exists('kind')) kind = 'svg'
if (kind eq 'svg') set terminal svg size 1100,560 font 'sans-serif,14' background '#ffffff'
if (kind eq 'png') set terminal pngcairo size 2200,1120 font 'sans-serif,22' background '#ffffff'
if (kind eq 'pdf') set terminal pdfcairo size 11.00in,5.60in font 'sans-serif,11' background '#ffffff'
table = 'figure-elementwise.tsv'
set output 'figure-elementwise.'.kind
set border 3 linecolor '#444444'
set tics nomirror textcolor '#222222'
set grid ytics linetype 1 linecolor '#dddddd' linewidth 1
set style fill solid 0.85 noborder
set multiplot layout 1,2
set logscale xy
set format y '%g'
set key below Left reverse noenhanced samplen 2 maxcols 2
set title 'sigma and its derivative, |z| < 8' noenhanced
set xlabel 'bits' offset 0,0.6
set ylabel 'nanoseconds an element'
set xtics ('128' 128, '256' 256, '512' 512)
set xrange [102.4:640]
plot \
  table index 0 using 1:2:3:4 with yerrorlines linewidth 2 pointtype 4 pointsize 0.6 linecolor '#c0392b' title 'gradaudit balls', \
  table index 1 using 1:2:3:4 with yerrorlines linewidth 2 pointtype 5 pointsize 0.6 linecolor '#2471a3' title 'MPFR', \
  table index 2 using 1:2:3:4 with yerrorlines linewidth 2 pointtype 6 pointsize 0.6 linecolor '#222222' title 'one MPFR product', \
  table index 3 using 1:2:3:4 with yerrorlines linewidth 2 pointtype 7 pointsize 0.6 linecolor '#e67e22' title 'Arb'
set title 'pre-activations of the saturated network' noenhanced
set xlabel 'bits' offset 0,0.6
set ylabel 'nanoseconds an element'
set xtics ('128' 128, '256' 256, '512' 512)
set xrange [102.4:640]
plot \
  table index 4 using 1:2:3:4 with yerrorlines linewidth 2 pointtype 4 pointsize 0.6 linecolor '#c0392b' title 'gradaudit balls', \
  table index 5 using 1:2:3:4 with yerrorlines linewidth 2 pointtype 5 pointsize 0.6 linecolor '#2471a3' title 'MPFR', \
  table index 6 using 1:2:3:4 with yerrorlines linewidth 2 pointtype 6 pointsize 0.6 linecolor '#222222' title 'one MPFR product', \
  table index 7 using 1:2:3:4 with yerrorlines linewidth 2 pointtype 7 pointsize 0.6 linecolor '#e67e22' title 'Arb'
unset multiplot
