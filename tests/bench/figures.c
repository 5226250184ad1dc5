/* SPDX-License-Identifier: Apache-2.0 */
/* figures.c -- the suites' rows as lines over x, one panel a case, by the report's figure machinery */
#include <stdlib.h>
#include <string.h>

#include "report.h"
#include "report/figure.h"

enum { MOST_SERIES = 8, MOST_PANELS = 6 };

/* Rows of one who, in the order they were measured. per: divides the value, NULL: by 1. */
typedef struct {
    const char *where, *who, *title;
} line;
typedef struct {
    const char *title, *xlabel, *ylabel;
    bool megabytes;
    line line[MOST_SERIES];
} panel;
typedef struct {
    const bench *b;
    const char *suite;
    size_t panels, cols;
    double factor; /* on seconds */
    panel panel[MOST_PANELS];
} lines;

static bool
is_of(const bench_row *r, const lines *f, const line *l)
{
    return strcmp(r->suite, f->suite) == 0 && strcmp(r->where, l->where) == 0 && strncmp(r->who, l->who, strlen(l->who)) == 0;
}

static size_t
count(const lines *f, const line *l)
{
    size_t n = 0;
    for (size_t i = 0; l->where != NULL && i < f->b->n; i++)
        n += is_of(f->b->row + i, f, l);
    return n;
}

static void
lines_tsv(FILE *out, const void *data)
{
    const lines *f = data;
    for (size_t p = 0, block = 0; p < f->panels; p++)
        for (size_t s = 0; s < MOST_SERIES; s++) {
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

static void
lines_gp(FILE *out, const void *data)
{
    static const char *const colours[] = { "#c0392b", "#e67e22", "#222222", "#7f8c8d", "#2471a3", "#1e8449", "#6c3483", "#7d6608" };
    const lines *f = data;
    fprintf(out, "set multiplot layout %zu,%zu\nset logscale xy\nset format y '%%g'\nset key top left reverse Left noenhanced samplen 2\n",
            (f->panels + f->cols - 1) / f->cols, f->cols);
    for (size_t p = 0, block = 0; p < f->panels; p++) {
        const panel *q = f->panel + p;
        bool any = false;
        fprintf(out, "set title '%s' noenhanced\nset xlabel '%s'\nset ylabel '%s'\nset xtics (", q->title, q->xlabel, q->ylabel);
        for (size_t i = 0; i < f->b->n; i++) {
            bool tick = false, seen = false;
            for (size_t s = 0; s < MOST_SERIES; s++)
                tick = tick || (q->line[s].where != NULL && is_of(f->b->row + i, f, q->line + s));
            for (size_t k = 0; tick && k < i; k++)
                for (size_t s = 0; s < MOST_SERIES; s++)
                    seen = seen || (q->line[s].where != NULL && is_of(f->b->row + k, f, q->line + s) && f->b->row[k].x == f->b->row[i].x);
            if (tick && !seen)
                fprintf(out, "%s'%.9g' %.9g", any ? ", " : "", f->b->row[i].x, f->b->row[i].x), any = true;
        }
        fputs(")\nset offsets graph 0.05, graph 0.05, graph 0.35, graph 0.05\nplot \\\n", out);
        any = false;
        for (size_t s = 0; s < MOST_SERIES; s++) {
            if (count(f, q->line + s) == 0)
                continue;
            fprintf(out, "%s  table index %zu using 1:2:3:4 with yerrorlines linewidth 2 pointtype %zu pointsize 0.6 linecolor '%s' "
                         "title '%s'", any ? ", \\\n" : "", block++, s + 4, colours[s], q->line[s].title);
            any = true;
        }
        fputs(any ? "\n" : "  NaN notitle\n", out);
    }
    fputs("unset multiplot\n", out);
}

static void
make(const bench *b, const char *name, int width, int height, lines *f)
{
    bool drawn;
    ga_status st;
    f->b = b;
    const figure fig = { .name = name, .width = width, .height = height, .tsv = lines_tsv, .gp = lines_gp, .data = f };
    if (figure_make(b->directory, &fig, &drawn, &st) != GA_OK)
        bench_fail("%s", st.message);
    if (!drawn)
        printf("%s is not drawn: gnuplot is not found\n", name);
}

#define PRODUCT_LINES(where)                                                                                                      \
    { { where, "gradaudit dot", "gradaudit, correctly rounded" }, { where, "gradaudit ball", "gradaudit, balls" },                \
      { where, "MPFR mul + sum", "MPFR mul + sum" }, { where, "MPFR mul + add", "MPFR mul + add" },                               \
      { where, "Arb arb_mat_mul, exact", "Arb arb_mat_mul" }, { where, "Arb arb_dot, exact", "Arb arb_dot" },                     \
      { where, "FLINT 3 arb_mat_mul, exact", "FLINT 3 arb_mat_mul" } }
#define SIGMA_LINES(where)                                                                                                        \
    { { where, "gradaudit", "gradaudit, balls" }, { where, "MPFR", "MPFR" }, { where, "Arb", "Arb" }, { where, "FLINT 3", "FLINT 3" } }
#define GROWTH_LINES(where)                                                                                                       \
    { { where, "exact", "exact" }, { where, "double", "double" }, { where, "float", "float" }, { where, "ball", "balls" } }

void
figures_make(const bench *b)
{
    static lines products = { .suite = "product", .panels = 2, .cols = 2, .factor = 1e3, .panel = {
        { "256x784 times 784x256, uniform exponents", "bits", "milliseconds", false, PRODUCT_LINES("256x784x256, uniform") },
        { "the same, exponents over 2^-2000 to 1", "bits", "milliseconds", false, PRODUCT_LINES("256x784x256, wide") } } };
    static lines sigma = { .suite = "elementwise", .panels = 2, .cols = 2, .factor = 1e9, .panel = {
        { "sigma and its derivative, |z| < 8", "bits", "nanoseconds an element", false, SIGMA_LINES("uniform") },
        { "the same, pre-activations of the saturated network", "bits", "nanoseconds an element", false, SIGMA_LINES("saturated") } } };
    static lines time = { .suite = "growth", .panels = 5, .cols = 3, .factor = 1, .panel = {
        { "images", "images", "seconds", false, GROWTH_LINES("images") },
        { "width of two hidden layers", "width", "seconds", false, GROWTH_LINES("width") },
        { "hidden layers of 256", "layers", "seconds", false, GROWTH_LINES("depth") },
        { "bits of balls, 64 images", "bits", "seconds", false, GROWTH_LINES("bits") },
        { "threads", "threads", "seconds", false, GROWTH_LINES("threads") } } };
    static lines memory;
    make(b, "figure-product", 1100, 520, &products);
    make(b, "figure-elementwise", 1100, 520, &sigma);
    make(b, "figure-growth-time", 1300, 800, &time);
    memory = time;
    for (size_t i = 0; i < memory.panels; i++) {
        memory.panel[i].megabytes = true;
        memory.panel[i].ylabel = "peak memory, MiB";
    }
    make(b, "figure-growth-memory", 1300, 800, &memory);
}
