/* SPDX-License-Identifier: Apache-2.0 */
/* hard.c -- functions of straight pieces and one parabola, with the derivatives that PyTorch 1.13 has at the kinks:

   hardtanh     a = min(max(z, low), high), d = [low < z < high]: 0 at the bounds, where that of clip is 1
   relu6        the same with 0 and 6
   hard_sigmoid a = t / 6, d = 1/6 where 0 < t < 6, else 0, with t = min(max(z + 3, 0), 6)
   hard_swish   a = z t / 6; d = z / 3 + 1/2 for -3 <= z <= 3, -1/2 and 3/2 at the ends, 0 below and 1 above

   The numbers 3 and 6 have two bits. low and high are constants of the model's type. ONNX files do not tell PyTorch's hardtanh and
   ReLU6 from its clamp, so that hardtanh comes of HardSigmoid alone: it is hardtanh(alpha z + beta) of 0 and 1. The alpha that is
   1/6 in binary32, or rounds to that, with beta 1/2 is hard_sigmoid, which PyTorch computes by t / 6. */
#include "audit/op_thresholds.h"
#include "exact/op_bound.h"
#include "graph/builder.h"
#include "io/op_onnx.h"
#include "pass/op_ball.h"

#define HARD(function, words, operands)                                                                                            \
    const op_graph op_graph_##function = {                                                                                         \
        .name = words,                                                                                                             \
        .n_in = operands,                                                                                                          \
        .n_out = 2,                                                                                                                \
        .out = { "activation", "derivative" },                                                                                     \
        .shape = op_two_of_same_shape,                                                                                             \
        .differentiate = op_times_derivative,                                                                                      \
    };                                                                                                                             \
    const op_bound op_bound_##function = { 0 };                                                                                    \
    const op_thresholds op_thresholds_##function = { 0 };
HARD(hardtanh, "hardtanh", 3)
HARD(relu6, "ReLU6", 1)
HARD(hard_sigmoid, "hard sigmoid", 1)
HARD(hard_swish, "hard swish", 1)
#undef HARD

const op_ball op_ball_hardtanh = { .enclosed = true, .same = AS_OPERAND, .n_kinks = 2, .kink = { { .minus = 1 }, { .minus = 2 } } };
const op_ball op_ball_relu6 = { .enclosed = true, .same = KEEPS_ZERO, .n_kinks = 2, .kink = { { 0 }, { .at = 6 } } };
const op_ball op_ball_hard_sigmoid = { .enclosed = true, .same = AS_OPERAND, .n_kinks = 2, .kink = { { .at = -3 }, { .at = 3 } } };
const op_ball op_ball_hard_swish = { .enclosed = true, .same = KEEPS_ZERO, .n_kinks = 2, .kink = { { .at = -3 }, { .at = 3 } } };

static ga_code
read_sigmoid(onnx_reading *r)
{
    double alpha, beta;
    ga_code code = onnx_need_flow(r, 0);
    if (code != GA_OK || (code = onnx_number(&alpha, r, "alpha", (double)0.2f)) != GA_OK ||
        (code = onnx_number(&beta, r, "beta", 0.5)) != GA_OK)
        return code;
    if ((float)alpha == 1.0f / 6 && beta == 0.5)
        return onnx_emit_same(r, OP_hard_sigmoid, &r->in[0]->at, NULL);
    graph_operand in[3] = { r->in[0]->at };
    if ((code = onnx_constant(in + 1, r, alpha)) != GA_OK || (code = onnx_emit(r, OP_scale, in, NULL)) != GA_OK)
        return code;
    in[0] = r->out->at;
    if ((code = onnx_constant(in + 1, r, beta)) != GA_OK || (code = onnx_emit(r, OP_constant_add, in, NULL)) != GA_OK)
        return code;
    in[0] = r->out->at;
    if ((code = onnx_constant(in + 1, r, 0)) != GA_OK || (code = onnx_constant(in + 2, r, 1)) != GA_OK)
        return code;
    return onnx_emit_same(r, OP_hardtanh, in, NULL);
}

static ga_code
read_swish(onnx_reading *r)
{
    return onnx_read_unary(r, OP_hard_swish);
}

const op_onnx op_onnx_hardtanh = { 0 };
const op_onnx op_onnx_relu6 = { 0 };
const op_onnx op_onnx_hard_sigmoid = {
    .operator = "HardSigmoid", .least = 1, .most = 1, .attributes = { "alpha", "beta" }, .network = true, .read = read_sigmoid,
};
const op_onnx op_onnx_hard_swish = { .operator = "HardSwish", .least = 1, .most = 1, .network = true, .read = read_swish };

#define OP_TEMPLATE "op/hard_tmpl.c"
#include "op/every_format.h"
