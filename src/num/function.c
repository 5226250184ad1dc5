/* SPDX-License-Identifier: Apache-2.0 */
/* function.c -- see function.h. In long double, of 64 bits or more, whose range is far beyond that of double; where it is double,
   by MPFR. Quotients and roots of doubles are rounded to double at once: rounded again to at most 24 bits, they are what one
   rounding makes of them (Figueroa, 1995). */
#include <float.h>
#include <math.h>

#include "num/function.h"

/* f or f' at finite x and c; NaN: perhaps it is. */
typedef long double formula(int order, long double x, long double c);

static long double
exponential(int order, long double x, long double c)
{
    (void)order, (void)c;
    return expl(x);
}

static long double
logarithm(int order, long double x, long double c)
{
    (void)c;
    return order == 0 ? logl(x) : (long double)(1 / (double)x);
}

static long double
root(int order, long double x, long double c)
{
    (void)c;
    return order == 0 ? (long double)sqrt((double)x) : 0.5L / sqrtl(x);
}

static long double
over(int order, long double x, long double c)
{
    return order == 0 ? (long double)((double)c / (double)x) : -(c / x) / x;
}

static long double
reciprocal(int order, long double x, long double c)
{
    (void)c;
    return over(order, x, 1);
}

static long double
power(int order, long double x, long double c)
{
    return order == 0 ? powl(x, c) : c == 0 ? 0 : c * powl(x, c - 1);
}

static long double
celu(int order, long double x, long double c)
{
    return x > 0 ? (order == 0 ? x : 1) : order == 0 ? c * expm1l(x / c) : expl(x / c);
}

static formula *const formulas[N_FUNCTIONS] = {
    [FUNCTION_exp] = exponential, [FUNCTION_log] = logarithm, [FUNCTION_sqrt] = root, [FUNCTION_reciprocal] = reciprocal,
    [FUNCTION_pow] = power, [FUNCTION_over] = over, [FUNCTION_celu] = celu,
};

static long double
by_mpfr(function_id f, int order, double x, double c)
{
    mpfr_t r, from, constant;
    mpfr_init2(r, LDBL_MANT_DIG);
    mpfr_init2(from, 53);
    mpfr_init2(constant, 53);
    mpfr_set_d(from, x, MPFR_RNDN);
    mpfr_set_d(constant, c, MPFR_RNDN);
    function_mpfr(r, f, order, from, constant, MPFR_RNDN);
    const long double y = mpfr_get_ld(r, MPFR_RNDN);
    mpfr_clears(r, from, constant, (mpfr_ptr)0);
    return y;
}

static long double
value(function_id f, int order, double x, double c)
{
    const long double y = isfinite(x) && isfinite(c) && LDBL_MANT_DIG >= 64 ? formulas[f](order, x, c) : NAN;
    return isnan(y) ? by_mpfr(f, order, x, c) : y;
}

float
elementaryf(function_id f, int order, float x, float c)
{
    return (float)value(f, order, (double)x, (double)c);
}

double
elementary(function_id f, int order, double x, double c)
{
    return (double)value(f, order, x, c);
}
