/* SPDX-License-Identifier: Apache-2.0 */
/* affine.c -- u = x W^T + b, a row for each image, or several, as for the tokens of one; its gradients are operations of their own:
   to x, g W; to W, g^T x; to b, the column sums of g. */
#include <string.h>

#include "audit/op_thresholds.h"
#include "graph/builder.h"
#include "io/op_onnx.h"
#include "pass/op_ball.h"

static const char *
shape(op_value *const *out, const op_value *const *in, op_attributes *a)
{
    const size_t rows = op_rows(a);
    if (in[0]->cols != rows * in[1]->cols || in[2]->cols != in[1]->rows)
        return "the weights do not fit the inputs";
    op_set_shape(out[0], rows == 1 ? &(op_shape){ 1, { in[1]->rows } } : &(op_shape){ 3, { rows, 1, in[1]->rows } });
    return NULL;
}

static void
differentiate(builder *b, const instruction *i, value_id gradient)
{
    const value_id x = i->in[0], weight = i->in[1], bias = i->in[2];
    if (builder_wants(b, weight))
        builder_contribute(b, weight, builder_emit(b, OP_affine_weight, (value_id[]){ gradient, x }, &i->a));
    if (builder_wants(b, bias))
        builder_contribute(b, bias, builder_emit(b, OP_affine_bias, &gradient, &i->a));
    if (builder_wants(b, x))
        builder_contribute(b, x, builder_emit(b, OP_affine_input, (value_id[]){ gradient, weight }, &i->a));
}

const op_graph op_graph_affine = {
    .name = "affine", .mixes = true, .n_in = 3, .n_out = 1, .out = { "sum" }, .prepared = 1, .shape = shape,
    .differentiate = differentiate,
};

static const char *
input_shape(op_value *const *out, const op_value *const *in, op_attributes *a)
{
    const size_t rows = op_rows(a);
    op_set_shape(out[0], rows == 1 ? &(op_shape){ 1, { in[1]->cols } } : &(op_shape){ 3, { rows, 1, in[1]->cols } });
    return NULL;
}

const op_graph op_graph_affine_input = {
    .name = "affine input", .mixes = true, .n_in = 2, .n_out = 1, .out = { "back-sum" }, .prepared = 1, .down = { false, true },
    .shape = input_shape,
};

static const char *
weight_shape(op_value *const *out, const op_value *const *in, op_attributes *a)
{
    out[0]->rows = in[0]->cols / op_rows(a);
    out[0]->cols = in[1]->cols / op_rows(a);
    return NULL;
}

const op_graph op_graph_affine_weight = {
    .name = "affine weight", .mixes = true, .n_in = 2, .n_out = 1, .out = { "weight gradient" }, .down = { true, true },
    .shape = weight_shape,
};

static const char *
bias_shape(op_value *const *out, const op_value *const *in, op_attributes *a)
{
    out[0]->rows = 1;
    out[0]->cols = in[0]->cols / op_rows(a);
    return NULL;
}

const op_graph op_graph_affine_bias = {
    .name = "affine bias", .mixes = true, .n_in = 1, .n_out = 1, .out = { "bias gradient" }, .shape = bias_shape,
};

const op_ball op_ball_affine = { .enclosed = true };
const op_ball op_ball_affine_input = { .enclosed = true };
const op_ball op_ball_affine_weight = { .enclosed = true };
const op_ball op_ball_affine_bias = { .enclosed = true };

/* The product with W of each row of what flows, [images, ..., inputs]. */
static ga_code
emit(onnx_reading *r, const graph_operand *in, size_t n_in, size_t n_out)
{
    const onnx_value x = *r->in[0]; /* r->out is another value */
    op_attributes a = { .rows = 1 };
    for (size_t d = 1; d + 1 < x.n_dims; d++)
        a.rows *= x.dim[d];
    if (x.dim[x.n_dims - 1] != n_in)
        return NODE_FAULT(r->chain, "%s", "the weights do not fit the inputs");
    const ga_code code = onnx_emit(r, OP_affine, in, &a);
    r->out->n_dims = x.n_dims;
    memcpy(r->out->dim, x.dim, sizeof x.dim);
    r->out->dim[x.n_dims - 1] = n_out;
    return code;
}

/* The graph's input of that name has rows, [images, ..., inputs]. */
static bool
has_rows(const Onnx__GraphProto *graph, const char *name)
{
    for (size_t k = 0; k < graph->n_input; k++) {
        const Onnx__TypeProto *const type = graph->input[k]->type;
        if (strcmp(ONNX_TEXT(graph->input[k]->name), name) == 0)
            return type != NULL && type->value_case == ONNX__TYPE_PROTO__VALUE_TENSOR_TYPE && type->tensor_type->shape != NULL &&
                   type->tensor_type->shape->n_dim > 2;
    }
    return false;
}

/* MatMul of two that flow is no layer, nor is one of a constant first, or of the rows of the input. */
static bool
multiplies(const Onnx__GraphProto *graph)
{
    size_t looks = 0;
    for (size_t k = 0; k < graph->n_node && looks < ONNX_MOST_LOOKS; k++) {
        const Onnx__NodeProto *const node = graph->node[k];
        if (strcmp(ONNX_TEXT(node->op_type), "MatMul") == 0 && node->n_input == 2 &&
            (has_rows(graph, ONNX_TEXT(node->input[0])) || !onnx_is_constant(graph, ONNX_TEXT(node->input[1]), &looks)))
            return true;
    }
    return false;
}

/* Gemm, x W + b or x W^T + b; and MatMul, whose bias an Add may bring, of a matrix of the file or of two that flow. */
static ga_code
read(onnx_reading *r)
{
    const bool gemm = strcmp(r->chain->node->op_type, "Gemm") == 0;
    double alpha = 1, beta = 1;
    size_t turned[2] = { 0, 0 };
    const onnx_value *const first = r->in[0], *const second = r->in[1];
    if (!gemm && first != NULL && second != NULL && first->constant != second->constant &&
        (first->constant || second->array.n_dims != 2))
        return onnx_read_constant_matmul(r);
    ga_code code = onnx_need_flow(r, 0);
    if (code == GA_OK && !gemm && r->in[1] != NULL && !r->in[1]->constant)
        return onnx_read_matmul(r);
    if (code == GA_OK)
        code = onnx_need_constant(r, 1);
    if (code == GA_OK && gemm &&
        ((code = onnx_number(&alpha, r, "alpha", 1)) != GA_OK || (code = onnx_number(&beta, r, "beta", 1)) != GA_OK ||
         (code = onnx_sizes(turned, r, "transA", 1, 0)) != GA_OK || (code = onnx_sizes(turned + 1, r, "transB", 1, 0)) != GA_OK))
        return code;
    if (code != GA_OK)
        return code;
    const onnx_array *const w = &r->in[1]->array;
    const bool biased = r->n_in > 2 && r->in[2] != NULL;
    if (alpha != 1 || beta != 1 || turned[0] != 0)
        return NODE_FAULT(r->chain, "alpha, beta or %s is not the usual", "transA");
    if (w->n_dims != 2 || (gemm && onnx_rank(r->in[0]) != 2) || (biased && (code = onnx_need_constant(r, 2)) != GA_OK))
        return NODE_FAULT(r->chain, "its inputs are not [images, inputs] and a constant matrix%s", biased ? " and a bias" : "");
    const size_t n_out = w->dim[turned[1] == 0], n_in = w->dim[turned[1] != 0];
    const onnx_array *const bias = biased ? &r->in[2]->array : NULL;
    graph_operand in[3] = { r->in[0]->at };
    if ((code = onnx_parameter(in + 1, r, w, n_out, n_in, turned[1] == 0, "weight")) != GA_OK ||
        (code = onnx_bias(in + 2, r, bias, n_out)) != GA_OK)
        return code;
    return emit(r, in, n_in, n_out);
}

const op_onnx op_onnx_affine = {
    .operator = "Gemm", .also = "MatMul", .least = 2, .most = 3, .attributes = { "alpha", "beta", "transA", "transB" },
    .no_chain = multiplies, .read = read,
};
const op_onnx op_onnx_affine_input = { 0 };
const op_onnx op_onnx_affine_weight = { 0 };
const op_onnx op_onnx_affine_bias = { 0 };
const op_thresholds op_thresholds_affine = { 0 };
const op_thresholds op_thresholds_affine_input = { 0 };
const op_thresholds op_thresholds_affine_weight = { 0 };
const op_thresholds op_thresholds_affine_bias = { 0 };

#define OP_TEMPLATE "op/affine_tmpl.c"
#include "op/every_format.h"
