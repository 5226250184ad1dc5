/* SPDX-License-Identifier: Apache-2.0 */
/* guard.h -- stops a build whose flags change the meaning of floating-point arithmetic.

   configure looks at the flags it is given; flags given to make come after ours. GCC sets __GCC_IEC_559 to 0 for each of
   -ffast-math's parts and, because the sources are compiled as -std=c11, for -ffp-contract=fast. */
#ifndef GRADAUDIT_GUARD_H
#define GRADAUDIT_GUARD_H

#include <float.h>

#if defined __FAST_MATH__
#error "-ffast-math and -Ofast change the numbers this program exists to audit"
#endif
#if defined __FINITE_MATH_ONLY__ && __FINITE_MATH_ONLY__
#error "-ffinite-math-only removes the infinities and NaN this program counts"
#endif
#if defined __GCC_IEC_559 && __GCC_IEC_559 == 0
#error "a flag takes the compiler off IEEE 754: one of -ffast-math's parts, or -ffp-contract=fast"
#endif
#if FLT_EVAL_METHOD != 0
#error "float and double must be evaluated in their own precision (not x87: -mfpmath=sse)"
#endif
#if FLT_RADIX != 2 || FLT_MANT_DIG != 24 || DBL_MANT_DIG != 53 || FLT_MAX_EXP != 128 || DBL_MAX_EXP != 1024
#error "float and double must be IEEE 754 binary32 and binary64"
#endif

/* What is wrong with the arithmetic of this process: its flags, or a rounding mode or flush-to-zero switched on by a library or at
   link time. One line without a newline, or NULL if nothing is. Looks at the calling thread. */
const char *guard_fault(void);

#endif
