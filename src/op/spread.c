/* SPDX-License-Identifier: Apache-2.0 */
/* spread.c -- expand, each number of a value at several places (broadcasting, and enlarging by whole factors); and sum_over, sums
   of what is at such places, in their order, from 0 on. Each is the derivative of the other. A mean is such a sum, divided by how
   many there are (constant.c). */
#include "audit/op_thresholds.h"
#include "exact/op_bound.h"
#include "graph/builder.h"
#include "io/op_onnx.h"
#include "num/dtype.h"
#include "op/spread.h"
#include "pass/op_ball.h"

/* Of the attributes `from`, the shape of what it takes, and `to`. */
static const char *
shape(op_value *const *out, const op_value *const *in, op_attributes *a)
{
    op_set_shape(out[0], &a->to);
    return in[0]->cols == view_size(&a->from) && (spread_fits(&a->from, &a->to) || spread_fits(&a->to, &a->from))
               ? NULL : "its shape does not fit that of what it takes";
}

static void
differentiate(builder *b, const instruction *i, value_id gradient)
{
    const op_attributes a = { .from = i->a.to, .to = i->a.from };
    if (builder_wants(b, i->in[0]))
        builder_contribute(b, i->in[0], builder_emit(b, i->op == OP_expand ? OP_sum_over : OP_expand, &gradient, &a));
}

const op_graph op_graph_expand = {
    .name = "expand", .n_in = 1, .n_out = 1, .out = { "copies" }, .copies = true, .shape = shape, .differentiate = differentiate,
};
const op_graph op_graph_sum_over = {
    .name = "sum over", .n_in = 1, .n_out = 1, .out = { "sum" }, .shape = shape, .differentiate = differentiate,
};

const op_ball op_ball_expand = { .enclosed = true, .same = AS_CHOSEN };
const op_ball op_ball_sum_over = { .enclosed = true, .same = AS_SUMS };
const op_bound op_bound_expand = { 0 };
const op_bound op_bound_sum_over = { 0 };
const op_thresholds op_thresholds_expand = { 0 };
const op_thresholds op_thresholds_sum_over = { 0 };

#define OP_TEMPLATE "op/spread_tmpl.c"
#include "op/every_format.h"
