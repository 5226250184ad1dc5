/* SPDX-License-Identifier: Apache-2.0 */
/* softmax_rows.c -- softmax inside a network: s = softmax(x) of each row of an image's numbers. With m = max x:
   s_k = e^(x_k - m) / sum e^(x_k - m).

   The gradient is d = s e with e_k = g_k - sum_j g_j s_j, an operation of its own, softmax_back. naive: so. rewrite: because the
   s_j sum to 1, e_k = sum_{j != k} s_j (g_k - g_j), within gamma_(n+2) sum_{j != k} s_j |g_k - g_j| of that of the computed s and g
   for n numbers of a row, unless a difference overflows or a product underflows (gamma_n = n u/(1 - n u)): nothing of the size of
   g_k is taken from g_k, and e_k is not lost where s_k rounds to 1. So that blame has sums, c_k = 1 - s_k is an operation too,
   softmax_others, and e_k is c_k g_k - sum_{j != k} s_j g_j. naive: c_k is 1 - s_k, absorbed once s_k rounds to 1. rewrite: the
   sum of the other s_j.

   masked_softmax is the same of the part of each row where a constant, of as many numbers as an image has, is 1 and not 0: the
   other s_k are 0, and so are their gradients. */
#include "audit/op_thresholds.h"
#include "exact/op_bound.h"
#include "graph/builder.h"
#include "io/op_onnx.h"
#include "pass/op_ball.h"

static const char *
shape(op_value *const *out, const op_value *const *in, op_attributes *a)
{
    op_same_shape(out, in, a);
    return op_set_rows(a, in[0]->cols);
}

static void
differentiate(builder *b, const instruction *i, value_id gradient)
{
    if (!builder_wants(b, i->in[0]))
        return;
    const value_id s = i->out[0], c = builder_emit(b, OP_softmax_others, &s, &i->a);
    const value_id e = builder_emit(b, OP_softmax_back, (value_id[]){ c, s, gradient }, &i->a);
    builder_contribute(b, i->in[0], builder_emit(b, OP_mul, (value_id[]){ e, s }, NULL));
}

const op_graph op_graph_softmax_rows = {
    .name = "softmax of rows", .n_in = 1, .n_out = 1, .out = { "probability" }, .shape = shape, .differentiate = differentiate,
};
static const char *
masked_shape(op_value *const *out, const op_value *const *in, op_attributes *a)
{
    return in[1]->rows == 1 && in[1]->cols == in[0]->cols ? shape(out, in, a) : "the mask does not fit the value";
}

const op_graph op_graph_masked_softmax = {
    .name = "softmax of parts of rows", .n_in = 2, .n_out = 1, .out = { "probability" }, .shape = masked_shape,
    .differentiate = differentiate,
};
const op_graph op_graph_softmax_others = {
    .name = "softmax others", .n_in = 1, .n_out = 1, .out = { "probability of the others" }, .passes = true,
    .shape = op_same_shape,
};
const op_graph op_graph_softmax_back = {
    .name = "softmax back", .n_in = 3, .n_out = 1, .out = { "centred gradient" }, .shape = op_same_shape,
};

const op_ball op_ball_softmax_rows = { .enclosed = true };
const op_ball op_ball_masked_softmax = { .enclosed = true };
const op_ball op_ball_softmax_others = { .enclosed = true };
const op_ball op_ball_softmax_back = { .enclosed = true };
const op_bound op_bound_softmax_rows = { 0 };
const op_bound op_bound_masked_softmax = { 0 };
const op_bound op_bound_softmax_others = { 0 };
const op_bound op_bound_softmax_back = { 0 };
const op_onnx op_onnx_softmax_rows = { 0 }; /* see end.c */
const op_onnx op_onnx_masked_softmax = { 0 };
const op_onnx op_onnx_softmax_others = { 0 };
const op_onnx op_onnx_softmax_back = { 0 };
const op_thresholds op_thresholds_softmax_rows = { 0 };
const op_thresholds op_thresholds_masked_softmax = { 0 };
const op_thresholds op_thresholds_softmax_others = { 0 };
const op_thresholds op_thresholds_softmax_back = { 0 };

#define OP_TEMPLATE "op/softmax_rows_tmpl.c"
#include "op/every_format.h"
