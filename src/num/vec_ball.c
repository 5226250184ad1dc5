/* SPDX-License-Identifier: Apache-2.0 */
/* vec_ball.c -- the elementwise vocabulary in balls. Sums, products and softmax are the template's; activations have enclosures
   of their own, sigmoid and tanh in sigmoid_ball.c, others in smooth_ball.c and function_ball.c. */
#include <assert.h>
#include <stdlib.h>

#include "num/ball.h"
#include "num/exp_fixed.h"
#include "num/function_ball.h"
#include "num/mpfr_vec.h"
#include "num/sigmoid_ball.h"
#include "num/smooth_ball.h"
#include "num/vec_tmpl.h"
#include "num/vec_tmpl.c"
#include "num/softmax_tmpl.c"

enum { MIDPOINTS = 4, RADII = 3 };

ctx_ball *
ctx_new_ball(const ga_estimator *e)
{
    ctx_ball *ctx = calloc(1, sizeof *ctx);
    if (ctx == NULL)
        return NULL;
    ctx->common = (context){ .formulas = GA_REWRITE, .plain = true, .loss = e->loss, .product = e->product, .backend = e->backend,
                              .bits = e->format.bits };
    ctx->t = ball_vec_new(CONTEXT_TEMPORARIES, e->format.bits);
    ctx->one = ball_vec_new(1, e->format.bits);
    ctx->m = mpfr_vec_new(MIDPOINTS, e->format.bits);
    ctx->r = mpfr_vec_new(RADII, RADIUS_BITS);
    if (ctx->t == NULL || ctx->one == NULL || ctx->m == NULL || ctx->r == NULL) {
        ctx_free_ball(ctx);
        return NULL;
    }
    ball_set_d(ctx->one, 1, ctx);
    ctx->exp = exp_fixed_new(e->format.bits);
    ctx->exp_more = exp_fixed_new(e->format.bits + EXP_MORE);
    return ctx;
}

void
ctx_free_ball(ctx_ball *ctx)
{
    if (ctx == NULL)
        return;
    ball_vec_free(ctx->t);
    ball_vec_free(ctx->one);
    exp_fixed_free(ctx->exp);
    exp_fixed_free(ctx->exp_more);
    free(ctx->m);
    free(ctx->r);
    free(ctx->term);
    free(ctx->terms);
    if (ctx->product_free != NULL)
        ctx->product_free(ctx->product);
    free(ctx);
}

/* Decided sign: z and 1, or 0 and 0, exact. {0}: a kink, where the derivative is 0 by convention. Undecided: max(z, 0) is in [0, h]
   with h = m + r, and the derivative, 0 or 1, in [0, 1]. */
static void
relu_ball(ball *a, ball *d, const ball *z, ctx_ball *ctx)
{
    const int sign = ball_sgn(z);
    ball_set_zero(a, ctx);
    ball_set_zero(d, ctx);
    if (sign > 0) {
        ball_set(a, z, ctx);
        ball_set(d, ctx->one, ctx);
    } else if (sign == 0 && !ball_is_zero(z)) {
        const radius top = radius_mul_2si(radius_add(radius_above(&z->mid), z->rad), -1); /* [0, 2 top] contains [0, |m| + r] */
        radius_get(ctx->r, top);
        a->rad = top;
        ball_round(a, mpfr_set(&a->mid, ctx->r, MPFR_RNDN));
        ball_set_up_to(d, 0);
    }
}

static void
linear_ball(ball *a, ball *d, const ball *z, ctx_ball *ctx)
{
    ball_set(a, z, ctx);
    ball_set(d, ctx->one, ctx);
}

/* Images have areas of one colour: whether element i of z is the one before it, whose results then serve it too. */
static bool
repeats(const mat_ball *z, size_t i)
{
    const ball *const a = z->e + i, *const b = a - 1;
    return i > 0 && a->rad.m == b->rad.m && a->rad.e == b->rad.e && mpfr_equal_p(&a->mid, &b->mid) &&
        mpfr_signbit(&a->mid) == mpfr_signbit(&b->mid);
}

static void
repeat(mat_ball *a, mat_ball *d, size_t i, ctx_ball *ctx)
{
    ball_set(a->e + i, a->e + i - 1, ctx);
    ball_set(d->e + i, d->e + i - 1, ctx);
}

static void
activate(const char *name, void (*f)(ball *, ball *, const ball *, ctx_ball *), mat_ball *a, mat_ball *d, const mat_ball *z,
         ctx_ball *ctx)
{
    assert_same_shape_ball(a, z);
    assert_same_shape_ball(d, z);
    vec_trace_ball(name, z, ctx);
    for (size_t i = 0; i < mat_size_ball(z); i++) {
        if (repeats(z, i))
            repeat(a, d, i, ctx);
        else
            f(a->e + i, d->e + i, z->e + i, ctx);
    }
}

void
vec_sigmoid_ball(mat_ball *s, mat_ball *d, const mat_ball *z, ctx_ball *ctx)
{
    activate("vec_sigmoid", sigmoid_ball, s, d, z, ctx);
}

void
vec_tanh_ball(mat_ball *t, mat_ball *d, const mat_ball *z, ctx_ball *ctx)
{
    activate("vec_tanh", tanh_ball, t, d, z, ctx);
}

void
vec_smooth_ball(mat_ball *a, mat_ball *d, const mat_ball *z, smooth_id f, ctx_ball *ctx)
{
    assert_same_shape_ball(a, z);
    assert_same_shape_ball(d, z);
    vec_trace_ball("vec_smooth", z, ctx);
    for (size_t i = 0; i < mat_size_ball(z); i++) {
        if (repeats(z, i))
            repeat(a, d, i, ctx);
        else
            smooth_ball(a->e + i, d->e + i, z->e + i, f, ctx);
    }
}

void
vec_function_ball(mat_ball *a, mat_ball *d, const mat_ball *z, function_id f, const mat_ball *c, ctx_ball *ctx)
{
    assert_same_shape_ball(a, z);
    assert_same_shape_ball(d, z);
    assert(c == NULL || (c->rows == 1 && z->cols % c->cols == 0));
    vec_trace_ball("vec_function", z, ctx);
    for (size_t i = 0; i < mat_size_ball(z); i++) {
        const ball *const own = c == NULL ? NULL : c->e + i % z->cols / (z->cols / c->cols);
        if (c == NULL && repeats(z, i))
            repeat(a, d, i, ctx);
        else
            function_ball(a->e + i, d->e + i, z->e + i, f, own, ctx);
    }
}

void
vec_relu_ball(mat_ball *a, mat_ball *d, const mat_ball *z, ctx_ball *ctx)
{
    activate("vec_relu", relu_ball, a, d, z, ctx);
}

void
vec_linear_ball(mat_ball *a, mat_ball *d, const mat_ball *z, ctx_ball *ctx)
{
    activate("vec_linear", linear_ball, a, d, z, ctx);
}

/* r = ln(1 + e^z) = z + ln(1 + e^-z); e^x is positive, so that either form holds at all points. Uses t[1]. */
static void
softplus_ball(ball *r, const ball *z, ctx_ball *ctx)
{
    ball *const e = ctx->t + 1;
    const bool negative = mpfr_sgn(&z->mid) < 0;
    if (negative)
        ball_set(e, z, ctx);
    else
        ball_neg(e, z, ctx);
    ball_exp(e, e, ctx);
    ball_log1p(r, e, ctx);
    if (!negative)
        ball_add(r, r, z, ctx);
}

/* s = sigma(z), r = (1-y) s - y sigma(-z), loss += (1-y) softplus(z) + y softplus(-z): without cancellation for y = 0 and y = 1,
   and exact there but for the functions. */
static void
bce_ball(ball *s, ball *r, ball *loss, const ball *z, const ball *y, ctx_ball *ctx)
{
    ball *const other = ctx->t + 2, *const part = ctx->t + 3, *const minus = ctx->t; /* which no product of two needs */
    ball_neg(minus, z, ctx);
    sigmoid_ball(other, part, minus, ctx);
    sigmoid_ball(s, part, z, ctx);
    ball_mul(other, y, other, ctx);
    ball_sub(part, ctx->one, y, ctx);
    ball_mul(r, part, s, ctx);
    ball_sub(r, r, other, ctx);
    softplus_ball(other, z, ctx);
    ball_mul(other, part, other, ctx);
    ball_add(loss, loss, other, ctx);
    softplus_ball(other, minus, ctx);
    ball_mul(other, y, other, ctx);
    ball_add(loss, loss, other, ctx);
}

void
vec_bce_ball(mat_ball *s, mat_ball *r, mat_ball *loss, const mat_ball *z, const mat_ball *y, bool composed, ctx_ball *ctx)
{
    (void)composed;
    assert_same_shape_ball(s, z);
    assert_same_shape_ball(y, z);
    assert_loss_shapes_ball(r, loss, z);
    vec_trace_ball("vec_bce", z, ctx);
    for (size_t row = 0; row < z->rows; row++) {
        ball_set_zero(loss->e + row, ctx);
        for (size_t i = row * z->cols; i < (row + 1) * z->cols; i++)
            bce_ball(s->e + i, r->e + i, loss->e + row, z->e + i, y->e + i, ctx);
    }
}
