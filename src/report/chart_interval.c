/* SPDX-License-Identifier: Apache-2.0 */
/* chart_interval.c -- values with their intervals; see chart.h */
#include <math.h>

#include "io/escape.h"
#include "report/chart.h"
#include "report/svg.h"

enum { TOP = 4, ROW = 31, AXIS = 34, SIDE = 6 };

static const char *
marker(char shape)
{
    return shape == 'o' ? "m-full" : shape == 'd' ? "m-exact" : "m-open";
}

static double
at(double percent)
{
    return SIDE + (SVG_WIDTH - 2 * SIDE) * fmin(fmax(percent, 0), 100) / 100;
}

double
interval_height(const interval_chart *c)
{
    return TOP + ROW * (double)c->n + AXIS;
}

void
interval_svg(FILE *out, const void *data, bool alone)
{
    const interval_chart *c = data;
    const double bottom = interval_height(c) - AXIS;
    svg_open(out, interval_height(c), c->title, alone);
    for (int tick = 0; tick <= 100; tick += 20) {
        char text[8];
        snprintf(text, sizeof text, "%d", tick);
        svg_line(out, at(tick), TOP, at(tick), bottom + 2, "grid");
        svg_text(out, tick == 100 ? SVG_WIDTH : at(tick), bottom + 12, tick == 100 ? "end" : "mid", text);
    }
    for (size_t r = 0; r < c->n; r++) {
        const interval_row *row = c->row + r;
        const double y = TOP + ROW * (double)r;
        svg_label(out, 0, y + 10, "strong", row->label, 36);
        svg_text(out, SVG_WIDTH, y + 10, "end soft", row->note);
        if (isnan(row->value))
            continue;
        svg_line(out, at(row->low), y + 20, at(row->high), y + 20, "line thick");
        svg_line(out, at(row->low), y + 16.5, at(row->low), y + 23.5, "line");
        svg_line(out, at(row->high), y + 16.5, at(row->high), y + 23.5, "line");
        svg_marker(out, at(row->value), y + 20, row->shape, marker(row->shape));
    }
    svg_text(out, SVG_WIDTH / 2.0, bottom + 28, "mid soft", c->axis);
    svg_close(out);
}

void
interval_tsv(FILE *out, const void *data)
{
    const interval_chart *c = data;
    fputs("#row\tname\tpercent\tlow\thigh\tkind\n", out);
    for (size_t r = 0; r < c->n; r++) {
        const interval_row *row = c->row + r;
        fprintf(out, "%zu\t", r);
        escape_tsv(out, row->label);
        fprintf(out, "\t%.9g\t%.9g\t%.9g\t%d\n", row->value, row->low, row->high,
                row->shape == 'o' ? 0 : row->shape == 'd' ? 1 : 2);
    }
}

void
interval_gp(FILE *out, const void *data)
{
    const interval_chart *c = data;
    fprintf(out, "set datafile separator tab\nset termoption noenhanced\nset title '%s: %s'\nset xrange [-2:102]\nset yrange "
                 "[%zu:-1]\nset format x '%%g %%%%'\nunset grid\nset grid xtics linetype 1 linecolor '#dddddd'\nset lmargin 34\n"
                 "set key outside below\nset ytics (", c->title, c->axis, c->n);
    for (size_t r = 0; r < c->n; r++) {
        fprintf(out, "%s'", r > 0 ? ", " : "");
        escape_gnuplot(out, c->row[r].label);
        fprintf(out, "' %zu", r);
    }
    fputs(")\nplot table using 3:($6==0 ? $1 : -1e9):4:5 with xerrorbars pointtype 7 pointsize 2 linewidth 2 linecolor '#0072b2' "
          "title 'estimators (95 %)', \\\n    table using 3:($6==1 ? $1 : -1e9):4:5 with xerrorbars pointtype 13 pointsize 2 "
          "linewidth 2 "
          "linecolor '#d55e00' title 'exact gradients (95 %)', \\\n    table using 3:($6==2 ? $1 : -1e9):4:5 with xerrorbars "
          "pointtype 4 "
          "pointsize 2 linewidth 2 linecolor '#444444' title 'controls (range of seeds)'\n", out);
}
