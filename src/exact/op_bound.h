/* SPDX-License-Identifier: Apache-2.0 */
/* op_bound.h -- the column of the bound run: an operation on doubles with a bound beside every number (exact/bound.h). */
#ifndef EXACT_OP_BOUND_H
#define EXACT_OP_BOUND_H

#include "op/op.h"

struct bound_tape;

typedef struct {
    /* Makes the outputs, with what is proved of them. NULL: nothing is, and a program that has the operation is declined. */
    void (*run)(struct bound_tape *t, const instruction *i);
    bool constant[OP_MOST_IN]; /* the operands that belong to the network; the others are of images */
    bool takes_radii;          /* of these, which are exact else */
    bool makes_radii;          /* what it makes once is not exact */
    size_t makes_exponents;    /* the output whose numbers have an exponent each; 0: none */
    size_t takes_exponents;    /* the operand whose numbers may have one; 0: none */
} op_bound;

#define OPERATION(name) extern const op_bound op_bound_##name;
#include "op/ops.def"
#undef OPERATION

/* The row of an operation. */
const op_bound *op_bound_of(op_id op);

#endif
