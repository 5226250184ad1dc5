/* SPDX-License-Identifier: Apache-2.0 */
/* squared_error.c -- the loss sum (o_k - y_k)^2 of the network's outputs o and targets y, without a factor 1/2: its residual is
   2 (o - y). Without targets of its own a label is the target of one output; of more, 1 for the label's and 0 for the others. */
#include "audit/op_thresholds.h"
#include "core/model.h"
#include "exact/op_bound.h"
#include "graph/op_graph.h"
#include "io/op_onnx.h"
#include "pass/op_ball.h"

static const char *
shape(op_value *const *out, const op_value *const *in, op_attributes *a)
{
    op_set_shape(out[2], &(op_shape){ 1, { 1 } });
    return op_two_of_same_shape(out, in, a);
}

const op_graph op_graph_squared_error = {
    .name = "squared error", .n_in = 2, .n_out = 3, .out = { "difference", "residual", "loss" },
    .ends = 1 << GA_LOGITS | 1 << GA_COMPOSED_LOG_SOFTMAX,
    .target = 1,
    .shape = shape,
};
const op_ball op_ball_squared_error = { .enclosed = true };
const op_bound op_bound_squared_error = { 0 };
const op_onnx op_onnx_squared_error = { 0 };
const op_thresholds op_thresholds_squared_error = { 0 };

#define OP_TEMPLATE "op/squared_error_tmpl.c"
#include "op/every_format.h"
