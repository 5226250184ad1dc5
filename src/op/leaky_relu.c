/* SPDX-License-Identifier: Apache-2.0 */
/* leaky_relu.c -- a = z, and d = 1, where z > 0; else a = s z, and d = s, the slope: at the kink too, as in the frameworks. The
   slope is a constant of the model's type, which enters every format as it is. */
#include "audit/op_thresholds.h"
#include "graph/builder.h"
#include "io/op_onnx.h"
#include "pass/op_ball.h"

const op_graph op_graph_leaky_relu = {
    .name = "leaky ReLU",
    .n_in = 2,
    .n_out = 2,
    .out = { "activation", "derivative" },
    .shape = op_two_of_same_shape,
    .differentiate = op_times_derivative,
};

const op_ball op_ball_leaky_relu = { .enclosed = true, .same = KEEPS_ZERO, .n_kinks = 1 };

static ga_code
read(onnx_reading *r)
{
    double slope;
    ga_code code = onnx_need_flow(r, 0);
    if (code != GA_OK || (code = onnx_number(&slope, r, "alpha", (double)0.01f)) != GA_OK)
        return code;
    const onnx_value x = *r->in[0];
    graph_operand in[2] = { x.at };
    if ((code = onnx_constant(in + 1, r, slope)) != GA_OK)
        return code;
    return onnx_emit_same(r, OP_leaky_relu, in, NULL);
}

const op_onnx op_onnx_leaky_relu = {
    .operator = "LeakyRelu", .least = 1, .most = 1, .attributes = { "alpha" }, .network = true, .read = read,
};
const op_thresholds op_thresholds_leaky_relu = { 0 };

#define OP_TEMPLATE "op/leaky_relu_tmpl.c"
#include "op/every_format.h"
