/* SPDX-License-Identifier: Apache-2.0 */
/* plots.c -- the tables and gnuplot commands of histograms and sweeps; see figure.h */
#include <math.h>

#include "io/escape.h"
#include "report/figure.h"
#include "report/table.h"

#define NARROWEST 0.002 /* least width of a bar, of the axis */
#define LEAST 2e-15     /* and of its place on it, which is written with 15 digits */

static void
title_comment(FILE *out, const char *title)
{
    fputs("# ", out);
    escape_tsv(out, title);
    fputc('\n', out);
}

void
histogram_tsv(FILE *out, const void *data)
{
    const histogram_figure *f = data;
    for (size_t s = 0; s < f->n; s++) {
        const ga_histogram *h = &f->series[s].histogram;
        if (s > 0)
            fputs("\n\n", out);
        title_comment(out, f->series[s].title);
        table t = table_new(out, false);
        table_histogram(&t, &t, h);
    }
}

/* The decades of the series first, first + stride, …. */
static void
common_range(const histogram_figure *f, size_t first, size_t stride, double *low, double *high)
{
    bool any = false;
    *low = -1;
    *high = 0;
    for (size_t s = first; s < f->n; s += stride) {
        const ga_histogram *h = &f->series[s].histogram;
        if (h->n == 0)
            continue;
        *low = any ? fmin(*low, (double)h->decade[0]) : (double)h->decade[0];
        *high = any ? fmax(*high, (double)h->decade[h->n - 1] + 1) : (double)h->decade[h->n - 1] + 1;
        any = true;
    }
}

double
nice_step(double span, double most)
{
    const double least = span / most, power = pow(10, floor(log10(least)));
    return least <= power ? power : least <= 2 * power ? 2 * power : least <= 5 * power ? 5 * power : 10 * power;
}

/* The decades' axis, with a place for zeros left of the lowest, and one each right of the highest for infinities and for NaN, if
   there are any. Returns the first of these. */
static double
histogram_axis(FILE *out, const ga_histogram *h, double low, double high, double bar, double zero)
{
    const bool beyond = h->infinite + h->nan > 0;
    const double infinite = high + 1.5 * bar;
    const bool far = fabs(low) > 1e7; /* its labels are long */
    const double step = fmax(ceil(bar), far ? nice_step(high - zero, 3) : nice_step(high - low, 6));
    const double first = far && step < 1e6 ? low : ceil(low / step) * step;
    fprintf(out, "set xrange [%.15g:%.15g]\nset xtics ('zero' %.15g", zero - bar,
            beyond ? infinite + 4 * bar : high + bar / 2, zero);
    if (beyond)
        fprintf(out, ", 'inf' %.15g, 'NaN' %.15g", infinite, infinite + 2.5 * bar);
    for (int k = 0; k < 16 && first + k * step <= high; k++) {
        fprintf(out, step < 1e6 ? ", '%.0f'" : ", '%.3g'", first + k * step);
        fprintf(out, " %.15g", first + k * step);
    }
    fputs(")\n", out);
    return infinite;
}

/* "12.5 % zero, 50 % NaN": elements without a decade, by kind. */
static void
histogram_label(FILE *out, const ga_histogram *h)
{
    const struct {
        size_t n;
        const char *what;
    } part[] = { { h->infinite, "infinite" }, { h->nan, "NaN" }, { h->undecided.n, "undecided" } };
    const double all = h->elements > 0 ? (double)h->elements : 1;
    fprintf(out, "set label 1 '%.4g %% zero", 100 * (double)h->zero / all);
    for (size_t i = 0; i < sizeof part / sizeof *part; i++)
        if (part[i].n > 0)
            fprintf(out, ", %.4g %% %s", 100 * (double)part[i].n / all, part[i].what);
    fputs("' at graph 0.09,0.94 left front textcolor '#c0392b'\n", out);
}

/* One panel a series, in two columns; zeros (in red) left of the decades, each wide enough to be seen. The axis of per cent is
   logarithmic, to show the few elements that are not zero. */
void
histogram_gp(FILE *out, const void *data)
{
    const histogram_figure *f = data;
    const size_t cols = f->n > 1 ? 2 : 1;
    fprintf(out, "set multiplot layout %zu,%zu title \"", (f->n + cols - 1) / cols, cols);
    escape_gnuplot(out, f->title);
    fputs("\" noenhanced\nset logscale y\nset yrange [0.0001:300]\nset format y '%g'\nset ylabel 'elements in %'\n"
          "set xlabel 'log10 of the magnitude'\nunset key\n", out);
    for (size_t s = 0; s < f->n; s++) {
        const ga_histogram *h = &f->series[s].histogram;
        double low, high;
        common_range(f, s % cols, cols, &low, &high);
        const double least = fmax(1, fabs(low) * LEAST), bar = fmax(least, (high - low) * 0.035), zero = low - 2 * bar;
        const double infinite = histogram_axis(out, h, low, high, bar, zero);
        fputs("set title \"", out);
        escape_gnuplot(out, f->series[s].title);
        fputs("\" noenhanced\n", out);
        histogram_label(out, h);
        fprintf(out,
                "plot table index %zu using ($0==0 ? %.15g : $0==3 ? %.15g : $0==4 ? %.15g : -1e300):($3>0 ? $3 : 1e-9):(%.9g) "
                "with boxes linecolor '#c0392b', \\\n"
                "     table index %zu using ($0>5 && $3>0 ? $1+0.5 : 1/0):3:(%.9g) with boxes linecolor '#2471a3'\n",
                s, zero, infinite, infinite + 2.5 * bar, bar, s, fmax(least, (high - low) * NARROWEST));
    }
    fputs("unset multiplot\n", out);
}

void
sweep_tsv(FILE *out, const void *data)
{
    const sweep_figure *f = data;
    for (size_t s = 0; s < f->n; s++) {
        const sweep_series *series = f->series + s;
        if (s > 0)
            fputs("\n\n", out);
        title_comment(out, series->title);
        table t = table_new(out, false);
        for (size_t i = 0; i < series->n; i++)
            table_sweep(&t, series->value[i], series->counts + i);
    }
}

static void
sweep_line(FILE *out, const char *what, const sweep_series *series, size_t index, int column, const char *colour)
{
    fprintf(out, "  table index %zu using 1:%d with linespoints linewidth 2 pointtype %d linecolor '%s' dashtype %zu title "
                 "\"%s", index,
            column, series->exact ? 5 : index == 0 ? 7 : 6, colour, series->exact ? (size_t)1 : index + 1, what);
    escape_gnuplot(out, series->title);
    fputs("\" noenhanced", out);
}

void
sweep_gp(FILE *out, const void *data)
{
    const sweep_figure *f = data;
    fputs("set title \"", out);
    escape_gnuplot(out, f->title);
    fputs("\" noenhanced\nset logscale x\nset format x '10^{%T}'\nset yrange [0:105]\nset ylabel 'per cent'\nset xlabel \"", out);
    escape_gnuplot(out, f->parameter);
    fputs("\" noenhanced\nset key outside bottom center horizontal maxcols 2\nplot \\\n", out);
    for (size_t s = 0; s < f->n; s++) {
        if (s > 0)
            fputs(", \\\n", out);
        sweep_line(out, "FGSM success, ", f->series + s, s, 3, f->series[s].exact ? "#1f618d" : "#c0392b");
        if (f->series[s].exact)
            continue;
        fputs(", \\\n", out);
        sweep_line(out, "non-zero elements, ", f->series + s, s, 2, "#222222");
    }
    if (f->random > 0)
        fprintf(out, ", \\\n  %.9g with lines linewidth 2.5 dashtype 3 linecolor '#7d6608' title 'FGSM success, random signs'",
                f->random);
    fputc('\n', out);
}

void
scale_tsv(FILE *out, const void *data)
{
    const scale_figure *f = data;
    title_comment(out, f->series);
    table t = table_new(out, false);
    for (size_t i = 0; i < f->n; i++)
        table_tally(&t, f->value[i], f->tally + i);
}

/* The power of ten below the share of one element, 10 at the most. */
static double
least_percent(const scale_figure *f)
{
    uint64_t elements = 1;
    for (size_t i = 0; i < f->n; i++)
        elements = f->tally[i].elements > elements ? f->tally[i].elements : elements;
    return pow(10, fmin(1, floor(2 - log10((double)elements))));
}

/* Columns of the table from 2 on are the cells. */
void
scale_gp(FILE *out, const void *data)
{
    static const struct {
        ga_cell cell;
        const char *title, *colour;
    } line[] = { { GA_CELL_LOST, "0 though a better value was in range", "#c0392b" },
                 { GA_CELL_BELOW_RANGE, "0, correctly rounded", "#d68910" },
                 { GA_CELL_WRONG_SIGN, "wrong sign", "#6c3483" },
                 { GA_CELL_ABOVE_RANGE, "infinite or largest, correctly rounded", "#1f618d" },
                 { GA_CELL_NONFINITE, "infinite or NaN otherwise", "#222222" } };
    const scale_figure *f = data;
    fputs("set title \"", out);
    escape_gnuplot(out, f->title);
    fprintf(out, "\" noenhanced\nset logscale x 2\nset format x '2^{%%L}'\nset logscale y\nset format y '%%g'\n"
            "set yrange [%g:100]\nset ylabel 'elements in %%, 0 is not drawn'\nset xlabel 'loss scale'\n"
            "set key below Left reverse noenhanced samplen 2 maxcols 2\nplot \\\n", least_percent(f));
    for (size_t i = 0; i < sizeof line / sizeof *line; i++)
        fprintf(out, "%s  table using 1:%d with linespoints linewidth 2 pointtype 7 linecolor '%s' title '%s'",
                i == 0 ? "" : ", \\\n", 2 + (int)line[i].cell, line[i].colour, line[i].title);
    fputc('\n', out);
}
