/* SPDX-License-Identifier: Apache-2.0 */
/* div.c -- a quotient of two values, element by element: r = a/b, and d = -a/b^2, its derivative to b; naive: d = -(r/b). That to a
   goes back by quotients too, g/b: quotient, which has no derivative of its own. */
#include "audit/op_thresholds.h"
#include "exact/op_bound.h"
#include "graph/builder.h"
#include "io/op_onnx.h"
#include "pass/op_ball.h"

static const char *
unlike(const op_value *const *in)
{
    return in[0]->rows == in[1]->rows && in[0]->cols == in[1]->cols ? NULL : "the two do not have the same shape";
}

static const char *
shape(op_value *const *out, const op_value *const *in, op_attributes *a)
{
    op_two_of_same_shape(out, in, a);
    return unlike(in);
}

static const char *
shape_of_one(op_value *const *out, const op_value *const *in, op_attributes *a)
{
    op_same_shape(out, in, a);
    return unlike(in);
}

/* Where a and b are one value the two gradients are joined by an add. */
static void
differentiate(builder *b, const instruction *i, value_id gradient)
{
    if (builder_wants(b, i->in[0]))
        builder_contribute(b, i->in[0], builder_emit(b, OP_quotient, (value_id[]){ gradient, i->in[1] }, NULL));
    if (builder_wants(b, i->in[1]))
        builder_contribute(b, i->in[1], builder_emit(b, OP_mul, (value_id[]){ gradient, i->out[1] }, NULL));
}

const op_graph op_graph_div = {
    .name = "div", .n_in = 2, .n_out = 2, .out = { "quotient", "derivative" }, .shape = shape, .differentiate = differentiate,
};
const op_graph op_graph_quotient = { .name = "quotient", .n_in = 2, .n_out = 1, .out = { "quotient" }, .shape = shape_of_one };

const op_ball op_ball_div = { .enclosed = true, .same = AS_OPERANDS };
const op_ball op_ball_quotient = { .enclosed = true };
const op_bound op_bound_div = { 0 };
const op_bound op_bound_quotient = { 0 };
const op_onnx op_onnx_quotient = { 0 };
const op_thresholds op_thresholds_div = { 0 };
const op_thresholds op_thresholds_quotient = { 0 };

static bool
divides(const Onnx__GraphProto *graph)
{
    return onnx_is_inner(graph, "Div");
}

/* c/x of one number c that is 1 is a reciprocal, which is 1/x exactly as c/x is. */
static ga_code
read_over(onnx_reading *r)
{
    graph_operand in[2] = { r->in[0]->at };
    const onnx_array *const c = &r->in[1]->array;
    if (!r->chain->source->look && c->n == 1 && onnx_array_number(c, 0) == 1)
        return onnx_emit_same(r, OP_reciprocal, in, NULL);
    const ga_code code = onnx_spread(in + 1, r, USE_AS_IT_IS);
    return code == GA_OK ? onnx_emit_same(r, OP_over, in, NULL) : code;
}

static ga_code
read(onnx_reading *r)
{
    bool swapped;
    graph_operand in[2];
    ga_code code = onnx_two(&swapped, r);
    if (code != GA_OK || swapped)
        return code == GA_OK ? read_over(r) : code;
    in[0] = r->in[0]->at;
    in[1] = r->in[1]->at;
    if (!r->in[1]->constant)
        return onnx_emit_same(r, OP_div, in, NULL);
    return (code = onnx_spread(in + 1, r, USE_DIVIDE)) == GA_OK ? onnx_emit_same(r, OP_constant_div, in, NULL) : code;
}

const op_onnx op_onnx_div = { .operator = "Div", .least = 2, .most = 2, .no_chain = divides, .read = read };
const op_onnx op_onnx_constant_div = { 0 };

#define OP_TEMPLATE "op/div_tmpl.c"
#include "op/every_format.h"
