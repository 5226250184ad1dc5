/* SPDX-License-Identifier: Apache-2.0 */
/* thresholds.h -- where float or double loses a factor of the gradient: the arguments at which sigma becomes 1 or 0, and
   derivatives and residuals become 0. */
#ifndef GRADAUDIT_THRESHOLDS_H
#define GRADAUDIT_THRESHOLDS_H

#include <stdint.h>

#include <gradaudit/gradient.h>

/* Arguments of the format, exact in binary64. */
typedef struct {
    const char *quantity; /* "sigma", "sigma'", "tanh'", of the argument z; of softmax of two classes "p_y-1" and "p_c", of
                             o_y - o_c, the label's logit minus the other's */
    ga_formulas formulas;
    int becomes;     /* 0 or 1 */
    double exact;    /* first argument at which the true value, rounded once to the format, is that */
    double rounded;  /* first argument at which the formulas give it, exp and tanh correctly rounded */
    double first;    /* first argument at which they give it with the C library's exp and tanh */
    double last;     /* first from which on they always do, up to the scan's end: libm need not be monotone */
    int64_t distance; /* from rounded to first in numbers of the format, positive away from 0 */
} ga_threshold;

/* Every argument is the one nearest to 0. exact and rounded are proved: the true value is enclosed until its rounding is decided,
   and both conditions, once they hold, hold for all numbers farther from 0 (proof in src/op/sigmoid_thresholds.c). first and last
   come from a scan of all numbers of the format up to 2^20 (float) or 2^12 (double) away from where bisection with the C library's
   functions leads; we assume that these cross nowhere else. Sets threshold to all n that
   the operations have, in the order of src/op/ops.def; the caller frees them. kind is GA_FLOAT or GA_DOUBLE, else GA_USAGE;
   GA_NO_MEMORY. */
ga_code ga_thresholds_find(ga_threshold **threshold, size_t *n, ga_format_kind kind, ga_status *st);

#endif
