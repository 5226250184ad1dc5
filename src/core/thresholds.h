/* SPDX-License-Identifier: Apache-2.0 */
/* thresholds.h -- where a format loses a factor of the gradient: the arguments at which functions and their derivatives become 0,
   1, infinite, NaN or wrong. */
#ifndef CORE_THRESHOLDS_H
#define CORE_THRESHOLDS_H

#include <stddef.h>

#include <mpfr.h>

#include "core/gradient.h"

/* Wrong: NaN; 0 or infinite where the true value, rounded, is not; or off by more than 1 % and by more than an ulp. */
typedef enum { GA_BECOMES_ZERO, GA_BECOMES_ONE, GA_BECOMES_INFINITE, GA_BECOMES_NAN, GA_BECOMES_WRONG } ga_becomes;

/* Arguments, numbers of the format; infinite: at none. */
typedef struct {
    const char *quantity; /* "sigma", "tanh'", …: the list is in gradaudit(1) */
    ga_formulas formulas;
    ga_becomes becomes;   /* NaN for another number that it does not become in the end, in a format whose overflow is NaN */
    mpfr_t exact;    /* first argument at which the true value, rounded once to the format, is that; of what becomes wrong, is 0, so
                        that the result is right again */
    mpfr_t rounded;  /* first argument at which the formulas give it, with correctly rounded functions */
    mpfr_t first;    /* first argument at which they give it with the format's own functions, those of the C library in float and
                        double */
    mpfr_t last;     /* first from which on they always do, up to the scan's end, or exact: libm need not be monotone, and a wrong
                        result is right here and there before it always is */
    long distance;   /* from rounded to first in numbers of the format, positive if first is farther; 0 if there is none */
} ga_threshold;

/* Arguments are counted from 0 outwards; those of e^x - 1 as written, which is wrong near 0, from 1 or -1 to 0, and those at which
   log' and reciprocal' become infinite from 1 to 0. Those of silu', gelu', gelu_tanh' and mish' begin where the size of the true
   value falls for good, beyond the root and the least value. The largest is that of the format, or so large that its exponentials
   are beyond the format's range. exact is proved: the true value is enclosed until its rounding is decided, or rounded once, and is
   monotone.

   A format with at most THRESHOLD_TRIED arguments has them all tried: rounded is first then, and last is from where on all are so.
   Functions are then those of the format: in formats computed in double they are the C library's double ones, rounded once
   (num/nar32.h).

   In others rounded, first and last come from bisection. Rounding to nearest even, with exponents far beyond 2^-2p and 2^2p for p
   bits, rounded is proved: conditions, once they hold, hold for all numbers behind (proofs in src/op/sigmoid_thresholds.c,
   src/op/smooth_thresholds.c and src/audit/scalar_thresholds.c); where results become wrong, all values that the formulas take are
   visited. For other roundings and narrower ranges we assume it; tests/test_thresholds.c compares with all arguments tried: rounded
   up, the naive mish' is 0 once, by cancellation, where bisection finds no 0. first and last come from a scan of all numbers of the
   format up to 2^20 (float) or 2^12 away from where bisection leads with the format's own functions; we assume that these cross
   nowhere else, and are monotone where results become wrong.

   Sets threshold to all n, first those that the operations have, in the order of src/op/ops.def, then those of
   src/audit/scalars.def; ga_thresholds_free frees them. GA_USAGE as ga_thresholds_check, GA_NO_MEMORY. */
enum { THRESHOLD_TRIED = 1 << 18, THRESHOLD_MOST_BITS = 256 };
ga_code ga_thresholds_find(ga_threshold **threshold, size_t *n, ga_format format, ga_status *st);

/* GA_USAGE for a format without a range, with a recipe, of more than THRESHOLD_MOST_BITS bits, or that rounds at random. */
ga_code ga_thresholds_check(ga_format format, ga_status *st);
void ga_thresholds_free(ga_threshold *threshold, size_t n);

#endif
