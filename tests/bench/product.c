/* SPDX-License-Identifier: Apache-2.0 */
/* product.c -- matrix products: each back end, MPFR's two ways, Arb and FLINT */
#include "product_ways.h"

/* m: rows that are computed, of whole; the plain ways do about `terms` of multiplications. */
static void
product_case(bench *b, const char *where, double x, size_t m, size_t whole, size_t k, size_t n, long bits, bool wide)
{
    const size_t terms = b->quick ? 20000 : 800000;
    product p;
    contest t = { .n = 0 };
    product_open(&p, m, k, n, bits, wide);
    const size_t fit = terms / (k * n), rows = fit < 1 ? 1 : fit < m ? fit : m;
    for (size_t i = 0; i < n_backends; i++)
        ways_add_backend(&t, &p, i);
    ways_add_plain(&t, &p, rows);
    for (size_t i = 0; i < RIVALS; i++)
        if (rivals[i].ops != NULL)
            ways_add_rival(&t, &p, rivals + i, rows);
    for (size_t i = 0; i < t.n; i++)
        t.runner[i].share *= (double)m / (double)whole;
    bench_row *row = bench_contest(b, "product", where, x, t.runner, t.n);
    for (size_t i = 0; i < t.n; i++)
        row[i].work = t.work[i] * (double)whole / (double)m;
    ways_check(&t, &p);
    ways_drop(&t);
    product_close(&p);
}

/* "256x784x256, wide", x the bits. */
static void
shape(bench *b, size_t m, size_t whole, size_t k, size_t n, long bits, bool wide)
{
    char where[BENCH_NAME];
    snprintf(where, sizeof where, "%zux%zux%zu, %s", whole, k, n, wide ? "wide" : "uniform");
    product_case(b, where, (double)bits, m, whole, k, n, bits, wide);
}

/* "cubes, 256 bits, wide", x their side; of the largest 256 rows. */
static void
cube(bench *b, size_t n, long bits, bool wide)
{
    char where[BENCH_NAME];
    snprintf(where, sizeof where, "cubes, %ld bits, %s", bits, wide ? "wide" : "uniform");
    product_case(b, where, (double)n, n < 256 ? n : 256, n, n, n, bits, wide);
}

/* The main shape and uniform cubes with all bits, the other shapes and wide cubes with 256. */
void
suite_product(bench *b)
{
    static const long bits[] = { 128, 256, 512, 1024 };
    static const struct { size_t m, k, n; } shapes[] = { { 256, 784, 256 }, { 256, 256, 256 }, { 256, 256, 10 }, { 64, 784, 256 },
                                                         { 64, 256, 256 } };
    const double budget = b->budget, long_run = b->long_run;
    b->budget *= 0.75;
    b->long_run = 3;
    for (size_t i = 0; i < sizeof bits / sizeof *bits; i++)
        for (int wide = 0; wide < 2; wide++) {
            for (size_t s = 0; !b->quick && s < sizeof shapes / sizeof *shapes; s++)
                if (s == 0 || bits[i] == 256)
                    shape(b, shapes[s].m, shapes[s].m, shapes[s].k, shapes[s].n, bits[i], wide != 0);
            for (size_t n = 64; !b->quick && n <= 1024; n *= 2)
                if (bits[i] == 256 || (!wide && n <= 512))
                    cube(b, n, bits[i], wide != 0);
            if (b->quick && bits[i] == 256)
                shape(b, 8, 256, 784, 256, bits[i], wide != 0);
        }
    b->budget = budget;
    b->long_run = long_run;
}
