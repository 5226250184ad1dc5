/* SPDX-License-Identifier: Apache-2.0 */
/* narrow.h -- one rounding of a float or double to a format of fewer bits whose numbers the C type holds: to nearest, ties to even,
   subnormals kept, infinite from beyond = (2 - 2^-bits) 2^emax on. The sign of a zero stays, NaN stays NaN.

   Let 2^e <= |x| < 2^(e+1) or, if |x| is less than 2^emin, e = emin. The format's numbers there are multiples of u = 2^(e-bits+1).
   M = 1.5 2^k with the k for which u is an ulp of the C type at M. |x| is below M/2, so that x + M is rounded, once and to nearest,
   to a multiple of u, and subtracting M is exact. M is an even multiple of u: ties go to the even multiple, which is the number
   of an even significand. There are no branches, so that compilers make vectors of it; callers pass constants. */
#ifndef NUM_NARROW_H
#define NUM_NARROW_H

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "num/guard.h"

enum { NARROW_MOST_BITS = 51 /* of narrow_double: |x| < M/2; of narrow_float 22 */ };

static inline float
narrow_float(float x, int bits, int emin, float beyond)
{
    const uint32_t least = (uint32_t)(emin + 127) << 23;
    uint32_t power; /* 2^e, then M: 24 - bits up, and half as much again; whatever it becomes beyond the range is not used */
    float m;
    memcpy(&power, &x, sizeof power);
    power &= UINT32_C(0xff) << 23;
    power = power < least ? least : power;
    power += (uint32_t)(24 - bits) << 23 | UINT32_C(1) << 22;
    memcpy(&m, &power, sizeof m);
    const float rounded = (x + m) - m, far = x * INFINITY;
    return copysignf(fabsf(x) < beyond ? rounded : far, x);
}

static inline double
narrow_double(double x, int bits, int emin, double beyond)
{
    const uint64_t least = (uint64_t)(emin + 1023) << 52;
    uint64_t power;
    double m;
    memcpy(&power, &x, sizeof power);
    power &= UINT64_C(0x7ff) << 52;
    power = power < least ? least : power;
    power += (uint64_t)(53 - bits) << 52 | UINT64_C(1) << 51;
    memcpy(&m, &power, sizeof m);
    const double rounded = (x + m) - m, far = x * (double)INFINITY;
    return copysign(fabs(x) < beyond ? rounded : far, x);
}

#endif
