/* SPDX-License-Identifier: Apache-2.0 */
/* bce.c -- the binary cross-entropies of a network whose outputs are probabilities, each by itself: the sum over its logits z of
   -(y log s + (1-y) log(1-s)), s = sigma(z), with targets y, 0 or 1. Its residual is s - y. Without targets of its own a label is
   the target of one output; of more, 1 for the label's and 0 for the others. bce_sigmoid is the same of a network that ends in the
   sigmoid: its naive residual is that of a loss which takes s, (s - y)/(s (1 - s)), times s (1 - s), so that it is NaN where s is 0
   or 1. (PyTorch divides by 1e-12 where s (1 - s) is less, and takes no logarithm for less than -100.) */
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

const op_graph op_graph_bce = {
    .name = "binary cross-entropy", .n_in = 2, .n_out = 3, .out = { "probability", "residual", "loss" },
    .ends = 1 << GA_LOGITS | 1 << GA_SIGMOID_OUTPUT, .binary = true, .target = 1, .shares = true,
    .of_end = { [GA_SIGMOID_OUTPUT] = OP_bce_sigmoid },
    .shape = shape,
};
const op_graph op_graph_bce_sigmoid = {
    .name = "binary cross-entropy of a sigmoid", .n_in = 2, .n_out = 3, .out = { "probability", "residual", "loss" },
    .ends = 1 << GA_SIGMOID_OUTPUT, .binary = true, .target = 1, .shares = true, .shape = shape,
};
const op_ball op_ball_bce = { .enclosed = true };
const op_ball op_ball_bce_sigmoid = { .enclosed = true };
const op_bound op_bound_bce = { 0 };
const op_bound op_bound_bce_sigmoid = { 0 };
const op_onnx op_onnx_bce = { 0 };
const op_onnx op_onnx_bce_sigmoid = { 0 };
const op_thresholds op_thresholds_bce = { 0 };
const op_thresholds op_thresholds_bce_sigmoid = { 0 };

#define OP_TEMPLATE "op/bce_tmpl.c"
#include "op/every_format.h"
