/* SPDX-License-Identifier: Apache-2.0 */
/* thresholds.h -- where float or double loses a factor of the gradient: the arguments at which sigma becomes 1 or 0, and
   derivatives and residuals become 0. */
#ifndef GRADAUDIT_THRESHOLDS_H
#define GRADAUDIT_THRESHOLDS_H

#include <stdint.h>

#include <gradaudit/gradient.h>

/* The argument is z; for softmax of two classes, p_y and p_c, the margin o_y - o_c. */
typedef enum {
    GA_SIGMA_ONE,           /* sigma(z) = 1, naive, z > 0 */
    GA_SIGMA_ZERO,          /* sigma(z) = 0, naive, z < 0 */
    GA_SIGMA_SLOPE_ABOVE,   /* s(1-s) = 0, z > 0 */
    GA_SIGMA_SLOPE_BELOW,   /* s(1-s) = 0, z < 0 */
    GA_SIGMA_SLOPE_REWRITE, /* e/(1+e)^2 = 0, the same for both signs */
    GA_TANH_SLOPE,          /* 1-t^2 = 0, the same for both signs */
    GA_TANH_SLOPE_REWRITE,  /* 4q/(1+q)^2 = 0 */
    GA_RESIDUAL,            /* p_y - 1 = 0: p_y is 1 */
    GA_OTHER_RESIDUAL,      /* p_c = 0, with the rewritten residual -p_c */
    GA_THRESHOLDS
} ga_threshold_kind;

/* Arguments of the format, exact in binary64. */
typedef struct {
    const char *quantity; /* "sigma", "sigma'", "tanh'", "p_y-1", "p_c" */
    ga_formulas formulas;
    int becomes;     /* 0 or 1 */
    double exact;    /* first argument at which the true value, rounded once to the format, is that */
    double rounded;  /* first argument at which the formulas give it, exp and tanh correctly rounded */
    double first;    /* first argument at which they give it with the C library's exp and tanh */
    double last;     /* first from which on they always do, up to the scan's end: libm need not be monotone */
    int64_t distance; /* from rounded to first in numbers of the format, positive away from 0 */
} ga_threshold;

/* Every argument is the one nearest to 0. exact and rounded are proved: the true value is enclosed until its rounding is decided,
   and both conditions, once they hold, hold for all numbers farther from 0 (proof in src/audit/thresholds_tmpl.c). first and last
   come from a scan of all numbers of the format up to 2^20 (float) or 2^12 (double) away from where bisection with the C library's
   functions leads; we assume that these cross nowhere else. kind is GA_FLOAT or GA_DOUBLE, else GA_USAGE; GA_NO_MEMORY. */
ga_code ga_thresholds_find(ga_threshold threshold[GA_THRESHOLDS], ga_format_kind kind, ga_status *st);

#endif
