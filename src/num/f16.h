/* SPDX-License-Identifier: Apache-2.0 */
/* f16.h -- selects binary16 for the templates that are included next: p = 11, emin = -14, emax = 15. The element is a float whose
   value is a binary16 number.

   Each of +, -, *, / is computed in float, of 24 = 2p + 2 bits, and rounded once more (num/narrow.h). The result is that of one
   rounding (Figueroa, When is double rounding innocuous?, SIGNUM Newsletter 30(3), 1995), below the normal range too. Rounding is
   monotone. So the two roundings together differ from one only if float rounds an x that is no tie of binary16 to a tie m. Operands
   are A 2^alpha with |A| < 2^11; a tie between numbers of q bits, q <= p, has q + 1.
   a b: at most 22 bits, and at least 2^-48 or 0: exact in float.
   a / b with b = B 2^beta, m = M 2^mu, M < 2^(q+1): a - m b, not 0, is a multiple of 2^(mu+beta), and then at least 2^-(q+1+p) of
   |m b|, or of a's 2^alpha, and then at least 2^-p of |a|. So |x - m| > 2^-24 |x|, which is the most that float's rounding moves a
   quotient: those are 0 or from 2^-40 to 2^40, normal in float.
   a + b with |a| >= |b|, 2^e <= |a| < 2^(e+1): if |b| >= 2^(e-12), the sum is a multiple of 2^(e-22) and below 2^(e+2): exact in
   float. Else |b| <= 2^(e-12) - 2^(e-23), and every tie is at least 2^(e-12) from a: |x - m| >= 2^(e-23), and float's rounding
   moves x by 2^(e-24) at most.
   tests/test_f16.c compares with the compiler's _Float16 and with MPFR.

   exp, expm1, log, log1p and tanh are computed in double by libm and rounded once. With a relative error below 2^-28 that is the
   correctly rounded result, because no value at a binary16 number is so near to a tie: tests/test_f16.c tries them all. */
#undef num
#undef NUM
#undef OP
#undef LIBM
#define num float
#define NUM(name) name##_f16
#define OP(name) f16_##name
#define LIBM(name) name

#ifndef NUM_F16_H
#define NUM_F16_H
#include "num/narrow.h"
#define NUM_WIDE float
#define NUM_FINISH(x) narrow_float(x, 11, -14, 65520)
#define NUM_LIBM double
#define NUM_FROM(x) ((float)narrow_double(x, 11, -14, 65520))
#define NUM_LOW (-12)
#define NUM_HIGH 8
#define NUM_NORMAL 0x1p-14
#define NUM_DIGITS 5
#include "num/fp_ops.h"
#endif
