/* SPDX-License-Identifier: Apache-2.0 */
/* slope.c -- the derivative of a function made of its value a, as the frameworks have it where a is what they kept: sigmoid,
   a (1-a); tanh, 1 - a^2. Precision recipes take it of the stored value (graph/stored_elementwise.c); there is none in balls.
   complement, 1 - a, is what both are made of where every operator rounds. */
#include "audit/op_thresholds.h"
#include "exact/op_bound.h"
#include "graph/op_graph.h"
#include "io/op_onnx.h"
#include "pass/op_ball.h"

const op_graph op_graph_sigmoid_slope = {
    .name = "sigmoid slope", .n_in = 1, .n_out = 1, .out = { "derivative" }, .shape = op_same_shape,
};
const op_graph op_graph_tanh_slope = {
    .name = "tanh slope", .n_in = 1, .n_out = 1, .out = { "derivative" }, .shape = op_same_shape,
};
const op_graph op_graph_complement = {
    .name = "complement", .n_in = 1, .n_out = 1, .out = { "complement" }, .shape = op_same_shape,
};

const op_ball op_ball_sigmoid_slope = { .enclosed = false };
const op_ball op_ball_tanh_slope = { .enclosed = false };
const op_ball op_ball_complement = { .enclosed = false };
const op_bound op_bound_sigmoid_slope = { 0 };
const op_bound op_bound_tanh_slope = { 0 };
const op_bound op_bound_complement = { 0 };
const op_onnx op_onnx_sigmoid_slope = { 0 };
const op_onnx op_onnx_tanh_slope = { 0 };
const op_onnx op_onnx_complement = { 0 };
const op_thresholds op_thresholds_sigmoid_slope = { 0 };
const op_thresholds op_thresholds_tanh_slope = { 0 };
const op_thresholds op_thresholds_complement = { 0 };

#define OP_TEMPLATE "op/slope_tmpl.c"
#include "op/every_format.h"
