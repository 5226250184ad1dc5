/* SPDX-License-Identifier: Apache-2.0 */
/* penalty.c -- the saturation penalty of a function's values a and derivatives d (core/train.h): psi of each, and psi as a
   function of a differentiated. sigmoid: psi = d = a (1-a), 1 - 2a. tanh: psi = d = 1 - a^2, -2a. ReLU: psi = a, 1. Times lambda,
   the last operand, the sum of psi is a term of the loss. */
#include "audit/op_thresholds.h"
#include "blame/op_blame.h"
#include "exact/op_bound.h"
#include "graph/builder.h"
#include "io/op_onnx.h"
#include "pass/op_ball.h"

static void
differentiate(builder *b, const instruction *i, value_id gradient)
{
    (void)gradient;
    builder_contribute(b, i->in[0], builder_emit(b, OP_scale, (value_id[]){ i->out[1], i->in[2] }, NULL));
}

#define ROW(function)                                                                                                              \
    {                                                                                                                              \
        .name = "penalty of " function, .n_in = 3, .n_out = 2, .out = { "penalty", "slope of penalty" }, .term = true,             \
        .shape = op_two_of_same_shape, .differentiate = differentiate,                                                             \
    }

const op_graph op_graph_penalty_sigmoid = ROW("sigmoid");
const op_graph op_graph_penalty_tanh = ROW("tanh");
const op_graph op_graph_penalty_relu = ROW("relu");

const op_ball op_ball_penalty_sigmoid = { .enclosed = false };
const op_bound op_bound_penalty_sigmoid = { 0 };
const op_blame op_blame_penalty_sigmoid = { .runs = NULL };
const op_ball op_ball_penalty_tanh = { .enclosed = false };
const op_bound op_bound_penalty_tanh = { 0 };
const op_blame op_blame_penalty_tanh = { .runs = NULL };
const op_ball op_ball_penalty_relu = { .enclosed = false };
const op_bound op_bound_penalty_relu = { 0 };
const op_blame op_blame_penalty_relu = { .runs = NULL };
const op_onnx op_onnx_penalty_sigmoid = { 0 };
const op_onnx op_onnx_penalty_tanh = { 0 };
const op_onnx op_onnx_penalty_relu = { 0 };
const op_thresholds op_thresholds_penalty_sigmoid = { 0 };
const op_thresholds op_thresholds_penalty_tanh = { 0 };
const op_thresholds op_thresholds_penalty_relu = { 0 };

#define OP_TEMPLATE "op/penalty_tmpl.c"
#include "op/every_format.h"
