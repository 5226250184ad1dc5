/* SPDX-License-Identifier: Apache-2.0 */
/* nar32.h -- selects, for the templates that are included next, formats of at most 11 bits that float holds and that round to
   nearest, ties to even or away from zero, computed in float; which ones, format_settle says. The element is a float whose value is
   a number of the format.

   Each of +, -, *, / is computed in float, of 24 >= 2p + 2 bits, and rounded once more (num/narrow.h). The result is that of one
   rounding (Figueroa, When is double rounding innocuous?, SIGNUM Newsletter 30(3), 1995), below the normal range too. Rounding is
   monotone. So the two roundings together differ from one only if float rounds an x that is no tie of the format to a tie m. Let
   2^l be the format's least number; l >= 2p - 149, and emin >= -126. Operands are A 2^alpha, multiples of 2^l, with |A| < 2^p; a
   tie between numbers of q bits, q <= p, has q + 1, and is at least 2^(l-1). (The limits of overflow and of flushing have p + 1
   bits, too.)
   a b, 2^e <= |a b| < 2^(e+1): at most 2p <= 22 bits, a multiple of 2^(e-2p+1). From e = 2p - 150 on it is exact in float; below,
   2^(e+1) <= 2^(2p-150) <= 2^(l-1), and only the tie 2^(l-1) itself could come out, with e = 2p - 151. There a b of fewer bits is a
   multiple of 2^-149, and exact; of 2p bits it is at most (2^p - 1)^2 2^-150, which is 2^(p+1) - 1 times 2^-150 below the tie, and
   float moves it by 2^-150 at most. Beyond float's range it overflows in both.
   a / b with b = B 2^beta, m = M 2^mu, M < 2^(q+1): a - m b, not 0, is a multiple of 2^(mu+beta), and then at least 2^-(q+1+p) of
   |m b|, or of a's 2^alpha, and then at least 2^-p of |a|. So |x - m| > 2^-24 |x|, which is the most that float's rounding moves a
   normal quotient. One below 2^-126 is moved by at most 2^-150; a tie at 2^e has q <= e - l + 1 bits there, and |x - m| >
   2^(e-q-1-p) >= 2^(l-2-p) >= 2^(p-151) >= 2^-149.
   a + b with |a| >= |b|, 2^e <= |a| < 2^(e+1): if |b| >= 2^(e-12), the sum is a multiple of 2^(e-12-p+1) and below 2^(e+2): exact
   in float; so is a sum below float's normal range, as operands are multiples of 2^-149. Else |b| <= 2^(e-12) - 2^(e-12-p), and
   every tie is at least 2^(e-p-1) from a: |x - m| >= 2^(e-12) - (2^(e-12) - 2^(e-12-p)) >= 2^(e-23), and float's rounding moves x
   by 2^(e-24) at most.
   tests/test_format_pairs.c compares with exact rationals and with MPFR, all pairs of numbers in formats of 8 bits.

   exp, expm1, log, log1p, tanh and erf are computed in double by libm and rounded once. With a relative error below 2^-28 that is
   the correctly rounded result in the named formats of up to 16 bits, because no value at a number is so near to a tie:
   tests/test_format_functions.c tries them all. */
#undef num
#undef NUM
#undef OP
#undef LIBM
#define num float
#define NUM(name) name##_nar32
#define OP(name) nar32_##name
#define LIBM(name) name

#ifndef NUM_NAR32_H
#define NUM_NAR32_H
#include "num/narrow.h"
#define NUM_RULES narrow32
#define NUM_FROM_RULES narrow64
#define NUM_WIDE float
#define NUM_IN(x) narrow_float_in(x, &ctx->rules)
#define NUM_FINISH(x) narrow_float(x, &ctx->rules)
#define NUM_FINISH_PLAIN(x) narrow_float_plain(x, &ctx->rules)
#define NUM_PLAIN ctx->rules.plain
#define NUM_ZERO(x) ((x) + ctx->rules.zero)
#define NUM_LIBM double
#define NUM_FROM(x) ((float)narrow_double(x, &ctx->from))
#define NUM_INFINITE ctx->rules.over
#define NUM_LOW ctx->rules.low
#define NUM_HIGH ctx->rules.high
#define NUM_NORMAL ctx->rules.least
#define NUM_DIGITS ctx->rules.digits
#include "num/fp_ops.h"
#endif
