/* SPDX-License-Identifier: Apache-2.0 */
/* pointwise.c -- element by element: scale, r = f a for a number f; mul, r = a b; add, r = a + b. Gradients are made of these
   between layers: add joins those of a value that is used twice. scale_gain, sum g r over all images, is the derivative of
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

static const char *
two_of_one_shape(op_value *const *out, const op_value *const *in, op_attributes *a)
{
    op_same_shape(out, in, a);
    return in[0]->rows == in[1]->rows && in[0]->cols == in[1]->cols ? NULL : "the two do not have the same shape";
}

/* Where a and b are one value the two gradients are joined by an add. */
static void
differentiate_mul(builder *b, const instruction *i, value_id gradient)
{
    for (size_t k = 0; k < 2; k++)
        if (builder_wants(b, i->in[k]))
            builder_contribute(b, i->in[k], builder_emit(b, OP_mul, (value_id[]){ gradient, i->in[1 - k] }, NULL));
}

const op_graph op_graph_mul = {
    .name = "mul", .n_in = 2, .n_out = 1, .out = { "product" }, .shape = two_of_one_shape, .differentiate = differentiate_mul,
};

static void
differentiate_add(builder *b, const instruction *i, value_id gradient)
{
    for (size_t k = 0; k < 2; k++)
        if (builder_wants(b, i->in[k]))
            builder_contribute(b, i->in[k], gradient);
}

const op_graph op_graph_add = {
    .name = "add", .n_in = 2, .n_out = 1, .out = { "sum" }, .shape = two_of_one_shape, .differentiate = differentiate_add,
};

const op_ball op_ball_scale = { .enclosed = true, .same = KEEPS_ZERO };
const op_ball op_ball_scale_gain = { .enclosed = false };
const op_ball op_ball_mul = { .enclosed = true, .same = AS_OPERANDS };
const op_ball op_ball_add = { .enclosed = true, .same = AS_OPERANDS };
const op_onnx op_onnx_scale_gain = { 0 };

/* Exact: the same as times -1. */
static ga_code
negate(graph_operand *to, onnx_reading *r, const onnx_value *x)
{
    graph_operand in[2] = { x->at };
    ga_code code = onnx_constant(in + 1, r, -1);
    if (code == GA_OK)
        code = onnx_emit(r, OP_scale, in, NULL);
    *to = r->out->at;
    return code;
}

static ga_code
read_neg(onnx_reading *r)
{
    graph_operand in[2];
    ga_code code = onnx_need_flow(r, 0);
    if (code != GA_OK)
        return code;
    in[0] = r->in[0]->at;
    return (code = onnx_constant(in + 1, r, -1)) == GA_OK ? onnx_emit_same(r, OP_scale, in, NULL) : code;
}

const op_onnx op_onnx_scale = { .operator = "Neg", .least = 1, .most = 1, .network = true, .read = read_neg };

/* With the constant r->in[1], by the one operation if that is one number, else by the other. */
static ga_code
read_constant(onnx_reading *r, graph_operand x, op_id one, op_id many, onnx_use use)
{
    graph_operand in[2] = { x };
    const ga_code code = onnx_spread(in + 1, r, use);
    return code == GA_OK ? onnx_emit_same(r, r->in[1]->array.n == 1 ? one : many, in, NULL) : code;
}

static bool
multiplies(const Onnx__GraphProto *graph)
{
    return onnx_is_inner(graph, "Mul");
}

static ga_code
read_mul(onnx_reading *r)
{
    bool swapped;
    const ga_code code = onnx_two(&swapped, r);
    if (code != GA_OK)
        return code;
    return r->in[1]->constant ? read_constant(r, r->in[0]->at, OP_scale, OP_constant_mul, USE_AS_IT_IS)
                              : onnx_emit_same(r, OP_mul, (graph_operand[]){ r->in[0]->at, r->in[1]->at }, NULL);
}

const op_onnx op_onnx_mul = { .operator = "Mul", .least = 2, .most = 2, .no_chain = multiplies, .read = read_mul };

static bool
subtracts(const Onnx__GraphProto *graph)
{
    return onnx_is_inner(graph, "Sub");
}

/* a + (-b), whose rounding, and the sign of whose 0, is that of a - b. */
static ga_code
read_sub(onnx_reading *r)
{
    graph_operand in[2];
    bool swapped;
    ga_code code = onnx_two(&swapped, r);
    if (code != GA_OK)
        return code;
    in[0] = r->in[0]->at;
    if (r->in[1]->constant && !swapped)
        return read_constant(r, in[0], OP_constant_add, OP_constant_add, USE_SUBTRACT);
    if ((code = negate(in + 1, r, r->in[swapped ? 0 : 1])) != GA_OK)
        return code;
    return swapped ? read_constant(r, in[1], OP_constant_add, OP_constant_add, USE_AS_IT_IS) : onnx_emit_same(r, OP_add, in, NULL);
}

const op_onnx op_onnx_constant_add = { .operator = "Sub", .least = 2, .most = 2, .no_chain = subtracts, .read = read_sub };

static bool
adds(const Onnx__GraphProto *graph)
{
    return onnx_is_inner(graph, "Add");
}

/* Whether the constant is one number, or one for each output of that product, whose value has them in its last dimension. */
static bool
is_bias(const onnx_reading *r, const graph_node *node)
{
    const onnx_value *const x = r->in[0];
    const onnx_array *const c = &r->in[1]->array;
    const size_t n = r->g->parameter[node->in[1].index].rows;
    return x->dim[x->n_dims - 1] == n && onnx_rank(x) >= c->n_dims && (c->n == 1 || (c->n == n && c->dim[c->n_dims - 1] == n)) &&
           c->n_dims <= 2;
}

/* A constant that is added to a product without a bias becomes that: in the product's own node, or, where the product itself is
   read too, in another one. */
static ga_code
read_add(onnx_reading *r)
{
    bool swapped;
    ga_code code = onnx_two(&swapped, r);
    if (code != GA_OK)
        return code;
    const onnx_value *const x = r->in[0];
    if (!r->in[1]->constant)
        return onnx_emit_same(r, OP_add, (graph_operand[]){ x->at, r->in[1]->at }, NULL);
    if (onnx_has_mask(r, &r->in[1]->array))
        return onnx_add_mask(r);
    const graph_node *const node = x->at.from == FROM_NODE ? r->g->node + x->at.index : NULL;
    if (node == NULL || node->op != OP_affine || !r->g->parameter[node->in[2].index].constant || !is_bias(r, node))
        return read_constant(r, x->at, OP_constant_add, OP_constant_add, USE_AS_IT_IS);
    graph_operand in[3] = { node->in[0], node->in[1] };
    const size_t n = r->g->parameter[node->in[1].index].rows;
    if ((code = onnx_need_open(r)) != GA_OK || (code = onnx_parameter(in + 2, r, &r->in[1]->array, 1, n, false, "bias")) != GA_OK)
        return code;
    const op_attributes a = node->a; /* the new node moves it */
    if (x->shared || x->readers > 1)
        return onnx_emit_same(r, OP_affine, in, &a);
    r->g->node[x->at.index].in[2] = in[2];
    r->out->at = x->at;
    r->out->n_dims = x->n_dims;
    memcpy(r->out->dim, x->dim, sizeof x->dim);
    return GA_OK;
}

/* Of the first two, then of what that makes and each other. */
static ga_code
read_sum(onnx_reading *r)
{
    const onnx_value *all[ONNX_INPUTS];
    const size_t n = r->n_in;
    onnx_value sum;
    ga_code code = onnx_need_flow(r, 0);
    memcpy(all, r->in, n * sizeof *all);
    if (code == GA_OK)
        onnx_pass_on(r);
    for (size_t k = 1; k < n && code == GA_OK; k++) {
        sum = *r->out;
        r->in[0] = k == 1 ? all[0] : &sum;
        r->in[1] = all[k];
        r->n_in = 2;
        if ((code = onnx_need_flow(r, 1)) == GA_OK)
            code = read_add(r);
    }
    return code;
}

const op_onnx onnx_sums[] = {
    { .operator = "Sum", .least = 1, .most = ONNX_INPUTS, .network = true, .read = read_sum },
    { .operator = NULL },
};
const op_onnx op_onnx_add = { .operator = "Add", .least = 2, .most = 2, .no_chain = adds, .read = read_add };
const op_thresholds op_thresholds_scale = { 0 };
const op_thresholds op_thresholds_scale_gain = { 0 };
const op_thresholds op_thresholds_mul = { 0 };
const op_thresholds op_thresholds_add = { 0 };

#define OP_TEMPLATE "op/pointwise_tmpl.c"
#include "op/every_format.h"
