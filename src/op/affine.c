/* SPDX-License-Identifier: Apache-2.0 */
/* affine.c -- u = x W^T + b, a row for each image; its gradients are operations of their own: to x, g W; to W, g^T x; to b, the
   column sums of g. */
#include "graph/builder.h"

static void
shape(op_value *const *out, const op_value *const *in)
{
    out[0]->cols = in[1]->rows;
}

static void
differentiate(builder *b, const instruction *i, value_id gradient)
{
    const value_id x = i->in[0], weight = i->in[1], bias = i->in[2];
    if (builder_wants(b, weight))
        builder_contribute(b, weight, builder_emit(b, OP_affine_weight, (value_id[]){ gradient, x }));
    if (builder_wants(b, bias))
        builder_contribute(b, bias, builder_emit(b, OP_affine_bias, &gradient));
    if (builder_wants(b, x))
        builder_contribute(b, x, builder_emit(b, OP_affine_input, (value_id[]){ gradient, weight }));
}

const op_graph op_graph_affine = {
    .name = "affine", .n_in = 3, .n_out = 1, .out = { "sum" }, .prepared = 1, .shape = shape, .differentiate = differentiate,
};

static void
input_shape(op_value *const *out, const op_value *const *in)
{
    out[0]->cols = in[1]->cols;
}

const op_graph op_graph_affine_input = {
    .name = "affine input", .n_in = 2, .n_out = 1, .out = { "back-sum" }, .shape = input_shape,
};

static void
weight_shape(op_value *const *out, const op_value *const *in)
{
    out[0]->rows = in[0]->cols;
    out[0]->cols = in[1]->cols;
}

const op_graph op_graph_affine_weight = {
    .name = "affine weight", .n_in = 2, .n_out = 1, .out = { "weight gradient" }, .shape = weight_shape,
};

static void
bias_shape(op_value *const *out, const op_value *const *in)
{
    out[0]->rows = 1;
    out[0]->cols = in[0]->cols;
}

const op_graph op_graph_affine_bias = {
    .name = "affine bias", .n_in = 1, .n_out = 1, .out = { "bias gradient" }, .shape = bias_shape,
};

#define OP_TEMPLATE "op/affine_tmpl.c"
#include "op/every_format.h"
