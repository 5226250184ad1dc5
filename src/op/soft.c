/* SPDX-License-Identifier: Apache-2.0 */
/* soft.c -- the cross-entropy of logits o and a row of targets t, with label smoothing E: L = -sum q_c log softmax(o)_c of
   q = (1 - E) t + E/C for C classes, as PyTorch's CrossEntropyLoss has it. Targets are from 0 to 1, and need not add up to 1;
   without rows of their own they are 1 for the label and 0 for others. With T = sum q the residual is p_c T - q_c, which cancels
   where both p_c and q_c / T are nearly 1, as those of a label are. Rewritten, p_c (T - q_c) - q_c (1 - p_c), with T - q_c and
   1 - p_c as sums of the others for the largest q_c and p_c: no other is more than half of all. What then still cancels is a
   residual that is nearly 0 by itself. */
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
    op_same_shape(out + 3, in, a);
    return op_two_of_same_shape(out, in, a);
}

const op_graph op_graph_soft_cross_entropy = {
    .name = "soft cross-entropy", .n_in = 3, .n_out = 4, .out = { "probability", "residual", "loss", "smoothed target" },
    .least_cols = 2, .fewer = "a softmax of one class has no gradient",
    .ends = 1 << GA_LOGITS | 1 << GA_SOFTMAX | 1 << GA_LOG_SOFTMAX | 1 << GA_COMPOSED_LOG_SOFTMAX,
    .target = 1, .number = 2, .shares = true, .shape = shape,
};
const op_ball op_ball_soft_cross_entropy = { .enclosed = true };
const op_bound op_bound_soft_cross_entropy = { 0 };
const op_onnx op_onnx_soft_cross_entropy = { 0 };
const op_thresholds op_thresholds_soft_cross_entropy = { 0 };

#define OP_TEMPLATE "op/soft_tmpl.c"
#include "op/every_format.h"
