/* SPDX-License-Identifier: Apache-2.0 */
/* constant.c -- a value and a constant of the network, element by element: r = a c, a + c or a / c, where c has one number for so
   many of an image's: one for all, for each channel, or for each number. Nobody trains c. A quotient is rounded once, in every
   format: a / c, not a (1 / c); so is that of its gradient, g / c. */
#include "audit/op_thresholds.h"
#include "graph/builder.h"
#include "io/op_onnx.h"
#include "pass/op_ball.h"

static const char *
shape(op_value *const *out, const op_value *const *in, op_attributes *a)
{
    op_same_shape(out, in, a);
    return in[1]->rows == 1 && in[0]->cols % in[1]->cols == 0 ? NULL : "the constant does not fit the value";
}

/* By the same constant. */
static void
differentiate_same(builder *b, const instruction *i, value_id gradient)
{
    if (builder_wants(b, i->in[0]))
        builder_contribute(b, i->in[0], builder_emit(b, i->op, (value_id[]){ gradient, i->in[1] }, NULL));
}

static void
differentiate_add(builder *b, const instruction *i, value_id gradient)
{
    if (builder_wants(b, i->in[0]))
        builder_contribute(b, i->in[0], gradient);
}

const op_graph op_graph_constant_mul = {
    .name = "mul by constants", .n_in = 2, .n_out = 1, .out = { "product" }, .shape = shape, .differentiate = differentiate_same,
};
const op_graph op_graph_constant_add = {
    .name = "add of constants", .n_in = 2, .n_out = 1, .out = { "sum" }, .shape = shape, .differentiate = differentiate_add,
};
const op_graph op_graph_constant_div = {
    .name = "div by constants", .n_in = 2, .n_out = 1, .out = { "quotient" }, .shape = shape, .differentiate = differentiate_same,
};

const op_ball op_ball_constant_mul = { .enclosed = true, .same = ZERO_WITH_CONSTANT };
const op_ball op_ball_constant_add = { .enclosed = true, .same = WITH_CONSTANT };
const op_ball op_ball_constant_div = { .enclosed = true, .same = ZERO_WITH_CONSTANT };

const op_onnx op_onnx_constant_mul = { 0 }; /* see pointwise.c, and div.c */
const op_thresholds op_thresholds_constant_mul = { 0 };
const op_thresholds op_thresholds_constant_add = { 0 };
const op_thresholds op_thresholds_constant_div = { 0 };

#define OP_TEMPLATE "op/constant_tmpl.c"
#include "op/every_format.h"
