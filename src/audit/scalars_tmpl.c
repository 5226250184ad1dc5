/* SPDX-License-Identifier: Apache-2.0 */
/* scalars_tmpl.c -- the formulas of scalars.def, every operation rounded: r = f(x). r is not x; both formulas of each. */

/* r = 1/(1 + e^-x) without a subtraction or an overflow. */
static void
NUM(logistic)(num *r, const num *x, NUM(ctx) *ctx)
{
    num *e = ctx->t + 1, *q = ctx->t + 2;
    num_abs(e, x, ctx);
    num_neg(e, e, ctx);
    num_exp(e, e, ctx);
    num_add(q, ctx->one, e, ctx);
    num_div(r, num_sgn(x) < 0 ? e : ctx->one, q, ctx);
}

/* Rewritten, e itself where 1 + e is 1: a subnormal number is no operand then. */
static void
NUM(logistic_rewrite)(num *r, const num *x, NUM(ctx) *ctx)
{
    num *e = ctx->t + 1, *q = ctx->t + 2;
    NUM(logistic)(r, x, ctx);
    if (num_equal(q, ctx->one) && num_sgn(x) < 0)
        num_set(r, e, ctx);
}

/* e = e^-|x| and r = R(1 + e), the sum of exponentials of logits 0 and -x less the larger. */
static void
NUM(sum_of_two)(num *r, num *e, const num *x, NUM(ctx) *ctx)
{
    num_abs(e, x, ctx);
    num_neg(e, e, ctx);
    num_exp(e, e, ctx);
    num_add(r, ctx->one, e, ctx);
}

/* naive: with p by softmax and g = 1/p, what comes back through ln, p (g - g p). rewrite: the other class's p. */
static void
NUM(log_of_softmax_slope)(num *r, const num *x, NUM(ctx) *ctx)
{
    num *p = ctx->t + 1, *g = ctx->t + 2;
    if (ctx->common.formulas == GA_REWRITE) {
        num_neg(ctx->t + 3, x, ctx);
        NUM(logistic_rewrite)(r, ctx->t + 3, ctx);
        return;
    }
    NUM(logistic)(p, x, ctx); /* what softmax computes */
    num_div(g, ctx->one, p, ctx);
    num_mul(r, g, p, ctx);
    num_sub(r, g, r, ctx);
    num_mul(r, p, r, ctx);
}

/* naive: 1 - e^l, l = min(x, 0) - ln(1 + e^-|x|). rewrite: the other class's p. */
static void
NUM(log_softmax_slope)(num *r, const num *x, NUM(ctx) *ctx)
{
    num *sum = ctx->t + 1;
    if (ctx->common.formulas == GA_REWRITE) {
        NUM(log_of_softmax_slope)(r, x, ctx);
        return;
    }
    NUM(sum_of_two)(sum, r, x, ctx);
    num_log(sum, sum, ctx);
    if (num_sgn(x) < 0)
        num_sub(r, x, sum, ctx);
    else
        num_neg(r, sum, ctx);
    num_exp(r, r, ctx);
    num_sub(r, ctx->one, r, ctx);
}

static void
NUM(expm1)(num *r, const num *x, NUM(ctx) *ctx)
{
    if (ctx->common.formulas == GA_REWRITE) {
        num_expm1(r, x, ctx);
        return;
    }
    num_exp(r, x, ctx);
    num_sub(r, r, ctx->one, ctx);
}

/* naive: expm1(x) + 1. rewrite: e^x. */
static void
NUM(expm1_slope)(num *r, const num *x, NUM(ctx) *ctx)
{
    if (ctx->common.formulas == GA_REWRITE) {
        num_exp(r, x, ctx);
        return;
    }
    num_expm1(r, x, ctx);
    num_add(r, r, ctx->one, ctx);
}

/* rewrite: max(x, 0) + log1p(e^-|x|). */
static void
NUM(softplus)(num *r, const num *x, NUM(ctx) *ctx)
{
    num *sum = ctx->t + 1;
    if (ctx->common.formulas == GA_REWRITE) {
        NUM(sum_of_two)(r, sum, x, ctx);
        if (num_equal(r, ctx->one))
            num_set(r, sum, ctx);
        else
            num_log1p(r, sum, ctx);
        if (num_sgn(x) > 0)
            num_add(r, x, r, ctx);
        return;
    }
    num_exp(sum, x, ctx);
    num_add(sum, ctx->one, sum, ctx);
    num_log(r, sum, ctx);
}

/* naive: e^x/(1 + e^x). rewrite: sigma(x). */
static void
NUM(softplus_slope)(num *r, const num *x, NUM(ctx) *ctx)
{
    num *sum = ctx->t + 1;
    if (ctx->common.formulas == GA_REWRITE) {
        NUM(logistic_rewrite)(r, x, ctx);
        return;
    }
    num_exp(r, x, ctx);
    num_add(sum, ctx->one, r, ctx);
    num_div(r, r, sum, ctx);
}

#define SCALAR(name) [SCALAR_##name] = NUM(name),
static void (*const NUM(scalar)[N_SCALARS])(num *r, const num *x, NUM(ctx) *ctx) = {
#include "audit/scalars.def"
};
#undef SCALAR
