/* SPDX-License-Identifier: Apache-2.0 */
/* function_mpfr.c -- see function.h. What is not one function of MPFR is computed with w bits, w growing until its error bound
   decides the rounding (Ziv). */
#include <limits.h>
#include <stdbool.h>

#include "num/function.h"
#include "num/mpfr_vec.h"
#include "num/smooth_formulas.h"

enum { MOST = 2200 /* bits beyond three times the result's */, WIDE = 4500 };

/* y is off by less than 2^-known of itself: that is enough to round it to r's precision. */
static bool
decides(mpfr_srcptr y, mpfr_prec_t known, mpfr_srcptr r, mpfr_rnd_t rounding)
{
    return mpfr_can_round(y, known, MPFR_RNDN, MPFR_RNDZ, mpfr_get_prec(r) + (rounding == MPFR_RNDN));
}

/* 1/(2 sqrt x), of a zero infinite with its sign. */
static int
root_slope(mpfr_ptr r, mpfr_srcptr x, mpfr_rnd_t rounding)
{
    if (mpfr_zero_p(x)) {
        mpfr_set_inf(r, mpfr_signbit(x) ? -1 : 1);
        return 0;
    }
    const int ternary = mpfr_rec_sqrt(r, x, rounding);
    mpfr_div_2ui(r, r, 1, rounding); /* exact */
    return ternary;
}

/* m = x without its exponent, which is returned: from 1/2 to 1 in size; of 0, infinity and NaN x itself. */
static mpfr_exp_t
take_exponent(mpfr_ptr m, mpfr_srcptr x)
{
    const mpfr_exp_t e = mpfr_regular_p(x) ? mpfr_get_exp(x) : 0;
    mpfr_mul_2si(m, x, -e, MPFR_RNDN);
    return e;
}

/* -c/x^2, c NULL: 1, by an exact divisor, without exponents, so that nothing on the way leaves MPFR's range. */
static int
over_slope(mpfr_ptr r, mpfr_srcptr x, mpfr_srcptr c, mpfr_rnd_t rounding)
{
    mpfr_t m, n;
    mpfr_init2(m, 2 * mpfr_get_prec(x));
    mpfr_init2(n, c == NULL ? 2 : mpfr_get_prec(c));
    mpfr_set_ui(n, 1, MPFR_RNDN);
    const mpfr_exp_t e = take_exponent(m, x), first = (c == NULL ? 0 : take_exponent(n, c)) - e;
    const bool low = e > 0 && first < LONG_MIN + e, high = e < 0 && first > LONG_MAX + e;
    mpfr_sqr(m, m, MPFR_RNDN);
    mpfr_neg(n, n, MPFR_RNDN);
    const int ternary = mpfr_div(r, n, m, rounding);
    const int beyond = mpfr_mul_2si(r, r, low ? LONG_MIN : high ? LONG_MAX : first - e, rounding);
    mpfr_clears(m, n, (mpfr_ptr)0);
    return beyond != 0 ? beyond : ternary;
}

static int
over(mpfr_ptr r, int order, mpfr_srcptr x, mpfr_srcptr c, mpfr_rnd_t rounding)
{
    if (order == 1)
        return over_slope(r, x, c, rounding);
    return c == NULL ? mpfr_ui_div(r, 1, x, rounding) : mpfr_div(r, c, x, rounding);
}

/* k = c - 1, exactly but for WIDE bits. */
static void
init_less_one(mpfr_ptr k, mpfr_srcptr c)
{
    const mpfr_exp_t e = mpfr_regular_p(c) ? mpfr_get_exp(c) : 1, low = e - mpfr_get_prec(c);
    const mpfr_exp_t bits = (e > 1 ? e : 1) + 1 - (low < 0 ? low : 0);
    mpfr_init2(k, bits < WIDE ? bits : WIDE);
    mpfr_sub_ui(k, c, 1, MPFR_RNDN);
}

/* c x^(c-1): the power is off by 2^-w of itself, the product by as much again. Where the power is exact the product is rounded
   once; where it is not, but c times it is (c = 3/4, x = 81), or is half way between two numbers, no w decides, and with fewer bits
   than that it is what it is. Of c = 0 it is 0 everywhere. */
static int
power_slope(mpfr_ptr r, mpfr_srcptr x, mpfr_srcptr c, mpfr_rnd_t rounding)
{
    const mpfr_prec_t bits = mpfr_get_prec(r), most = MOST + 3 * bits;
    mpfr_t k, power, y;
    bool decided = false;
    int ternary;
    if (mpfr_zero_p(c)) {
        mpfr_set_zero(r, 1);
        return 0;
    }
    init_less_one(k, c);
    mpfr_inits2(bits, power, y, (mpfr_ptr)0);
    for (mpfr_prec_t more = 24, w = bits; !decided && w < most; more *= 2) {
        w = bits + more < most ? bits + more : most;
        mpfr_set_prec(power, w);
        mpfr_set_prec(y, w);
        const int inexact = mpfr_pow(power, x, k, MPFR_RNDN);
        if (inexact == 0 || !mpfr_regular_p(power)) {
            ternary = mpfr_mul(r, power, c, rounding);
            mpfr_clears(k, power, y, (mpfr_ptr)0);
            return ternary;
        }
        mpfr_mul(y, power, c, MPFR_RNDN);
        decided = !mpfr_regular_p(y) || decides(y, w - 2, r, rounding);
    }
    if (!decided)
        mpfr_prec_round(y, most - 8, MPFR_RNDN);
    ternary = mpfr_set(r, y, rounding);
    mpfr_clears(k, power, y, (mpfr_ptr)0);
    return ternary;
}

/* q = x/c with so many bits more that what is off, 2^-w / 2^(its exponent + 2), changes e^q by less than 2^-(w+1) of itself, and
   expm1(q), whose derivative is at most 1 + |q| times itself over q, by less than 2^-w. */
static void
quotient(mpfr_ptr q, mpfr_srcptr x, mpfr_srcptr c, mpfr_prec_t w)
{
    const bool regular = mpfr_regular_p(x) && mpfr_regular_p(c);
    const mpfr_exp_t size = regular ? mpfr_get_exp(x) - mpfr_get_exp(c) + 1 : 0;
    mpfr_set_prec(q, w + 3 + (size < 0 ? 0 : size > 64 ? 64 : size)); /* beyond, e^q is not in MPFR's range, or expm1(q) -1 */
    mpfr_div(q, x, c, MPFR_RNDN);
}

/* c expm1(q) is x or -c but for what is below every digit, e^q is 1. */
static int
low_limit(mpfr_ptr r, int order, mpfr_srcptr x, mpfr_srcptr c, mpfr_srcptr q, mpfr_rnd_t rounding)
{
    mpfr_t l;
    int ternary;
    mpfr_init2(l, mpfr_get_prec(c));
    if (order == 1) {
        mpfr_set_ui(l, 1, MPFR_RNDN);
        ternary = smooth_beside(r, l, mpfr_sgn(q), rounding);
    } else if (mpfr_get_exp(q) > 1) {
        mpfr_neg(l, c, MPFR_RNDN);
        ternary = smooth_beside(r, l, mpfr_sgn(c), rounding);
    } else
        ternary = smooth_beside(r, x, mpfr_sgn(c), rounding);
    mpfr_clear(l);
    return ternary;
}

/* x not above 0: c expm1(x/c) or e^(x/c), off by 3 2^-w of itself. Of no regular number it is exact, or out of every range. */
static int
celu_low(mpfr_ptr r, int order, mpfr_srcptr x, mpfr_srcptr c, mpfr_rnd_t rounding)
{
    const mpfr_prec_t bits = mpfr_get_prec(r), most = MOST + 3 * bits;
    mpfr_t q, y;
    bool decided = false;
    int ternary;
    mpfr_inits2(bits, q, y, (mpfr_ptr)0);
    for (mpfr_prec_t more = 24, w = bits; !decided && w < most; more *= 2) {
        w = bits + more < most ? bits + more : most;
        mpfr_set_prec(y, w);
        quotient(q, x, c, w);
        if (order == 1)
            mpfr_exp(y, q, MPFR_RNDN);
        else {
            mpfr_expm1(y, q, MPFR_RNDN);
            mpfr_mul(y, y, c, MPFR_RNDN);
        }
        decided = !mpfr_regular_p(y) || !mpfr_regular_p(q) || decides(y, w - 3, r, rounding);
    }
    if (!decided) {
        ternary = low_limit(r, order, x, c, q, rounding);
    } else {
        ternary = mpfr_set(r, y, rounding);
        if (ternary == 0 && mpfr_regular_p(q)) /* an irrational number */
            ternary = (mpfr_zero_p(y) ? -1 : 1) * (mpfr_signbit(y) ? -1 : 1);
    }
    mpfr_clears(q, y, (mpfr_ptr)0);
    return ternary;
}

static int
celu(mpfr_ptr r, int order, mpfr_srcptr x, mpfr_srcptr c, mpfr_rnd_t rounding)
{
    if (mpfr_nan_p(x) || mpfr_sgn(x) <= 0)
        return celu_low(r, order, x, c, rounding);
    return order == 0 ? mpfr_set(r, x, rounding) : mpfr_set_ui(r, 1, rounding);
}

static int
evaluate(mpfr_ptr r, function_id f, int order, mpfr_srcptr x, mpfr_srcptr c, mpfr_rnd_t rounding)
{
    switch (f) {
    case FUNCTION_exp:
        return mpfr_exp(r, x, rounding);
    case FUNCTION_log:
        return order == 0 ? mpfr_log(r, x, rounding) : mpfr_ui_div(r, 1, x, rounding);
    case FUNCTION_sqrt:
        return order == 0 ? mpfr_sqrt(r, x, rounding) : root_slope(r, x, rounding);
    case FUNCTION_pow:
        return order == 0 ? mpfr_pow(r, x, c, rounding) : power_slope(r, x, c, rounding);
    case FUNCTION_celu:
        return celu(r, order, x, c, rounding);
    case FUNCTION_reciprocal:
    case FUNCTION_over:
    case N_FUNCTIONS:
        break;
    }
    return over(r, order, x, f == FUNCTION_over ? c : NULL, rounding);
}

int
function_mpfr(mpfr_ptr r, function_id f, int order, mpfr_srcptr x, mpfr_srcptr c, mpfr_rnd_t rounding)
{
    const mpfr_exp_t emin = mpfr_get_emin(), emax = mpfr_get_emax();
    mpfr_vec_widest_range();
    return smooth_in_range(r, evaluate(r, f, order, x, c, rounding), emin, emax, rounding);
}
