/* SPDX-License-Identifier: Apache-2.0 */
/* thresholds.h -- where float or double loses a factor of the gradient: the arguments at which functions and their derivatives
   become 0, 1, infinite, NaN or wrong. */
#ifndef CORE_THRESHOLDS_H
#define CORE_THRESHOLDS_H

#include <stdint.h>

#include "core/gradient.h"

/* Wrong: NaN; 0 or infinite where the true value, rounded, is not; or off by more than 1 % and by more than an ulp. */
typedef enum { GA_BECOMES_ZERO, GA_BECOMES_ONE, GA_BECOMES_INFINITE, GA_BECOMES_NAN, GA_BECOMES_WRONG } ga_becomes;

/* Arguments of the format, exact in binary64. */
typedef struct {
    const char *quantity; /* "sigma", "tanh'", …: the list is in gradaudit(1) */
    ga_formulas formulas;
    ga_becomes becomes;
    double exact;    /* first argument at which the true value, rounded once to the format, is that; of what becomes wrong, is 0, so
                        that the result is right again; infinite: at no finite argument */
    double rounded;  /* first argument at which the formulas give it, with correctly rounded functions */
    double first;    /* first argument at which they give it with the C library's functions */
    double last;     /* first from which on they always do, up to the scan's end, or exact: libm need not be monotone, and a wrong
                        result is right here and there before it always is */
    int64_t distance; /* from rounded to first in numbers of the format, positive if first is farther */
} ga_threshold;

/* Arguments are counted from 0 outwards; those of e^x - 1 as written, which is wrong near 0, from 1 or -1 to 0. exact and rounded
   are proved: the true value is enclosed until its rounding is decided, and conditions, once they hold, hold for all numbers
   behind (proofs in src/op/sigmoid_thresholds.c and src/audit/scalar_thresholds.c); where results become wrong, all values that
   the formulas take are visited. first and last come from a scan of all numbers of the format up to 2^20 (float) or 2^12 (double)
   away from where bisection with the C library's functions leads; we assume that these cross nowhere else, and are monotone where
   results become wrong. Sets threshold to all n, first those that the operations have, in the order of src/op/ops.def, then those
   of src/audit/scalars.def; the caller frees them. kind is GA_FLOAT or GA_DOUBLE, else GA_USAGE; GA_NO_MEMORY. */
ga_code ga_thresholds_find(ga_threshold **threshold, size_t *n, ga_format_kind kind, ga_status *st);

#endif
