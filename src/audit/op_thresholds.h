/* SPDX-License-Identifier: Apache-2.0 */
/* op_thresholds.h -- the column of thresholds: the numbers of an operation that become 0, 1, infinite, NaN or wrong from some
   argument on; and the same of functions that are no operations. */
#ifndef AUDIT_OP_THRESHOLDS_H
#define AUDIT_OP_THRESHOLDS_H

#include <stdbool.h>
#include <stddef.h>

#include <mpfr.h>

#include "core/thresholds.h"

#include "audit/scalars.h"
#include "op/op.h"

typedef struct {
    const char *quantity;
    ga_formulas formulas;
    ga_becomes becomes;
    int direction;   /* the sign of the arguments */
    size_t out, col; /* which number of a row of which output; of a function, out is its scalar_id */
    void (*exact)(mpfr_ptr r, mpfr_srcptr x); /* the true value, relatively within 2^(3-p) where both have p >= 53 bits */
    bool inward;     /* arguments are counted from 1 to 0, not from 0 */
    int (*once)(mpfr_ptr r, mpfr_srcptr x, mpfr_rnd_t rounding); /* if not NULL, instead of exact: rounded once, and the ternary
                                                                    value; not of what becomes wrong */
    double from;     /* arguments are counted from here outwards, */
    bool far;        /* to the format's largest number, also where its exponentials are beyond the range */
} threshold_row;

/* What becomes so holds, once it does, for all later arguments, for the true value and for the formulas with correctly rounded
   functions. Of GA_BECOMES_WRONG: the true value is monotone, transcendental at every rational argument but 0, and at last rounds
   to 0; the formulas take each value on one interval, and are off by less than 5 2^-p where the true value is not above 2^(9-p),
   with p bits of the format, and by less than 1 % where it is above. All proved beside the rows. */
typedef struct {
    const threshold_row *row;
    size_t n;
    bool of_logits; /* the argument x is o_y - o_c, with logits 0 and -x, label 0; else it is the operand */
} op_thresholds;

#define OPERATION(name) extern const op_thresholds op_thresholds_##name;
#include "op/ops.def"
#undef OPERATION

/* The rows of an operation; of N_OPS, scalar_thresholds. */
const op_thresholds *threshold_rows_of(op_id op);

/* Of functions, by the formulas of scalars.def. */
extern const op_thresholds scalar_thresholds;

/* True values of a threshold_row: sigma(x) = 1/(1 + e^-x); sigma(-x), the second class's p of two logits whose difference is x;
   softplus(x) = ln(1 + e^x). r may be x. */
void threshold_sigma(mpfr_ptr r, mpfr_srcptr x);
void threshold_other_class(mpfr_ptr r, mpfr_srcptr x);
void threshold_softplus(mpfr_ptr r, mpfr_srcptr x);

#endif
