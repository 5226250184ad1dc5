/* SPDX-License-Identifier: Apache-2.0 */
/* relu.c -- a = max(z, 0), and d = [z > 0]: 0 at the kink, as in the frameworks */
#include "graph/op_graph.h"
#include "pass/op_ball.h"

const op_graph op_graph_relu = {
    .name = "relu",
    .n_in = 1,
    .n_out = 2,
    .out = { "activation", "derivative" },
    .shape = op_two_of_same_shape,
    .differentiate = op_times_derivative,
};

const op_ball op_ball_relu = { .enclosed = true, .kinked = true };

#define OP_TEMPLATE "op/relu_tmpl.c"
#include "op/every_format.h"
