/* SPDX-License-Identifier: Apache-2.0 */
/* growth.c -- time and peak memory against images, width, depth, bits and threads; each run is a process of its own */
#include <stdlib.h>
#include <string.h>

#include "bench.h"

/* What a process is to do; see growth_child.c. width 0: the shipped saturated network. */
typedef struct {
    const bench *b;
    const char *format;
    size_t images, width, depth;
    long bits;
    int threads;
    double megabytes; /* of the last run */
} growth_job;

static double
run_child(void *data)
{
    growth_job *job = data;
    char command[8192];
    double seconds;
    snprintf(command, sizeof command, "'%s' --growth-child %s %zu %zu %zu %ld %d", job->b->program, job->format, job->images,
             job->width, job->depth, job->bits, job->threads);
    FILE *f = popen(command, "r");
    const int n = f != NULL ? fscanf(f, "%lf %lf", &seconds, &job->megabytes) : 0;
    if (f == NULL || pclose(f) != 0 || n != 2)
        bench_fail("this failed: %s", command);
    return seconds;
}

/* A contest of several jobs at one x, without those that would take too long. work: of each; unit: the seconds that one unit of it
   took at the x before, 0: unknown; set anew. */
static void
point(bench *b, const char *where, double x, growth_job *job, size_t n, const double *work, double *unit)
{
    enum { TOO_LONG = 40, MOST = 8 };
    bench_runner r[MOST];
    growth_job *of[MOST];
    size_t used = 0, index[MOST];
    for (size_t i = 0; i < n; i++) {
        if (unit[i] * work[i] > TOO_LONG) {
            printf("growth: %s, %g, %s: left out, it would take more than %d s\n", where, x, job[i].format, TOO_LONG);
            continue;
        }
        index[used] = i;
        of[used] = job + i;
        r[used++] = (bench_runner){ job[i].format, run_child, job + i, 1 };
    }
    if (used == 0)
        return;
    bench_row *row = bench_contest(b, "growth", where, x, r, used);
    for (size_t i = 0; i < used; i++) {
        row[i].megabytes = of[i]->megabytes;
        row[i].work = work[index[i]];
        unit[index[i]] = bench_seconds(row + i).median / work[index[i]];
    }
}

static double
network_work(size_t width, size_t depth)
{
    return 784.0 * (double)width + (double)(depth - 1) * (double)width * (double)width + 10.0 * (double)width;
}

static void
by_images(bench *b)
{
    static const size_t images[] = { 100, 1000, 10000, 60000 };
    double unit[3] = { 0 };
    for (size_t i = 0; i < (b->quick ? 1 : 4); i++) {
        growth_job job[] = { { b, "exact", b->quick ? 8 : images[i], 0, 0, 0, 1, 0 }, { b, "double", images[i], 0, 0, 0, 1, 0 },
                             { b, "float", images[i], 0, 0, 0, 1, 0 } };
        const double n = (double)images[i];
        point(b, "images", n, job, 3, (double[]){ n, n, n }, unit);
    }
}

/* Images as many as give a time to measure; work counts them. */
static void
by_shape(bench *b, const char *where, const size_t *width, const size_t *depth, const size_t *x, size_t n)
{
    const size_t few = b->quick ? 4 : 256, many = b->quick ? 256 : 2560;
    double unit[3] = { 0 };
    for (size_t i = 0; i < n; i++) {
        growth_job job[] = { { b, "exact", few, width[i], depth[i], 0, 1, 0 }, { b, "double", many, width[i], depth[i], 0, 1, 0 },
                             { b, "float", many, width[i], depth[i], 0, 1, 0 } };
        const double products = network_work(width[i], depth[i]);
        point(b, where, (double)x[i], job, 3,
              (double[]){ products * (double)few, products * (double)many, products * (double)many }, unit);
    }
}

static void
by_bits(bench *b)
{
    double unit = 0;
    for (long bits = 64; bits <= (b->quick ? 64 : 4096); bits *= 2) {
        growth_job job = { b, "ball", b->quick ? 8 : 64, 0, 0, bits, 1, 0 };
        point(b, "bits", (double)bits, &job, 1, (double[]){ (double)job.images }, &unit);
        unit *= 2;
    }
}

static void
by_threads(bench *b)
{
    double unit[3] = { 0 };
    for (int threads = 1; threads <= (b->quick ? 2 : 8); threads *= 2) {
        const size_t few = b->quick ? 8 : 1024, many = b->quick ? 512 : 20000;
        growth_job job[] = { { b, "exact", few, 0, 0, 0, threads, 0 }, { b, "double", many, 0, 0, 0, threads, 0 },
                             { b, "float", many, 0, 0, 0, threads, 0 } };
        point(b, "threads", threads, job, 3, (double[]){ (double)few, (double)many, (double)many }, unit);
    }
}

void
suite_growth(bench *b)
{
    static const size_t width[] = { 64, 128, 256, 512, 1024, 2048 }, depth[] = { 1, 2, 4, 8 };
    static const size_t two[] = { 2, 2, 2, 2, 2, 2 }, hidden[] = { 256, 256, 256, 256 };
    const double budget = b->budget, long_run = b->long_run;
    b->budget = b->quick ? 0.1 : 2;
    b->long_run = 4;
    by_images(b);
    by_shape(b, "width", width, two, width, b->quick ? 1 : 6);
    by_shape(b, "depth", hidden, depth, depth, b->quick ? 1 : 4);
    by_bits(b);
    by_threads(b);
    b->budget = budget;
    b->long_run = long_run;
}
