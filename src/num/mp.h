/* SPDX-License-Identifier: Apache-2.0 */
/* mp.h -- selects MPFR for the templates that are included next. The element is __mpfr_struct. */
#undef num
#undef NUM
#undef OP
#undef MPFR_FINISH
#define num __mpfr_struct
#define NUM(name) name##_mp
#define OP(name) mp_##name
#define MPFR_FINISH(r, ternary, ctx) ((void)(ternary), (void)(ctx))

#ifndef NUM_MP_H
#define NUM_MP_H
#include "num/mpfr_ops.h"
#endif
