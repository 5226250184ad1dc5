/* SPDX-License-Identifier: Apache-2.0 */
/* sigmoid.c -- a = sigma(z), and d = sigma'(z) */
#include "graph/builder.h"
#include "io/op_onnx.h"
#include "pass/op_ball.h"

const op_graph op_graph_sigmoid = {
    .name = "sigmoid",
    .n_in = 1,
    .n_out = 2,
    .out = { "activation", "derivative" },
    .saturates = 16,
    .shape = op_two_of_same_shape,
    .penalty = OP_penalty_sigmoid,
    .slope = { .op = OP_sigmoid_slope, .times = true },
    .differentiate = op_times_derivative,
};

const op_ball op_ball_sigmoid = { .enclosed = true, .same = AS_OPERAND };

static ga_code
read(onnx_reading *r)
{
    return onnx_read_unary(r, OP_sigmoid);
}

const op_onnx op_onnx_sigmoid = { .operator = "Sigmoid", .least = 1, .most = 1, .read = read };

#define OP_TEMPLATE "op/sigmoid_tmpl.c"
#include "op/every_format.h"
