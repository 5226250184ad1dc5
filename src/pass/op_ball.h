/* SPDX-License-Identifier: Apache-2.0 */
/* op_ball.h -- the column of the ball pass: what it proves of an operation. */
#ifndef PASS_OP_BALL_H
#define PASS_OP_BALL_H

#include <stdbool.h>

#include "op/op.h"
#include "pass/same.h"

/* A kink, where the derivative is one by convention: where a number of the first operand, times one of operand `times`, plus one of
   `plus`, minus one of `minus` and minus `at`, is 0; 0: there is no such operand. Another operand's number is that of the same
   index, or that of a constant, which has one for so many. */
typedef struct {
    size_t times, plus, minus;
    double at;
} op_kink;

enum { OP_MOST_KINKS = 2 };

typedef struct {
    bool enclosed; /* its balls contain the exact results for all points of its operands; else the reference refuses it */
    size_t n_kinks; /* numbers that lie on one of these are counted */
    op_kink kink[OP_MOST_KINKS];
    bool chooses;  /* its outputs are points where the choice that it makes is proved */
    bool ties;     /* it asks which of its operand's numbers are equal, */
    op_same same;  /* and this is how to tell of those that it makes itself */
} op_ball;

#define OPERATION(name) extern const op_ball op_ball_##name;
#include "op/ops.def"
#undef OPERATION

/* The row of an operation. */
const op_ball *op_ball_of(op_id op);

#endif
