/* SPDX-License-Identifier: Apache-2.0 */
/* smooth.c -- see smooth.h. In long double, of 64 bits or more: then formulas may lose some. Where they cancel beyond that, which
   is rare, and where long double is double, by MPFR. */
#include <float.h>
#include <math.h>
#include <stdbool.h>

#include "num/smooth.h"

#define SQRT1_2 0.70710678118654752440084436210484903928483593768847L
#define SQRT1_2PI 0.39894228040143267793994605993438186847585863116493L
#define SQRT_1_PI 0.56418958354775628694807945156077258584405062932899L

/* f or f' at a finite x; NaN: too much cancels. */
typedef long double formula(int order, long double x);

static long double
softplus(int order, long double x)
{
    const long double e = expl(-fabsl(x));
    if (order == 0)
        return fmaxl(x, 0) + log1pl(e);
    return (x > 0 ? 1 : e) / (1 + e);
}

/* A sum of two that may cancel. */
static long double
sum(long double a, long double b)
{
    return fabsl(a + b) < 0x1p-6L * fabsl(a) ? NAN : a + b;
}

static long double
silu(int order, long double x)
{
    const long double e = expl(-fabsl(x)), q = 1 + e;
    if (order == 0)
        return (x > 0 ? x : x * e) / q;
    return (x > 0 ? q + x * e : e * sum(q, x)) / (q * q);
}

static long double
gelu(int order, long double x)
{
    const long double phi = erfcl(-x * SQRT1_2) / 2;
    if (phi == 0)
        return -0.0L;
    return order == 0 ? x * phi : sum(phi, x * expl(-x * x / 2) * SQRT1_2PI);
}

/* x sigma(v), sigma(v) (1 + x v' sigma(-v)) */
static long double
gelu_tanh(int order, long double x)
{
    const long double cube = 0.044715L, twice = 4 * SQRT1_2PI, e = expl(-fabsl(twice * x * (1 + cube * x * x))), q = 1 + e;
    const long double above = 1 / q, below = e / q, s = x > 0 ? above : below;
    if (order == 0)
        return x * s;
    return s * sum(1, x * twice * (1 + 3 * cube * x * x) * (x > 0 ? below : above));
}

static long double
elu(int order, long double x)
{
    return x > 0 ? (order == 0 ? x : 1) : order == 0 ? expm1l(x) : expl(x);
}

/* See mish and mish_slope in smooth_mpfr.c. */
static long double
mish(int order, long double x)
{
    const long double e = expl(-fabsl(x));
    const long double q = x > 0 ? 1 + 2 * e * (1 + e) : 2 + e * (2 + e);
    if (order == 0)
        return x * (x > 0 ? 1 + 2 * e : e * (2 + e)) / q;
    const long double w = x > 0 ? (((4 * x + 4) * e + (4 * x + 6)) * e + 4) * e + 1
                                : e * sum(((e + 4) * e + 6 + 4 * x) * e, 4 * x + 4);
    return w / (q * q);
}

static long double
softsign(int order, long double x)
{
    const long double q = 1 + fabsl(x);
    return order == 0 ? x / q : 1 / q / q;
}

static long double
error_function(int order, long double x)
{
    return order == 0 ? erfl(x) : 2 * SQRT_1_PI * expl(-x * x);
}

static formula *const formulas[N_SMOOTH] = {
    [SMOOTH_softplus] = softplus, [SMOOTH_silu] = silu, [SMOOTH_gelu] = gelu, [SMOOTH_gelu_tanh] = gelu_tanh, [SMOOTH_elu] = elu,
    [SMOOTH_mish] = mish, [SMOOTH_softsign] = softsign, [SMOOTH_erf] = error_function,
};

static long double
by_mpfr(smooth_id f, int order, double x)
{
    mpfr_t r, from;
    mpfr_init2(r, LDBL_MANT_DIG);
    mpfr_init2(from, 53);
    mpfr_set_d(from, x, MPFR_RNDN);
    smooth_mpfr(r, f, order, from, MPFR_RNDN);
    const long double y = mpfr_get_ld(r, MPFR_RNDN);
    mpfr_clears(r, from, (mpfr_ptr)0);
    return y;
}

static long double
value(smooth_id f, int order, double x)
{
    const long double y = isfinite(x) && LDBL_MANT_DIG >= 64 ? formulas[f](order, x) : NAN;
    return isnan(y) ? by_mpfr(f, order, x) : y;
}

float
smoothf(smooth_id f, int order, float x)
{
    return (float)value(f, order, (double)x);
}

double
smooth(smooth_id f, int order, double x)
{
    return (double)value(f, order, x);
}
