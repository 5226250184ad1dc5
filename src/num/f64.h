/* SPDX-License-Identifier: Apache-2.0 */
/* f64.h -- selects binary64 for the templates that are included next. */
#undef num
#undef NUM
#undef OP
#undef LIBM
#define num double
#define NUM(name) name##_f64
#define OP(name) f64_##name
#define LIBM(name) name

#ifndef NUM_F64_H
#define NUM_F64_H
#define NUM_WIDE double
#define NUM_IN(x) (x)
#define NUM_FINISH(x) (x)
#define NUM_FINISH_PLAIN(x) (x)
#define NUM_PLAIN true
#define NUM_ZERO(x) (x)
#define NUM_LIBM double
#define NUM_FROM(x) ((double)(x))
#define NUM_INFINITE INFINITY
#define NUM_LOW (-711)
#define NUM_HIGH 38
#define NUM_NORMAL 0x1p-1022
#define NUM_DIGITS 17
#include "num/fp_ops.h"
#endif
