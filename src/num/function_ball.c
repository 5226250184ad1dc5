/* SPDX-License-Identifier: Apache-2.0 */
/* function_ball.c -- see function_ball.h. Below, z = m +- r, and for z of one sign t = x/m, x a point of z: |t - 1| <= r/|m|, so
   that |log t| <= (r/|m|)/(1 - r/|m|) = r/(|m| - r), as -log(1 - e) <= e/(1 - e). */
#include "num/function_ball.h"

/* At least |log t|; infinite if z may have 0. */
static radius
spread(const ball *z)
{
    return radius_is_zero(z->rad) ? radius_zero : radius_div(z->rad, radius_sub_down(radius_below(&z->mid), z->rad));
}

/* log x - log m = log t. */
static void
log_ball(ball *a, ball *d, const ball *z, ctx_ball *ctx)
{
    if (ball_sgn(z) <= 0) {
        ball_set_line(a);
        ball_set_line(d);
        return;
    }
    a->rad = spread(z);
    ball_round(a, mpfr_log(&a->mid, &z->mid, MPFR_RNDN));
    ball_div(d, ctx->one, z, ctx);
}

/* 1/(2a), which depends on z by a alone. */
static void
sqrt_ball(ball *a, ball *d, const ball *z, ctx_ball *ctx)
{
    ball *const twice = ctx->t + 1;
    ball_sqrt(a, z, ctx);
    ball_add(twice, a, a, ctx);
    ball_div(d, ctx->one, twice, ctx);
}

/* -a/z, or for the reciprocal -a a. */
static void
over_ball(ball *a, ball *d, const ball *z, const ball *c, ctx_ball *ctx)
{
    ball_div(a, c == NULL ? ctx->one : c, z, ctx);
    if (c == NULL)
        ball_mul(d, a, a, ctx);
    else
        ball_div(d, a, z, ctx);
    ball_neg(d, d, ctx);
}

/* h^n, n > 0, rounded up. */
static radius
radius_to(radius h, uint64_t n)
{
    radius r = radius_one;
    for (; n > 0; n /= 2) {
        if (n % 2 == 1)
            r = radius_mul(r, h);
        h = radius_mul(h, h);
    }
    return r;
}

/* The ball of [-top, top], or of [0, top]. */
static void
set_within(ball *r, radius top, bool positive, ctx_ball *ctx)
{
    mpfr_set_zero(&r->mid, 1);
    r->rad = top;
    if (!positive || radius_is_zero(top))
        return;
    r->rad = radius_mul_2si(top, -1);
    radius_get(ctx->r, r->rad);
    ball_round(r, mpfr_set(&r->mid, ctx->r, MPFR_RNDN));
}

/* z may have 0. Where c is a natural number |x|^c <= h^c with h = |m| + r, and c |x|^(c-1) likewise; 0 to a power above 0 is 0. */
static void
power_about_zero(ball *a, ball *d, const ball *z, const ball *c, ctx_ball *ctx)
{
    const radius h = radius_add(radius_above(&z->mid), z->rad);
    ball_set_line(a);
    ball_set_line(d);
    if (mpfr_integer_p(&c->mid) && mpfr_sgn(&c->mid) > 0 && mpfr_get_exp(&c->mid) <= 53) {
        const uint64_t n = mpfr_get_ui(&c->mid, MPFR_RNDN);
        set_within(a, radius_to(h, n), n % 2 == 0, ctx);
        if (n > 1)
            set_within(d, radius_mul(radius_from_d((double)n), radius_to(h, n - 1)), n % 2 == 1, ctx);
        else
            ball_set(d, ctx->one, ctx);
    } else if (ball_is_zero(z) && mpfr_sgn(&c->mid) > 0) {
        ball_set_zero(a, ctx);
        if (mpfr_cmp_ui(&c->mid, 1) > 0)
            ball_set_zero(d, ctx);
    }
}

/* x^c = m^c t^c, and |t^c - 1| <= e^(|c| |log t|) - 1; the derivative is c a/z. Below 0 it is defined for integers c. */
static void
power_ball(ball *a, ball *d, const ball *z, const ball *c, ctx_ball *ctx)
{
    const int sign = ball_sgn(z);
    if (mpfr_zero_p(&c->mid) && radius_is_zero(c->rad)) {
        ball_set(a, ctx->one, ctx);
        ball_set_zero(d, ctx);
    } else if (!radius_is_zero(c->rad) || (sign < 0 && !mpfr_integer_p(&c->mid))) {
        ball_set_line(a);
        ball_set_line(d);
    } else if (sign == 0) {
        power_about_zero(a, d, z, c, ctx);
    } else {
        a->rad = radius_zero;
        ball_round(a, mpfr_pow(&a->mid, &z->mid, &c->mid, MPFR_RNDN));
        const radius change = radius_expm1(radius_mul(radius_above(&c->mid), spread(z)));
        if (!radius_is_infinite(a->rad) && !radius_is_zero(change))
            ball_widen(a, radius_mul(radius_add(radius_above(&a->mid), a->rad), change));
        ball_div(d, a, z, ctx);
        ball_mul(d, c, d, ctx);
    }
}

/* The derivative is continuous at 0. A ball whose sign is open: both. */
static void
celu_ball(ball *a, ball *d, const ball *z, const ball *c, ctx_ball *ctx)
{
    ball *const q = ctx->t + 1;
    const int sign = ball_sgn(z);
    if (sign > 0) {
        ball_set(a, z, ctx);
        ball_set(d, ctx->one, ctx);
        return;
    }
    ball_div(q, z, c, ctx);
    ball_exp(d, q, ctx);
    ball_expm1(a, q, ctx);
    ball_mul(a, c, a, ctx);
    if (sign == 0 && !ball_is_zero(z)) {
        ball_hull(a, a, z, ctx);
        ball_hull(d, d, ctx->one, ctx);
    }
}

void
function_ball(ball *a, ball *d, const ball *z, function_id f, const ball *c, ctx_ball *ctx)
{
    switch (f) {
    case FUNCTION_exp:
        ball_exp(a, z, ctx);
        ball_set(d, a, ctx);
        break;
    case FUNCTION_log:
        log_ball(a, d, z, ctx);
        break;
    case FUNCTION_sqrt:
        sqrt_ball(a, d, z, ctx);
        break;
    case FUNCTION_pow:
        power_ball(a, d, z, c, ctx);
        break;
    case FUNCTION_celu:
        celu_ball(a, d, z, c, ctx);
        break;
    case FUNCTION_reciprocal:
    case FUNCTION_over:
    case N_FUNCTIONS:
        over_ball(a, d, z, f == FUNCTION_over ? c : NULL, ctx);
    }
}
