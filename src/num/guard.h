/* SPDX-License-Identifier: Apache-2.0 */
/* guard.h -- refuses compilers whose floating point is not IEEE 754's: the user's CFLAGS come after ours. */
#ifndef NUM_GUARD_H
#define NUM_GUARD_H

#include <float.h>

#ifdef __FAST_MATH__
#error "gradaudit measures rounding: compile without -ffast-math"
#endif
#if defined(__FINITE_MATH_ONLY__) && __FINITE_MATH_ONLY__
#error "gradaudit counts NaN and infinities: compile without -ffinite-math-only"
#endif
#if FLT_EVAL_METHOD != 0
#error "gradaudit needs float and double operations in their own precision (FLT_EVAL_METHOD == 0, as with SSE2)"
#endif

#endif
