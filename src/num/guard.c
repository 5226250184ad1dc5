/* SPDX-License-Identifier: Apache-2.0 */
/* guard.c -- the arithmetic of this process, tried out; see guard.h. Volatile operands keep the compiler from doing it itself. */
#include <fenv.h>
#include <stddef.h>

#include "num/guard.h"

/* Of x in (1, 2) with x*x inexact: x*x - fl(x*x) is 0 with two roundings, the product's error when fused. */
static int
fuses(void)
{
    volatile float vf = 1 + FLT_EPSILON;
    volatile double vd = 1 + DBL_EPSILON;
    float f = vf;
    double d = vd;
    volatile float ff = f * f;
    volatile double dd = d * d;
    float f_rounded = ff;
    double d_rounded = dd;
    return f * f - f_rounded != 0 || d * d - d_rounded != 0;
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

/* (1 + big) - big is 0, not 1; 1 - 1 + 0 keeps its sign; x/3 is no product with a reciprocal. */
static int
rewrites(void)
{
    volatile double vone = 1, vbig = 0x1p100, vzero = -0.0, vfive = 5, vthree = 3;
    double one = vone, big = vbig, zero = vzero, five = vfive, three = vthree;
    volatile double absorbed = one + big - big, sign = 1 / (zero * one), quotient = five / three;
    return absorbed != 0 || sign > 0 || quotient != 0x1.aaaaaaaaaaaabp+0;
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
        return "sums or quotients are rewritten (-funsafe-math-optimizations)";
    return NULL;
}
