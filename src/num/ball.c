/* SPDX-License-Identifier: Apache-2.0 */
/* ball.c -- ball arithmetic; see ball.h. The bounds are those of midpoint-radius arithmetic (Rump, Acta Numerica 19, 2010, sec. 9;
   Johansson, IEEE Trans. Comput. 66, 2017, sec. 2), each with its two lines of proof where it is used. */
#include <stdlib.h>

#include "num/ball.h"
#include "num/decimal.h"
#include "num/mpfr_vec.h"

ball *
ball_vec_new(size_t n, long bits)
{
    const size_t mid = mpfr_custom_get_size(bits), rad = mpfr_custom_get_size(BALL_RADIUS_BITS);
    if (n > SIZE_MAX / 2 / (sizeof(ball) + mid + rad))
        return NULL;
    ball *v = malloc(n * (sizeof *v + mid + rad) + 1);
    char *limbs = (char *)(v + n);
    for (size_t i = 0; v != NULL && i < n; i++, limbs += mid + rad) {
        mpfr_custom_init(limbs, bits);
        mpfr_custom_init_set(&v[i].mid, MPFR_ZERO_KIND, 0, bits, limbs);
        mpfr_custom_init(limbs + mid, BALL_RADIUS_BITS);
        mpfr_custom_init_set(&v[i].rad, MPFR_ZERO_KIND, 0, BALL_RADIUS_BITS, limbs + mid);
    }
    return v;
}

void
ball_vec_free(ball *v)
{
    free(v);
}

/* MPFR rounds to nearest: |error| <= ulp/2 = 2^(E-p-1) for mid = m 2^E, 1/2 <= |m| < 1; where mid underflowed to 0, the error is
   below the least positive number. Where it overflowed, nothing is known. */
void
ball_round(ball *r, int ternary)
{
    mp_limb_t limb[2];
    __mpfr_struct error;
    if (!mpfr_number_p(&r->mid))
        ball_set_line(r);
    if (ternary == 0 || mpfr_inf_p(&r->rad))
        return;
    mpfr_custom_init(limb, BALL_RADIUS_BITS);
    mpfr_custom_init_set(&error, MPFR_ZERO_KIND, 0, BALL_RADIUS_BITS, limb);
    if (mpfr_zero_p(&r->mid))
        mpfr_nextabove(&error);
    else
        mpfr_set_ui_2exp(&error, 1, mpfr_get_exp(&r->mid) - mpfr_get_prec(&r->mid) - 1, MPFR_RNDU);
    mpfr_add(&r->rad, &r->rad, &error, MPFR_RNDU);
}

void
ball_set_line(ball *r)
{
    mpfr_set_zero(&r->mid, 1);
    mpfr_set_inf(&r->rad, 1);
}

void
ball_widen(ball *r, mpfr_srcptr x, long k, ctx_ball *ctx)
{
    mpfr_ptr t = ctx->r;
    mpfr_abs(t, x, MPFR_RNDU);
    mpfr_div_2si(t, t, k, MPFR_RNDU);
    mpfr_add(&r->rad, &r->rad, t, MPFR_RNDU);
}

void
ball_set_zero(ball *r, ctx_ball *ctx)
{
    (void)ctx;
    mpfr_set_zero(&r->mid, 1);
    mpfr_set_zero(&r->rad, 1);
}

void
ball_set(ball *r, const ball *a, ctx_ball *ctx)
{
    (void)ctx;
    if (r == a)
        return;
    mpfr_set(&r->rad, &a->rad, MPFR_RNDU);
    ball_round(r, mpfr_set(&r->mid, &a->mid, MPFR_RNDN));
}

void
ball_set_d(ball *r, double a, ctx_ball *ctx)
{
    (void)ctx;
    mpfr_set_zero(&r->rad, 1);
    ball_round(r, mpfr_set_d(&r->mid, a, MPFR_RNDN));
}

void
ball_neg(ball *r, const ball *a, ctx_ball *ctx)
{
    ball_set(r, a, ctx);
    mpfr_neg(&r->mid, &r->mid, MPFR_RNDN);
}

/* |x + y - (a + b)| <= rad a + rad b, and the rounding of a + b. */
void
ball_add(ball *r, const ball *a, const ball *b, ctx_ball *ctx)
{
    (void)ctx;
    mpfr_add(&r->rad, &a->rad, &b->rad, MPFR_RNDU);
    ball_round(r, mpfr_add(&r->mid, &a->mid, &b->mid, MPFR_RNDN));
}

/* x - x is 0 for every x: the one case in which the same operand twice is not two independent ones. */
void
ball_sub(ball *r, const ball *a, const ball *b, ctx_ball *ctx)
{
    if (a == b) {
        ball_set_zero(r, ctx);
        return;
    }
    mpfr_add(&r->rad, &a->rad, &b->rad, MPFR_RNDU);
    ball_round(r, mpfr_sub(&r->mid, &a->mid, &b->mid, MPFR_RNDN));
}

/* xy - ab = a (y - b) + b (x - a) + (x - a)(y - b): at most |a| rad b + (|b| + rad b) rad a. */
void
ball_mul(ball *r, const ball *a, const ball *b, ctx_ball *ctx)
{
    mpfr_ptr t = ctx->r, u = ctx->r + 1;
    mpfr_abs(t, &a->mid, MPFR_RNDU);
    mpfr_mul(t, t, &b->rad, MPFR_RNDU);
    mpfr_abs(u, &b->mid, MPFR_RNDU);
    mpfr_add(u, u, &b->rad, MPFR_RNDU);
    mpfr_mul(u, u, &a->rad, MPFR_RNDU);
    mpfr_add(&r->rad, t, u, MPFR_RNDU);
    ball_round(r, mpfr_mul(&r->mid, &a->mid, &b->mid, MPFR_RNDN));
}

void
ball_muladd(ball *r, const ball *a, const ball *b, ctx_ball *ctx)
{
    ball_mul(ctx->t, a, b, ctx);
    ball_add(r, r, ctx->t, ctx);
}

/* x/y - a/b = ((x - a) - (a/b)(y - b)) / y: at most (rad a + |a/b| rad b) / (b - rad b) where b - rad b > 0. */
void
ball_div(ball *r, const ball *a, const ball *b, ctx_ball *ctx)
{
    mpfr_ptr t = ctx->r, u = ctx->r + 1, quotient = ctx->m;
    mpfr_sub(u, &b->mid, &b->rad, MPFR_RNDD);
    if (mpfr_sgn(u) <= 0) { /* or NaN */
        ball_set_line(r);
        return;
    }
    const int ternary = mpfr_div(quotient, &a->mid, &b->mid, MPFR_RNDN);
    mpfr_div(t, &a->mid, &b->mid, MPFR_RNDA);
    mpfr_abs(t, t, MPFR_RNDU);
    mpfr_mul(t, t, &b->rad, MPFR_RNDU);
    mpfr_add(t, t, &a->rad, MPFR_RNDU);
    mpfr_div(&r->rad, t, u, MPFR_RNDU);
    mpfr_set(&r->mid, quotient, MPFR_RNDN);
    ball_round(r, ternary);
}

/* e^x - e^a = e^a (e^(x-a) - 1): at most e^a expm1(rad a). The largest e^a is the rounded-up one. */
void
ball_exp(ball *r, const ball *a, ctx_ball *ctx)
{
    mpfr_ptr t = ctx->r, u = ctx->r + 1;
    const int exact = mpfr_zero_p(&a->rad);
    mpfr_expm1(t, &a->rad, MPFR_RNDU);
    const int ternary = mpfr_exp(&r->mid, &a->mid, MPFR_RNDN);
    mpfr_set_zero(&r->rad, 1);
    ball_round(r, ternary);
    if (exact)
        return;
    mpfr_add(u, &r->mid, &r->rad, MPFR_RNDU);
    mpfr_mul(t, t, u, MPFR_RNDU);
    mpfr_add(&r->rad, &r->rad, t, MPFR_RNDU);
}

/* The derivative of log(1+x) is at most 1 for x >= 0; a midpoint below 0 is moved to 0, which moves no non-negative point away. */
void
ball_log1p(ball *r, const ball *a, ctx_ball *ctx)
{
    ball_set(r, a, ctx);
    if (mpfr_sgn(&r->mid) < 0)
        mpfr_set_zero(&r->mid, 1);
    ball_round(r, mpfr_log1p(&r->mid, &r->mid, MPFR_RNDN));
}

void
ball_log(ball *r, const ball *a, ctx_ball *ctx)
{
    (void)r, (void)a, (void)ctx;
    abort();
}

/* rad a + rad b < b - a, each side rounded against the claim: few bits suffice for a difference, however near a and b are. */
bool
ball_less(const ball *a, const ball *b)
{
    mpfr_t room, distance;
    mpfr_inits2(BALL_RADIUS_BITS, room, distance, (mpfr_ptr)0);
    mpfr_add(room, &a->rad, &b->rad, MPFR_RNDU);
    mpfr_sub(distance, &b->mid, &a->mid, MPFR_RNDD);
    const bool less = mpfr_less_p(room, distance);
    mpfr_clears(room, distance, (mpfr_ptr)0);
    return less;
}

bool
ball_equal(const ball *a, const ball *b)
{
    return mpfr_zero_p(&a->rad) && mpfr_zero_p(&b->rad) && mpfr_equal_p(&a->mid, &b->mid);
}

/* [low, high] from the ends, each rounded outwards to the context's precision: every x of it has |x - m| <= max(high - m, m - low)
   for any m; the m here is the rounded (low + high)/2. */
void
ball_hull(ball *r, const ball *a, const ball *b, ctx_ball *ctx)
{
    mpfr_ptr low = ctx->m, high = ctx->m + 1, end = ctx->m + 2, below = ctx->r, above = ctx->r + 1;
    if (!mpfr_number_p(&a->rad) || !mpfr_number_p(&b->rad)) { /* mpfr_min and mpfr_max would ignore a NaN */
        ball_set_line(r);
        return;
    }
    mpfr_sub(low, &a->mid, &a->rad, MPFR_RNDD);
    mpfr_sub(end, &b->mid, &b->rad, MPFR_RNDD);
    mpfr_min(low, low, end, MPFR_RNDD);
    mpfr_add(high, &a->mid, &a->rad, MPFR_RNDU);
    mpfr_add(end, &b->mid, &b->rad, MPFR_RNDU);
    mpfr_max(high, high, end, MPFR_RNDU);
    mpfr_add(&r->mid, low, high, MPFR_RNDN);
    mpfr_div_2ui(&r->mid, &r->mid, 1, MPFR_RNDN);
    mpfr_sub(above, high, &r->mid, MPFR_RNDU);
    mpfr_sub(below, &r->mid, low, MPFR_RNDU);
    mpfr_max(&r->rad, above, below, MPFR_RNDU);
    ball_round(r, 0); /* the whole line where an end is beyond the range */
}

int
ball_sgn(const ball *a)
{
    return mpfr_cmpabs(&a->mid, &a->rad) > 0 ? mpfr_sgn(&a->mid) : 0;
}

bool
ball_is_zero(const ball *a)
{
    return mpfr_zero_p(&a->mid) && mpfr_zero_p(&a->rad);
}

bool
ball_contains_zero(const ball *a)
{
    return mpfr_cmpabs(&a->mid, &a->rad) <= 0;
}

double
ball_get_d(const ball *a)
{
    return mpfr_get_d(&a->mid, MPFR_RNDN);
}

void
ball_get_number(ga_number *r, const ball *a)
{
    mpfr_vec_number(r, &a->mid);
}

int64_t
ball_decade(const ball *a)
{
    return mpfr_regular_p(&a->mid) ? decimal_decade(&a->mid) : 0;
}

int
ball_print(char *text, size_t size, const ball *a, int digits)
{
    return decimal_print_mpfr(text, size, &a->mid, digits);
}
