/* SPDX-License-Identifier: Apache-2.0 */
/* product_data.c -- operands, the two plain ways of MPFR, and what a modular method has to do; see product.h */
#include <math.h>
#include <stdlib.h>

#include "num/mpfr_vec.h"
#include "num/random.h"
#include "product.h"

void
product_ball(ball *r, double x, ctx_ball *ctx)
{
    ball_set_d(ctx->t + 1, 3, ctx);
    ball_div(ctx->t + 2, ctx->one, ctx->t + 1, ctx);
    ball_set_d(ctx->t + 1, 3 * x, ctx);
    ball_mul(r, ctx->t + 1, ctx->t + 2, ctx);
}

bool
product_contains(const ball *c, mpfr_srcptr x, const product *p)
{
    ball *exact = p->ball->t + 1, *difference = p->ball->t + 2;
    ball_set_zero(exact, p->ball);
    mpfr_set(&exact->mid, x, MPFR_RNDN);
    ball_sub(difference, c, exact, p->ball);
    return ball_contains_zero(difference);
}

/* Numbers of A: uniform in (-1, 1), or times 2^-e with e uniform in 0, ..., 2000. */
static void
fill_operands(product *p)
{
    random_stream r = random_start(1, p->k);
    for (size_t i = 0; i < p->m * p->k; i++) {
        ball *x = p->a_ball.e + i;
        product_ball(x, 2 * random_uniform(&r) - 1, p->ball);
        if (p->wide) {
            ball_set_d(p->ball->t + 1, 0x1p-1000, p->ball);
            size_t e = random_below(&r, 2001);
            for (; e >= 1000; e -= 1000)
                ball_mul(x, x, p->ball->t + 1, p->ball);
            ball_set_d(p->ball->t + 1, ldexp(1, -(int)e), p->ball);
            ball_mul(x, x, p->ball->t + 1, p->ball);
        }
        mpfr_set(p->a.e + i, &x->mid, MPFR_RNDN);
    }
}

long
product_width(const double *weight, size_t n)
{
    int highest = -2000, lowest = 2000;
    for (size_t i = 0; i < n; i++) {
        int exponent;
        double rest = frexp(weight[i], &exponent);
        if (rest == 0)
            continue;
        highest = exponent > highest ? exponent : highest;
        while (rest != trunc(rest)) {
            rest *= 2;
            exponent--;
        }
        lowest = exponent < lowest ? exponent : lowest;
    }
    return highest > lowest ? highest - lowest : 1;
}

/* Weights as of a trained network: binary32, uniform in +-1/sqrt(k). */
static void
fill_weights(product *p)
{
    random_stream r = random_start(7, p->k);
    for (size_t i = 0; i < p->n * p->k; i++) {
        p->weight[i] = (double)(float)((2 * random_uniform(&r) - 1) / sqrt((double)p->k));
        mpfr_set_d(p->w.e + i, p->weight[i], MPFR_RNDN);
    }
    p->width = product_width(p->weight, p->n * p->k);
}

void
product_open(product *p, size_t m, size_t k, size_t n, long bits, bool wide)
{
    enum { WEIGHT_BITS = 24 };
    const ga_estimator e = { .format = { .kind = GA_MPFR, .bits = bits }, .product = GA_DOT, .gain = 1, .logit_scale = 1 };
    *p = (product){ .m = m, .k = k, .n = n, .bits = bits, .wide = wide, .weight = bench_alloc(n * k, sizeof *p->weight) };
    p->mp = ctx_new_mp(&e);
    p->ball = ctx_new_ball(&e);
    if (p->mp == NULL || p->ball == NULL)
        bench_fail("out of memory");
    p->a = mat_new_mp(m, k, bits, p->mp);
    p->w = mat_new_mp(n, k, WEIGHT_BITS, p->mp);
    p->a_ball = mat_new_ball(m, k, bits, p->ball);
    p->term = mpfr_vec_new(k, bits + WEIGHT_BITS);
    p->terms = bench_alloc(k, sizeof *p->terms);
    if (p->a.e == NULL || p->w.e == NULL || p->a_ball.e == NULL || p->term == NULL)
        bench_fail("out of memory");
    mpfr_init2(p->sum, bits);
    for (size_t i = 0; i < k; i++)
        p->terms[i] = p->term + i;
    fill_operands(p);
    fill_weights(p);
}

void
product_close(product *p)
{
    mat_free_mp(&p->a);
    mat_free_mp(&p->w);
    mat_free_ball(&p->a_ball);
    ctx_free_mp(p->mp);
    ctx_free_ball(p->ball);
    mpfr_clear(p->sum);
    free(p->term);
    free(p->terms);
    free(p->weight);
}

void
product_sum(mpfr_ptr r, const product *p, size_t i, size_t j)
{
    for (size_t k = 0; k < p->k; k++)
        mpfr_mul(p->term + k, p->a.e + i * p->k + k, p->w.e + j * p->k + k, MPFR_RNDN);
    mpfr_sum(r, p->terms, p->k, MPFR_RNDN);
}

void
product_loop(mpfr_ptr r, const product *p, size_t i, size_t j)
{
    mpfr_ptr sum = (mpfr_ptr)(void *)p->sum;
    mpfr_set_zero(r, 1);
    for (size_t k = 0; k < p->k; k++) {
        mpfr_mul(sum, p->a.e + i * p->k + k, p->w.e + j * p->k + k, MPFR_RNDN);
        mpfr_add(r, r, sum, MPFR_RNDN);
    }
}

double
product_work(size_t m, size_t k, size_t n, long bits, long width, double prime_bits)
{
    enum { GUARD = 32 };
    const double need = (double)(bits + GUARD + width) + log2((double)k) + 2;
    return ceil(need / prime_bits) * (double)m * (double)k * (double)n;
}
