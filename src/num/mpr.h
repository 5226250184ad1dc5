/* SPDX-License-Identifier: Apache-2.0 */
/* mpr.h -- selects MPFR with the exponent range of an IEEE format: any precision, but a result that the format would round to 0
   becomes 0, and one beyond its largest power of two infinite. This isolates a wider significand; there are no subnormal roundings.
   MPFR's own exponent range stays as it is. */
#undef num
#undef NUM
#undef OP
#undef MPFR_FINISH
#define num __mpfr_struct
#define NUM(name) name##_mpr
#define OP(name) mpr_##name
#define MPFR_FINISH(r, ternary, ctx) ((void)(ternary), mpfr_limit(r, (ctx)->least, (ctx)->greatest))

#ifndef NUM_MPR_H
#define NUM_MPR_H

#include "num/mpfr_narrow.h"

#include "num/mpfr_ops.h"
#endif
