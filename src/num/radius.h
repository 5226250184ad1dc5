/* SPDX-License-Identifier: Apache-2.0 */
/* radius.h -- numbers m 2^e >= 0 for radii and bounds: m = 0; or 1/2 <= m < 1 and RADIUS_LEAST <= e <= RADIUS_MOST; or m
   infinite.

   Every operation rounds up. 0 is exact: it comes from zeros only, and a sum with it is the other operand. A result too small
   becomes the least positive number; one too large, or with an infinite operand, infinite; there is no NaN. The exponents are
   MPFR's on every machine, [1 - 2^62, 2^62 - 1] but for the last two, so that no operation overflows an int64. If radius_below, a
   lower bound, is infinite for a finite number, that number is above all finite radii. */
#ifndef NUM_RADIUS_H
#define NUM_RADIUS_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <mpfr.h>

typedef struct {
    double m;
    int64_t e;
} radius;

#define RADIUS_LEAST (1 - (INT64_C(1) << 62))
#define RADIUS_MOST ((INT64_C(1) << 62) - 3)

enum { RADIUS_BITS = 53 };

static const radius radius_zero = { 0, 0 }, radius_one = { 0.5, 1 }, radius_infinite = { INFINITY, 0 },
                    radius_least = { 0.5, RADIUS_LEAST };

static inline bool
radius_is_zero(radius a)
{
    return a.m == 0;
}

static inline bool
radius_is_infinite(radius a)
{
    return a.m > 1;
}

/* At least every y with |y - x| <= ulp(x)/2, hence any y > 0 that rounds to x, normal: x + 2^-52 x >= x + ulp(x), which is a
   double, and rounding is monotone. */
static inline double
radius_up(double x)
{
    return x * (1 + 0x1p-52);
}

/* At most such a y: x - 2^-52 x <= x - ulp(x), a double. */
static inline double
radius_down(double x)
{
    return x * (1 - 0x1p-52);
}

/* 2^k, -1022 <= k <= 1023. */
static inline double
radius_power(int64_t k)
{
    const uint64_t bits = (uint64_t)(k + 1023) << 52;
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* x 2^e, x a normal double > 0, e plus its exponent an int64; exact but at the ends of the range. */
static inline radius
radius_make(double x, int64_t e)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    e += (int64_t)(bits >> 52) - 1022;
    if (e < RADIUS_LEAST)
        return radius_least;
    if (e > RADIUS_MOST)
        return radius_infinite;
    bits = (bits & (UINT64_MAX >> 12)) | (uint64_t)1022 << 52;
    memcpy(&x, &bits, sizeof x);
    return (radius){ x, e };
}

static inline radius
radius_2exp(int64_t k)
{
    return radius_make(1, k);
}

/* Exact for normal x > 0 and for 0; infinite for infinity. */
static inline radius
radius_from_d(double x)
{
    return x == 0 ? radius_zero : isinf(x) ? radius_infinite : radius_make(x, 0);
}

/* a 2^k. */
static inline radius
radius_mul_2si(radius a, int64_t k)
{
    return a.m == 0 || a.m > 1 ? a : radius_make(a.m, a.e + k);
}

/* With d = a.e - b.e >= 0: a.m + b.m 2^-d, each term exact, lies in [1/2, 2), and is rounded once. Where d > 54, b < 2^-54 2^(a.e)
   is below the ulp(a.m) that radius_up adds. */
static inline radius
radius_add(radius a, radius b)
{
    if (a.m == 0 || b.m > 1)
        return b;
    if (b.m == 0 || a.m > 1)
        return a;
    if (a.e < b.e) {
        const radius t = a;
        a = b;
        b = t;
    }
    const int64_t d = a.e - b.e;
    return radius_make(radius_up(d > 54 ? a.m : a.m + b.m * radius_power(-d)), a.e);
}

/* a.m b.m is in [1/4, 1). 0 times infinite is infinite. */
static inline radius
radius_mul(radius a, radius b)
{
    const double x = a.m * b.m;
    if (x > 0 && x < 1)
        return radius_make(radius_up(x), a.e + b.e);
    return a.m > 1 || b.m > 1 ? radius_infinite : radius_zero;
}

/* a/b: a.m/b.m is in (1/2, 2). Infinite if b is 0 or infinite, or a is infinite. */
static inline radius
radius_div(radius a, radius b)
{
    if (b.m == 0 || b.m > 1 || a.m > 1)
        return radius_infinite;
    return a.m == 0 ? a : radius_make(radius_up(a.m / b.m), a.e - b.e);
}

/* At most a - b; 0 if that is not positive, or near the least number. The difference of a.m and b.m 2^-d, d <= 54, is a multiple of
   2^-107, so it is normal, rounded once; where d > 54, b < 2^-54 2^(a.e) is below the ulp(a.m)/2 that radius_down takes away. */
static inline radius
radius_sub_down(radius a, radius b)
{
    if (b.m == 0)
        return a;
    const int64_t d = a.e - b.e;
    if (a.m == 0 || b.m > 1 || (d < 0 && a.m < 1) || a.e < RADIUS_LEAST + 200)
        return radius_zero;
    if (a.m > 1)
        return a;
    const double x = d > 54 ? a.m : a.m - b.m * radius_power(-d);
    return x > 0 ? radius_make(radius_down(x), a.e) : radius_zero;
}

static inline bool
radius_less(radius a, radius b)
{
    if (a.m == 0 || b.m == 0 || a.m > 1 || b.m > 1)
        return a.m < b.m;
    return a.e < b.e || (a.e == b.e && a.m < b.m);
}

/* |x| of a finite number, to 53 bits: truncated, or truncated plus one unit unless exact. */
static inline radius
radius_of_magnitude(mpfr_srcptr x, bool up)
{
    if (mpfr_zero_p(x))
        return radius_zero;
#if GMP_NUMB_BITS == 64
    const mp_limb_t *limb = mpfr_custom_get_significand(x);
    const size_t top = (size_t)(mpfr_get_prec(x) - 1) / 64;
    const double cut = (double)(int64_t)(limb[top] >> 11) * 0x1p-53;
    bool exact = !up || (limb[top] & 2047) == 0;
    for (size_t i = 0; exact && up && i < top; i++)
        exact = limb[i] == 0;
    return radius_make(exact ? cut : cut + 0x1p-53, mpfr_get_exp(x));
#else
    long e;
    const double m = mpfr_get_d_2exp(&e, x, up ? MPFR_RNDA : MPFR_RNDZ);
    return radius_make(fabs(m), e);
#endif
}

static inline radius
radius_above(mpfr_srcptr x)
{
    return radius_of_magnitude(x, true);
}

static inline radius
radius_below(mpfr_srcptr x)
{
    return radius_of_magnitude(x, false);
}

/* At least e^a - 1. For a <= 1: e^a - 1 <= a + a^2 (the rest of the series is at most (e - 2) a^2), else e^a <= 2^k, k >= a/ln 2:
   1.4427 ln 2 > 1 + 2^-19, far above one rounding. */
static inline radius
radius_expm1(radius a)
{
    if (!radius_less(radius_one, a))
        return radius_mul(a, radius_add(radius_one, a));
    if (a.m > 1 || a.e > 60)
        return radius_infinite;
    return radius_2exp((int64_t)(ldexp(a.m, (int)a.e) * 1.4427) + 1);
}

/* r = a, exact if r has RADIUS_BITS, else rounded up. */
static inline void
radius_get(mpfr_ptr r, radius a)
{
    mpfr_set_d(r, a.m, MPFR_RNDU);
    mpfr_mul_2si(r, r, a.e, MPFR_RNDU);
}

#endif
