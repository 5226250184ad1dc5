/* SPDX-License-Identifier: Apache-2.0 */
/* tanh.c -- a = tanh(z), and d = tanh'(z) */
#include "graph/builder.h"
#include "io/op_onnx.h"
#include "pass/op_ball.h"

const op_graph op_graph_tanh = {
    .name = "tanh",
    .n_in = 1,
    .n_out = 2,
    .out = { "activation", "derivative" },
    .saturates = 8,
    .shape = op_two_of_same_shape,
    .penalty = OP_penalty_tanh,
    .slope = { .op = OP_tanh_slope, .square = true },
    .differentiate = op_times_derivative,
};

const op_ball op_ball_tanh = { .enclosed = true, .same = KEEPS_ZERO };

static ga_code
read(onnx_reading *r)
{
    return onnx_read_unary(r, OP_tanh);
}

const op_onnx op_onnx_tanh = { .operator = "Tanh", .least = 1, .most = 1, .read = read };

#define OP_TEMPLATE "op/tanh_tmpl.c"
#include "op/every_format.h"
