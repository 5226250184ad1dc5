/* SPDX-License-Identifier: Apache-2.0 */
/* thresholds.h -- what the two formats of the search have in common; see gradaudit/thresholds.h */
#ifndef AUDIT_THRESHOLDS_H
#define AUDIT_THRESHOLDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <mpfr.h>

#include <gradaudit/thresholds.h>

typedef int mpfr_function(mpfr_ptr, mpfr_srcptr, mpfr_rnd_t);
typedef enum { THRESHOLD_SIGMOID, THRESHOLD_TANH, THRESHOLD_SOFTMAX } threshold_function;

typedef struct {
    const char *quantity;
    ga_formulas formulas;
    int becomes, direction; /* the sign of the arguments */
    threshold_function function;
    bool second; /* of the function's two results: sigma', tanh'; of the softmax p_c, else p_y - 1 */
    void (*exact)(mpfr_ptr r, mpfr_srcptr x); /* the true value, relatively within 2^(3-p) where both have p >= 53 bits */
} threshold_row;

extern const threshold_row threshold_rows[GA_THRESHOLDS];

#endif
