/* SPDX-License-Identifier: Apache-2.0 */
/* guard.c -- the arithmetic of this process, tried out; see guard.h. Volatile operands prevent constant folding. */
#include <fenv.h>
#include <stddef.h>

#include "num/guard.h"

/* For an x with x*x inexact: x*x - fl(x*x) is 0 with two roundings, the product's error when fused. x is read twice, so that the
   compiler sees two products: it does not fuse one that has another use. */
static int
fuses(void)
{
    volatile float f = 1 + FLT_EPSILON, f_rounded = f * f;
    volatile double d = 1 + DBL_EPSILON, d_rounded = d * d;
    float f_once = f, f_square = f_rounded;
    double d_once = d, d_square = d_rounded;
    return f_once * f_once - f_square != 0 || d_once * d_once - d_square != 0;
}

static int
flushes(void)
{
    volatile float f = FLT_MIN, f_least = FLT_TRUE_MIN;
    volatile double d = DBL_MIN, d_least = DBL_TRUE_MIN;
    volatile float f_half = f / 2, f_up = f_least * 16777216;
    volatile double d_half = d / 2, d_up = d_least * 9007199254740992;
    return f_half != FLT_MIN / 2 || d_half != DBL_MIN / 2 || f_up == 0 || d_up == 0;
}

/* (1 + big) - big is 0, not 1; -0 * 1 keeps its sign. */
static int
rewrites(void)
{
    volatile double v_one = 1, v_big = 0x1p100, v_zero = -0.0;
    double one = v_one, big = v_big, zero = v_zero;
    volatile double absorbed = one + big - big, infinity = 1 / (zero * one + zero);
    return absorbed != 0 || infinity > 0;
}

/* GCC 12's SLP vectoriser turns two neighbouring double -> float -> double conversions into a copy. */
__attribute__((noinline)) static void
round_pair(double *r, const double *a)
{
    const double x = (float)a[0], y = (float)a[1];
    r[0] = x;
    r[1] = y;
}

static int
keeps_excess(void)
{
    volatile double v_near = 1 + DBL_EPSILON;
    double a[2] = { v_near, v_near }, r[2];
    round_pair(r, a);
    return r[0] != 1 || r[1] != 1;
}

const char *
guard_fault(void)
{
    if (fegetround() != FE_TONEAREST)
        return "the rounding mode is not to nearest";
    if (flushes())
        return "subnormal numbers are flushed to zero";
    if (fuses())
        return "products and sums are fused (-ffp-contract)";
    if (rewrites())
        return "sums are rewritten (-funsafe-math-optimizations)";
    if (keeps_excess())
        return "conversions to float do not round (-ftree-slp-vectorize of GCC 12)";
    return NULL;
}
