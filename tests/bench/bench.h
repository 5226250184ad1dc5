/* SPDX-License-Identifier: Apache-2.0 */
/* bench.h -- contests: several ways to do the same, timed in turn in one process, so that a ratio is of neighbours in time.

   A contest is a case (a place and a number x, e.g. "256x784x256, uniform" and 256 bits) and its runners; the first is what the
   others are compared with. Each runs once to warm up, then all run round after round. */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum { BENCH_ROUNDS = 15, BENCH_NAME = 80 };

/* run does it once; it returns the seconds it took where it knows them better (another program), else 0. share: the part of the
   case that one run does, e.g. 4 of 256 rows; the times are divided by it. */
typedef struct {
    const char *who;
    double (*run)(void *data);
    void *data;
    double share;
} bench_runner;

/* A runner's times, seconds for the whole case. first: index of its contest's first row. */
typedef struct {
    char suite[16], where[BENCH_NAME], who[BENCH_NAME];
    double x, share;
    double seconds[BENCH_ROUNDS];
    size_t rounds, first;
    double work;      /* multiplications and additions of the case by this way, where known; else 0 */
    double megabytes; /* peak memory of the process, where measured; else 0 */
    double note;      /* a number of the suite's own */
} bench_row;

/* Median, quartiles, least and greatest (quantiles by linear interpolation). */
typedef struct {
    double median, q1, q3, low, high;
    size_t n;
} bench_spread;

typedef struct {
    bool quick;
    const char *directory; /* where results go */
    const char *program;   /* path of this program, for suites that run it */
    const char *source;    /* the source tree */
    double budget;         /* seconds of timed rounds for one contest, about */
    double long_run;       /* seconds from which on a runner's first run is its only one */
    char torch[256];       /* what PyTorch says of itself; empty: not found */
    bench_row *row;
    size_t n;
} bench;

double bench_clock(void); /* seconds */

/* Runs a contest and appends its rows; the first of them. The pointer is valid until the next contest. Prints what came out. */
bench_row *bench_contest(bench *b, const char *suite, const char *where, double x, const bench_runner *runner, size_t n);

bench_spread bench_spread_of(const double *value, size_t n);
bench_spread bench_seconds(const bench_row *row);

/* The ratio row / other of two rows of one contest, paired round by round; n = 0 where either is NULL. */
bench_spread bench_ratio(const bench_row *row, const bench_row *other);

/* NULL: not there. who: its beginning. bench_best: of several, that of the least median. */
const bench_row *bench_find(const bench *b, const char *suite, const char *where, double x, const char *who);
const bench_row *bench_best(const bench *b, const char *suite, const char *where, double x, const char *who);

/* The rows of a suite as a table. */
void bench_tsv(FILE *out, const bench *b, const char *suite);

/* Ends the program with a message. */
void bench_fail(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));
void *bench_alloc(size_t n, size_t size); /* or the program ends; zeros */

/* The suites. */
void suite_peak(bench *b);
void suite_product(bench *b);
void suite_elementwise(bench *b);
void suite_pass(bench *b);
void suite_convolutions(bench *b);
void suite_formats(bench *b);
void suite_growth(bench *b);
void suite_reproduce(bench *b);

/* "--growth-child …": what suite_growth runs as a process of its own. */
int growth_child(int argc, char **argv);

#endif
