/* SPDX-License-Identifier: Apache-2.0 */
/* plots.c -- the tables and gnuplot commands of histograms and sweeps; see figure.h */
#include <math.h>

#include "io/escape.h"
#include "report/figure.h"

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
        fprintf(out, "#bin\tcount\tpercent\n");
        const double all = h->elements > 0 ? (double)h->elements : 1;
        fprintf(out, "zero\t%zu\t%.9g\n", h->zero, 100.0 * (double)h->zero / all);
        fprintf(out, "negative-zero\t%zu\t%.9g\n", h->negative_zero, 100.0 * (double)h->negative_zero / all);
        fprintf(out, "subnormal\t%zu\t%.9g\n", h->subnormal, 100.0 * (double)h->subnormal / all);
        fprintf(out, "infinite\t%zu\t%.9g\n", h->infinite, 100.0 * (double)h->infinite / all);
        fprintf(out, "nan\t%zu\t%.9g\n", h->nan, 100.0 * (double)h->nan / all);
        for (size_t i = 0; i < h->n; i++)
            fprintf(out, "%lld\t%zu\t%.9g\n", (long long)(h->first + (int64_t)i), h->count[i], 100.0 * (double)h->count[i] / all);
    }
}

static void
common_range(const histogram_figure *f, long long *low, long long *high)
{
    bool any = false;
    *low = -1;
    *high = 0;
    for (size_t s = 0; s < f->n; s++) {
        const ga_histogram *h = &f->series[s].histogram;
        if (h->n == 0)
            continue;
        *low = !any || h->first < *low ? h->first : *low;
        *high = !any || h->first + (long long)h->n > *high ? h->first + (long long)h->n : *high;
        any = true;
    }
}

/* Zeros (and, where there are any, infinities and NaN) stand as bars left and right of the decades. */
void
histogram_gp(FILE *out, const void *data)
{
    const histogram_figure *f = data;
    long long low, high;
    common_range(f, &low, &high);
    const double span = (double)(high - low), bar = span > 20 ? span * 0.03 : 0.8, zero = (double)low - 2.5 * bar;
    const double step = pow(10, floor(log10(span > 1 ? span : 1)));
    const double tics = span / step > 5 ? step : span / step > 2 ? step / 2 : step / 5;
    fprintf(out, "set multiplot layout %zu,%d title \"", f->n > 1 ? (f->n + 1) / 2 : 1, f->n > 1 ? 2 : 1);
    escape_gnuplot(out, f->title);
    fprintf(out, "\" noenhanced\nset xrange [%.9g:%.9g]\nset yrange [0:100]\nset xtics %.9g\nset xtics rotate by -45 left\n", zero - 1.5 * bar,
            (double)high + bar, tics < 1 ? 1.0 : tics);
    fprintf(out, "set xtics add ('0' %.9g)\nset ylabel 'elements in %%'\nset xlabel 'log10 of the magnitude'\nunset key\n", zero);
    for (size_t s = 0; s < f->n; s++) {
        const ga_histogram *h = &f->series[s].histogram;
        const double zeros = h->elements > 0 ? 100.0 * (double)h->zero / (double)h->elements : 0;
        fputs("set title \"", out);
        escape_gnuplot(out, f->series[s].title);
        fprintf(out, "\" noenhanced\nset label 1 '%.4g %% zero' at %.9g,%.9g left front\n", zeros, zero - bar,
                zeros > 90 ? 103.0 : zeros + 3);
        fprintf(out,
                "plot table index %zu using ($0==0 ? %.9g : 1/0):3:(%.9g) with boxes linecolor '#c0392b', \\\n"
                "     table index %zu using ($0>4 ? $1+0.5 : 1/0):3:(1) with boxes linecolor '#2471a3'\n",
                s, zero, bar * 1.6, s);
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
        fputs("#value\tnonzero_percent\tsuccess_percent\tfooled_percent\tfooled_low\tfooled_high\tall_zero_images\timages\tcorrect\t"
              "correct_after\tfooled\telements\tzero\tsubnormal\n", out);
        for (size_t i = 0; i < series->n; i++) {
            const ga_attack_counts *c = series->counts + i;
            double low, high;
            ga_wilson(&low, &high, c->fooled, c->correct);
            fprintf(out, "%.9g\t%.9g\t%.9g\t%.9g\t%.9g\t%.9g\t%zu\t%zu\t%zu\t%zu\t%zu\t%zu\t%zu\t%zu\n", series->value[i],
                    100 - 100 * (double)c->zero / (double)c->elements, 100 - 100 * (double)c->correct_after / (double)c->images,
                    100 * (double)c->fooled / (double)(c->correct > 0 ? c->correct : 1), 100 * low, 100 * high, c->all_zero, c->images, c->correct,
                    c->correct_after, c->fooled, c->elements, c->zero, c->subnormal);
        }
    }
}

void
sweep_gp(FILE *out, const void *data)
{
    const sweep_figure *f = data;
    fputs("set title \"", out);
    escape_gnuplot(out, f->title);
    fputs("\" noenhanced\nset logscale x\nset format x '10^{%T}'\nset yrange [0:105]\nset ylabel 'per cent'\nset xlabel \"", out);
    escape_gnuplot(out, f->parameter);
    fputs("\" noenhanced\nset key outside bottom center horizontal\nplot \\\n", out);
    for (size_t s = 0; s < f->n; s++) {
        fprintf(out, "  table index %zu using 1:3 with linespoints linewidth 2 pointtype %d linecolor '#c0392b' dashtype %zu title \"", s,
                s == 0 ? 7 : 6, s + 1);
        fputs("FGSM success, ", out);
        escape_gnuplot(out, f->series[s].title);
        fprintf(out, "\" noenhanced, \\\n  table index %zu using 1:2 with linespoints linewidth 2 pointtype %d linecolor '#222222' dashtype %zu title \"", s,
                s == 0 ? 7 : 6, s + 1);
        fputs("non-zero elements, ", out);
        escape_gnuplot(out, f->series[s].title);
        fprintf(out, "\" noenhanced%s\n", s + 1 < f->n ? ", \\" : "");
    }
}
