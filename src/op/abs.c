/* SPDX-License-Identifier: Apache-2.0 */
/* abs.c -- a = |z|, and d = 1, 0 or -1, the sign of z: 0 at the kink, as PyTorch's sign */
#include "audit/op_thresholds.h"
#include "exact/op_bound.h"
#include "graph/builder.h"
#include "io/op_onnx.h"
#include "pass/op_ball.h"

const op_graph op_graph_abs = {
    .name = "absolute value",
    .n_in = 1,
    .n_out = 2,
    .out = { "activation", "derivative" },
    .shape = op_two_of_same_shape,
    .differentiate = op_times_derivative,
};

const op_ball op_ball_abs = { .enclosed = true, .same = KEEPS_ZERO, .n_kinks = 1 };
const op_bound op_bound_abs = { 0 };

static ga_code
read(onnx_reading *r)
{
    return onnx_read_unary(r, OP_abs);
}

const op_onnx op_onnx_abs = { .operator = "Abs", .least = 1, .most = 1, .network = true, .read = read };
const op_thresholds op_thresholds_abs = { 0 };

#define OP_TEMPLATE "op/abs_tmpl.c"
#include "op/every_format.h"
