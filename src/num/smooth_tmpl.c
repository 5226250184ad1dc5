/* SPDX-License-Identifier: Apache-2.0 */
/* smooth_tmpl.c -- the functions of num/smooth.h by their naive formulas, every operation rounded, or as one function each; after
   vec_tmpl.c. Balls have their own (smooth_ball.c). */
static void
NUM(softplus_naive)(num *a, num *d, const num *z, NUM(ctx) *ctx)
{
    num *e = ctx->t + 1, *q = ctx->t + 2;
    num_exp(e, z, ctx);
    num_add(q, ctx->one, e, ctx);
    num_log(a, q, ctx);
    num_div(d, e, q, ctx);
}

static void
NUM(silu_naive)(num *a, num *d, const num *z, NUM(ctx) *ctx)
{
    num *s = ctx->t + 1, *q = ctx->t + 2;
    num_one_plus_exp_neg(s, z, 1, ctx);
    num_div(s, ctx->one, s, ctx);
    num_sub(q, ctx->one, s, ctx);
    num_mul(q, z, q, ctx);
    num_add(q, ctx->one, q, ctx);
    num_mul(d, s, q, ctx);
    num_mul(a, z, s, ctx);
}

static void
NUM(gelu_naive)(num *a, num *d, const num *z, NUM(ctx) *ctx)
{
    num *c = ctx->t + 1, *half = ctx->t + 2, *q = ctx->t + 3;
    num_set_d(half, 0.5, ctx);
    num_constant(q, CONSTANT_SQRT1_2, ctx);
    num_mul(c, z, q, ctx);
    num_erf(c, c, ctx);
    num_add(c, ctx->one, c, ctx);
    num_mul(c, half, c, ctx);
    num_mul(a, z, c, ctx);
    num_mul(q, z, z, ctx);
    num_mul(q, half, q, ctx);
    num_neg(q, q, ctx);
    num_exp(q, q, ctx);
    num_constant(half, CONSTANT_1_SQRT2PI, ctx);
    num_mul(q, half, q, ctx);
    num_mul(q, z, q, ctx);
    num_add(d, c, q, ctx);
}

static void
NUM(gelu_tanh_naive)(num *a, num *d, const num *z, NUM(ctx) *ctx)
{
    num *u = ctx->t + 1, *s = ctx->t + 2, *c = ctx->t + 3, *h = ctx->t + 4;
    num_mul(s, z, z, ctx);
    num_mul(u, s, z, ctx);
    num_constant(c, CONSTANT_GELU_CUBE, ctx);
    num_mul(u, c, u, ctx);
    num_add(u, z, u, ctx);
    num_constant(c, CONSTANT_GELU_CUBE_SLOPE, ctx);
    num_mul(s, c, s, ctx);
    num_add(s, ctx->one, s, ctx);
    num_constant(c, CONSTANT_SQRT2_PI, ctx);
    num_mul(s, c, s, ctx);
    num_mul(u, c, u, ctx);
    num_tanh(u, u, ctx);
    num_set_d(c, 0.5, ctx);
    num_mul(h, c, z, ctx);
    num_mul(d, u, u, ctx);
    num_sub(d, ctx->one, d, ctx);
    num_mul(d, h, d, ctx);
    num_mul(d, d, s, ctx);
    num_add(u, ctx->one, u, ctx);
    num_mul(a, h, u, ctx);
    num_mul(u, c, u, ctx);
    num_add(d, u, d, ctx);
}

static void
NUM(elu_naive)(num *a, num *d, const num *z, NUM(ctx) *ctx)
{
    num *e = ctx->t + 1;
    num_exp(e, z, ctx);
    num_sub(a, e, ctx->one, ctx);
    num_set(d, e, ctx);
    if (num_sgn(z) > 0) {
        num_set(a, z, ctx);
        num_set(d, ctx->one, ctx);
    }
}

static void
NUM(mish_naive)(num *a, num *d, const num *z, NUM(ctx) *ctx)
{
    num *t = ctx->t + 1, *s = ctx->t + 2;
    num_exp(t, z, ctx);
    num_add(t, ctx->one, t, ctx);
    num_log(t, t, ctx);
    num_tanh(t, t, ctx);
    num_mul(a, z, t, ctx);
    num_one_plus_exp_neg(s, z, 1, ctx);
    num_mul(d, t, t, ctx);
    num_sub(d, ctx->one, d, ctx);
    num_mul(d, z, d, ctx);
    num_div(d, d, s, ctx);
    num_add(d, t, d, ctx);
}

static void
NUM(softsign_naive)(num *a, num *d, const num *z, NUM(ctx) *ctx)
{
    num *q = ctx->t + 1;
    num_abs(q, z, ctx);
    num_add(q, ctx->one, q, ctx);
    num_div(a, z, q, ctx);
    num_mul(q, q, q, ctx);
    num_div(d, ctx->one, q, ctx);
}

static void
NUM(erf_naive)(num *a, num *d, const num *z, NUM(ctx) *ctx)
{
    num *q = ctx->t + 1, *c = ctx->t + 2;
    num_erf(a, z, ctx);
    num_mul(q, z, z, ctx);
    num_neg(q, q, ctx);
    num_exp(q, q, ctx);
    num_constant(c, CONSTANT_2_SQRTPI, ctx);
    num_mul(d, c, q, ctx);
}

#define SMOOTH(name, ...) NUM(name##_naive),
static void (*const NUM(smooth_naive)[N_SMOOTH])(num *, num *, const num *, NUM(ctx) *) = {
#include "num/smooth.def"
};
#undef SMOOTH

void
NUM(vec_smooth)(NUM(mat) *a, NUM(mat) *d, const NUM(mat) *z, smooth_id f, NUM(ctx) *ctx)
{
    NUM(assert_same_shape)(a, z);
    NUM(assert_same_shape)(d, z);
    NUM(vec_trace)("vec_smooth", z, ctx);
    for (size_t i = 0; i < NUM(mat_size)(z); i++)
        if (ctx->common.formulas == GA_NAIVE) {
            NUM(smooth_naive)[f](a->e + i, d->e + i, z->e + i, ctx);
        } else {
            num_smooth(a->e + i, f, 0, z->e + i, ctx);
            num_smooth(d->e + i, f, 1, z->e + i, ctx);
        }
}
