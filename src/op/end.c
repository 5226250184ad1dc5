/* SPDX-License-Identifier: Apache-2.0 */
/* end.c -- what a network makes of its logits at its own end: softmax, log softmax. Losses take the logits. */
#include "graph/op_graph.h"
#include "pass/op_ball.h"

const op_graph op_graph_softmax = { .name = "softmax", .n_in = 1, .n_out = 1, .out = { "probability" }, .shape = op_same_shape };
const op_graph op_graph_log_softmax = {
    .name = "log-softmax", .n_in = 1, .n_out = 1, .out = { "log-probability" }, .shape = op_same_shape,
};

const op_ball op_ball_softmax = { .enclosed = true };
const op_ball op_ball_log_softmax = { .enclosed = true };

#define OP_TEMPLATE "op/end_tmpl.c"
#include "op/every_format.h"
