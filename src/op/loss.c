/* SPDX-License-Identifier: Apache-2.0 */
/* loss.c -- the losses of logits o and a label y: cross-entropy, -log softmax(o)_y, and margin, o_c - o_y for the largest other
   class c. Their residual is dL/do, 0 for rows that hold no image. */
#include "audit/op_thresholds.h"
#include "core/model.h"
#include "graph/op_graph.h"
#include "io/op_onnx.h"
#include "pass/op_ball.h"

static const char *
shape(op_value *const *out, const op_value *const *in, op_attributes *a)
{
    op_set_shape(out[2], &(op_shape){ 1, { 1 } });
    return op_two_of_same_shape(out, in, a);
}

const op_graph op_graph_cross_entropy = {
    .name = "cross-entropy", .n_in = 1, .n_out = 3, .out = { "probability", "residual", "loss" }, .least_cols = 2,
    .fewer = "a softmax of one class has no gradient", .ends = 1 << GA_LOGITS | 1 << GA_SOFTMAX | 1 << GA_LOG_SOFTMAX,
    .of_sigmoid = OP_bce_sigmoid, /* of each output's two classes */
    .shape = shape,
};

const op_graph op_graph_margin = {
    .name = "margin", .n_in = 1, .n_out = 3, .out = { "chosen", "residual", "loss" }, .least_cols = 2,
    .fewer = "the margin is between two",
    .ends = 1 << GA_LOGITS | 1 << GA_SOFTMAX | 1 << GA_LOG_SOFTMAX | 1 << GA_SIGMOID_OUTPUT, .shape = shape,
};

const op_ball op_ball_cross_entropy = { .enclosed = true };
const op_ball op_ball_margin = { .enclosed = true, .chooses = true };
const op_onnx op_onnx_cross_entropy = { 0 };
const op_onnx op_onnx_margin = { 0 };
const op_thresholds op_thresholds_margin = { 0 };

#define OP_TEMPLATE "op/loss_tmpl.c"
#include "op/every_format.h"
