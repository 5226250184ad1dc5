/* SPDX-License-Identifier: Apache-2.0 */
/* cw.c -- the hinge of Carlini and Wagner (2017), L = -max(o_y - o_c, -kappa) for the largest other class c, the first of
   several: the margin o_c - o_y, up to kappa, so that attacks go up it. Its residual is the margin's, e_c - e_y, where o_c - o_y
   is at most kappa, as PyTorch's clamp has it, and exactly 0 beyond. Balls in which that is open take the hull of both. */
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

const op_graph op_graph_cw = {
    .name = "hinge of Carlini and Wagner", .n_in = 2, .n_out = 3, .out = { "chosen", "residual", "loss" }, .least_cols = 2,
    .fewer = "the margin is between two",
    .ends = 1 << GA_LOGITS | 1 << GA_SOFTMAX | 1 << GA_LOG_SOFTMAX | 1 << GA_SIGMOID_OUTPUT |
            1 << GA_COMPOSED_LOG_SOFTMAX,
    .number = 1, .shape = shape,
};
const op_ball op_ball_cw = { .enclosed = true, .chooses = true };
const op_bound op_bound_cw = { 0 };
const op_onnx op_onnx_cw = { 0 };
const op_thresholds op_thresholds_cw = { 0 };

#define OP_TEMPLATE "op/cw_tmpl.c"
#include "op/every_format.h"
