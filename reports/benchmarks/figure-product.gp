# SPDX-License-Identifier: Apache-2.0
# gnuplot -e "kind='svg'" figure-product.gp draws figure-product.svg from figure-product.tsv; kind may be svg, png or pdf.
if (!exists('kind')) kind = 'svg'
if (kind eq 'svg') set terminal svg size 1500,640 font 'sans-serif,14' background '#ffffff'
if (kind eq 'png') set terminal pngcairo size 3000,1280 font 'sans-serif,22' background '#ffffff'
if (kind eq 'pdf') set terminal pdfcairo size 15.00in,6.40in font 'sans-serif,11' background '#ffffff'
table = 'figure-product.tsv'
set output 'figure-product.'.kind
set border 3 linecolor '#444444'
set tics nomirror textcolor '#222222'
set grid ytics linetype 1 linecolor '#dddddd' linewidth 1
set style fill solid 0.85 noborder
set multiplot layout 1,3
set logscale xy
set format y '%g'
set key below Left reverse noenhanced samplen 2 maxcols 2
set title '256x784 times 784x256, uniform exponents' noenhanced
set xlabel 'bits' offset 0,0.6
set ylabel 'milliseconds'
set xtics ('128' 128, '256' 256, '512' 512, '1024' 1024)
set xrange [102.4:1280]
plot \
  table index 0 using 1:2:3:4 with yerrorlines linewidth 2 pointtype 5 pointsize 0.6 linecolor '#2471a3' title 'gradaudit dot, int16 in AVX2', \
  table index 1 using 1:2:3:4 with yerrorlines linewidth 2 pointtype 6 pointsize 0.6 linecolor '#222222' title 'gradaudit dot, dgemm', \
  table index 2 using 1:2:3:4 with yerrorlines linewidth 2 pointtype 7 pointsize 0.6 linecolor '#e67e22' title 'gradaudit dot, int16 in plain C', \
  table index 3 using 1:2:3:4 with yerrorlines linewidth 2 pointtype 8 pointsize 0.6 linecolor '#1e8449' title 'MPFR mul + sum', \
  table index 4 using 1:2:3:4 with yerrorlines linewidth 2 pointtype 9 pointsize 0.6 linecolor '#6c3483' title 'MPFR mul + add', \
  table index 5 using 1:2:3:4 with yerrorlines linewidth 2 pointtype 10 pointsize 0.6 linecolor '#7f8c8d' title 'Arb arb_mat_mul, exact operands', \
  table index 6 using 1:2:3:4 with yerrorlines linewidth 2 pointtype 11 pointsize 0.6 linecolor '#7d6608' title 'Arb arb_dot, exact operands'
set title 'the same, exponents over 2^-2000 to 1' noenhanced
set xlabel 'bits' offset 0,0.6
set ylabel 'milliseconds'
set xtics ('128' 128, '256' 256, '512' 512, '1024' 1024)
set xrange [102.4:1280]
plot \
  table index 7 using 1:2:3:4 with yerrorlines linewidth 2 pointtype 5 pointsize 0.6 linecolor '#2471a3' title 'gradaudit dot, int16 in AVX2', \
  table index 8 using 1:2:3:4 with yerrorlines linewidth 2 pointtype 6 pointsize 0.6 linecolor '#222222' title 'gradaudit dot, dgemm', \
  table index 9 using 1:2:3:4 with yerrorlines linewidth 2 pointtype 7 pointsize 0.6 linecolor '#e67e22' title 'gradaudit dot, int16 in plain C', \
  table index 10 using 1:2:3:4 with yerrorlines linewidth 2 pointtype 8 pointsize 0.6 linecolor '#1e8449' title 'MPFR mul + sum', \
  table index 11 using 1:2:3:4 with yerrorlines linewidth 2 pointtype 9 pointsize 0.6 linecolor '#6c3483' title 'MPFR mul + add', \
  table index 12 using 1:2:3:4 with yerrorlines linewidth 2 pointtype 10 pointsize 0.6 linecolor '#7f8c8d' title 'Arb arb_mat_mul, exact operands', \
  table index 13 using 1:2:3:4 with yerrorlines linewidth 2 pointtype 11 pointsize 0.6 linecolor '#7d6608' title 'Arb arb_dot, exact operands'
set title 'cubes, 256 bits, uniform exponents' noenhanced
set xlabel 'rows and columns' offset 0,0.6
set ylabel 'milliseconds'
set xtics ('64' 64, '128' 128, '256' 256, '512' 512, '1024' 1024)
set xrange [51.2:1280]
plot \
  table index 14 using 1:2:3:4 with yerrorlines linewidth 2 pointtype 5 pointsize 0.6 linecolor '#2471a3' title 'gradaudit dot, int16 in AVX2', \
  table index 15 using 1:2:3:4 with yerrorlines linewidth 2 pointtype 6 pointsize 0.6 linecolor '#222222' title 'gradaudit dot, dgemm', \
  table index 16 using 1:2:3:4 with yerrorlines linewidth 2 pointtype 7 pointsize 0.6 linecolor '#e67e22' title 'gradaudit dot, int16 in plain C', \
  table index 17 using 1:2:3:4 with yerrorlines linewidth 2 pointtype 8 pointsize 0.6 linecolor '#1e8449' title 'MPFR mul + sum', \
  table index 18 using 1:2:3:4 with yerrorlines linewidth 2 pointtype 9 pointsize 0.6 linecolor '#6c3483' title 'MPFR mul + add', \
  table index 19 using 1:2:3:4 with yerrorlines linewidth 2 pointtype 10 pointsize 0.6 linecolor '#7f8c8d' title 'Arb arb_mat_mul, exact operands', \
  table index 20 using 1:2:3:4 with yerrorlines linewidth 2 pointtype 11 pointsize 0.6 linecolor '#7d6608' title 'Arb arb_dot, exact operands'
unset multiplot
