/* SPDX-License-Identifier: Apache-2.0 */
/* bench.c -- see bench.h */
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench.h"

void
bench_fail(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs("bench: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    exit(1);
}

void *
bench_alloc(size_t n, size_t size)
{
    void *p = calloc(n > 0 ? n : 1, size);
    if (p == NULL)
        bench_fail("out of memory");
    return p;
}

double
bench_clock(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Seconds of one run, the mean of `times`. */
static double
time_runner(const bench_runner *r, size_t times)
{
    double own = 0;
    const double start = bench_clock();
    for (size_t i = 0; i < times; i++)
        own += r->run(r->data);
    const double seconds = own > 0 ? own : bench_clock() - start;
    return seconds / (double)times;
}

static int
compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double
quantile(const double *sorted, size_t n, double part)
{
    const double at = part * (double)(n - 1);
    const size_t i = (size_t)at;
    return i + 1 < n ? sorted[i] + (at - (double)i) * (sorted[i + 1] - sorted[i]) : sorted[n - 1];
}

bench_spread
bench_spread_of(const double *value, size_t n)
{
    double sorted[BENCH_ROUNDS];
    if (n == 0)
        return (bench_spread){ NAN, NAN, NAN, NAN, NAN, 0 };
    memcpy(sorted, value, n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, compare);
    return (bench_spread){ quantile(sorted, n, 0.5), quantile(sorted, n, 0.25), quantile(sorted, n, 0.75), sorted[0], sorted[n - 1],
                           n };
}

bench_spread
bench_seconds(const bench_row *row)
{
    return bench_spread_of(row != NULL ? row->seconds : NULL, row != NULL ? row->rounds : 0);
}

bench_spread
bench_ratio(const bench_row *row, const bench_row *other)
{
    double ratio[BENCH_ROUNDS];
    const size_t n = row == NULL || other == NULL ? 0 : row->rounds < other->rounds ? row->rounds : other->rounds;
    for (size_t i = 0; i < n; i++)
        ratio[i] = row->seconds[i] / other->seconds[i];
    return bench_spread_of(ratio, n);
}

static void
print_contest(const bench *b, size_t first)
{
    const bench_row *ours = b->row + first;
    printf("\n%s: %s, %g\n", ours->suite, ours->where, ours->x);
    for (const bench_row *r = ours; r < b->row + b->n; r++) {
        const bench_spread ratio = bench_ratio(r, ours), s = bench_seconds(r);
        printf("  %8.3gx (%.3g-%.3g)  %10.4g s (%.4g-%.4g)  %s%s\n", ratio.median, ratio.low, ratio.high, s.median, s.low, s.high,
               r->who, r->share < 1 ? ", on a sample" : "");
    }
    fflush(stdout);
}

bench_row *
bench_contest(bench *b, const char *suite, const char *where, double x, const bench_runner *runner, size_t n)
{
    enum { LEAST_ROUNDS = 3 };
    const double shortest = b->quick ? 1e-5 : 2e-3; /* of a timing */
    const size_t first = b->n;
    size_t *times = bench_alloc(n, sizeof *times);
    double all = 0;
    b->row = realloc(b->row, (b->n + n) * sizeof *b->row);
    if (b->row == NULL)
        bench_fail("out of memory");
    for (size_t i = 0; i < n; i++) {
        bench_row *r = b->row + first + i;
        *r = (bench_row){ .x = x, .share = runner[i].share, .first = first };
        snprintf(r->suite, sizeof r->suite, "%s", suite);
        snprintf(r->where, sizeof r->where, "%s", where);
        snprintf(r->who, sizeof r->who, "%s", runner[i].who);
        const double once = time_runner(runner + i, 1);
        if (once > b->long_run) {
            r->seconds[r->rounds++] = once / r->share;
            continue;
        }
        times[i] = once < shortest ? (size_t)(shortest / (once > 1e-9 ? once : 1e-9)) + 1 : 1;
        all += once * (double)times[i];
    }
    b->n += n;
    const double fit = b->budget / (all > 1e-9 ? all : 1e-9);
    const size_t least = b->quick ? 2 : LEAST_ROUNDS, most = b->quick ? 2 : BENCH_ROUNDS;
    const size_t rounds = fit < (double)least ? least : fit > (double)most ? most : (size_t)fit;
    for (size_t round = 0; round < rounds; round++)
        for (size_t k = 0; k < n; k++) {
            const size_t i = (k + round) % n; /* another one begins each round */
            if (times[i] == 0)
                continue;
            bench_row *r = b->row + first + i;
            r->seconds[r->rounds++] = time_runner(runner + i, times[i]) / r->share;
        }
    free(times);
    print_contest(b, first);
    return b->row + first;
}

static bool
matches(const bench_row *r, const char *suite, const char *where, double x, const char *who)
{
    return strcmp(r->suite, suite) == 0 && strcmp(r->where, where) == 0 && r->x == x && strncmp(r->who, who, strlen(who)) == 0;
}

const bench_row *
bench_find(const bench *b, const char *suite, const char *where, double x, const char *who)
{
    for (size_t i = 0; i < b->n; i++)
        if (matches(b->row + i, suite, where, x, who))
            return b->row + i;
    return NULL;
}

const bench_row *
bench_best(const bench *b, const char *suite, const char *where, double x, const char *who)
{
    const bench_row *best = NULL;
    for (size_t i = 0; i < b->n; i++)
        if (matches(b->row + i, suite, where, x, who) &&
            (best == NULL || bench_seconds(b->row + i).median < bench_seconds(best).median))
            best = b->row + i;
    return best;
}

void
bench_tsv(FILE *out, const bench *b, const char *suite)
{
    fputs("#case\tx\twho\tratio\tratio_min\tratio_max\tseconds\tq1\tq3\tmin\tmax\trounds\tshare\twork\tmegabytes\tnote\n", out);
    for (const bench_row *r = b->row; r < b->row + b->n; r++) {
        if (strcmp(r->suite, suite) != 0)
            continue;
        const bench_spread s = bench_seconds(r), ratio = bench_ratio(r, b->row + r->first);
        fprintf(out, "%s\t%g\t%s\t%.4g\t%.4g\t%.4g\t", r->where, r->x, r->who, ratio.median, ratio.low, ratio.high);
        fprintf(out, "%.6g\t%.6g\t%.6g\t%.6g\t%.6g\t%zu\t", s.median, s.q1, s.q3, s.low, s.high, r->rounds);
        fprintf(out, "%.6g\t%.6g\t%.6g\t%.6g\n", r->share, r->work, r->megabytes, r->note);
    }
}
