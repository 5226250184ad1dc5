/* SPDX-License-Identifier: Apache-2.0 */
/* function_tmpl.c -- the functions of num/function.h by their naive formulas, every operation rounded, or as one function each;
   after vec_tmpl.c. Balls have their own (function_ball.c). */
#include <assert.h>

/* c z^(c-1); of c = 0 it is 0, also at 0. */
static void
NUM(power_slope_naive)(num *d, const num *z, const num *c, NUM(ctx) *ctx)
{
    num *k = ctx->t + 1, *power = ctx->t + 2;
    num_set_zero(d, ctx);
    if (num_equal(c, d))
        return;
    num_sub(k, c, ctx->one, ctx);
    num_function(power, FUNCTION_pow, 0, z, k, ctx);
    num_mul(d, c, power, ctx);
}

static void
NUM(celu_naive)(num *a, num *d, const num *z, const num *c, NUM(ctx) *ctx)
{
    num *q = ctx->t + 1;
    if (num_sgn(z) > 0) {
        num_set(a, z, ctx);
        num_set(d, ctx->one, ctx);
        return;
    }
    num_div(q, z, c, ctx);
    num_exp(d, q, ctx);
    num_sub(q, d, ctx->one, ctx);
    num_mul(a, c, q, ctx);
}

static void
NUM(function_naive)(num *a, num *d, const num *z, function_id f, const num *c, NUM(ctx) *ctx)
{
    num *q = ctx->t + 1;
    switch (f) {
    case FUNCTION_exp:
        num_exp(a, z, ctx);
        num_set(d, a, ctx);
        break;
    case FUNCTION_log:
        num_log(a, z, ctx);
        num_div(d, ctx->one, z, ctx);
        break;
    case FUNCTION_sqrt:
        num_sqrt(a, z, ctx);
        num_add(q, a, a, ctx);
        num_div(d, ctx->one, q, ctx);
        break;
    case FUNCTION_reciprocal:
        num_div(a, ctx->one, z, ctx);
        num_mul(q, a, a, ctx);
        num_neg(d, q, ctx);
        break;
    case FUNCTION_pow:
        num_function(a, f, 0, z, c, ctx);
        NUM(power_slope_naive)(d, z, c, ctx);
        break;
    case FUNCTION_over:
        num_div(a, c, z, ctx);
        num_div(q, a, z, ctx);
        num_neg(d, q, ctx);
        break;
    case FUNCTION_celu:
    case N_FUNCTIONS:
        NUM(celu_naive)(a, d, z, c, ctx);
    }
}

void
NUM(vec_function)(NUM(mat) *a, NUM(mat) *d, const NUM(mat) *z, function_id f, const NUM(mat) *c, NUM(ctx) *ctx)
{
    NUM(assert_same_shape)(a, z);
    NUM(assert_same_shape)(d, z);
    assert(c == NULL || (c->rows == 1 && z->cols % c->cols == 0));
    NUM(vec_trace)("vec_function", z, ctx);
    for (size_t i = 0; i < NUM(mat_size)(z); i++) {
        const num *own = c == NULL ? NULL : c->e + i % z->cols / (z->cols / c->cols);
        if (ctx->common.formulas == GA_NAIVE) {
            NUM(function_naive)(a->e + i, d->e + i, z->e + i, f, own, ctx);
        } else {
            num_function(a->e + i, f, 0, z->e + i, own, ctx);
            num_function(d->e + i, f, 1, z->e + i, own, ctx);
        }
    }
}
