/* SPDX-License-Identifier: Apache-2.0 */
/* nar64.h -- selects, for the templates that are included next, formats of at most 25 bits that double holds and that round to
   nearest, computed in double; which ones, format_settle says. The element is a double whose value is a number of the format. What
   num/nar32.h says of float and 11 bits holds for double and 25: 53 >= 2p + 2, and products of two numbers are exact, as multiples
   of 2^-1074.

   exp, expm1, log, log1p, tanh and erf are computed in double by libm and rounded once more: that is the correctly rounded result
   but where libm's, some 2^-52 of itself wrong, is on the other side of a tie. tests/test_format_functions.c tries all numbers of
   tf32. */
#undef num
#undef NUM
#undef OP
#undef LIBM
#define num double
#define NUM(name) name##_nar64
#define OP(name) nar64_##name
#define LIBM(name) name

#ifndef NUM_NAR64_H
#define NUM_NAR64_H
#include "num/narrow.h"
#define NUM_RULES narrow64
#define NUM_WIDE double
#define NUM_IN(x) narrow_double_in(x, &ctx->rules)
#define NUM_FINISH(x) narrow_double(x, &ctx->rules)
#define NUM_FINISH_PLAIN(x) narrow_double_plain(x, &ctx->rules)
#define NUM_PLAIN ctx->rules.plain
#define NUM_ZERO(x) ((x) + ctx->rules.zero)
#define NUM_LIBM double
#define NUM_FROM(x) narrow_double(x, &ctx->rules)
#define NUM_INFINITE ctx->rules.over
#define NUM_LOW ctx->rules.low
#define NUM_HIGH ctx->rules.high
#define NUM_NORMAL ctx->rules.least
#define NUM_DIGITS ctx->rules.digits
#include "num/fp_ops.h"
#endif
