/* SPDX-License-Identifier: Apache-2.0 */
/* figures.c -- the suites' rows as lines over x, one panel a case, by the report's figure machinery */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "backend.h"
#include "report.h"
#include "report/figure.h"
#include "rival.h"

enum { MOST_SERIES = 16, MOST_PANELS = 6 };

/* Rows of one who, in the order they were measured. */
typedef struct {
    const char *where, *who, *title;
} line;
typedef struct {
    const char *title, *xlabel, *ylabel;
    bool megabytes;
    line line[MOST_SERIES];
    size_t n;
} panel;
typedef struct {
    const bench *b;
    const char *suite;
    size_t panels, cols;
    double factor; /* on seconds */
    panel panel[MOST_PANELS];
} lines;

static void
add_line(panel *p, const char *where, const char *who, const char *title)
{
    p->line[p->n++] = (line){ where, who, title };
}

static bool
is_of(const bench_row *r, const lines *f, const line *l)
{
    return strcmp(r->suite, f->suite) == 0 && strcmp(r->where, l->where) == 0 && strncmp(r->who, l->who, strlen(l->who)) == 0;
}

static size_t
count(const lines *f, const line *l)
{
    size_t n = 0;
    for (size_t i = 0; i < f->b->n; i++)
        n += is_of(f->b->row + i, f, l);
    return n;
}

static void
lines_tsv(FILE *out, const void *data)
{
    const lines *f = data;
    for (size_t p = 0, block = 0; p < f->panels; p++)
        for (size_t s = 0; s < f->panel[p].n; s++) {
            const line *l = f->panel[p].line + s;
            if (count(f, l) == 0)
                continue;
            fprintf(out, "%s# %s: %s\n#x\tmedian\tmin\tmax\n", block++ > 0 ? "\n\n" : "", f->panel[p].title, l->title);
            for (size_t i = 0; i < f->b->n; i++) {
                const bench_row *r = f->b->row + i;
                const bench_spread t = bench_seconds(r);
                if (!is_of(r, f, l))
                    continue;
                if (f->panel[p].megabytes)
                    fprintf(out, "%g\t%.6g\t%.6g\t%.6g\n", r->x, r->megabytes, r->megabytes, r->megabytes);
                else
                    fprintf(out, "%g\t%.6g\t%.6g\t%.6g\n", r->x, f->factor * t.median, f->factor * t.low, f->factor * t.high);
            }
        }
}

/* Whether any line of a panel has row i, and whether it had a row of the same x before. */
static bool
new_tick(const lines *f, const panel *q, size_t i)
{
    bool has = false;
    for (size_t s = 0; s < q->n; s++)
        has = has || is_of(f->b->row + i, f, q->line + s);
    for (size_t k = 0; has && k < i; k++)
        for (size_t s = 0; s < q->n; s++)
            has = has && !(is_of(f->b->row + k, f, q->line + s) && f->b->row[k].x == f->b->row[i].x);
    return has;
}

/* Axes are logarithmic, tics where rows are; bars from the least to the greatest round. */
static void
lines_gp(FILE *out, const void *data)
{
    static const char *const colours[] = { "#c0392b", "#2471a3", "#222222", "#e67e22", "#1e8449", "#6c3483", "#7f8c8d", "#7d6608",
                                           "#d98880", "#85c1e9", "#82e0aa", "#bb8fce" };
    const lines *f = data;
    const size_t cols = f->panels < f->cols ? f->panels : f->cols;
    fprintf(out, "set multiplot layout %zu,%zu\nset logscale xy\nset format y '%%g'\n"
                 "set key below Left reverse noenhanced samplen 2 maxcols 2\n", (f->panels + cols - 1) / cols, cols);
    for (size_t p = 0, block = 0; p < f->panels; p++) {
        const panel *q = f->panel + p;
        const char *between = "";
        double low = INFINITY, high = 0;
        fprintf(out, "set title '%s' noenhanced\nset xlabel '%s' offset 0,0.6\nset ylabel '%s'\n", q->title, q->xlabel, q->ylabel);
        fputs("set xtics (", out);
        for (size_t i = 0; i < f->b->n; i++)
            if (new_tick(f, q, i)) {
                fprintf(out, "%s'%.9g' %.9g", between, f->b->row[i].x, f->b->row[i].x);
                between = ", ";
                low = fmin(low, f->b->row[i].x);
                high = fmax(high, f->b->row[i].x);
            }
        fprintf(out, ")\nset xrange [%.9g:%.9g]\nplot \\\n", low / 1.25, high * 1.25);
        between = "";
        for (size_t s = 0; s < q->n; s++) {
            if (count(f, q->line + s) == 0)
                continue;
            fprintf(out, "%s  table index %zu using 1:2:3:4 with yerrorlines linewidth 2 pointtype %zu pointsize 0.6 "
                         "linecolor '%s' title '%s'", between, block++, s % 10 + 4, colours[s % 12], q->line[s].title);
            between = ", \\\n";
        }
        fputc('\n', out);
    }
    fputs("unset multiplot\n", out);
}

/* Leaves out panels without rows; a figure without panels is not made. */
static void
make(const bench *b, const char *name, int width, int height, lines *f)
{
    bool drawn;
    ga_status st;
    size_t panels = 0;
    f->b = b;
    for (size_t p = 0; p < f->panels; p++) {
        size_t n = 0;
        for (size_t s = 0; s < f->panel[p].n; s++)
            n += count(f, f->panel[p].line + s);
        if (n > 0)
            f->panel[panels++] = f->panel[p];
    }
    if ((f->panels = panels) == 0)
        return;
    const figure fig = { .name = name, .width = width, .height = height, .tsv = lines_tsv, .gp = lines_gp, .data = f };
    if (figures_make(b->directory, &fig, 1, &drawn, &st) != GA_OK)
        bench_fail("%s", st.message);
    if (!drawn)
        printf("%s is not drawn: gnuplot is not found\n", name);
}

/* The rows of a product's case, one line a back end and a way. */
static void
product_lines(panel *p, const char *where)
{
    static char who[BACKENDS_MOST][BENCH_NAME];
    for (size_t i = 0; i < n_backends; i++) {
        snprintf(who[i], sizeof who[i], "gradaudit dot, %s", backends[i].name);
        add_line(p, where, who[i], who[i]);
    }
    add_line(p, where, "MPFR mul + sum", "MPFR mul + sum");
    add_line(p, where, "MPFR mul + add", "MPFR mul + add");
    for (size_t i = 0; i < RIVALS; i++) {
        static char text[RIVALS][3][BENCH_NAME];
        snprintf(text[i][0], BENCH_NAME, "%s arb_mat_mul, exact operands", rivals[i].name);
        snprintf(text[i][1], BENCH_NAME, "%s arb_dot, exact operands", rivals[i].name);
        snprintf(text[i][2], BENCH_NAME, "%s nfloat, exact operands", rivals[i].name);
        for (size_t k = 0; k < 3; k++)
            add_line(p, where, text[i][k], text[i][k]);
    }
}

static void
product_figure(const bench *b)
{
    lines f = { .suite = "product", .panels = 3, .cols = 3, .factor = 1e3, .panel = {
        { .title = "256x784 times 784x256, uniform exponents", .xlabel = "bits", .ylabel = "milliseconds" },
        { .title = "the same, exponents over 2^-2000 to 1", .xlabel = "bits", .ylabel = "milliseconds" },
        { .title = "cubes, 256 bits, uniform exponents", .xlabel = "rows and columns", .ylabel = "milliseconds" } } };
    product_lines(f.panel, "256x784x256, uniform");
    product_lines(f.panel + 1, "256x784x256, wide");
    product_lines(f.panel + 2, "cubes, 256 bits, uniform");
    make(b, "figure-product", 1500, 640, &f);
}

static void
elementwise_figure(const bench *b)
{
    static const char *const where[] = { "uniform", "saturated" };
    lines f = { .suite = "elementwise", .panels = 2, .cols = 2, .factor = 1e9, .panel = {
        { .title = "sigma and its derivative, |z| < 8", .xlabel = "bits", .ylabel = "nanoseconds an element" },
        { .title = "pre-activations of the saturated network", .xlabel = "bits", .ylabel = "nanoseconds an element" } } };
    for (size_t i = 0; i < 2; i++) {
        add_line(f.panel + i, where[i], "gradaudit balls", "gradaudit balls");
        add_line(f.panel + i, where[i], "MPFR", "MPFR");
        add_line(f.panel + i, where[i], "one MPFR product", "one MPFR product");
        for (size_t k = 0; k < RIVALS; k++)
            add_line(f.panel + i, where[i], rivals[k].name, rivals[k].name);
    }
    make(b, "figure-elementwise", 1100, 560, &f);
}

static void
growth_figure(const bench *b, const char *name, bool megabytes)
{
    static const char *const series[] = { "images", "width", "depth", "bits", "threads" };
    static const char *const title[] = { "images", "width of two hidden layers", "hidden layers of 256", "bits of balls",
                                         "threads" };
    static const char *const formats[] = { "exact", "double", "float" };
    lines f = { .suite = "growth", .panels = 5, .cols = 3, .factor = 1 };
    for (size_t i = 0; i < f.panels; i++) {
        panel *p = f.panel + i;
        *p = (panel){ .title = title[i], .xlabel = series[i], .ylabel = megabytes ? "peak memory, MiB" : "seconds",
                      .megabytes = megabytes };
        for (size_t k = 0; k < 3; k++)
            add_line(p, series[i], formats[k], formats[k]);
        add_line(p, series[i], "ball", "ball");
    }
    make(b, name, 1300, 860, &f);
}

void
bench_figures(const bench *b)
{
    product_figure(b);
    elementwise_figure(b);
    growth_figure(b, "figure-growth-time", false);
    growth_figure(b, "figure-growth-memory", true);
}
