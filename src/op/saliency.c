/* SPDX-License-Identifier: Apache-2.0 */
/* saliency.c -- what a saliency map is the gradient of, instead of a loss: the label's logit o_y, and its probability p_y, by the
   softmax of the logits, or, of a network that ends in the sigmoid, by that. The one output of a network is its logit, whatever the
   label is; of two classes, 1 has the probability s = sigma(o) and 0 has 1 - s. The gradients to o are e_y; p_y (1 - p_y) for y and
   -p_y p_c for others; s (1 - s), or minus that. */
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

const op_graph op_graph_logit = {
    .name = "logit", .n_in = 1, .n_out = 3, .out = { "chosen", "residual", "loss" },
    .ends = 1 << GA_LOGITS | 1 << GA_SOFTMAX | 1 << GA_LOG_SOFTMAX | 1 << GA_SIGMOID_OUTPUT, .toward = true, .shape = shape,
};
const op_graph op_graph_probability = {
    .name = "probability", .n_in = 1, .n_out = 3, .out = { "probability", "residual", "loss" }, .least_cols = 2,
    .fewer = "a softmax of one class is 1 (--loss logit is of that output)",
    .ends = 1 << GA_LOGITS | 1 << GA_SOFTMAX | 1 << GA_LOG_SOFTMAX | 1 << GA_COMPOSED_LOG_SOFTMAX, .toward = true,
    .of_end = { [GA_SIGMOID_OUTPUT] = OP_probability_sigmoid }, .shape = shape,
};
const op_graph op_graph_probability_sigmoid = {
    .name = "probability of a sigmoid", .n_in = 1, .n_out = 3, .out = { "probability", "residual", "loss" },
    .ends = 1 << GA_SIGMOID_OUTPUT, .toward = true, .binary = true, .shape = shape,
};
const op_ball op_ball_logit = { .enclosed = true };
const op_ball op_ball_probability = { .enclosed = true };
const op_ball op_ball_probability_sigmoid = { .enclosed = true };
const op_bound op_bound_logit = { 0 };
const op_bound op_bound_probability = { 0 };
const op_bound op_bound_probability_sigmoid = { 0 };
const op_onnx op_onnx_logit = { 0 };
const op_onnx op_onnx_probability = { 0 };
const op_onnx op_onnx_probability_sigmoid = { 0 };
const op_thresholds op_thresholds_logit = { 0 };
const op_thresholds op_thresholds_probability = { 0 };
const op_thresholds op_thresholds_probability_sigmoid = { 0 };

#define OP_TEMPLATE "op/saliency_tmpl.c"
#include "op/every_format.h"
