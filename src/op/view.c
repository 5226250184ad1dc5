/* SPDX-License-Identifier: Apache-2.0 */
/* view.c -- numbers of a value in other places: view, those that view.h says, or 0 (slices, padding, dimensions in another order);
   the gradient of a number is that of where it has gone, or 0. concat, the numbers of two values side by side. How they are read
   from ONNX files is in view_onnx.c. */
#include "audit/op_thresholds.h"
#include "graph/builder.h"
#include "op/view.h"
#include "pass/op_ball.h"

static const char *
shape(op_value *const *out, const op_value *const *in, op_attributes *a)
{
    op_set_shape(out[0], &a->to);
    return in[0]->cols == view_size(&a->from) ? NULL : "its shape is not that of what it takes";
}

static void
differentiate(builder *b, const instruction *i, value_id gradient)
{
    if (builder_wants(b, i->in[0]))
        builder_contribute(b, i->in[0], builder_emit(b, OP_view_input, &gradient, &i->a));
}

const op_graph op_graph_view = {
    .name = "view", .n_in = 1, .n_out = 1, .out = { "view" }, .copies = true, .shape = shape, .differentiate = differentiate,
};

static const char *
input_shape(op_value *const *out, const op_value *const *in, op_attributes *a)
{
    op_set_shape(out[0], &a->from);
    return in[0]->cols == view_size(&a->to) ? NULL : "its shape is not that of what it takes";
}

/* As what a transposed convolution takes, with 0 between its numbers; `from` is then what it makes. */
static void
differentiate_input(builder *b, const instruction *i, value_id gradient)
{
    if (builder_wants(b, i->in[0]))
        builder_contribute(b, i->in[0], builder_emit(b, OP_view, &gradient, &i->a));
}

const op_graph op_graph_view_input = {
    .name = "view input", .n_in = 1, .n_out = 1, .out = { "gathered numbers" }, .copies = true, .shape = input_shape,
    .differentiate = differentiate_input,
};

/* Of the attributes `to`, what it makes, `from`, of what shape the first is, and axis[0], along which the second follows it. */
static const char *
concat_shape(op_value *const *out, const op_value *const *in, op_attributes *a)
{
    op_set_shape(out[0], &a->to);
    return in[0]->cols == view_size(&a->from) && in[0]->cols + in[1]->cols == out[0]->cols ? NULL : "its parts do not fit together";
}

static void
differentiate_concat(builder *b, const instruction *i, value_id gradient)
{
    const size_t side = i->a.axis[0];
    for (size_t k = 0; k < 2; k++) {
        op_attributes a = { .from = i->a.to, .to = i->a.from };
        if (!builder_wants(b, i->in[k]))
            continue;
        for (size_t d = 0; d < OP_DIMS; d++) {
            a.axis[d] = d;
            a.step[d] = 1;
        }
        a.first[side] = k == 0 ? 0 : (ptrdiff_t)i->a.from.dim[side];
        a.to.dim[side] = k == 0 ? i->a.from.dim[side] : i->a.to.dim[side] - i->a.from.dim[side];
        builder_contribute(b, i->in[k], builder_emit(b, OP_view, &gradient, &a));
    }
}

const op_graph op_graph_concat = {
    .name = "concat", .n_in = 2, .n_out = 1, .out = { "parts" }, .shape = concat_shape, .differentiate = differentiate_concat,
};

const op_ball op_ball_view = { .enclosed = true, .same = AS_CHOSEN };
const op_ball op_ball_view_input = { .enclosed = true, .same = AS_CHOSEN };
const op_ball op_ball_concat = { .enclosed = true, .same = AS_JOINED };
const op_thresholds op_thresholds_view = { 0 };
const op_thresholds op_thresholds_view_input = { 0 };
const op_thresholds op_thresholds_concat = { 0 };

#define OP_TEMPLATE "op/view_tmpl.c"
#include "op/every_format.h"
