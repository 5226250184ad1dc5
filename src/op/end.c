/* SPDX-License-Identifier: Apache-2.0 */
/* end.c -- what a network makes of its logits at its own end: softmax, log softmax. Losses take the logits. One with
   which something is computed is one of rows (softmax_rows.c). */
#include <string.h>

#include "audit/op_thresholds.h"
#include "blame/op_blame.h"
#include "exact/op_bound.h"
#include "graph/op_graph.h"
#include "io/op_onnx.h"
#include "pass/op_ball.h"

const op_graph op_graph_softmax = { .name = "softmax", .n_in = 1, .n_out = 1, .out = { "probability" }, .shape = op_same_shape };
const op_graph op_graph_log_softmax = {
    .name = "log-softmax", .n_in = 1, .n_out = 1, .out = { "log-probability" }, .shape = op_same_shape,
};

const op_ball op_ball_softmax = { .enclosed = true };
const op_ball op_ball_log_softmax = { .enclosed = true };
const op_bound op_bound_softmax = { 0 };
const op_blame op_blame_softmax = { .runs = NULL };
const op_bound op_bound_log_softmax = { 0 };
const op_blame op_blame_log_softmax = { .runs = NULL };

/* The view of x, which is the first input or of its shape, with dimension d and the last in each other's place; so is r->out. */
static ga_code
swap(onnx_reading *r, graph_operand x, size_t *dim, size_t d)
{
    const size_t dims = r->in[0]->n_dims, last = dims - 1, side = dims == 4 ? d - 1 : 0;
    op_attributes a = { .from = { 3, { 1, 1, 1 } }, .axis = { 0, 1, 2 }, .step = { 1, 1, 1 } };
    for (size_t k = 1; k < dims; k++)
        a.from.dim[dims == 4 ? k - 1 : k == last ? 2 : 0] = dim[k];
    a.to = a.from;
    a.to.dim[side] = a.from.dim[2];
    a.to.dim[2] = a.from.dim[side];
    a.axis[side] = 2;
    a.axis[2] = side;
    const size_t other = dim[d];
    dim[d] = dim[last];
    dim[last] = other;
    return onnx_emit(r, OP_view, &x, &a);
}

/* Along one dimension behind that of the images, or, before operator set 13, along all from its axis on. */
static ga_code
read_inside(onnx_reading *r, op_id op)
{
    const Onnx__AttributeProto *const given = onnx_attribute(r->chain->node, "axis");
    const onnx_value x = *r->in[0]; /* r->out is another value */
    const bool flat = r->chain->set < 13;
    const int64_t dims = (int64_t)x.n_dims, axis = given != NULL && given->has_i ? given->i : flat ? 1 : -1;
    const int64_t d = axis < 0 ? axis + dims : axis;
    const bool swaps = !flat && d + 1 < dims;
    op_attributes a = { .rows = 1 };
    size_t dim[ONNX_DIMS], row = 1;
    if (d < 1 || d >= dims || (swaps && (dims > 4 || x.masked)))
        return NODE_FAULT(r->chain, "%s is not along one dimension, its axis, behind that of the images", r->chain->node->op_type);
    graph_operand at = x.at;
    memcpy(dim, x.dim, sizeof dim);
    ga_code code = GA_OK;
    if (swaps) {
        code = swap(r, at, dim, (size_t)d);
        at = r->out->at;
    }
    for (size_t k = 1; k < x.n_dims; k++)
        *((int64_t)k < (flat ? d : dims - 1) ? &a.rows : &row) *= dim[k];
    if (code == GA_OK && x.masked && (code = onnx_check_rows(r, &x.mask, row)) == GA_OK)
        code = onnx_emit(r, OP_masked_softmax, (graph_operand[]){ at, x.mask }, &a);
    else if (code == GA_OK)
        code = onnx_emit(r, op, &at, &a);
    if (code == GA_OK && swaps)
        code = swap(r, r->out->at, dim, (size_t)d);
    r->out->n_dims = x.n_dims;
    memcpy(r->out->dim, x.dim, sizeof x.dim);
    return code;
}

static ga_code
read(onnx_reading *r)
{
    const op_id end = strcmp(r->chain->node->op_type, "Softmax") == 0 ? OP_softmax : OP_log_softmax;
    const Onnx__AttributeProto *const axis = onnx_attribute(r->chain->node, "axis");
    ga_code code = onnx_need_flow(r, 0);
    if (code != GA_OK || (code = onnx_need_open(r)) != GA_OK)
        return code;
    if (r->out->goes_on)
        return read_inside(r, end == OP_softmax ? OP_softmax_rows : OP_log_softmax_rows);
    const onnx_value *const x = r->in[0];
    if (x->masked)
        return NODE_FAULT(r->chain, "its input is -infinity in places: %s at the end of a network takes finite logits",
                          r->chain->node->op_type);
    if (x->n_dims != 2 || (axis != NULL && axis->i != 1 && axis->i != -1))
        return NODE_FAULT(r->chain, "%s is not of [images, outputs] along the outputs", r->chain->node->op_type);
    if (x->at.from != FROM_NODE || x->at.index + 1 != r->g->n_nodes)
        return NODE_FAULT(r->chain, "%s is not of what the last node makes: a softmax is read at the end of a network only",
                          r->chain->node->op_type);
    r->g->end = end;
    r->out->at = x->at;
    r->out->n_dims = 2;
    r->out->dim[1] = x->dim[1];
    return GA_OK;
}

/* A node that is no other name of it takes what such an operator makes. */
static bool
goes_on(const Onnx__GraphProto *graph, const char *operator)
{
    size_t looks = 0;
    for (size_t k = 0; k < graph->n_node; k++) {
        const Onnx__NodeProto *const softmax = graph->node[k];
        const bool is = strcmp(ONNX_TEXT(softmax->op_type), operator) == 0 && softmax->n_output > 0;
        for (size_t j = 0; is && j < graph->n_node && looks < ONNX_MOST_LOOKS; j++, looks++)
            for (size_t i = 0; i < graph->node[j]->n_input && !onnx_is_rename(graph->node[j]); i++)
                if (strcmp(ONNX_TEXT(graph->node[j]->input[i]), softmax->output[0]) == 0)
                    return true;
    }
    return false;
}

static bool
softmax_goes_on(const Onnx__GraphProto *graph)
{
    return goes_on(graph, "Softmax");
}

static bool
log_softmax_goes_on(const Onnx__GraphProto *graph)
{
    return goes_on(graph, "LogSoftmax");
}

const op_onnx op_onnx_softmax = {
    .operator = "Softmax", .least = 1, .most = 1, .attributes = { "axis" }, .no_chain = softmax_goes_on, .read = read,
};
const op_onnx op_onnx_log_softmax = {
    .operator = "LogSoftmax", .least = 1, .most = 1, .attributes = { "axis" }, .no_chain = log_softmax_goes_on, .read = read,
};
const op_thresholds op_thresholds_softmax = { 0 };

#define OP_TEMPLATE "op/end_tmpl.c"
#include "op/every_format.h"
