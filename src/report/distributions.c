/* SPDX-License-Identifier: Apache-2.0 */
/* distributions.c -- the table and gnuplot commands of weight and activation distributions; see figure.h */
#include <math.h>
#include <string.h>

#include "io/escape.h"
#include "report/figure.h"

void
distribution_tsv(FILE *out, const void *data)
{
    const distribution_figure *f = data;
    for (size_t s = 0; s < f->rows * f->cols; s++) {
        const distribution_panel *p = f->panel + s;
        fprintf(out, "%s# ", s > 0 ? "\n\n" : "");
        escape_tsv(out, p->title);
        fprintf(out, " kurtosis %.9g\n#middle\tcount\tpercent\n", p->kurtosis);
        size_t all = p->outside;
        for (size_t i = 0; i < p->bins; i++)
            all += p->count[i];
        const double width = (p->high - p->low) / (double)p->bins;
        for (size_t i = 0; i < p->bins; i++)
            fprintf(out, "%.9g\t%zu\t%.9g\n", p->low + ((double)i + 0.5) * width, p->count[i],
                    all > 0 ? 100 * (double)p->count[i] / (double)all : 0);
    }
}

/* Per cent on a logarithmic axis, to show both the peak and the tails. */
void
distribution_gp(FILE *out, const void *data)
{
    const distribution_figure *f = data;
    fprintf(out, "set multiplot layout %zu,%zu title \"", f->rows, f->cols);
    escape_gnuplot(out, f->title);
    fputs("\" noenhanced\nset logscale y\nset yrange [0.0005:100]\nset format y '%g'\nset format x '%g'\nunset key\n", out);
    for (size_t s = 0; s < f->rows * f->cols; s++) {
        const distribution_panel *p = f->panel + s;
        const double width = (p->high - p->low) / (double)p->bins;
        fputs("set title \"", out);
        escape_gnuplot(out, p->title);
        fprintf(out, "\" noenhanced offset 0,-0.5\nset ylabel '%s'\nset xrange [%.9g:%.9g]\nset xtics %.9g\n",
                s % f->cols == 0 ? "per cent" : "", p->low, p->high, nice_step(p->high - p->low, 4));
        fprintf(out, "set label 1 'kurtosis %.3g' at graph 0.97,0.92 right front\n", p->kurtosis);
        fprintf(out, "plot table index %zu using 1:($3 > 0 ? $3 : 1/0):(%.9g) with boxes linecolor '%s'\n", s, width,
                strstr(p->title, "activation") != NULL ? "#1e8449" : "#2471a3");
    }
    fputs("unset multiplot\n", out);
}
