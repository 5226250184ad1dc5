/* SPDX-License-Identifier: Apache-2.0 */
/* matmul.c -- products of two values of an image, matrix by matrix: z_b = x_b y_b for b = 1, ..., B, with x_b of m x k numbers and
   y_b of k x n, one matrix after the other. Their gradients are products too: dx_b = g_b y_b^T, dy_b = x_b^T g_b. Each sum is that
   of the format's product (gemm/gemm_tmpl.h), for each image by itself. */
#include "audit/op_thresholds.h"
#include "exact/op_bound.h"
#include "graph/builder.h"
#include "io/op_onnx.h"
#include "op/matmul.h"
#include "pass/op_ball.h"

static const char *
shape(op_value *const *out, const op_value *const *in, op_attributes *a)
{
    const matmul_sizes s = matmul_sizes_of(a);
    op_set_shape(out[0], s.n_matrices == 1 ? &(op_shape){ 3, { s.m, 1, s.n } } : &(op_shape){ 3, { s.n_matrices, s.m, s.n } });
    return in[0]->cols == s.n_matrices * s.m * s.k && in[1]->cols == s.n_matrices * s.k * s.n
               ? NULL : "the two matrices do not fit together";
}

static void
differentiate(builder *b, const instruction *i, value_id gradient)
{
    if (builder_wants(b, i->in[0]))
        builder_contribute(b, i->in[0], builder_emit(b, OP_matmul_left, (value_id[]){ gradient, i->in[1] }, &i->a));
    if (builder_wants(b, i->in[1]))
        builder_contribute(b, i->in[1], builder_emit(b, OP_matmul_right, (value_id[]){ gradient, i->in[0] }, &i->a));
}

const op_graph op_graph_matmul = {
    .name = "matmul", .mixes = true, .n_in = 2, .n_out = 1, .out = { "sum" }, .down = { false, true }, .shape = shape,
    .differentiate = differentiate,
};

static const char *
left_shape(op_value *const *out, const op_value *const *in, op_attributes *a)
{
    const matmul_sizes s = matmul_sizes_of(a);
    (void)in;
    op_set_shape(out[0], &(op_shape){ 3, { s.n_matrices, s.m, s.k } });
    return NULL;
}

const op_graph op_graph_matmul_left = {
    .name = "matmul left", .mixes = true, .n_in = 2, .n_out = 1, .out = { "back-sum" }, .shape = left_shape,
};

static const char *
right_shape(op_value *const *out, const op_value *const *in, op_attributes *a)
{
    const matmul_sizes s = matmul_sizes_of(a);
    (void)in;
    op_set_shape(out[0], &(op_shape){ 3, { s.n_matrices, s.k, s.n } });
    return NULL;
}

const op_graph op_graph_matmul_right = {
    .name = "matmul right", .mixes = true, .n_in = 2, .n_out = 1, .out = { "back-sum" }, .down = { true, true },
    .shape = right_shape,
};

const op_ball op_ball_matmul = { .enclosed = true };
const op_ball op_ball_matmul_left = { .enclosed = true };
const op_ball op_ball_matmul_right = { .enclosed = true };
const op_bound op_bound_matmul = { 0 };
const op_bound op_bound_matmul_left = { 0 };
const op_bound op_bound_matmul_right = { 0 };
const op_onnx op_onnx_matmul = { 0 }; /* see affine.c, and matmul_onnx.c */
const op_onnx op_onnx_matmul_left = { 0 };
const op_onnx op_onnx_matmul_right = { 0 };
const op_thresholds op_thresholds_matmul = { 0 };
const op_thresholds op_thresholds_matmul_left = { 0 };
const op_thresholds op_thresholds_matmul_right = { 0 };

#define OP_TEMPLATE "op/matmul_tmpl.c"
#include "op/every_format.h"
