/* SPDX-License-Identifier: Apache-2.0 */
/* op_thresholds.h -- the column of thresholds: the numbers of an operation that become 0 or 1 from some argument on. */
#ifndef AUDIT_OP_THRESHOLDS_H
#define AUDIT_OP_THRESHOLDS_H

#include <stdbool.h>
#include <stddef.h>

#include <mpfr.h>

#include <gradaudit/gradient.h>

#include "op/op.h"

typedef struct {
    const char *quantity;
    ga_formulas formulas;
    int becomes, direction; /* the sign of the arguments */
    size_t out, col;        /* which number of a row of which output */
    void (*exact)(mpfr_ptr r, mpfr_srcptr x); /* the true value, relatively within 2^(3-p) where both have p >= 53 bits */
} threshold_row;

/* What becomes so holds, once it does, for all arguments farther from 0, for the true value and for the formulas with correctly
   rounded functions: proved beside the rows. */
typedef struct {
    const threshold_row *row;
    size_t n;
    bool of_logits; /* the argument x is o_y - o_c, with logits 0 and -x, label 0; else it is the operand */
} op_thresholds;

#define OPERATION(name) extern const op_thresholds op_thresholds_##name;
#include "op/ops.def"
#undef OPERATION

#endif
