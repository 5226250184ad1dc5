/* SPDX-License-Identifier: Apache-2.0 */
/* softmax_rows.c -- softmax and log-softmax inside a network: s = softmax(x) of each row of an image's numbers. With m = max x:
   s_k = e^(x_k - m) / sum e^(x_k - m).

   The gradient is d = s e with e_k = g_k - sum_j g_j s_j, an operation of its own, softmax_back. naive: so. rewrite: because the
   s_j sum to 1, e_k = sum_{j != k} s_j (g_k - g_j), within gamma_(n+2) sum_{j != k} s_j |g_k - g_j| of that of the computed s and g
   for n numbers of a row, unless a difference overflows or a product underflows (gamma_n = n u/(1 - n u)): nothing of the size of
   g_k is taken from g_k, and e_k is not lost where s_k rounds to 1. So that blame has sums, c_k = 1 - s_k is an operation too,
   softmax_others, and e_k is c_k g_k - sum_{j != k} s_j g_j. naive: c_k is 1 - s_k, absorbed once s_k rounds to 1. rewrite: the
   sum of the other s_j.

   masked_softmax is the same of the part of each row where a constant, of as many numbers as an image has, is 1 and not 0: the
   other s_k are 0, and so are their gradients.

   log_softmax_rows is l_k = x_k - m - log sum e^(x_k - m) (num/softmax_tmpl.c). Its gradient is e_k = g_k - s_k sum_j g_j, an
   operation of its own, log_softmax_back, with s = e^l, softmax_of_log. naive: so. rewrite, and for blame:
   e_k = c_k g_k - s_k sum_{j != k} g_j with the same c_k. */
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

static void
differentiate_log(builder *b, const instruction *i, value_id gradient)
{
    if (!builder_wants(b, i->in[0]))
        return;
    const value_id s = builder_emit(b, OP_softmax_of_log, i->out, &i->a), c = builder_emit(b, OP_softmax_others, &s, &i->a);
    builder_contribute(b, i->in[0], builder_emit(b, OP_log_softmax_back, (value_id[]){ c, s, gradient }, &i->a));
}

const op_graph op_graph_log_softmax_rows = {
    .name = "log-softmax of rows", .n_in = 1, .n_out = 1, .out = { "log-probability" }, .shape = shape,
    .differentiate = differentiate_log,
};
const op_graph op_graph_softmax_of_log = {
    .name = "softmax of its logarithm", .n_in = 1, .n_out = 1, .out = { "probability" }, .passes = true, .shape = op_same_shape,
};
const op_graph op_graph_log_softmax_back = {
    .name = "log-softmax back", .n_in = 3, .n_out = 1, .out = { "centred gradient" }, .shape = op_same_shape,
};

#define OTHER_COLUMNS(op)                                                                                                          \
    const op_ball op_ball_##op = { .enclosed = true };                                                                             \
    const op_bound op_bound_##op = { 0 };                                                                                          \
    const op_thresholds op_thresholds_##op = { 0 };
OTHER_COLUMNS(softmax_rows)
OTHER_COLUMNS(masked_softmax)
OTHER_COLUMNS(log_softmax_rows)
OTHER_COLUMNS(softmax_others)
OTHER_COLUMNS(softmax_back)
OTHER_COLUMNS(softmax_of_log)
OTHER_COLUMNS(log_softmax_back)
#undef OTHER_COLUMNS
const op_onnx op_onnx_softmax_rows = { 0 }; /* see end.c */
const op_onnx op_onnx_masked_softmax = { 0 };
const op_onnx op_onnx_log_softmax_rows = { 0 };
const op_onnx op_onnx_softmax_others = { 0 };
const op_onnx op_onnx_softmax_back = { 0 };
const op_onnx op_onnx_softmax_of_log = { 0 };
const op_onnx op_onnx_log_softmax_back = { 0 };

#define OP_TEMPLATE "op/softmax_rows_tmpl.c"
#include "op/every_format.h"
