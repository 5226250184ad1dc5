/* SPDX-License-Identifier: Apache-2.0 */
/* dtype.h -- the types of a model's numbers. */
#ifndef GRADAUDIT_NUM_DTYPE_H
#define GRADAUDIT_NUM_DTYPE_H

#include <stdint.h>
#include <string.h>

#include "core/model.h"

static inline size_t
dtype_size(ga_dtype dtype)
{
    return dtype == GA_F32 ? sizeof(float) : sizeof(double);
}

/* Number i of an array; and its setter, which rounds once. */
static inline double
dtype_get(ga_dtype dtype, const void *array, size_t i)
{
    return dtype == GA_F32 ? (double)((const float *)array)[i] : ((const double *)array)[i];
}

static inline void
dtype_set(ga_dtype dtype, void *array, size_t i, double value)
{
    if (dtype == GA_F32)
        ((float *)array)[i] = (float)value;
    else
        ((double *)array)[i] = value;
}

/* The binary32 bits of a binary16 number. binary16 has 10 bits of fraction and the bias 15; a subnormal is fraction 2^-24. All are
   binary32 numbers (bias 127); a NaN keeps its payload. */
static inline uint32_t
dtype_widen_binary16(uint32_t h)
{
    const uint32_t sign = (h & 0x8000) << 16, exponent = h >> 10 & 0x1f, fraction = h & 0x3ff;
    if (exponent == 0x1f)
        return sign | 0x7f800000 | fraction << 13;
    if (exponent != 0)
        return sign | (exponent + 127 - 15) << 23 | fraction << 13;
    const float value = (float)fraction * 0x1p-24f; /* exact */
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return sign | bits;
}

#endif
