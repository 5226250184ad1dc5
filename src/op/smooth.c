/* SPDX-License-Identifier: Apache-2.0 */
/* smooth.c -- a = f(z), and d = f'(z), for the functions of num/smooth.def */
#include "audit/op_thresholds.h"
#include "exact/op_bound.h"
#include "graph/builder.h"
#include "io/op_onnx.h"
#include "num/smooth.h"
#include "pass/op_ball.h"

static ga_code
read(onnx_reading *r)
{
    return onnx_read_unary(r, onnx_operation(r->chain->node->op_type));
}

#define SMOOTH(f, words, onnx, keeps_zero)                                                                                         \
    const op_graph op_graph_##f = {                                                                                                \
        .name = words,                                                                                                             \
        .n_in = 1,                                                                                                                 \
        .n_out = 2,                                                                                                                \
        .out = { "activation", "derivative" },                                                                                     \
        .shape = op_two_of_same_shape,                                                                                             \
        .differentiate = op_times_derivative,                                                                                      \
    };                                                                                                                             \
    const op_ball op_ball_##f = { .enclosed = true, .same = keeps_zero ? KEEPS_ZERO : AS_OPERAND };                                \
    const op_bound op_bound_##f = { 0 };                                                                                           \
    const op_onnx op_onnx_##f = { .operator = onnx, .least = 1, .most = 1, .read = read };
#include "num/smooth.def"
#undef SMOOTH

/* audit/scalar_thresholds.c has the rows of softplus. */
const op_thresholds op_thresholds_softplus = { 0 };
const op_thresholds op_thresholds_silu = { 0 };
const op_thresholds op_thresholds_gelu = { 0 };
const op_thresholds op_thresholds_gelu_tanh = { 0 };
const op_thresholds op_thresholds_mish = { 0 };
const op_thresholds op_thresholds_erf = { 0 };

#define OP_TEMPLATE "op/smooth_tmpl.c"
#include "op/every_format.h"
