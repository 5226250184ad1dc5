/* SPDX-License-Identifier: Apache-2.0 */
/* ball.c -- ball arithmetic; see ball.h. The bounds are those of midpoint-radius arithmetic (Rump, Acta Numerica 19, 2010, sec. 9;
   Johansson, IEEE Trans. Comput. 66, 2017, sec. 2), each with its two lines of proof where it is used. */
#include <stdlib.h>
#include <string.h>

#include "num/ball.h"
#include "num/decimal.h"
#include "num/mpfr_vec.h"

ball *
ball_vec_new(size_t n, long bits)
{
    const size_t mid = mpfr_custom_get_size(bits);
    if (n > SIZE_MAX / 2 / (sizeof(ball) + mid))
        return NULL;
    ball *v = malloc(n * (sizeof *v + mid) + 1);
    char *limbs = (char *)(v + n);
    for (size_t i = 0; v != NULL && i < n; i++, limbs += mid) {
        mpfr_custom_init(limbs, bits);
        mpfr_custom_init_set(&v[i].mid, MPFR_ZERO_KIND, 0, bits, limbs);
        v[i].rad = radius_zero;
    }
    return v;
}

void
ball_vec_free(ball *v)
{
    free(v);
}

/* MPFR rounds to nearest: |error| <= ulp/2 = 2^(E-p-1) for mid = m 2^E, 1/2 <= |m| < 1; if mid underflowed to 0, the error is below
   the least positive number. If it overflowed, nothing is known. */
void
ball_round(ball *r, int ternary)
{
    if (mpfr_inf_p(&r->mid) || mpfr_nan_p(&r->mid))
        ball_set_line(r);
    else if (ternary != 0)
        ball_widen(r, mpfr_zero_p(&r->mid) ? radius_least : radius_2exp(mpfr_get_exp(&r->mid) - mpfr_get_prec(&r->mid) - 1));
}

void
ball_set_line(ball *r)
{
    mpfr_set_zero(&r->mid, 1);
    r->rad = radius_infinite;
}

/* mid = rad = 2^-(k+1), exact. */
void
ball_set_up_to(ball *r, long k)
{
    mpfr_set_ui_2exp(&r->mid, 1, -(k + 1), MPFR_RNDN);
    r->rad = radius_2exp(-(k + 1));
}

void
ball_set_zero(ball *r, ctx_ball *ctx)
{
    (void)ctx;
    mpfr_custom_init_set(&r->mid, MPFR_ZERO_KIND, 0, mpfr_get_prec(&r->mid), mpfr_custom_get_significand(&r->mid));
    r->rad = radius_zero;
}

/* Most copies are between numbers of one precision: they are made here, as a call of MPFR would take longer. */
void
ball_set(ball *r, const ball *a, ctx_ball *ctx)
{
    (void)ctx;
    const long bits = mpfr_get_prec(&a->mid);
    if (r == a)
        return;
    r->rad = a->rad;
    if (mpfr_get_prec(&r->mid) != bits) {
        ball_round(r, mpfr_set(&r->mid, &a->mid, MPFR_RNDN));
        return;
    }
    const mp_limb_t *const from = mpfr_custom_get_significand(&a->mid);
    mp_limb_t *const to = mpfr_custom_get_significand(&r->mid);
    to[0] = from[0];
    for (long i = 1; i * GMP_NUMB_BITS < bits; i++)
        to[i] = from[i];
    memcpy(&r->mid, &a->mid, sizeof r->mid);
    mpfr_custom_move(&r->mid, to);
}

void
ball_store(ga_format f, int k, ctx_ball *ctx)
{
    (void)f, (void)k, (void)ctx;
}

void
ball_narrow_all(ball *r, const ball *a, size_t n, ctx_ball *ctx)
{
    for (size_t i = 0; i < n; i++)
        ball_narrow(r + i, a + i, ctx);
}

void
ball_narrow(ball *r, const ball *a, ctx_ball *ctx)
{
    ball_set(r, a, ctx);
}

void
ball_set_d(ball *r, double a, ctx_ball *ctx)
{
    (void)ctx;
    r->rad = radius_zero;
    ball_round(r, mpfr_set_d(&r->mid, a, MPFR_RNDN));
}

void
ball_neg(ball *r, const ball *a, ctx_ball *ctx)
{
    ball_set(r, a, ctx);
    mpfr_neg(&r->mid, &r->mid, MPFR_RNDN);
}

/* |x + y - (a + b)| <= rad a + rad b, and the rounding of a + b. Sums begin with 0. */
void
ball_add(ball *r, const ball *a, const ball *b, ctx_ball *ctx)
{
    if (ball_is_zero(a) && mpfr_regular_p(&b->mid)) {
        ball_set(r, b, ctx);
        return;
    }
    r->rad = radius_add(a->rad, b->rad);
    ball_round(r, mpfr_add(&r->mid, &a->mid, &b->mid, MPFR_RNDN));
}

/* x - x is 0 for every x: the one case in which an operand used twice is not taken as two. */
void
ball_sub(ball *r, const ball *a, const ball *b, ctx_ball *ctx)
{
    if (a == b) {
        ball_set_zero(r, ctx);
        return;
    }
    r->rad = radius_add(a->rad, b->rad);
    ball_round(r, mpfr_sub(&r->mid, &a->mid, &b->mid, MPFR_RNDN));
}

/* xy - ab = a (y - b) + b (x - a) + (x - a)(y - b): at most |a| rad b + (|b| + rad b) rad a. */
radius
ball_product_radius(const ball *a, const ball *b)
{
    const bool exact_a = radius_is_zero(a->rad), exact_b = radius_is_zero(b->rad);
    if (exact_a && exact_b)
        return radius_zero;
    const radius first = exact_b ? radius_zero : radius_mul(radius_above(&a->mid), b->rad);
    return exact_a ? first : radius_add(first, radius_mul(radius_add(radius_above(&b->mid), b->rad), a->rad));
}

/* Whether it is {1}, as masks and derivatives are. */
static inline bool
is_one(const ball *a)
{
    return radius_is_zero(a->rad) && mpfr_regular_p(&a->mid) && mpfr_get_exp(&a->mid) == 1 && mpfr_cmp_ui(&a->mid, 1) == 0;
}

void
ball_mul(ball *r, const ball *a, const ball *b, ctx_ball *ctx)
{
    if (is_one(a) || is_one(b)) {
        ball_set(r, is_one(a) ? b : a, ctx);
        return;
    }
    r->rad = ball_product_radius(a, b);
    ball_round(r, mpfr_mul(&r->mid, &a->mid, &b->mid, MPFR_RNDN));
}

void
ball_muladd(ball *r, const ball *a, const ball *b, ctx_ball *ctx)
{
    ball_mul(ctx->t, a, b, ctx);
    ball_add(r, r, ctx->t, ctx);
}

void
ball_dot(ball *r, const ball *a, const ball *b, size_t n, ctx_ball *ctx)
{
    ball_set_zero(r, ctx);
    for (size_t i = 0; i < n; i++)
        ball_muladd(r, a + i, b + i, ctx);
}

/* x/y - a/b = ((x - a) - (a/b)(y - b)) / y: at most (rad a + |a/b| rad b) / (b - rad b) where b - rad b > 0. |a/b| is at most |a|
   rounded up over b rounded down. */
void
ball_div(ball *r, const ball *a, const ball *b, ctx_ball *ctx)
{
    (void)ctx;
    const radius below = radius_below(&b->mid), least = radius_sub_down(below, b->rad);
    if (radius_is_zero(least)) {
        ball_set_line(r);
        return;
    }
    radius rad = a->rad;
    if (!radius_is_zero(b->rad))
        rad = radius_add(rad, radius_mul(radius_div(radius_above(&a->mid), below), b->rad));
    const int ternary = mpfr_div(&r->mid, &a->mid, &b->mid, MPFR_RNDN);
    r->rad = radius_is_zero(rad) ? rad : radius_div(rad, least);
    ball_round(r, ternary);
}

/* |sqrt(x) - sqrt(m)| = |x - m| / (sqrt(x) + sqrt(m)), at most rad / sqrt(m). */
void
ball_sqrt(ball *r, const ball *a, ctx_ball *ctx)
{
    if (ball_is_zero(a)) {
        ball_set(r, a, ctx);
        return;
    }
    if (ball_sgn(a) <= 0) {
        ball_set_line(r);
        return;
    }
    const radius rad = a->rad;
    mpfr_sqrt(ctx->m, &a->mid, MPFR_RNDD);
    const int ternary = mpfr_sqrt(&r->mid, &a->mid, MPFR_RNDN);
    r->rad = radius_is_zero(rad) ? rad : radius_div(rad, radius_below(ctx->m));
    ball_round(r, ternary);
}

void
ball_log(ball *r, const ball *a, ctx_ball *ctx)
{
    (void)r, (void)a, (void)ctx;
    abort();
}

void
ball_abs(ball *r, const ball *a, ctx_ball *ctx)
{
    (void)r, (void)a, (void)ctx;
    abort();
}

/* Whether 53 bits of midpoints of one sign decide ball_less, as they mostly do. */
static bool
less_at_once(bool *less, const ball *a, const ball *b)
{
    const int s = mpfr_sgn(&a->mid), t = mpfr_sgn(&b->mid);
    *less = false;
    if (s == t && s == 0)
        return true;
    if (s * t < 0)
        return false;
    mpfr_srcptr const high = s + t < 0 ? &a->mid : &b->mid, low = s + t < 0 ? &b->mid : &a->mid; /* in magnitude, if a < b */
    *less = radius_less(radius_add(a->rad, b->rad), radius_sub_down(radius_below(high), radius_above(low)));
    return *less || radius_less(radius_above(high), radius_below(low));
}

/* rad a + rad b < b - a, each side rounded against the claim: few bits suffice for a difference, however near a and b are. */
bool
ball_less(const ball *a, const ball *b)
{
    bool less;
    if (less_at_once(&less, a, b))
        return less;
    if (mpfr_equal_p(&a->mid, &b->mid))
        return false;
    mp_limb_t limbs[2];
    __mpfr_struct distance;
    mpfr_custom_init(limbs, RADIUS_BITS);
    mpfr_custom_init_set(&distance, MPFR_ZERO_KIND, 0, RADIUS_BITS, limbs);
    mpfr_sub(&distance, &b->mid, &a->mid, MPFR_RNDD);
    return mpfr_sgn(&distance) > 0 && radius_less(radius_add(a->rad, b->rad), radius_below(&distance));
}

bool
ball_equal(const ball *a, const ball *b)
{
    return radius_is_zero(a->rad) && radius_is_zero(b->rad) && mpfr_equal_p(&a->mid, &b->mid);
}

/* [low, high] from the ends, each rounded outwards to the context's precision: every x in it has |x - m| <= max(high - m, m - low)
   for any m; the m here is the rounded (low + high)/2. */
void
ball_hull(ball *r, const ball *a, const ball *b, ctx_ball *ctx)
{
    mpfr_ptr low = ctx->m, high = ctx->m + 1, end = ctx->m + 2, rad_a = ctx->r, rad_b = ctx->r + 1, above = ctx->r + 2;
    radius_get(rad_a, a->rad);
    radius_get(rad_b, b->rad);
    mpfr_sub(low, &a->mid, rad_a, MPFR_RNDD);
    mpfr_sub(end, &b->mid, rad_b, MPFR_RNDD);
    mpfr_min(low, low, end, MPFR_RNDD);
    mpfr_add(high, &a->mid, rad_a, MPFR_RNDU);
    mpfr_add(end, &b->mid, rad_b, MPFR_RNDU);
    mpfr_max(high, high, end, MPFR_RNDU);
    mpfr_add(&r->mid, low, high, MPFR_RNDN);
    mpfr_div_2ui(&r->mid, &r->mid, 1, MPFR_RNDN);
    if (!mpfr_number_p(&r->mid)) { /* an end is beyond the range */
        ball_set_line(r);
        return;
    }
    mpfr_sub(above, high, &r->mid, MPFR_RNDU);
    mpfr_sub(rad_a, &r->mid, low, MPFR_RNDU);
    mpfr_max(above, above, rad_a, MPFR_RNDU);
    r->rad = radius_above(above);
}

/* If |mid|, cut to 53 bits, is at most rad, no sign is claimed. */
int
ball_sgn(const ball *a)
{
    return radius_less(a->rad, radius_below(&a->mid)) ? mpfr_sgn(&a->mid) : 0;
}

bool
ball_is_zero(const ball *a)
{
    return mpfr_zero_p(&a->mid) && radius_is_zero(a->rad);
}

bool
ball_contains_zero(const ball *a)
{
    return ball_sgn(a) == 0;
}

double
ball_get_d(const ball *a)
{
    return mpfr_get_d(&a->mid, MPFR_RNDN);
}

void
ball_get_number(ga_number *r, const ball *a, const ctx_ball *ctx)
{
    (void)ctx;
    mpfr_vec_number(r, &a->mid);
}

int64_t
ball_decade(const ball *a)
{
    return mpfr_regular_p(&a->mid) ? decimal_decade(&a->mid) : 0;
}

int
ball_digits(const ball *a, int digits)
{
    mpfr_t low, high;
    mpfr_inits2(mpfr_get_prec(&a->mid) + RADIUS_BITS, low, high, (mpfr_ptr)0);
    radius_get(low, a->rad); /* exact */
    mpfr_add(high, &a->mid, low, MPFR_RNDU);
    mpfr_sub(low, &a->mid, low, MPFR_RNDD);
    const int proved = decimal_alike(low, high, digits) ? digits : decimal_alike(low, high, digits + 1) ? digits + 1 : 0;
    mpfr_clears(low, high, (mpfr_ptr)0);
    return proved;
}

int
ball_print(char *text, size_t size, const ball *a, int digits, const ctx_ball *ctx)
{
    (void)ctx;
    const int proved = ball_digits(a, digits);
    return decimal_print_mpfr(text, size, &a->mid, proved > 0 ? proved : digits);
}
