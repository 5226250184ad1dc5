/* SPDX-License-Identifier: Apache-2.0 */
/* smooth_formulas.c -- the functions of num/smooth.h in w bits of MPFR, with error bounds; see smooth_formulas.h.

   In the bounds u = 2^-w, and each operation in w bits is off by at most u of its result; errors are to first order, and what is
   left out, some 100 u^2, is less than what is added when a bound becomes a power of two. */
#include <stdbool.h>

#include "num/mpfr_vec.h"
#include "num/smooth_formulas.h"

const double smooth_constants[N_CONSTANTS] = {
    [CONSTANT_SQRT1_2] = 0x1.6a09e667f3bcdp-1, [CONSTANT_1_SQRT2PI] = 0x1.9884533d43651p-2,
    [CONSTANT_SQRT2_PI] = 0x1.9884533d43651p-1, [CONSTANT_2_SQRTPI] = 0x1.20dd750429b6dp+0, [CONSTANT_GELU_CUBE] = 0.044715,
    [CONSTANT_GELU_CUBE_SLOPE] = 0.134145,
};

int
smooth_in_range(mpfr_ptr r, int ternary, mpfr_exp_t emin, mpfr_exp_t emax, mpfr_rnd_t rounding)
{
    mpfr_set_emin(emin);
    mpfr_set_emax(emax);
    return mpfr_check_range(r, ternary, rounding);
}

/* Of the irrational ones the square is computed with 64 bits more; of no precision in use are so many zeros or ones behind them. */
int
smooth_mpfr_constant(mpfr_ptr r, smooth_constant c, mpfr_rnd_t rounding)
{
    const mpfr_exp_t emin = mpfr_get_emin(), emax = mpfr_get_emax();
    mpfr_t x;
    mpfr_vec_widest_range();
    mpfr_init2(x, mpfr_get_prec(r) + 64);
    mpfr_const_pi(x, MPFR_RNDN);
    switch (c) {
    case CONSTANT_SQRT1_2:
        mpfr_set_ui_2exp(x, 1, -1, MPFR_RNDN);
        break;
    case CONSTANT_1_SQRT2PI:
        mpfr_ui_div(x, 1, x, MPFR_RNDN);
        mpfr_div_2ui(x, x, 1, MPFR_RNDN);
        break;
    case CONSTANT_SQRT2_PI:
        mpfr_ui_div(x, 2, x, MPFR_RNDN);
        break;
    case CONSTANT_2_SQRTPI:
        mpfr_ui_div(x, 4, x, MPFR_RNDN);
        break;
    default:
        mpfr_set_ui(x, c == CONSTANT_GELU_CUBE ? 44715 : 134145, MPFR_RNDN);
    }
    const int ternary = c < CONSTANT_GELU_CUBE ? mpfr_sqrt(r, x, rounding) : mpfr_div_ui(r, x, 1000000, rounding);
    mpfr_clear(x);
    return smooth_in_range(r, ternary, emin, emax, rounding);
}

/* Of a number that is below MPFR's range, and 0, as if it were so much larger that its error in units of its last place is more
   than the number. */
static mpfr_exp_t
exponent(mpfr_srcptr a)
{
    return mpfr_regular_p(a) ? mpfr_get_exp(a) : mpfr_get_emin_min() + mpfr_get_prec(a);
}

/* y is off by at most 2^k u of itself. */
static void
relative(smooth_work *t, long k)
{
    t->error = exponent(t->y) - mpfr_get_prec(t->y) + k;
}

/* And by 2^k u. */
static void
beyond(smooth_work *t, mpfr_exp_t k)
{
    const mpfr_exp_t other = k - mpfr_get_prec(t->y);
    t->error = (t->error > other ? t->error : other) + 1;
}

/* e = e^-|x|: off by u. */
static void
decay(smooth_work *t, mpfr_srcptr x)
{
    mpfr_set_prec(t->a, mpfr_get_prec(x));
    mpfr_abs(t->a, x, MPFR_RNDN);
    mpfr_neg(t->a, t->a, MPFR_RNDN);
    mpfr_exp(t->e, t->a, MPFR_RNDN);
    mpfr_set_prec(t->a, mpfr_get_prec(t->y));
}

/* log1p(e^x), or x + log1p(e^-x): log1p is off by u of e, as t/((1+t) log1p(t)) <= 1, and u; a sum of positive numbers adds u. */
void
smooth_softplus(smooth_work *t, mpfr_srcptr x)
{
    decay(t, x);
    mpfr_log1p(t->y, t->e, MPFR_RNDN);
    if (mpfr_sgn(x) > 0)
        mpfr_add(t->y, t->y, x, MPFR_RNDN);
    relative(t, 2);
}

/* y = sigma(x) = 1/(1 + e^-x), or e^x/(1 + e^x): e, the sum and the quotient, 4u with the sum's share of e. */
void
smooth_sigma(smooth_work *t, mpfr_srcptr x)
{
    decay(t, x);
    mpfr_add_ui(t->a, t->e, 1, MPFR_RNDN);
    if (mpfr_sgn(x) > 0)
        mpfr_ui_div(t->y, 1, t->a, MPFR_RNDN);
    else
        mpfr_div(t->y, t->e, t->a, MPFR_RNDN);
    relative(t, 3);
}

/* sigma's 4u, and u. */
void
smooth_silu(smooth_work *t, mpfr_srcptr x)
{
    smooth_sigma(t, x);
    mpfr_mul(t->y, t->y, x, MPFR_RNDN);
    relative(t, 3);
}

/* x >= 0, e = e^-x: (1 + e + x e)/(1 + e)^2, nothing cancels: 4u, 4u and u. x < 0, e = e^x: e g/(1 + e)^2, g = (1 + e) + x, off by
   2u (1 + e) <= 4u and u |g|; so e g is off by 4u e and 3u of itself, the square by 5u and the quotient by u. */
void
smooth_silu_slope(smooth_work *t, mpfr_srcptr x)
{
    decay(t, x);
    mpfr_add_ui(t->a, t->e, 1, MPFR_RNDN);
    if (mpfr_sgn(x) > 0) {
        mpfr_mul(t->y, t->e, x, MPFR_RNDN);
        mpfr_add(t->y, t->y, t->a, MPFR_RNDN);
    } else {
        mpfr_add(t->y, t->a, x, MPFR_RNDN);
        mpfr_mul(t->y, t->y, t->e, MPFR_RNDN);
    }
    mpfr_sqr(t->a, t->a, MPFR_RNDN);
    mpfr_div(t->y, t->y, t->a, MPFR_RNDN);
    relative(t, 4);
    if (mpfr_sgn(x) < 0)
        beyond(t, exponent(t->e) + 3);
}

/* y = Phi(x) = erfc(-x/sqrt 2)/2. With v bits the argument is off by 3 2^-v of itself, which changes erfc(s), s > 0, by 2 s^2 + 1
   times as much: erfc(s) > 2/sqrt(pi) e^(-s^2)/(s + sqrt(s^2 + 2)). s^2 = x^2/2 < 2^(2E-1), E x's exponent: 2^(2E+2-v) <= u in all.
   For s < 0 it changes by less. */
static void
normal(smooth_work *t, mpfr_srcptr x)
{
    const mpfr_exp_t size = mpfr_get_exp(x);
    mpfr_set_prec(t->a, mpfr_get_prec(t->y) + 3 + (size > 0 ? 2 * size : 0));
    mpfr_set_ui_2exp(t->a, 1, -1, MPFR_RNDN);
    mpfr_sqrt(t->a, t->a, MPFR_RNDN);
    mpfr_mul(t->a, t->a, x, MPFR_RNDN);
    mpfr_neg(t->a, t->a, MPFR_RNDN);
    mpfr_erfc(t->y, t->a, MPFR_RNDN);
    mpfr_div_2ui(t->y, t->y, 1, MPFR_RNDN);
    mpfr_set_prec(t->a, mpfr_get_prec(t->y));
}

/* Phi's 2u, and u. */
void
smooth_gelu(smooth_work *t, mpfr_srcptr x)
{
    normal(t, x);
    mpfr_mul(t->y, t->y, x, MPFR_RNDN);
    relative(t, 2);
}

/* e = e^(-s x^2) / sqrt(s pi) for s = 1/2 or 1, times: x^2 is exact; e^... u, sqrt(s pi) 2u, the quotient u. */
static void
gaussian(smooth_work *t, mpfr_srcptr x, int halved)
{
    mpfr_set_prec(t->a, 2 * mpfr_get_prec(x));
    mpfr_sqr(t->a, x, MPFR_RNDN);
    mpfr_neg(t->a, t->a, MPFR_RNDN);
    mpfr_div_2ui(t->a, t->a, (unsigned long)halved, MPFR_RNDN);
    mpfr_exp(t->e, t->a, MPFR_RNDN);
    mpfr_set_prec(t->a, mpfr_get_prec(t->y));
    mpfr_const_pi(t->a, MPFR_RNDN);
    mpfr_mul_2ui(t->a, t->a, (unsigned long)halved, MPFR_RNDN);
    mpfr_sqrt(t->a, t->a, MPFR_RNDN);
    mpfr_div(t->e, t->e, t->a, MPFR_RNDN);
}

/* Phi + x phi: 2u of Phi, 5u of x phi, u of the sum. */
void
smooth_gelu_slope(smooth_work *t, mpfr_srcptr x)
{
    normal(t, x);
    gaussian(t, x, 1);
    mpfr_mul(t->e, t->e, x, MPFR_RNDN);
    const mpfr_exp_t first = exponent(t->y), second = exponent(t->e);
    mpfr_add(t->y, t->y, t->e, MPFR_RNDN);
    relative(t, 1);
    beyond(t, first + 2);
    beyond(t, second + 3);
}

/* e = e^-|v|, a = 1 + e, b = v' with v = 2 sqrt(2/pi) (x + k x^3), k = 0.044715, and v' = 2 sqrt(2/pi) (1 + 3k x^2). With more
   bits v is off by at most 8 2^-w of itself, hence e by 8 2^-w |v| <= u, for |v| < 2^(3E+2) from x = 1/2 on, and u. b: 8u. */
static void
cubic(smooth_work *t, mpfr_srcptr x)
{
    const mpfr_exp_t size = mpfr_get_exp(x);
    const mpfr_prec_t w = mpfr_get_prec(t->y), more = w + 8 + (size > 0 ? 3 * size : 0);
    mpfr_t c;
    mpfr_init2(c, more);
    mpfr_set_prec(t->a, more);
    mpfr_set_prec(t->b, more);
    smooth_mpfr_constant(c, CONSTANT_GELU_CUBE, MPFR_RNDN);
    mpfr_sqr(t->a, x, MPFR_RNDN);
    mpfr_mul(t->a, t->a, c, MPFR_RNDN);
    mpfr_mul_ui(t->b, t->a, 3, MPFR_RNDN);
    mpfr_add_ui(t->a, t->a, 1, MPFR_RNDN);
    mpfr_add_ui(t->b, t->b, 1, MPFR_RNDN);
    mpfr_mul(t->a, t->a, x, MPFR_RNDN);
    smooth_mpfr_constant(c, CONSTANT_SQRT2_PI, MPFR_RNDN);
    mpfr_mul_2ui(c, c, 1, MPFR_RNDN);
    mpfr_mul(t->a, t->a, c, MPFR_RNDN);
    mpfr_mul(t->b, t->b, c, MPFR_RNDN);
    mpfr_abs(t->a, t->a, MPFR_RNDN);
    mpfr_neg(t->a, t->a, MPFR_RNDN);
    mpfr_exp(t->e, t->a, MPFR_RNDN);
    mpfr_set_prec(t->a, w);
    mpfr_prec_round(t->b, w, MPFR_RNDN);
    mpfr_add_ui(t->a, t->e, 1, MPFR_RNDN);
    mpfr_clear(c);
}

/* x sigma(v): e 2u, a 3u, the quotient and the product. */
void
smooth_gelu_tanh(smooth_work *t, mpfr_srcptr x)
{
    cubic(t, x);
    if (mpfr_sgn(x) > 0)
        mpfr_ui_div(t->y, 1, t->a, MPFR_RNDN);
    else
        mpfr_div(t->y, t->e, t->a, MPFR_RNDN);
    mpfr_mul(t->y, t->y, x, MPFR_RNDN);
    relative(t, 4);
}

/* sigma(v) (1 + x v' sigma(-v)): the product A of three is off by 8 + 6 + 2 = 16u, 1 + A by 16u |A| and u, all by 8u more. */
void
smooth_gelu_tanh_slope(smooth_work *t, mpfr_srcptr x)
{
    cubic(t, x);
    mpfr_mul(t->b, t->b, x, MPFR_RNDN);
    if (mpfr_sgn(x) > 0)
        mpfr_mul(t->b, t->b, t->e, MPFR_RNDN);
    mpfr_div(t->b, t->b, t->a, MPFR_RNDN);
    const mpfr_exp_t size = exponent(t->b);
    mpfr_add_ui(t->b, t->b, 1, MPFR_RNDN);
    if (mpfr_sgn(x) > 0)
        mpfr_ui_div(t->y, 1, t->a, MPFR_RNDN);
    else
        mpfr_div(t->y, t->e, t->a, MPFR_RNDN);
    const mpfr_exp_t factor = exponent(t->y);
    mpfr_mul(t->y, t->y, t->b, MPFR_RNDN);
    relative(t, 4);
    beyond(t, factor + size + 5);
}

/* tanh(ln(1 + e^x)) = n/(n + 2), n = e^x (e^x + 2); with e = e^-x (1 + 2e)/(1 + 2e + 2e^2). Nothing cancels: 8u at most, and u. */
void
smooth_mish(smooth_work *t, mpfr_srcptr x)
{
    decay(t, x);
    if (mpfr_sgn(x) > 0) {
        mpfr_mul_2ui(t->y, t->e, 1, MPFR_RNDN);
        mpfr_add_ui(t->y, t->y, 1, MPFR_RNDN);
        mpfr_sqr(t->a, t->e, MPFR_RNDN);
        mpfr_mul_2ui(t->a, t->a, 1, MPFR_RNDN);
        mpfr_add(t->a, t->a, t->y, MPFR_RNDN);
    } else {
        mpfr_add_ui(t->y, t->e, 2, MPFR_RNDN);
        mpfr_mul(t->y, t->y, t->e, MPFR_RNDN);
        mpfr_add_ui(t->a, t->y, 2, MPFR_RNDN);
    }
    mpfr_div(t->y, t->y, t->a, MPFR_RNDN);
    mpfr_mul(t->y, t->y, x, MPFR_RNDN);
    relative(t, 4);
}

/* mish' = e^x w/q^2, w = 4(x + 1) + 4e^2x + e^3x + e^x (4x + 6), q = 2 + 2e^x + e^2x. x > 0, times e^-4x: with e = e^-x
   w = ((4(x + 1) e + 4x + 6) e + 4) e + 1, q = 1 + 2e + 2e^2, nothing cancels: w 12u, q 5u, in all below 32u. x < 0, with e = e^x
   < 1: w = ((e + 4) e + 4x + 6) e + 4(x + 1); the sums are off by their operands' 16u in sizes of at most 4|x| + 16, so w by less
   than 2^6 u (|x| + 4); q^2 >= 4. */
void
smooth_mish_slope(smooth_work *t, mpfr_srcptr x)
{
    const bool above = mpfr_sgn(x) > 0;
    decay(t, x);
    mpfr_mul_2ui(t->b, x, 2, MPFR_RNDN);
    mpfr_add_ui(t->a, t->b, 6, MPFR_RNDN);
    mpfr_add_ui(t->b, t->b, 4, MPFR_RNDN);
    if (above) {
        mpfr_mul(t->y, t->b, t->e, MPFR_RNDN);
        mpfr_add(t->y, t->y, t->a, MPFR_RNDN);
        mpfr_mul(t->y, t->y, t->e, MPFR_RNDN);
        mpfr_add_ui(t->y, t->y, 4, MPFR_RNDN);
        mpfr_mul(t->y, t->y, t->e, MPFR_RNDN);
        mpfr_add_ui(t->y, t->y, 1, MPFR_RNDN);
    } else {
        mpfr_add_ui(t->y, t->e, 4, MPFR_RNDN);
        mpfr_mul(t->y, t->y, t->e, MPFR_RNDN);
        mpfr_add(t->y, t->y, t->a, MPFR_RNDN);
        mpfr_mul(t->y, t->y, t->e, MPFR_RNDN);
        mpfr_add(t->y, t->y, t->b, MPFR_RNDN);
        mpfr_mul(t->y, t->y, t->e, MPFR_RNDN);
    }
    mpfr_add_ui(t->a, t->e, above ? 1 : 2, MPFR_RNDN); /* q = (e + 2) e + 2, or (e + 1) 2e + 1 */
    mpfr_mul(t->a, t->a, t->e, MPFR_RNDN);
    if (above)
        mpfr_mul_2ui(t->a, t->a, 1, MPFR_RNDN);
    mpfr_add_ui(t->a, t->a, above ? 1 : 2, MPFR_RNDN);
    mpfr_sqr(t->a, t->a, MPFR_RNDN);
    mpfr_div(t->y, t->y, t->a, MPFR_RNDN);
    relative(t, 5);
    if (!above)
        beyond(t, exponent(t->e) + 4 + (mpfr_get_exp(x) > 2 ? mpfr_get_exp(x) + 1 : 3));
}

void
smooth_erf_slope(smooth_work *t, mpfr_srcptr x)
{
    gaussian(t, x, 0);
    mpfr_mul_2ui(t->y, t->e, 1, MPFR_RNDN);
    relative(t, 2);
}
