/* SPDX-License-Identifier: Apache-2.0 */
/* product.c -- matrix products: each back end, MPFR's two ways, Arb and FLINT */
#include <stdlib.h>
#include <string.h>

#include "backend.h"
#include "num/mpfr_vec.h"
#include "product.h"
#include "rival.h"

enum { MOST = 2 * BACKENDS_MOST + 2 + 4 * RIVALS };

/* One contestant: the case, how many rows of C it makes, and what it makes them with. */
typedef struct {
    const product *p;
    size_t rows;
    mat_mp c;
    ctx_mp *mp;
    mat_ball c_ball, w_ball;
    ctx_ball *ball;
    const rival_ops *ops;
    void *rival;
} contestant;

typedef struct {
    contestant c[MOST];
    bench_runner runner[MOST];
    double work[MOST];
    size_t n;
} contest;

static double
run_dot(void *data)
{
    contestant *c = data;
    gemm_mp(&c->c, &c->p->a, false, &c->p->w, true, NULL, c->mp);
    return 0;
}

static double
run_ball(void *data)
{
    contestant *c = data;
    gemm_ball(&c->c_ball, &c->p->a_ball, false, &c->w_ball, true, NULL, c->ball);
    return 0;
}

static double
run_sum(void *data)
{
    contestant *c = data;
    for (size_t i = 0; i < c->rows; i++)
        for (size_t j = 0; j < c->p->n; j++)
            product_sum(c->c.e + i * c->p->n + j, c->p, i, j);
    return 0;
}

static double
run_loop(void *data)
{
    contestant *c = data;
    for (size_t i = 0; i < c->rows; i++)
        for (size_t j = 0; j < c->p->n; j++)
            product_loop(c->c.e + i * c->p->n + j, c->p, i, j);
    return 0;
}

static double
run_whole(void *data)
{
    contestant *c = data;
    c->ops->product_whole(c->rival);
    return 0;
}

static double
run_dots(void *data)
{
    contestant *c = data;
    c->ops->product_dots(c->rival, c->rows);
    return 0;
}

static contestant *
add(contest *t, const product *p, size_t rows, double (*run)(void *), const char *format, const char *name)
{
    static char text[MOST][BENCH_NAME]; /* names of the contest under way */
    contestant *c = t->c + t->n;
    *c = (contestant){ .p = p, .rows = rows };
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    snprintf(text[t->n], BENCH_NAME, format, name);
#pragma GCC diagnostic pop
    t->runner[t->n] = (bench_runner){ text[t->n], run, c, (double)rows / (double)p->m };
    t->work[t->n++] = 0;
    return c;
}

static void
add_backend(contest *t, const product *p, size_t which)
{
    ga_estimator e = { .format = { .kind = GA_MPFR, .bits = p->bits }, .product = GA_DOT, .gain = 1, .logit_scale = 1 };
    if (!backend_choose(&e, which))
        return;
    contestant *c = add(t, p, p->m, run_dot, "gradaudit dot, %s", backends[which].name);
    t->work[t->n - 1] = product_work(p->m, p->k, p->n, p->bits, p->width, backends[which].prime_bits);
    c->c = mat_new_mp(p->m, p->n, p->bits, p->mp);
    if (c->c.e == NULL || (c->mp = ctx_new_mp(&e)) == NULL || !gemm_reserve_mp(p->k, p->bits, 24, c->mp) ||
        !gemm_prepare_mp(&p->w, c->mp))
        bench_fail("out of memory");
    c = add(t, p, p->m, run_ball, "gradaudit ball, %s", backends[which].name);
    t->work[t->n - 1] = product_work(p->m, p->k, p->n, p->bits, p->width, backends[which].prime_bits);
    e.format.kind = GA_EXACT;
    c->c_ball = mat_new_ball(p->m, p->n, p->bits, p->ball);
    c->w_ball = mat_new_ball(p->n, p->k, 24, p->ball);
    if (c->c_ball.e == NULL || c->w_ball.e == NULL || (c->ball = ctx_new_ball(&e)) == NULL)
        bench_fail("out of memory");
    for (size_t i = 0; i < p->n * p->k; i++)
        mpfr_set(&c->w_ball.e[i].mid, p->w.e + i, MPFR_RNDN);
    if (!gemm_reserve_ball(p->k, p->bits, 24, c->ball) || !gemm_prepare_ball(&c->w_ball, c->ball))
        bench_fail("out of memory");
}

static void
add_rival(contest *t, const product *p, const rival *r, size_t rows)
{
    contestant *c = add(t, p, p->m, run_whole, "%s arb_mat_mul, exact operands", r->name);
    c->ops = r->ops;
    c->rival = r->ops->product_open(p->a.e, p->weight, p->m, p->k, p->n, p->bits, false);
    void *shared = c->rival;
    c = add(t, p, rows, run_dots, "%s arb_dot, exact operands", r->name);
    c->ops = r->ops;
    c->rival = shared;
    c = add(t, p, p->m, run_whole, "%s arb_mat_mul, radii", r->name);
    c->ops = r->ops;
    c->rival = shared = r->ops->product_open(p->a.e, p->weight, p->m, p->k, p->n, p->bits, true);
    c = add(t, p, rows, run_dots, "%s arb_dot, radii", r->name);
    c->ops = r->ops;
    c->rival = shared;
}

/* Fast and wrong is no result: elements of the first and last row against mpfr_sum. */
static void
check(const contest *t, const product *p)
{
    mpfr_t want;
    mpfr_init2(want, p->bits);
    for (size_t s = 0; s < 16; s++) {
        const size_t i = s % 2 * (p->m - 1), j = s * p->n / 16, at = i * p->n + j;
        product_sum(want, p, i, j);
        for (const contestant *c = t->c; c < t->c + t->n; c++) {
            const bool holds = c->mp != NULL     ? mpfr_equal_p(want, c->c.e + at) != 0
                               : c->ball != NULL ? product_contains(c->c_ball.e + at, want, p)
                                                 : true;
            if (!holds)
                bench_fail("%s: element %zu,%zu is wrong", t->runner[c - t->c].who, i, j);
        }
    }
    mpfr_clear(want);
}

static void
drop(contest *t)
{
    for (size_t i = 0; i < t->n; i++) {
        contestant *c = t->c + i;
        mat_free_mp(&c->c);
        if (c->mp != NULL)
            ctx_free_mp(c->mp);
        mat_free_ball(&c->c_ball);
        mat_free_ball(&c->w_ball);
        if (c->ball != NULL)
            ctx_free_ball(c->ball);
        if (c->rival != NULL && t->runner[i].run == run_whole)
            c->ops->product_close(c->rival);
    }
}

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
        add_backend(&t, &p, i);
    add(&t, &p, rows, run_sum, "MPFR mul + sum%s", "")->c = mat_new_mp(rows, n, bits, p.mp);
    add(&t, &p, rows, run_loop, "MPFR mul + add%s", "")->c = mat_new_mp(rows, n, bits, p.mp);
    for (size_t i = 0; i < RIVALS; i++)
        if (rivals[i].ops != NULL)
            add_rival(&t, &p, rivals + i, rows);
    for (size_t i = 0; i < t.n; i++)
        t.runner[i].share *= (double)m / (double)whole;
    bench_row *row = bench_contest(b, "product", where, x, t.runner, t.n);
    for (size_t i = 0; i < t.n; i++)
        row[i].work = t.work[i] * (double)whole / (double)m;
    check(&t, &p);
    drop(&t);
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
