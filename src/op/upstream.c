/* SPDX-License-Identifier: Apache-2.0 */
/* upstream.c -- instead of a loss, its gradient u with respect to the logits o, which the user has: L = sum u_c o_c, whose
   residual is u, as each format has it. Where the format holds u nothing is rounded. */
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

const op_graph op_graph_upstream = {
    .name = "upstream gradient", .n_in = 2, .n_out = 3, .out = { "product", "residual", "loss" },
    .ends = 1 << GA_LOGITS | 1 << GA_COMPOSED_LOG_SOFTMAX,
    .target = 1, .rows = true, .toward = true, .shape = shape,
};
const op_ball op_ball_upstream = { .enclosed = true };
const op_bound op_bound_upstream = { 0 };
const op_onnx op_onnx_upstream = { 0 };
const op_thresholds op_thresholds_upstream = { 0 };

#define OP_TEMPLATE "op/upstream_tmpl.c"
#include "op/every_format.h"
