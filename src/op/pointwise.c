/* SPDX-License-Identifier: Apache-2.0 */
/* pointwise.c -- what gradients are made of between layers: scale, r = f a for a number f; mul, r = a b element by element; add,
   r = a + b, which joins the gradients of a value that is used twice. */
#include "graph/builder.h"
#include "pass/op_ball.h"

static void
differentiate_scale(builder *b, const instruction *i, value_id gradient)
{
    if (builder_wants(b, i->in[0]))
        builder_contribute(b, i->in[0], builder_emit(b, OP_scale, (value_id[]){ gradient, i->in[1] }, NULL));
}

const op_graph op_graph_scale = {
    .name = "scale", .n_in = 2, .n_out = 1, .out = { "scaled" }, .shape = op_same_shape, .differentiate = differentiate_scale,
};

const op_graph op_graph_mul = { .name = "mul", .n_in = 2, .n_out = 1, .out = { "product" }, .shape = op_same_shape };

static void
differentiate_add(builder *b, const instruction *i, value_id gradient)
{
    for (size_t k = 0; k < 2; k++)
        if (builder_wants(b, i->in[k]))
            builder_contribute(b, i->in[k], gradient);
}

static const char *
add_shape(op_value *const *out, const op_value *const *in, op_attributes *a)
{
    op_same_shape(out, in, a);
    return in[0]->rows == in[1]->rows && in[0]->cols == in[1]->cols ? NULL : "the two do not have the same shape";
}

const op_graph op_graph_add = {
    .name = "add", .n_in = 2, .n_out = 1, .out = { "sum" }, .shape = add_shape, .differentiate = differentiate_add,
};

const op_ball op_ball_scale = { .enclosed = true };
const op_ball op_ball_mul = { .enclosed = true };
const op_ball op_ball_add = { .enclosed = true };

#define OP_TEMPLATE "op/pointwise_tmpl.c"
#include "op/every_format.h"
