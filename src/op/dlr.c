/* SPDX-License-Identifier: Apache-2.0 */
/* dlr.c -- the difference of logits ratio (Croce and Hein 2020), of three classes or more: L = -N/D, N = o_y - o_m for the largest
   other class m, D = o_1 - o_3 for the largest and the third largest logit; of equal ones the first. Naive formulas go back through
   that: -1/D to y and 1/D to m, (N/D)/D to 1 and minus that to 3, added where two are the same class. Rewritten, without
   cancellation: of y = 1, -(o_2 - o_3)/D^2, 1/D and -N/D^2 to 1, 2 and 3; of y = 3, where L is 1, zeros; of other y, -1/D to y,
   (o_y - o_3)/D^2 to 1 and (o_1 - o_y)/D^2 to 3. */
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

const op_graph op_graph_dlr = {
    .name = "difference of logits ratio", .n_in = 1, .n_out = 3, .out = { "chosen", "residual", "loss" }, .least_cols = 3,
    .fewer = "the difference of logits ratio is of three",
    .ends = 1 << GA_LOGITS | 1 << GA_SOFTMAX | 1 << GA_LOG_SOFTMAX | 1 << GA_SIGMOID_OUTPUT |
            1 << GA_COMPOSED_LOG_SOFTMAX,
    .shape = shape,
};
const op_ball op_ball_dlr = { .enclosed = true };
const op_bound op_bound_dlr = { 0 };
const op_onnx op_onnx_dlr = { 0 };
const op_thresholds op_thresholds_dlr = { 0 };

#define OP_TEMPLATE "op/dlr_tmpl.c"
#include "op/every_format.h"
