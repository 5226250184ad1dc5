/* SPDX-License-Identifier: Apache-2.0 */
/* magnitudes.c -- see magnitudes.h */
#include <math.h>
#include <string.h>

#include "io/escape.h"
#include "report/magnitudes.h"

#define BEND 4.0   /* decades about 1 that look alike */
#define BAR 0.11   /* least width of a bar on the axis */
#define LOWEST 0.001 /* per cent: the foot of the axis */

double
magnitude_place(double d)
{
    return asinh(d / BEND);
}

/* The bar of decade d. Edges are counted from 1 downwards, whatever the histogram: those of two panels are the same.
   Each is the greatest l < h with place(h) - place(l) >= width, up to rounding; decades are above -2^62, and so l above -2^63. */
static void
bar_of(magnitude_bar *bar, int64_t d, double width)
{
    *bar = (magnitude_bar){ .low = d >= 0 ? d : 0, .high = d >= 0 ? d + 1 : 0 };
    while (bar->low > d) {
        bar->high = bar->low;
        const double far = floor(BEND * sinh(magnitude_place((double)bar->high) - width));
        bar->low = far < (double)(bar->high - 1) ? (int64_t)far : bar->high - 1;
    }
}

bool
magnitude_next(magnitude_bar *bar, size_t *next, const ga_histogram *h, double width)
{
    if (*next >= h->n)
        return false;
    bar_of(bar, h->decade[*next], width);
    while (*next < h->n && h->decade[*next] < bar->high)
        bar->count += h->count[(*next)++];
    return true;
}

void
magnitude_tsv(FILE *out, const void *data)
{
    const magnitude_figure *f = data;
    for (size_t s = 0; s < f->n; s++) {
        const ga_histogram *h = &f->series[s].histogram;
        const double all = h->elements > 0 ? (double)h->elements : 1;
        magnitude_bar bar;
        fputs(s > 0 ? "\n\n# " : "# ", out);
        escape_tsv(out, f->series[s].title);
        fprintf(out, "\n#low\thigh\tcount\tpercent\nzero\tzero\t%zu\t%.9g\n", h->zero, 100 * (double)h->zero / all);
        for (size_t next = 0; magnitude_next(&bar, &next, h, BAR);)
            fprintf(out, "%lld\t%lld\t%zu\t%.9g\n", (long long)bar.low, (long long)bar.high, bar.count,
                    100 * (double)bar.count / all);
    }
}

/* From the lowest decade of any panel to the highest. */
static void
whole_range(const magnitude_figure *f, double *low, double *high)
{
    *low = f->double_decade;
    *high = 1;
    for (size_t s = 0; s < f->n; s++) {
        const ga_histogram *h = &f->series[s].histogram;
        if (h->n == 0)
            continue;
        *low = fmin(*low, (double)h->decade[0]);
        *high = fmax(*high, (double)h->decade[h->n - 1] + 1);
    }
}

static void
write_axis(FILE *out, double low, double high, double zero)
{
    static const int tics[] = { -5, -30, -200, -2000, -20000, -200000 };
    fprintf(out, "set xrange [%.6g:%.6g]\nset xtics ('0' %.6g, '1' 0", zero - 0.3, magnitude_place(high) + 0.1, zero);
    for (size_t i = 0; i < sizeof tics / sizeof *tics && tics[i] >= low; i++)
        fprintf(out, ", '1e%d' %.6g", tics[i], magnitude_place(tics[i]));
    fputs(")\n", out);
}

static void
write_mark(FILE *out, size_t tag, double place, const char *colour, const char *text, double height)
{
    fprintf(out, "set arrow %zu from %.6g, graph 0 to %.6g, graph %.3g nohead front dashtype 2 linewidth 1.5 linecolor '%s'\n"
                 "set label %zu \"", tag, place, place, height, colour, tag);
    escape_gnuplot(out, text);
    fprintf(out, "\" at %.6g, graph %.3g center front noenhanced textcolor '%s'\n", place, height + 0.04, colour);
}

/* The panel's own marks: its median, the share of zeros, and in an exact panel the formats' ends. */
static void
write_panel(FILE *out, const magnitude_figure *f, size_t s, double zero)
{
    const histogram_series *series = f->series + s;
    const ga_histogram *h = &series->histogram;
    const bool exact = strstr(series->title, "exact") != NULL;
    char text[96];
    fputs("set title \"", out);
    escape_gnuplot(out, series->title);
    fprintf(out, "\" noenhanced\nunset arrow\nunset label 1\nunset label 2\nunset label 3\nunset label 4\n");
    if (isfinite(h->median)) {
        snprintf(text, sizeof text, h->zero > 0 ? "median of the others 1e%.0f" : "median 1e%.0f", floor(h->median));
        write_mark(out, 1, magnitude_place(h->median), "#222222", text, 0.84);
    }
    if (h->elements > 0) {
        snprintf(text, sizeof text, "%.4g %% zero", 100 * (double)h->zero / (double)h->elements);
        fprintf(out, "set label 2 \"");
        escape_gnuplot(out, text);
        fprintf(out, "\" at %.6g, graph 0.99 left front noenhanced textcolor '#b03a2e'\n", zero - 0.25);
    }
    if (exact) {
        write_mark(out, 3, magnitude_place(f->float_decade), "#b03a2e", "float", 0.7);
        write_mark(out, 4, magnitude_place(f->double_decade), "#b03a2e", "double", 0.7);
    }
    const double red = exact ? f->float_decade : -1e9;
    fprintf(out,
            "plot table index %zu every ::0::0 using (%.6g):4:(%.6g):(%.6g):(%g):4 with boxxyerror linecolor '#c0392b', \\\n"
            "     table index %zu every ::1 using ($2>%.9g && $4>0 ? 0.5*(x($1)+x($2)) : 1/0):4:(x($1)):(x($2)):(%g):4 with "
            "boxxyerror linecolor '#2471a3', \\\n"
            "     table index %zu every ::1 using ($2<=%.9g && $4>0 ? 0.5*(x($1)+x($2)) : 1/0):4:(x($1)):(x($2)):(%g):4 with "
            "boxxyerror linecolor '#e59866'\n",
            s, zero, zero - 0.12, zero + 0.12, LOWEST, s, red, LOWEST, s, red, LOWEST);
}

void
magnitude_gp(FILE *out, const void *data)
{
    const magnitude_figure *f = data;
    double low, high;
    whole_range(f, &low, &high);
    const double zero = magnitude_place(low) - 1.1;
    fprintf(out, "set multiplot layout %zu,%zu title \"", (f->n + f->cols - 1) / f->cols, f->cols);
    escape_gnuplot(out, f->title);
    fprintf(out, "\" noenhanced\nx(d) = asinh(d/%g)\nset logscale y\nset yrange [%g:3000]\nset format y '%%g'\n"
                 "set ytics (0.001, 0.01, 0.1, 1, 10, 100)\nset ylabel 'elements in %%'\nset xlabel 'magnitude'\n"
                 "unset key\n", BEND, LOWEST);
    write_axis(out, low, high, zero);
    for (size_t s = 0; s < f->n; s++)
        write_panel(out, f, s, zero);
    fputs("unset multiplot\n", out);
}
