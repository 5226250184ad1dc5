/* SPDX-License-Identifier: Apache-2.0 */
/* end.c -- what a network makes of its logits at its own end: softmax, log softmax. Losses take the logits. */
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

static ga_code
read(onnx_reading *r)
{
    const op_id end = strcmp(r->chain->node->op_type, "Softmax") == 0 ? OP_softmax : OP_log_softmax;
    const Onnx__AttributeProto *const axis = onnx_attribute(r->chain->node, "axis");
    ga_code code = onnx_need_flow(r, 0);
    if (code != GA_OK || (code = onnx_need_open(r)) != GA_OK)
        return code;
    const onnx_value *const x = r->in[0];
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

const op_onnx op_onnx_softmax = { .operator = "Softmax", .least = 1, .most = 1, .attributes = { "axis" }, .read = read };
const op_onnx op_onnx_log_softmax = { .operator = "LogSoftmax", .least = 1, .most = 1, .attributes = { "axis" }, .read = read };
const op_thresholds op_thresholds_softmax = { 0 };

#define OP_TEMPLATE "op/end_tmpl.c"
#include "op/every_format.h"
