/* SPDX-License-Identifier: Apache-2.0 */
/* affine.c -- u = x W^T + b, a row for each image; its gradients are operations of their own: to x, g W; to W, g^T x; to b, the
   column sums of g. */
#include "graph/builder.h"
#include "pass/op_ball.h"

static const char *
shape(op_value *const *out, const op_value *const *in, op_attributes *a)
{
    (void)a;
    if (in[0]->cols != in[1]->cols || in[2]->cols != in[1]->rows)
        return "the weights do not fit the inputs";
    op_set_shape(out[0], &(op_shape){ 1, { in[1]->rows } });
    return NULL;
}

static void
differentiate(builder *b, const instruction *i, value_id gradient)
{
    const value_id x = i->in[0], weight = i->in[1], bias = i->in[2];
    if (builder_wants(b, weight))
        builder_contribute(b, weight, builder_emit(b, OP_affine_weight, (value_id[]){ gradient, x }, NULL));
    if (builder_wants(b, bias))
        builder_contribute(b, bias, builder_emit(b, OP_affine_bias, &gradient, NULL));
    if (builder_wants(b, x))
        builder_contribute(b, x, builder_emit(b, OP_affine_input, (value_id[]){ gradient, weight }, NULL));
}

const op_graph op_graph_affine = {
    .name = "affine", .n_in = 3, .n_out = 1, .out = { "sum" }, .prepared = 1, .shape = shape, .differentiate = differentiate,
};

static const char *
input_shape(op_value *const *out, const op_value *const *in, op_attributes *a)
{
    (void)a;
    op_set_shape(out[0], &(op_shape){ 1, { in[1]->cols } });
    return NULL;
}

const op_graph op_graph_affine_input = {
    .name = "affine input", .n_in = 2, .n_out = 1, .out = { "back-sum" }, .shape = input_shape,
};

static const char *
weight_shape(op_value *const *out, const op_value *const *in, op_attributes *a)
{
    (void)a;
    out[0]->rows = in[0]->cols;
    out[0]->cols = in[1]->cols;
    return NULL;
}

const op_graph op_graph_affine_weight = {
    .name = "affine weight", .n_in = 2, .n_out = 1, .out = { "weight gradient" }, .shape = weight_shape,
};

static const char *
bias_shape(op_value *const *out, const op_value *const *in, op_attributes *a)
{
    (void)a;
    out[0]->rows = 1;
    out[0]->cols = in[0]->cols;
    return NULL;
}

const op_graph op_graph_affine_bias = {
    .name = "affine bias", .n_in = 1, .n_out = 1, .out = { "bias gradient" }, .shape = bias_shape,
};

const op_ball op_ball_affine = { .enclosed = true };
const op_ball op_ball_affine_input = { .enclosed = true };
const op_ball op_ball_affine_weight = { .enclosed = true };
const op_ball op_ball_affine_bias = { .enclosed = true };

#define OP_TEMPLATE "op/affine_tmpl.c"
#include "op/every_format.h"
