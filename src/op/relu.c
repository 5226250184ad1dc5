/* SPDX-License-Identifier: Apache-2.0 */
/* relu.c -- a = max(z, 0), and d = [z > 0]: 0 at the kink, as in the frameworks */
#include "audit/op_thresholds.h"
#include "graph/builder.h"
#include "io/op_onnx.h"
#include "pass/op_ball.h"

const op_graph op_graph_relu = {
    .name = "relu",
    .n_in = 1,
    .n_out = 2,
    .out = { "activation", "derivative" },
    .copies = true,
    .shape = op_two_of_same_shape,
    .penalty = OP_penalty_relu,
    .differentiate = op_times_derivative,
};

const op_ball op_ball_relu = { .enclosed = true, .same = KEEPS_ZERO, .n_kinks = 1 };

static ga_code
read(onnx_reading *r)
{
    return onnx_read_unary(r, OP_relu);
}

const op_onnx op_onnx_relu = { .operator = "Relu", .least = 1, .most = 1, .read = read };
const op_thresholds op_thresholds_relu = { 0 };

#define OP_TEMPLATE "op/relu_tmpl.c"
#include "op/every_format.h"
