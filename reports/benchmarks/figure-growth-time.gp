# SPDX-License-Identifier: Apache-2.0
# gnuplot -e "kind='svg'" figure-growth-time.gp draws figure-growth-time.svg from figure-growth-time.tsv; kind may be svg, png or pdf.
if (!exists('kind')) kind = 'svg'
if (kind eq 'svg') set terminal svg size 1300,860 font 'sans-serif,14' background '#ffffff'
if (kind eq 'png') set terminal pngcairo size 2600,1720 font 'sans-serif,22' background '#ffffff'
if (kind eq 'pdf') set terminal pdfcairo size 13.00in,8.60in font 'sans-serif,11' background '#ffffff'
table = 'figure-growth-time.tsv'
set output 'figure-growth-time.'.kind
set border 3 linecolor '#444444'
set tics nomirror textcolor '#222222'
set grid ytics linetype 1 linecolor '#dddddd' linewidth 1
set style fill solid 0.85 noborder
set multiplot layout 2,3
set logscale xy
set format y '%g'
set key below Left reverse noenhanced samplen 2 maxcols 2
set title 'images' noenhanced
set xlabel 'images' offset 0,0.6
set ylabel 'seconds'
set xtics ('100' 100, '1000' 1000, '10000' 10000, '60000' 60000)
set xrange [80:75000]
plot \
  table index 0 using 1:2:3:4 with yerrorlines linewidth 2 pointtype 4 pointsize 0.6 linecolor '#c0392b' title 'exact', \
  table index 1 using 1:2:3:4 with yerrorlines linewidth 2 pointtype 5 pointsize 0.6 linecolor '#2471a3' title 'double', \
  table index 2 using 1:2:3:4 with yerrorlines linewidth 2 pointtype 6 pointsize 0.6 linecolor '#222222' title 'float'
set title 'width of two hidden layers' noenhanced
set xlabel 'width' offset 0,0.6
set ylabel 'seconds'
set xtics ('64' 64, '128' 128, '256' 256, '512' 512, '1024' 1024, '2048' 2048)
set xrange [51.2:2560]
plot \
  table index 3 using 1:2:3:4 with yerrorlines linewidth 2 pointtype 4 pointsize 0.6 linecolor '#c0392b' title 'exact', \
  table index 4 using 1:2:3:4 with yerrorlines linewidth 2 pointtype 5 pointsize 0.6 linecolor '#2471a3' title 'double', \
  table index 5 using 1:2:3:4 with yerrorlines linewidth 2 pointtype 6 pointsize 0.6 linecolor '#222222' title 'float'
set title 'hidden layers of 256' noenhanced
set xlabel 'depth' offset 0,0.6
set ylabel 'seconds'
set xtics ('1' 1, '2' 2, '4' 4, '8' 8)
set xrange [0.8:10]
plot \
  table index 6 using 1:2:3:4 with yerrorlines linewidth 2 pointtype 4 pointsize 0.6 linecolor '#c0392b' title 'exact', \
  table index 7 using 1:2:3:4 with yerrorlines linewidth 2 pointtype 5 pointsize 0.6 linecolor '#2471a3' title 'double', \
  table index 8 using 1:2:3:4 with yerrorlines linewidth 2 pointtype 6 pointsize 0.6 linecolor '#222222' title 'float'
set title 'bits of balls' noenhanced
set xlabel 'bits' offset 0,0.6
set ylabel 'seconds'
set xtics ('64' 64, '128' 128, '256' 256, '512' 512, '1024' 1024, '2048' 2048, '4096' 4096)
set xrange [51.2:5120]
plot \
  table index 9 using 1:2:3:4 with yerrorlines linewidth 2 pointtype 7 pointsize 0.6 linecolor '#e67e22' title 'ball'
set title 'threads' noenhanced
set xlabel 'threads' offset 0,0.6
set ylabel 'seconds'
set xtics ('1' 1, '2' 2, '4' 4, '8' 8)
set xrange [0.8:10]
plot \
  table index 10 using 1:2:3:4 with yerrorlines linewidth 2 pointtype 4 pointsize 0.6 linecolor '#c0392b' title 'exact', \
  table index 11 using 1:2:3:4 with yerrorlines linewidth 2 pointtype 5 pointsize 0.6 linecolor '#2471a3' title 'double', \
  table index 12 using 1:2:3:4 with yerrorlines linewidth 2 pointtype 6 pointsize 0.6 linecolor '#222222' title 'float'
unset multiplot
