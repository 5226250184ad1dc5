/* SPDX-License-Identifier: Apache-2.0 */
/* power.h -- multiplication by powers of two in inner loops, where a call of ldexp takes most of the time. */
#ifndef NUM_POWER_H
#define NUM_POWER_H

#include <math.h>
#include <stdint.h>
#include <string.h>

/* x 2^k, the bits that ldexp makes: a product with a power of two is rounded once, subnormal or not. */
static inline double
times_power(double x, int64_t k)
{
    if (k < -1022 || k > 1023)
        return ldexp(x, k > 5000 ? 5000 : k < -5000 ? -5000 : (int)k);
    const uint64_t bits = (uint64_t)(k + 1023) << 52;
    double power;
    memcpy(&power, &bits, sizeof power);
    return x * power;
}

#endif
