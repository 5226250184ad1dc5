/* SPDX-License-Identifier: Apache-2.0 */
/* emu.h -- selects, for the templates that are included next, any format with a range and any rounding, computed in MPFR: each
   result is first rounded to odd, to more bits than the format has, and then to the format, which makes it the one rounding (Boldo
   and Melquiond, Emulation of FMA and correctly rounded sums: proved algorithms using rounding to odd, IEEE Trans. Comput. 57(4),
   2008). */
#undef num
#undef NUM
#undef OP
#undef MPFR_FINISH
#define num __mpfr_struct
#define NUM(name) name##_emu
#define OP(name) emu_##name

#ifndef NUM_EMU_H
#define NUM_EMU_H

#include "num/mpfr_narrow.h"

#define MPFR_DO(r, ctx, function, ...) emu_finish(r, ctx, function((ctx)->odd, __VA_ARGS__, MPFR_RNDZ))
#define MPFR_SUM(r, ctx, function, a, b) emu_sum(r, ctx, function, a, b)
#define MPFR_EXP(r, a, ctx) MPFR_DO(r, ctx, mpfr_exp, MPFR_IN(a, ctx))
#define MPFR_IN(a, ctx) emu_operand(a, ctx)
#define MPFR_SUBNORMAL(exponent_, ctx) ((exponent_) < (ctx)->format.emin)
#define MPFR_NUMBER mpfr_vec_whole_number
#define MPFR_EMULATES
#include "num/mpfr_ops.h"
#undef MPFR_EMULATES
#endif
