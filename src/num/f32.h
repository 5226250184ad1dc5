/* SPDX-License-Identifier: Apache-2.0 */
/* f32.h -- selects binary32 for the templates that are included next. */
#undef num
#undef NUM
#undef OP
#undef LIBM
#define num float
#define NUM(name) name##_f32
#define OP(name) f32_##name
#define LIBM(name) name##f

#ifndef NUM_F32_H
#define NUM_F32_H
#define NUM_WIDE float
#define NUM_IN(x) (x)
#define NUM_FINISH(x) (x)
#define NUM_FINISH_PLAIN(x) (x)
#define NUM_PLAIN true
#define NUM_ZERO(x) (x)
#define NUM_LIBM float
#define NUM_FROM(x) ((float)(x))
#define NUM_INFINITE INFINITY
#define NUM_LOW (-90)
#define NUM_HIGH 18
#define NUM_NORMAL 0x1p-126
#define NUM_DIGITS 9
#define NUM_NARROW_ALL(r, a, n, ctx)                                                                                               \
    (narrow_has_floats((ctx)->stored) &&                                                                                           \
     (narrow_floats(r, a, n, &(ctx)->store_fast, (ctx)->store_rounding, (float)(ctx)->store_up, (float)(ctx)->store_down), true))
#include "num/fp_ops.h"
#endif
