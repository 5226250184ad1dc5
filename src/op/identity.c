/* SPDX-License-Identifier: Apache-2.0 */
/* identity.c -- a = z, and d = 1: the function of a layer that has none */
#include "audit/op_thresholds.h"
#include "graph/builder.h"
#include "io/op_onnx.h"
#include "pass/op_ball.h"

const op_graph op_graph_identity = {
    .name = "identity",
    .n_in = 1,
    .n_out = 2,
    .out = { "activation", "derivative" },
    .copies = true,
    .shape = op_two_of_same_shape,
    .differentiate = op_times_derivative,
};

const op_ball op_ball_identity = { .enclosed = true, .same = KEEPS_ZERO };
const op_onnx op_onnx_identity = { 0 };
const op_thresholds op_thresholds_identity = { 0 };

#define OP_TEMPLATE "op/identity_tmpl.c"
#include "op/every_format.h"
