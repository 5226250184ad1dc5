/* SPDX-License-Identifier: Apache-2.0 */
/* op_ball.h -- the column of the ball pass: what it proves of an operation. */
#ifndef PASS_OP_BALL_H
#define PASS_OP_BALL_H

#include <stdbool.h>

#include "op/op.h"
#include "pass/same.h"

typedef struct {
    bool enclosed; /* its balls contain the exact results for all points of its operands; else the reference refuses it */
    bool kinked;   /* it has a kink at 0, where its derivative is one by convention: zeros of its operand are counted */
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
