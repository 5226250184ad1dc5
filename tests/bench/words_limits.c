/* SPDX-License-Identifier: Apache-2.0 */
/* words_limits.c -- what limits each case, and how far it is from the least work possible */
#include <math.h>
#include <string.h>

#include "backend.h"
#include "report.h"

static void
peaks(FILE *out, const bench *b)
{
    fputs("\n## What limits each case\n\nThis machine's limits, one core, measured in the same run:\n\n", out);
    for (const bench_row *r = b->row; r < b->row + b->n; r++)
        if (strcmp(r->suite, "peak") == 0)
            fprintf(out, "- %s: %.3g %s\n", r->who, peak_rate(b, r->who) * 1e-9,
                    strcmp(r->who, PEAK_COPY) == 0 ? "GB/s, read and written" : "GMAC/s (multiplications with addition)");
}

static const backend *
backend_of(const bench_row *r)
{
    for (size_t i = 0; i < n_backends; i++)
        if (strstr(r->who, backends[i].name) != NULL)
            return backends + i;
    return NULL;
}

/* The least that a method by remainders has to do: as many modular products as primes are needed, at the rate of the machine. */
static void
product_limits(FILE *out, const bench *b)
{
    fputs("\n### Products\n\nThe least work of a method by remainders is one product modulo each prime, with just as many "
          "primes as it takes to know the exact sums; bound is the time those need at the rate measured above, and what is "
          "left is conversion to remainders and back.\n\n| | bits, side | way | products needed, GMAC | reached, GMAC/s | "
          "bound | taken | bound/taken |\n|---|---|---|---|---|---|---|---|\n", out);
    for (const bench_row *r = b->row; r < b->row + b->n; r++) {
        const backend *e = strcmp(r->suite, "product") == 0 && r->work > 0 ? backend_of(r) : NULL;
        const double taken = bench_seconds(r).median, bound = e != NULL ? r->work / peak_rate(b, e->peak) : 0;
        if (e == NULL)
            continue;
        fprintf(out, "| %s | %g | %s | %.3g | %.3g | ", r->where, r->x, r->who, 1e-9 * r->work, 1e-9 * r->work / taken);
        words_seconds(out, bound);
        fputs(" | ", out);
        words_seconds(out, taken);
        fprintf(out, " | %.0f %% |\n", 100 * bound / taken);
    }
}

static void
elementwise_limits(FILE *out, const bench *b)
{
    fputs("\n### Elementwise functions\n\nA sigmoid with its derivative takes an exponential, a division and two products. In "
          "units of one MPFR product of numbers of that many bits:\n\n| | bits | way | products | fallbacks "
          "|\n|---|---|---|---|---|\n", out);
    for (const bench_row *r = b->row; r < b->row + b->n; r++) {
        const bool ours = strcmp(r->suite, "elementwise") == 0;
        const bench_row *unit = ours ? bench_find(b, r->suite, r->where, r->x, "one MPFR product") : NULL;
        if (unit == NULL || unit == r)
            continue;
        fprintf(out, "| %s | %g | %s | %.3g | ", r->where, r->x, r->who, bench_ratio(r, unit).median);
        if (strncmp(r->who, "gradaudit", 9) != 0)
            fputs("- |\n", out);
        else if (r->note < 0)
            fputs("not counted |\n", out);
        else
            fprintf(out, "%.3g of 1000 |\n", 1000 * r->note);
    }
}

static void
native_limit(FILE *out, const bench *b, const bench_row *calls)
{
    const bench_row *alone = bench_find(b, "pass", calls->where, calls->x, "gradaudit, the pass");
    const bench_row *whole = bench_find(b, "pass", calls->where, calls->x, "gradaudit, from");
    const double peak = peak_rate(b, strstr(calls->where, "float") != NULL ? PEAK_SGEMM : PEAK_DGEMM);
    fprintf(out, "- %s: its products run at %.3g GMAC/s, %.0f %% of a large product's rate; the pass alone takes ", calls->where,
            1e-9 * calls->work / bench_seconds(calls).median, 100 * calls->work / bench_seconds(calls).median / peak);
    words_ratio(out, bench_ratio(alone, calls));
    fputs(" of their time, with reading the images ", out);
    words_ratio(out, bench_ratio(whole, calls));
    fprintf(out, ". At the large product's rate the products alone would take ");
    words_seconds(out, calls->work / peak);
    fputs(".\n", out);
}

static void
exact_limit(FILE *out, const bench *b, const bench_row *exact)
{
    const double taken = bench_seconds(exact).median, bound = exact->work / peak_rate(b, backend_usual()->peak);
    const bench_row *two = bench_find(b, "pass", exact->where, exact->x, "gradaudit exact, 2");
    fprintf(out, "- %s: %.4g %% of the elements are proved, and 128 bits were enough for %.4g %% of the images. ", exact->where,
            100 * exact->note, two != NULL ? 100 * two->note : NAN);
    fprintf(out, "The modular products that %s needs at 128 bits take at least ", backend_usual()->name);
    words_seconds(out, bound);
    fprintf(out, " of the ");
    words_seconds(out, taken);
    fprintf(out, " (%.0f %%).", 100 * bound / taken);
    if (two != NULL) {
        fputs(" One thread takes ", out);
        words_ratio(out, bench_ratio(exact, two));
        fputs(" of the time of two.", out);
    }
    for (const bench_row *r = exact; r < b->row + b->n && r->first == exact->first; r++)
        if (strncmp(r->who, "Arb", 3) == 0 || strncmp(r->who, "FLINT", 5) == 0)
            fprintf(out, " %s proves %.4g %% of the signs in its sample.", r->who, 100 * r->note);
    fputc('\n', out);
}

static void
pass_limits(FILE *out, const bench *b)
{
    fputs("\n### Whole passes\n\n", out);
    for (const bench_row *r = b->row; r < b->row + b->n; r++) {
        if (strcmp(r->suite, "pass") != 0)
            continue;
        if (strcmp(r->who, "cblas calls alone") == 0)
            native_limit(out, b, r);
        else if (strcmp(r->who, "gradaudit exact, one thread") == 0)
            exact_limit(out, b, r);
    }
}

static bool
same_series(const bench_row *r, const bench_row *s)
{
    return strcmp(r->suite, s->suite) == 0 && strcmp(r->where, s->where) == 0 && strcmp(r->who, s->who) == 0;
}

/* From the first to the last row of a series: time and memory. */
static void
growth_limits(FILE *out, const bench *b)
{
    fputs("\n### Growth\n\n", out);
    for (size_t i = 0; i < b->n; i++) {
        const bench_row *from = b->row + i, *to = from;
        if (strcmp(from->suite, "growth") != 0)
            continue;
        for (size_t k = 0; k < i && to != NULL; k++)
            if (same_series(b->row + k, from))
                to = NULL; /* not the first */
        for (size_t k = i + 1; k < b->n && to != NULL; k++)
            if (same_series(b->row + k, from))
                to = b->row + k;
        if (to == NULL || to == from)
            continue;
        const double x = to->x / from->x, t = bench_seconds(to).median / bench_seconds(from).median;
        fprintf(out, "- %s, %s: from %g to %g, %.3gx; work %.3gx, time %.3gx (as %s^%.2f), memory from %.0f to %.0f MiB.\n",
                from->where, from->who, from->x, to->x, x, to->work / from->work, t, from->where, log(t) / log(x), from->megabytes,
                to->megabytes);
    }
}

void
words_limits(FILE *out, const bench *b)
{
    peaks(out, b);
    product_limits(out, b);
    elementwise_limits(out, b);
    pass_limits(out, b);
    growth_limits(out, b);
}
