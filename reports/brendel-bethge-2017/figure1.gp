# SPDX-License-Identifier: Apache-2.0
# gnuplot -e "kind='svg'" figure1.gp draws figure1.svg from figure1.tsv; kind may be svg, png or pdf.
if (!exists('kind')) kind = 'svg'
if (kind eq 'svg') set terminal svg size 1080,1080 font 'sans-serif,14' background '#ffffff'
if (kind eq 'png') set terminal pngcairo size 2160,2160 font 'sans-serif,22' background '#ffffff'
if (kind eq 'pdf') set terminal pdfcairo size 10.80in,10.80in font 'sans-serif,11' background '#ffffff'
table = 'figure1.tsv'
set output 'figure1.'.kind
set border 3 linecolor '#444444'
set tics nomirror textcolor '#222222'
set grid ytics linetype 1 linecolor '#dddddd' linewidth 1
set style fill solid 0.85 noborder
set multiplot layout 3,2 title "Figure 1: gradient elements by magnitude, sigmoid networks" noenhanced
x(d) = asinh(d/4)
set logscale y
set yrange [0.001:3000]
set format y '%g'
set ytics (0.001, 0.01, 0.1, 1, 10, 100)
set ylabel 'elements in %'
set xlabel 'magnitude'
unset key
set xrange [-8.51314:0.981374]
set xtics ('0' -8.21314, '1' 0, '1e-5' -1.04759, '1e-30' -2.71247, '1e-200' -4.60527, '1e-2000' -6.90776)
set title "vanilla, float" noenhanced
unset arrow
unset label 1
unset label 2
unset label 3
unset label 4
set arrow 1 from -1.12336, graph 0 to -1.12336, graph 0.84 nohead front dashtype 2 linewidth 1.5 linecolor '#222222'
set label 1 "median 1e-6" at -1.12336, graph 0.88 center front noenhanced textcolor '#222222'
set label 2 "0 % zero" at -8.46314, graph 0.99 left front noenhanced textcolor '#b03a2e'
plot table index 0 every ::0::0 using (-8.21314):4:(-8.33314):(-8.09314):(0.001):4 with boxxyerror linecolor '#c0392b', \
     table index 0 every ::1 using ($2>-1e+09 && $4>0 ? 0.5*(x($1)+x($2)) : 1/0):4:(x($1)):(x($2)):(0.001):4 with boxxyerror linecolor '#2471a3', \
     table index 0 every ::1 using ($2<=-1e+09 && $4>0 ? 0.5*(x($1)+x($2)) : 1/0):4:(x($1)):(x($2)):(0.001):4 with boxxyerror linecolor '#e59866'
set title "saturated, float" noenhanced
unset arrow
unset label 1
unset label 2
unset label 3
unset label 4
set arrow 1 from -2.55163, graph 0 to -2.55163, graph 0.84 nohead front dashtype 2 linewidth 1.5 linecolor '#222222'
set label 1 "median of the others 1e-26" at -2.55163, graph 0.88 center front noenhanced textcolor '#222222'
set label 2 "98.44 % zero" at -8.46314, graph 0.99 left front noenhanced textcolor '#b03a2e'
plot table index 1 every ::0::0 using (-8.21314):4:(-8.33314):(-8.09314):(0.001):4 with boxxyerror linecolor '#c0392b', \
     table index 1 every ::1 using ($2>-1e+09 && $4>0 ? 0.5*(x($1)+x($2)) : 1/0):4:(x($1)):(x($2)):(0.001):4 with boxxyerror linecolor '#2471a3', \
     table index 1 every ::1 using ($2<=-1e+09 && $4>0 ? 0.5*(x($1)+x($2)) : 1/0):4:(x($1)):(x($2)):(0.001):4 with boxxyerror linecolor '#e59866'
set title "vanilla, double" noenhanced
unset arrow
unset label 1
unset label 2
unset label 3
unset label 4
set arrow 1 from -1.12336, graph 0 to -1.12336, graph 0.84 nohead front dashtype 2 linewidth 1.5 linecolor '#222222'
set label 1 "median 1e-6" at -1.12336, graph 0.88 center front noenhanced textcolor '#222222'
set label 2 "0 % zero" at -8.46314, graph 0.99 left front noenhanced textcolor '#b03a2e'
plot table index 2 every ::0::0 using (-8.21314):4:(-8.33314):(-8.09314):(0.001):4 with boxxyerror linecolor '#c0392b', \
     table index 2 every ::1 using ($2>-1e+09 && $4>0 ? 0.5*(x($1)+x($2)) : 1/0):4:(x($1)):(x($2)):(0.001):4 with boxxyerror linecolor '#2471a3', \
     table index 2 every ::1 using ($2<=-1e+09 && $4>0 ? 0.5*(x($1)+x($2)) : 1/0):4:(x($1)):(x($2)):(0.001):4 with boxxyerror linecolor '#e59866'
set title "saturated, double" noenhanced
unset arrow
unset label 1
unset label 2
unset label 3
unset label 4
set arrow 1 from -4.32099, graph 0 to -4.32099, graph 0.84 nohead front dashtype 2 linewidth 1.5 linecolor '#222222'
set label 1 "median of the others 1e-151" at -4.32099, graph 0.88 center front noenhanced textcolor '#222222'
set label 2 "82.54 % zero" at -8.46314, graph 0.99 left front noenhanced textcolor '#b03a2e'
plot table index 3 every ::0::0 using (-8.21314):4:(-8.33314):(-8.09314):(0.001):4 with boxxyerror linecolor '#c0392b', \
     table index 3 every ::1 using ($2>-1e+09 && $4>0 ? 0.5*(x($1)+x($2)) : 1/0):4:(x($1)):(x($2)):(0.001):4 with boxxyerror linecolor '#2471a3', \
     table index 3 every ::1 using ($2<=-1e+09 && $4>0 ? 0.5*(x($1)+x($2)) : 1/0):4:(x($1)):(x($2)):(0.001):4 with boxxyerror linecolor '#e59866'
set title "vanilla, exact gradient" noenhanced
unset arrow
unset label 1
unset label 2
unset label 3
unset label 4
set arrow 1 from -1.12336, graph 0 to -1.12336, graph 0.84 nohead front dashtype 2 linewidth 1.5 linecolor '#222222'
set label 1 "median 1e-6" at -1.12336, graph 0.88 center front noenhanced textcolor '#222222'
set label 2 "0 % zero" at -8.46314, graph 0.99 left front noenhanced textcolor '#b03a2e'
set arrow 3 from -3.11548, graph 0 to -3.11548, graph 0.7 nohead front dashtype 2 linewidth 1.5 linecolor '#b03a2e'
set label 3 "float" at -3.11548, graph 0.74 center front noenhanced textcolor '#b03a2e'
set arrow 4 from -5.08763, graph 0 to -5.08763, graph 0.7 nohead front dashtype 2 linewidth 1.5 linecolor '#b03a2e'
set label 4 "double" at -5.08763, graph 0.74 center front noenhanced textcolor '#b03a2e'
plot table index 4 every ::0::0 using (-8.21314):4:(-8.33314):(-8.09314):(0.001):4 with boxxyerror linecolor '#c0392b', \
     table index 4 every ::1 using ($2>-45 && $4>0 ? 0.5*(x($1)+x($2)) : 1/0):4:(x($1)):(x($2)):(0.001):4 with boxxyerror linecolor '#2471a3', \
     table index 4 every ::1 using ($2<=-45 && $4>0 ? 0.5*(x($1)+x($2)) : 1/0):4:(x($1)):(x($2)):(0.001):4 with boxxyerror linecolor '#e59866'
set title "saturated, exact gradient" noenhanced
unset arrow
unset label 1
unset label 2
unset label 3
unset label 4
set arrow 1 from -5.96679, graph 0 to -5.96679, graph 0.84 nohead front dashtype 2 linewidth 1.5 linecolor '#222222'
set label 1 "median 1e-781" at -5.96679, graph 0.88 center front noenhanced textcolor '#222222'
set label 2 "0 % zero" at -8.46314, graph 0.99 left front noenhanced textcolor '#b03a2e'
set arrow 3 from -3.11548, graph 0 to -3.11548, graph 0.7 nohead front dashtype 2 linewidth 1.5 linecolor '#b03a2e'
set label 3 "float" at -3.11548, graph 0.74 center front noenhanced textcolor '#b03a2e'
set arrow 4 from -5.08763, graph 0 to -5.08763, graph 0.7 nohead front dashtype 2 linewidth 1.5 linecolor '#b03a2e'
set label 4 "double" at -5.08763, graph 0.74 center front noenhanced textcolor '#b03a2e'
plot table index 5 every ::0::0 using (-8.21314):4:(-8.33314):(-8.09314):(0.001):4 with boxxyerror linecolor '#c0392b', \
     table index 5 every ::1 using ($2>-45 && $4>0 ? 0.5*(x($1)+x($2)) : 1/0):4:(x($1)):(x($2)):(0.001):4 with boxxyerror linecolor '#2471a3', \
     table index 5 every ::1 using ($2<=-45 && $4>0 ? 0.5*(x($1)+x($2)) : 1/0):4:(x($1)):(x($2)):(0.001):4 with boxxyerror linecolor '#e59866'
unset multiplot
