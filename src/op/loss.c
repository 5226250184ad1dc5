/* SPDX-License-Identifier: Apache-2.0 */
/* loss.c -- the losses of logits o and a label y: cross-entropy, -log softmax(o)_y, and margin, o_c - o_y for the largest other
   class c; and nll, the cross-entropy of a network that ends in log-softmax or softmax, with the naive formulas of a loss that
   takes its outputs, l or p, and goes back through that end: e^l_c, less 1 for y; and with g = -1/p_y, p_c (0 - g p_y) and
   p_y (g - g p_y). nll_outputs, -o_y, is that of a network whose last nodes make a log-softmax. Their residual is dL/do, 0 for rows
   that hold no image. */
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
    .fewer = "a softmax of one class has no gradient",
    .ends = 1 << GA_LOGITS | 1 << GA_SOFTMAX | 1 << GA_LOG_SOFTMAX | 1 << GA_COMPOSED_LOG_SOFTMAX,
    .of_end = { [GA_SIGMOID_OUTPUT] = OP_bce_sigmoid }, /* of each output's two classes */
    .shape = shape,
};

const op_graph op_graph_margin = {
    .name = "margin", .n_in = 1, .n_out = 3, .out = { "chosen", "residual", "loss" }, .least_cols = 2,
    .fewer = "the margin is between two",
    .ends = 1 << GA_LOGITS | 1 << GA_SOFTMAX | 1 << GA_LOG_SOFTMAX | 1 << GA_SIGMOID_OUTPUT | 1 << GA_COMPOSED_LOG_SOFTMAX,
    .shape = shape,
};

#define NLL(words, end)                                                                                                            \
    { .name = words, .n_in = 1, .n_out = 3, .out = { "probability", "residual", "loss" }, .least_cols = 2,                         \
      .fewer = "a softmax of one class has no gradient", .ends = end, .shape = shape,                                              \
      .of_end = { [GA_SOFTMAX] = OP_nll_softmax, [GA_COMPOSED_LOG_SOFTMAX] = OP_nll_outputs } }
const op_graph op_graph_nll = NLL("negative log-likelihood of a log-softmax", 1 << GA_SOFTMAX | 1 << GA_LOG_SOFTMAX);
const op_graph op_graph_nll_softmax = NLL("negative log-likelihood of a softmax", 1 << GA_SOFTMAX);
#undef NLL
const op_graph op_graph_nll_outputs = {
    .name = "negative log-likelihood of log-probabilities", .n_in = 1, .n_out = 3, .out = { "chosen", "residual", "loss" },
    .least_cols = 2, .fewer = "a softmax of one class has no gradient", .ends = 1 << GA_COMPOSED_LOG_SOFTMAX, .shape = shape,
};

const op_ball op_ball_nll = { .enclosed = true };
const op_ball op_ball_nll_softmax = { .enclosed = true };
const op_ball op_ball_nll_outputs = { .enclosed = true };
const op_onnx op_onnx_nll = { 0 };
const op_onnx op_onnx_nll_softmax = { 0 };
const op_onnx op_onnx_nll_outputs = { 0 };
const op_thresholds op_thresholds_nll = { 0 };
const op_thresholds op_thresholds_nll_softmax = { 0 };
const op_thresholds op_thresholds_nll_outputs = { 0 };
const op_ball op_ball_cross_entropy = { .enclosed = true };
const op_ball op_ball_margin = { .enclosed = true, .chooses = true };
const op_onnx op_onnx_cross_entropy = { 0 };
const op_onnx op_onnx_margin = { 0 };
const op_thresholds op_thresholds_margin = { 0 };

#define OP_TEMPLATE "op/loss_tmpl.c"
#include "op/every_format.h"
