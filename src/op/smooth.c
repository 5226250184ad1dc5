/* SPDX-License-Identifier: Apache-2.0 */
/* smooth.c -- a = f(z), and d = f'(z), for the functions of num/smooth.def */
#include "graph/builder.h"
#include "io/op_onnx.h"
#include "num/smooth.h"
#include "pass/op_ball.h"

/* Gelu is one of two functions; Swish is x sigma(alpha x), and Elu has alpha (e^x - 1), which is smooth with 1 only. */
static ga_code
read(onnx_reading *r)
{
    bool tanh = false;
    const op_id op = onnx_operation(r->chain->node->op_type);
    double alpha = 1;
    ga_code code = GA_OK;
    if (op == OP_gelu)
        code = onnx_gelu(&tanh, r->chain);
    else if (op == OP_silu)
        code = onnx_need_one(r->chain, "alpha");
    else if (op == OP_elu && (code = onnx_need_flow(r, 0)) == GA_OK)
        code = onnx_number(&alpha, r, "alpha", 1);
    if (code == GA_OK && alpha != 1)
        return onnx_scaled_elu(r, alpha, 1);
    return code == GA_OK ? onnx_read_unary(r, tanh ? OP_gelu_tanh : op) : code;
}

#define SMOOTH(f, words, keeps_zero, onnx, takes, only_graphs)                                                                     \
    const op_graph op_graph_##f = {                                                                                                \
        .name = words,                                                                                                             \
        .n_in = 1,                                                                                                                 \
        .n_out = 2,                                                                                                                \
        .out = { "activation", "derivative" },                                                                                     \
        .shape = op_two_of_same_shape,                                                                                             \
        .differentiate = op_times_derivative,                                                                                      \
    };                                                                                                                             \
    const op_ball op_ball_##f = { .enclosed = true, .same = keeps_zero ? KEEPS_ZERO : AS_OPERAND };                                \
    const op_onnx op_onnx_##f = { .operator = onnx, .least = 1, .most = 1, .attributes = { takes }, .network = only_graphs,        \
                                  .read = read };
#include "num/smooth.def"
#undef SMOOTH

#define OP_TEMPLATE "op/smooth_tmpl.c"
#include "op/every_format.h"
