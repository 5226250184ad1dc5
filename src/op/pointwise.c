/* SPDX-License-Identifier: Apache-2.0 */
/* pointwise.c -- what gradients are made of between layers: scale, r = f a for a number f; mul, r = a b element by element; add,
   r = a + b, which joins the gradients of a value that is used twice. scale_gain, sum g r over all images, is the derivative of
   scale to s, f = e^s, for the gradient g of r: df/ds = f. */
#include <string.h>

#include "audit/op_thresholds.h"
#include "graph/builder.h"
#include "io/op_onnx.h"
#include "pass/op_ball.h"

static void
differentiate_scale(builder *b, const instruction *i, value_id gradient)
{
    if (builder_wants(b, i->in[1]))
        builder_contribute(b, i->in[1], builder_emit(b, OP_scale_gain, (value_id[]){ gradient, i->out[0] }, NULL));
    if (builder_wants(b, i->in[0]))
        builder_contribute(b, i->in[0], builder_emit(b, OP_scale, (value_id[]){ gradient, i->in[1] }, NULL));
}

const op_graph op_graph_scale = {
    .name = "scale", .n_in = 2, .n_out = 1, .out = { "scaled value" }, .shape = op_same_shape, .differentiate = differentiate_scale,
};

static const char *
one_number(op_value *const *out, const op_value *const *in, op_attributes *a)
{
    (void)in, (void)a;
    out[0]->rows = out[0]->cols = 1;
    return NULL;
}

const op_graph op_graph_scale_gain = {
    .name = "scale gain", .n_in = 2, .n_out = 1, .out = { "gain gradient" }, .shape = one_number,
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

const op_ball op_ball_scale = { .enclosed = true, .same = KEEPS_ZERO };
const op_ball op_ball_scale_gain = { .enclosed = false };
const op_ball op_ball_mul = { .enclosed = true };
const op_ball op_ball_add = { .enclosed = true, .same = AS_OPERANDS };
const op_onnx op_onnx_scale = { 0 };
const op_onnx op_onnx_scale_gain = { 0 };
const op_onnx op_onnx_mul = { 0 };

/* No chain adds what two nodes make. */
static bool
adds_two(const Onnx__GraphProto *graph)
{
    size_t looks = 0;
    for (size_t k = 0; k < graph->n_node && looks < ONNX_MOST_LOOKS; k++) {
        const Onnx__NodeProto *const node = graph->node[k];
        if (strcmp(ONNX_TEXT(node->op_type), "Add") == 0 && node->n_input == 2 &&
            !onnx_is_constant(graph, node->input[0], &looks) && !onnx_is_constant(graph, node->input[1], &looks))
            return true;
    }
    return false;
}

/* Both have the same dimensions, but for the number of images. */
static bool
same_dims(const onnx_value *a, const onnx_value *b)
{
    bool alike = a->n_dims == b->n_dims;
    for (size_t d = 1; alike && d < a->n_dims; d++)
        alike = a->dim[d] == b->dim[d];
    return alike;
}

/* Of two values that flow; or, of a matrix product, with its bias: in its own node, or, where the product itself is read too, in
   another one. */
static ga_code
read_add(onnx_reading *r)
{
    const bool first = r->in[0] != NULL && !r->in[0]->constant, second = r->in[1] != NULL && !r->in[1]->constant;
    if (first && second && !same_dims(r->in[0], r->in[1]))
        return NODE_FAULT(r->chain, "the two that it adds have other shapes; %s of one shape is read", "Add");
    if (first && second)
        return onnx_emit_same(r, OP_add, (graph_operand[]){ r->in[0]->at, r->in[1]->at }, NULL);
    ga_code code = onnx_need_flow(r, second);
    if (code != GA_OK || (code = onnx_need_constant(r, !second)) != GA_OK)
        return code;
    const onnx_value *const x = r->in[second];
    const onnx_array *const bias = &r->in[!second]->array;
    const graph_node *const node = x->at.from == FROM_NODE ? r->g->node + x->at.index : NULL;
    if (node == NULL || node->op != OP_affine || !r->g->parameter[node->in[2].index].constant)
        return NODE_FAULT(r->chain, "it adds a constant, '%s', to what is no matrix product", bias->name);
    graph_operand in[3] = { node->in[0], node->in[1] };
    if ((code = onnx_need_open(r)) != GA_OK || (code = onnx_bias(in + 2, r, bias, node->shape.dim[0])) != GA_OK)
        return code;
    if (x->shared || x->readers > 1)
        return onnx_emit(r, OP_affine, in, NULL);
    r->g->node[x->at.index].in[2] = in[2];
    r->out->at = x->at;
    r->out->n_dims = x->n_dims;
    memcpy(r->out->dim, x->dim, sizeof x->dim);
    return GA_OK;
}

const op_onnx op_onnx_add = { .operator = "Add", .least = 2, .most = 2, .no_chain = adds_two, .read = read_add };
const op_thresholds op_thresholds_scale = { 0 };
const op_thresholds op_thresholds_scale_gain = { 0 };
const op_thresholds op_thresholds_mul = { 0 };
const op_thresholds op_thresholds_add = { 0 };

#define OP_TEMPLATE "op/pointwise_tmpl.c"
#include "op/every_format.h"
