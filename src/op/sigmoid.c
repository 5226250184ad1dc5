/* SPDX-License-Identifier: Apache-2.0 */
/* sigmoid.c -- a = sigma(z), and d = sigma'(z) */
#include "graph/op_graph.h"
#include "pass/op_ball.h"

const op_graph op_graph_sigmoid = {
    .name = "sigmoid",
    .n_in = 1,
    .n_out = 2,
    .out = { "activation", "derivative" },
    .saturates = true,
    .shape = op_two_of_same_shape,
    .differentiate = op_times_derivative,
};

const op_ball op_ball_sigmoid = { .enclosed = true };

#define OP_TEMPLATE "op/sigmoid_tmpl.c"
#include "op/every_format.h"
