/* SPDX-License-Identifier: Apache-2.0 */
/* product_ways.c -- the ways a product is made: each back end, MPFR's two, Arb's and FLINT's; see product_ways.h */
#include <stdlib.h>
#include <string.h>

#include "backend.h"
#include "gemm/crt.h"
#include "num/mpfr_vec.h"
#include "product_ways.h"

static double
run_dot(void *data)
{
    contestant *c = data;
    const mat_mp w = { NULL, c->p->n, c->p->k, c->weights };
    gemm_mp(&c->c, &c->p->a, false, &w, true, NULL, c->mp);
    return 0;
}

static double
run_ball(void *data)
{
    contestant *c = data;
    const mat_ball w = { NULL, c->p->n, c->p->k, c->weights };
    gemm_ball(&c->c_ball, &c->p->a_ball, false, &w, true, NULL, c->ball);
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

static double
run_floats(void *data)
{
    contestant *c = data;
    c->ops->product_floats(c->rival);
    return 0;
}

static contestant *
add(contest *t, const product *p, size_t rows, double (*run)(void *), const char *format, const char *name)
{
    static char text[WAYS_MOST][BENCH_NAME]; /* names of the contest under way */
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

void
ways_add_backend(contest *t, const product *p, size_t which)
{
    ga_estimator e = { .format = { .kind = GA_MPFR, .bits = p->bits }, .product = GA_DOT, .gain = 1, .logit_scale = 1 };
    if (!backend_choose(&e, which))
        return;
    contestant *c = add(t, p, p->m, run_dot, "gradaudit dot, %s", backends[which].name);
    t->work[t->n - 1] = product_work(p->m, p->k, p->n, p->bits, p->width, backends[which].prime_bits);
    c->c = mat_new_mp(p->m, p->n, p->bits, p->mp);
    if (c->c.e == NULL || (c->mp = ctx_new_mp(&e)) == NULL || !gemm_reserve_mp(p->k, p->bits, 53, c->mp) ||
        (c->weights = crt_weights_new(p->weight, p->n, p->k)) == NULL)
        bench_fail("out of memory");
    c = add(t, p, p->m, run_ball, "gradaudit ball, %s", backends[which].name);
    t->work[t->n - 1] = product_work(p->m, p->k, p->n, p->bits, p->width, backends[which].prime_bits);
    e.format.kind = GA_EXACT;
    c->c_ball = mat_new_ball(p->m, p->n, p->bits, p->ball);
    if (c->c_ball.e == NULL || (c->ball = ctx_new_ball(&e)) == NULL || !gemm_reserve_ball(p->k, p->bits, 53, c->ball) ||
        (c->weights = crt_weights_new(p->weight, p->n, p->k)) == NULL)
        bench_fail("out of memory");
}

void
ways_add_plain(contest *t, const product *p, size_t rows)
{
    add(t, p, rows, run_sum, "MPFR mul + sum%s", "")->c = mat_new_mp(rows, p->n, p->bits, p->mp);
    add(t, p, rows, run_loop, "MPFR mul + add%s", "")->c = mat_new_mp(rows, p->n, p->bits, p->mp);
}

void
ways_add_rival(contest *t, const product *p, const rival *r, size_t rows)
{
    contestant *c = add(t, p, p->m, run_whole, "%s arb_mat_mul, exact operands", r->name);
    c->ops = r->ops;
    c->rival = r->ops->product_open(p->a.e, p->weight, p->m, p->k, p->n, p->bits, false);
    void *shared = c->rival;
    if (r->ops->product_has_floats(shared)) {
        c = add(t, p, p->m, run_floats, "%s nfloat, exact operands", r->name);
        c->ops = r->ops;
        c->rival = shared;
    }
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

void
ways_check(const contest *t, const product *p)
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

void
ways_drop(contest *t)
{
    for (size_t i = 0; i < t->n; i++) {
        contestant *c = t->c + i;
        mat_free_mp(&c->c);
        if (c->mp != NULL)
            ctx_free_mp(c->mp);
        mat_free_ball(&c->c_ball);
        crt_weights_free(c->weights);
        if (c->ball != NULL)
            ctx_free_ball(c->ball);
        if (c->rival != NULL && t->runner[i].run == run_whole)
            c->ops->product_close(c->rival);
    }
}
