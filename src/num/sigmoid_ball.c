/* SPDX-License-Identifier: Apache-2.0 */
/* sigmoid_ball.c -- sigmoid and tanh with their derivatives in balls: in fixed point where exp_fixed.h serves the argument, else by
   MPFR. Below, u = 2^-p is the unit of p-bit rounding to nearest (relative errors are at most u/2 each; u is taken), z = m +- r. */
#include "num/exp_fixed.h"
#include "num/sigmoid_ball.h"

/* From k >= p + FAR on, e^-a < 2^-(p+19): a radius adds it to 1, and 1/(1 + e^-a) is 1 to that relative error. */
enum { FAR = 20, TANH_SMALL = 48 };

/* The radius of 8u |mid|. */
static void
set_rounding(ball *r, bool exact, ctx_ball *ctx)
{
    r->rad = exact ? radius_zero : radius_mul_2si(radius_above(&r->mid), 3 - ctx->common.bits);
}

/* Whether e, the rounded e^-|m| times 1 or 4, is so close to the least positive number that it is off by more than u. */
static bool
underflows(mpfr_srcptr e)
{
    return mpfr_zero_p(e) || mpfr_get_exp(e) <= mpfr_get_emin() + 4;
}

/* Then e < 2^(emin + 5), and over all points of z, r < 1, it grows by a factor of at most e^2 < 2^3. */
static void
set_below_range(ball *r)
{
    ball_set_up_to(r, -(mpfr_get_emin() + 8));
}

/* If s has the derivative d, and d lies between d(m) e^-c and d(m) e^c for all points of z = m +- r, c = 2^j r < 2: both
   |d - d(m)| <= d(m) (e^c - 1) and, by the mean value theorem, 2^j |s - s(m)| <= 2^j r d(m) e^c are at most d(m) c (1 + 4c), as e^c
   - 1 <= c e^c and e^c is convex and below 9 at 2. d(m) is at most (1 + 16u) |mid|, with the rounding's radius. The last factor
   exceeds that of eight roundings. */
static void
add_spread(ball *s, ball *d, radius r, int j)
{
    if (radius_is_zero(r))
        return;
    const radius c = radius_mul_2si(r, j), top = radius_above(&d->mid);
    const long bits = mpfr_get_prec(&d->mid);
    const double growth = 1 + 4 * (c.e < -50 ? 0x1p-50 : c.m * radius_power(c.e));
    const double error = 1 + radius_power(bits < 60 ? 4 - bits : -56);
    const radius grow = radius_make(top.m * c.m * growth * error * (1 + 0x1p-48), top.e + c.e);
    ball_widen(d, grow);
    ball_widen(s, radius_mul_2si(grow, -j));
}

/* The ball around 1 or -1, 1 - s at most 2^-k. */
static void
set_near_one(ball *s, bool negative, int64_t k)
{
    mpfr_set_si(&s->mid, negative ? -1 : 1, MPFR_RNDN);
    s->rad = radius_2exp(-k);
}

/* With e = e^-|m| = f 2^-k, q = 1/(1 + e): sigma(|m|) = q, sigma(-|m|) = e q, sigma' = e q^2.

   Far: 1 - sigma(|m|) < e < 2^(1-k); e q and e q^2 are f 2^-k up to the relative errors 2.1 eta of f and 2e < 2^-(p+18). Else, in
   eta (exp_fixed.h) and up to a few w, which is 2^-16 of it: f 1, e as a fraction 1, q 1, f q 2, f q^2 3. All of them are above
   1/5: the relative errors are below 16 eta = 2^-(p+12). */
static bool
sigmoid_fixed(ball *s, ball *d, mpfr_srcptr m, const ctx_ball *ctx)
{
    const exp_fixed *const t = ctx->exp;
    mp_limb_t work[EXP_WORK], first[EXP_WORK], second[EXP_WORK], e[EXP_MAX_LIMBS], q[EXP_MAX_LIMBS];
    const bool negative = mpfr_signbit(m);
    int64_t k;
    const mp_limb_t *f = exp_fixed_minus(work, &k, m, 0, t);
    if (f == NULL)
        return false;
    const bool far = k >= t->bits + FAR;
    if (!far) {
        exp_fixed_reciprocal(q, e, f, k, t);
        f = exp_fixed_mul(first, f, q, t);
    }
    if (negative)
        exp_fixed_get(s, false, f, k, t);
    else if (far)
        set_near_one(s, false, k - 1);
    else
        exp_fixed_get(s, false, q, 0, t);
    exp_fixed_get(d, false, far ? f : exp_fixed_mul(second, f, q, t), k, t);
    return true;
}

/* The same with e = e^-2|m|: tanh |m| = 2q - 1, its derivative 4 e q^2; far, 1 - tanh |m| < 2e < 2^(2-k). From |m| = 1/16 on
   tanh |m| > 2^-4.01, and 2q - 1 is off by 2 eta, as q is by one, relatively below 2^-(p+10). Below, from 2^-TANH_SMALL on, all is
   computed with EXP_MORE bits more, and cut: tanh |m| > 2^-(TANH_SMALL+1), and the relative error is below 2^-(p+30). */
static bool
tanh_fixed(ball *s, ball *d, mpfr_srcptr m, const ctx_ball *ctx)
{
    mp_limb_t work[EXP_WORK], first[EXP_WORK], e[EXP_MAX_LIMBS], q[EXP_MAX_LIMBS];
    const bool negative = mpfr_signbit(m), small = mpfr_regular_p(m) && mpfr_get_exp(m) < -3;
    const exp_fixed *const t = small ? ctx->exp_more : ctx->exp;
    if (t == NULL || !mpfr_regular_p(m) || mpfr_get_exp(m) <= -TANH_SMALL)
        return false;
    int64_t k;
    const mp_limb_t *f = exp_fixed_minus(work, &k, m, 1, t);
    if (f == NULL)
        return false;
    if (k >= t->bits + FAR) {
        exp_fixed_get(d, false, f, k - 2, t);
        set_near_one(s, negative, k - 2);
        return true;
    }
    const size_t more = t->n - ctx->exp->n;
    exp_fixed_reciprocal(q, e, f, k, t);
    exp_fixed_get(d, false, exp_fixed_mul(work, exp_fixed_mul(first, f, q, t), q, t) + more, k - 2, ctx->exp);
    mpn_lshift(first, q, (mp_size_t)t->n, 1);
    f = first;
    const int zeros = small ? __builtin_clzll(f[t->n - 1]) : 0;
    if (zeros > 0)
        f = (mpn_lshift(work, f, (mp_size_t)t->n, (unsigned)zeros), work);
    exp_fixed_get(s, negative, f + more, zeros, ctx->exp);
    return true;
}

/* The values at m by MPFR; false if they are below the range, and then nothing is left to do.

   e = e^-|m| has relative error u; q = 1 + e inherits less than that and adds u; s = 1/q or e/q is off by at most
   u (e) + 2u (q) + u = 4u, d = e/q^2 by at most u (e) + 4u (q twice) + u (square) + u = 7u, to first order; (1+u)^7 - 1 < 8u
   for p >= 8, so 8u |value| covers both (Higham, Accuracy and Stability, lemma 3.1). */
static bool
sigmoid_mpfr(ball *s, ball *d, const ball *z, ctx_ball *ctx)
{
    mpfr_ptr e = ctx->m, q = ctx->m + 1;
    mpfr_abs(e, &z->mid, MPFR_RNDN);
    mpfr_neg(e, e, MPFR_RNDN);
    const bool exact = mpfr_zero_p(e); /* sigma(0) = 1/2, sigma'(0) = 1/4, and nothing is rounded */
    mpfr_exp(e, e, MPFR_RNDN);
    mpfr_add_ui(q, e, 1, MPFR_RNDN);
    if (mpfr_sgn(&z->mid) < 0)
        mpfr_div(&s->mid, e, q, MPFR_RNDN);
    else
        mpfr_ui_div(&s->mid, 1, q, MPFR_RNDN);
    mpfr_sqr(q, q, MPFR_RNDN);
    mpfr_div(&d->mid, e, q, MPFR_RNDN);
    set_rounding(s, exact, ctx);
    set_rounding(d, exact, ctx);
    if (underflows(e)) { /* the spread around 1 is far below the bound of the rounding */
        set_below_range(d);
        if (mpfr_sgn(&z->mid) < 0)
            set_below_range(s);
        return false;
    }
    return true;
}

/* As above, with q = e^-2|m|, t = expm1(-2|m|)/(1 + q) up to its sign, d = 4q/(1 + q)^2: errors at most u + 2u + u = 4u and 7u. */
static bool
tanh_mpfr(ball *t, ball *d, const ball *z, ctx_ball *ctx)
{
    mpfr_ptr w = ctx->m, q = ctx->m + 1, h = ctx->m + 2;
    mpfr_abs(w, &z->mid, MPFR_RNDN);
    mpfr_mul_2ui(w, w, 1, MPFR_RNDN);
    mpfr_neg(w, w, MPFR_RNDN);
    const bool exact = mpfr_zero_p(w);
    mpfr_exp(q, w, MPFR_RNDN);
    mpfr_expm1(w, w, MPFR_RNDN);
    mpfr_add_ui(h, q, 1, MPFR_RNDN);
    mpfr_div(&t->mid, w, h, MPFR_RNDN);
    mpfr_setsign(&t->mid, &t->mid, mpfr_sgn(&z->mid) < 0, MPFR_RNDN);
    mpfr_sqr(h, h, MPFR_RNDN);
    mpfr_mul_2ui(q, q, 2, MPFR_RNDN);
    mpfr_div(&d->mid, q, h, MPFR_RNDN);
    set_rounding(t, exact, ctx);
    set_rounding(d, exact, ctx);
    if (underflows(q)) {
        set_below_range(d);
        return false;
    }
    return true;
}

typedef bool fixed_function(ball *s, ball *d, mpfr_srcptr m, const ctx_ball *ctx);
typedef bool mpfr_function(ball *s, ball *d, const ball *z, ctx_ball *ctx);

static bool
values(fixed_function *by_tables, mpfr_function *by_mpfr, ball *s, ball *d, const ball *z, ctx_ball *ctx)
{
    if (ctx->exp != NULL && by_tables(s, d, &z->mid, ctx)) {
        ctx->by_tables++;
        return true;
    }
    ctx->by_mpfr += !mpfr_zero_p(&z->mid);
    return by_mpfr(s, d, z, ctx);
}

/* ln sigma' has the derivative 1 - 2 sigma, at most 1 in absolute value: sigma'(z) lies between sigma'(m) e^-r and sigma'(m) e^r.
   */
void
sigmoid_ball(ball *s, ball *d, const ball *z, ctx_ball *ctx)
{
    if (!radius_less(z->rad, radius_one)) { /* nothing is known of z: sigma in [0, 1], sigma' in [0, 1/4] */
        ball_set_up_to(s, 0);
        ball_set_up_to(d, 2);
    } else if (values(sigmoid_fixed, sigmoid_mpfr, s, d, z, ctx))
        add_spread(s, d, z->rad, 0);
}

/* ln(1 - tanh^2) has the derivative -2 tanh, at most 2: d(z) lies between d(m) e^-2r and d(m) e^2r. */
void
tanh_ball(ball *t, ball *d, const ball *z, ctx_ball *ctx)
{
    if (!radius_less(z->rad, radius_one)) { /* tanh in [-1, 1], its derivative in [0, 1] */
        mpfr_set_zero(&t->mid, 1);
        t->rad = radius_one;
        ball_set_up_to(d, 0);
    } else if (values(tanh_fixed, tanh_mpfr, t, d, z, ctx))
        add_spread(t, d, z->rad, 1);
}
