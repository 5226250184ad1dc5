/* SPDX-License-Identifier: Apache-2.0 */
/* op_ball.c -- see op_ball.h */
#include "pass/op_ball.h"

#define OPERATION(name) [OP_##name] = &op_ball_##name,
static const op_ball *const rows[N_OPS] = {
#include "op/ops.def"
};
#undef OPERATION

const op_ball *
op_ball_of(op_id op)
{
    return rows[op];
}
