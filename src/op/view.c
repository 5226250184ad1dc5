/* SPDX-License-Identifier: Apache-2.0 */
/* view.c -- numbers of a value in other places: view, those that view.h says, or 0 (slices, padding, sides in another order); the
   gradient of a number is that of where it has gone, or 0. concat, the numbers of two values one after the other. */
#include <string.h>

#include "audit/op_thresholds.h"
#include "exact/op_bound.h"
#include "graph/builder.h"
#include "io/op_onnx.h"
#include "op/view.h"
#include "pass/op_ball.h"

static void
set_shape(op_value *v, const op_shape *s)
{
    const op_shape row = { 1, { s->dim[2] } };
    op_set_shape(v, s->n_dims == 1 ? &row : s);
}

static const char *
shape(op_value *const *out, const op_value *const *in, op_attributes *a)
{
    set_shape(out[0], &a->to);
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
    (void)in;
    set_shape(out[0], &a->from);
    return NULL;
}

const op_graph op_graph_view_input = {
    .name = "view input", .n_in = 1, .n_out = 1, .out = { "gathered gradient" }, .copies = true, .shape = input_shape,
};

/* Of the attributes `to` and `from`: what it makes, and of what the first is; along the first side that is longer than 1. */
static const char *
concat_shape(op_value *const *out, const op_value *const *in, op_attributes *a)
{
    set_shape(out[0], &a->to);
    return in[0]->cols == view_size(&a->from) && in[0]->cols + in[1]->cols == out[0]->cols ? NULL : "its parts do not fit together";
}

static void
differentiate_concat(builder *b, const instruction *i, value_id gradient)
{
    const size_t side = i->a.to.n_dims == 1 ? 2 : 0;
    for (size_t k = 0; k < 2; k++) {
        op_attributes a = { .from = i->a.to, .to = i->a.from, .axis = { 0, 1, 2 }, .step = { 1, 1, 1 } };
        if (!builder_wants(b, i->in[k]))
            continue;
        a.first[side] = k == 0 ? 0 : (ptrdiff_t)i->a.from.dim[side];
        a.to.dim[side] = k == 0 ? i->a.from.dim[side] : i->a.to.dim[side] - i->a.from.dim[side];
        builder_contribute(b, i->in[k], builder_emit(b, OP_view, &gradient, &a));
    }
}

const op_graph op_graph_concat = {
    .name = "concat", .n_in = 2, .n_out = 1, .out = { "parts" }, .shape = concat_shape, .differentiate = differentiate_concat,
};

const op_ball op_ball_view = { .enclosed = true, .same = AS_CHOSEN };
const op_ball op_ball_view_input = { .enclosed = true };
const op_ball op_ball_concat = { .enclosed = true }; /* classes of two values say nothing of each other */
const op_bound op_bound_view = { 0 };
const op_bound op_bound_view_input = { 0 };
const op_bound op_bound_concat = { 0 };

/* What flows, as three sides; side[d]: which of them its dimension d is. */
static ga_code
read_sides(op_shape *s, size_t side[ONNX_DIMS], const onnx_reading *r, const onnx_value *x)
{
    if (x->n_dims < 2 || x->n_dims > 4)
        return NODE_FAULT(r->chain, "its input has %zu dimensions, not 2 to 4", x->n_dims);
    *s = (op_shape){ x->n_dims == 2 ? 1 : 3, { 1, 1, 1 } };
    for (size_t d = 1; d < x->n_dims; d++) {
        side[d] = x->n_dims == 4 ? d - 1 : d + 1 == x->n_dims ? 2 : 0;
        s->dim[side[d]] = x->dim[d];
    }
    return GA_OK;
}

/* Adds the view, with as many dimensions as its input. */
static ga_code
emit(onnx_reading *r, const op_attributes *a)
{
    const size_t n_dims = r->in[0]->n_dims;
    const ga_code code = view_size(&a->to) > 0 ? onnx_emit(r, OP_view, &r->in[0]->at, a)
                                               : NODE_FAULT(r->chain, "nothing is left by %s", r->chain->node->op_type);
    r->out->n_dims = n_dims;
    if (n_dims == 3 && code == GA_OK)
        r->out->dim[2] = r->out->dim[3];
    return code;
}

static ga_code
read_pad(onnx_reading *r)
{
    const Onnx__AttributeProto *const mode = onnx_attribute(r->chain->node, "mode");
    op_attributes a = { .axis = { 0, 1, 2 }, .step = { 1, 1, 1 } };
    int64_t pad[2 * ONNX_DIMS];
    size_t side[ONNX_DIMS], n;
    double value = 0;
    ga_code code = onnx_need_flow(r, 0);
    if (code != GA_OK || (code = read_sides(&a.from, side, r, r->in[0])) != GA_OK ||
        (code = onnx_integers(pad, &n, 2 * ONNX_DIMS, r, 1, "pads")) != GA_OK ||
        (code = onnx_number(&value, r, "value", 0)) != GA_OK)
        return code;
    if (r->n_in > 2 && r->in[2] != NULL && !r->chain->source->look)
        value = r->in[2]->constant && r->in[2]->array.n == 1 ? onnx_array_number(&r->in[2]->array, 0) : 1;
    const size_t dims = r->in[0]->n_dims;
    if ((mode != NULL && (!mode->has_s || mode->s.len != 8 || memcmp(mode->s.data, "constant", 8) != 0)) || value != 0)
        return NODE_FAULT(r->chain, "it pads with what is not 0: mode constant of %s, with 0, is read", r->chain->node->op_type);
    if (n != 2 * dims || pad[0] != 0 || pad[dims] != 0)
        return NODE_FAULT(r->chain, "its pads are not those of %zu dimensions, with none for the images", dims);
    a.to = a.from;
    bool none = true;
    for (size_t d = 1; d < dims; d++) {
        const int64_t size = (int64_t)r->in[0]->dim[d] + pad[d] + pad[d + dims];
        if (pad[d] < -(1 << 28) || pad[d] > 1 << 28 || pad[d + dims] < -(1 << 28) || pad[d + dims] > 1 << 28)
            return NODE_FAULT(r->chain, "its pads are beyond 2^%d", 28);
        a.first[side[d]] = -(ptrdiff_t)pad[d];
        a.to.dim[side[d]] = size > 0 ? (size_t)size : 0;
        none = none && pad[d] == 0 && pad[d + dims] == 0;
    }
    if (!none)
        return emit(r, &a);
    onnx_pass_on(r);
    return GA_OK;
}

const op_onnx op_onnx_view = {
    .operator = "Pad", .least = 1, .most = 3, .attributes = { "mode", "pads", "value" }, .network = true, .read = read_pad,
};

/* starts[k] to ends[k], counted from the end if below 0, in steps[k], of dimension axes[k]. */
static ga_code
read_slice(onnx_reading *r)
{
    int64_t start[ONNX_DIMS], end[ONNX_DIMS], axis[ONNX_DIMS], step[ONNX_DIMS];
    op_attributes a = { .axis = { 0, 1, 2 }, .step = { 1, 1, 1 } };
    size_t side[ONNX_DIMS], n[4];
    ga_code code = onnx_need_flow(r, 0);
    if (code != GA_OK || (code = read_sides(&a.from, side, r, r->in[0])) != GA_OK ||
        (code = onnx_integers(start, n, ONNX_DIMS, r, 1, "starts")) != GA_OK ||
        (code = onnx_integers(end, n + 1, ONNX_DIMS, r, 2, "ends")) != GA_OK ||
        (code = onnx_integers(axis, n + 2, ONNX_DIMS, r, 3, "axes")) != GA_OK ||
        (code = onnx_integers(step, n + 3, ONNX_DIMS, r, 4, "steps")) != GA_OK)
        return code;
    a.to = a.from;
    for (size_t k = 0; k < n[0] && n[0] == n[1]; k++) {
        const int64_t dims = (int64_t)r->in[0]->n_dims, given = k < n[2] ? axis[k] : (int64_t)k;
        const int64_t d = given < 0 ? given + dims : given, by = k < n[3] ? step[k] : 1;
        if (d < 1 || d >= dims || by == 0 || by < -(1 << 28) || by > 1 << 28)
            return NODE_FAULT(r->chain, "it cuts along the images, or in steps of 0: %s of other dimensions is read",
                              r->chain->node->op_type);
        const int64_t size = (int64_t)r->in[0]->dim[d], least = by > 0 ? 0 : -1, most = by > 0 ? size : size - 1;
        int64_t from = start[k] < 0 ? start[k] + size : start[k], to = end[k] < 0 ? end[k] + size : end[k];
        from = from < 0 ? 0 : from > most ? most : from;
        to = to < least ? least : to > size ? size : to;
        const int64_t length = by > 0 ? (to - from + by - 1) / by : (from - to - by - 1) / -by;
        a.first[side[d]] = (ptrdiff_t)from;
        a.step[side[d]] = (ptrdiff_t)by;
        a.to.dim[side[d]] = length > 0 ? (size_t)length : 0;
    }
    return n[0] == n[1] && n[0] > 0 ? emit(r, &a) : NODE_FAULT(r->chain, "its starts and ends are not one for each axis%s", "");
}

const op_onnx op_onnx_view_input = { /* no operator is that: the place of another one that is a view */
    .operator = "Slice", .least = 1, .most = 5, .attributes = { "starts", "ends", "axes" }, .network = true, .read = read_slice,
};

/* Values that flow, along the dimension after that of the images: two at a time. */
static ga_code
read_concat(onnx_reading *r)
{
    const Onnx__AttributeProto *const given = onnx_attribute(r->chain->node, "axis");
    op_attributes a = { .kernel = { 0 } };
    size_t side[ONNX_DIMS];
    ga_code code = onnx_need_flow(r, 0);
    if (code != GA_OK || (code = read_sides(&a.from, side, r, r->in[0])) != GA_OK)
        return code;
    const onnx_value first = *r->in[0];
    if (given == NULL || !given->has_i || (given->i != 1 && given->i != 1 - (int64_t)first.n_dims))
        return NODE_FAULT(r->chain, "it is not along dimension 1: %s of channels is read", r->chain->node->op_type);
    graph_operand in[2] = { first.at };
    size_t all = first.dim[1];
    for (size_t k = 1; k < r->n_in; k++) {
        const onnx_value *const x = r->in[k];
        if ((code = onnx_need_flow(r, k)) != GA_OK)
            return code;
        if (x->n_dims != first.n_dims || memcmp(x->dim + 2, first.dim + 2, (first.n_dims - 2) * sizeof *x->dim) != 0)
            return NODE_FAULT(r->chain, "its input %zu has another shape than the first, beside the channels", k + 1);
        in[1] = x->at;
        all += x->dim[1];
        a.to = a.from;
        a.to.dim[side[1]] = all;
        if ((code = onnx_emit(r, OP_concat, in, &a)) != GA_OK)
            return code;
        a.from = a.to;
        in[0] = r->out->at;
    }
    r->out->n_dims = first.n_dims;
    memcpy(r->out->dim, first.dim, sizeof first.dim);
    r->out->dim[1] = all;
    return GA_OK;
}

/* Those of a chain are of shapes that it computes. */
static bool
joins(const Onnx__GraphProto *graph)
{
    bool shapes = false;
    for (size_t k = 0; k < graph->n_node; k++)
        shapes = shapes || strcmp(ONNX_TEXT(graph->node[k]->op_type), "Shape") == 0;
    for (size_t k = 0; k < graph->n_node && !shapes; k++)
        if (strcmp(ONNX_TEXT(graph->node[k]->op_type), "Concat") == 0)
            return true;
    return false;
}

const op_onnx op_onnx_concat = {
    .operator = "Concat", .least = 2, .most = ONNX_INPUTS, .attributes = { "axis" }, .no_chain = joins, .read = read_concat,
};
const op_thresholds op_thresholds_view = { 0 };
const op_thresholds op_thresholds_view_input = { 0 };
const op_thresholds op_thresholds_concat = { 0 };

#define OP_TEMPLATE "op/view_tmpl.c"
#include "op/every_format.h"
