/* SPDX-License-Identifier: Apache-2.0 */
/* layer_norm.c -- layer normalisation of each row of an image's numbers: y = (x - mean) r with r = 1 / sqrt(v + eps), where the
   mean and v, the mean of (x - mean)^2, are those of the row's n numbers, in two passes. Scale and bias are operations of their own
   (constant.c). Rows that hold no image are 0.

   The gradient is r (g - mean g - y mean(g y)), of operations on rows: row_sums, sum g; row_dot, sum g y; layer_back,
   e = g - m - y p of a row's numbers m and p; row_mul, e r of a row's number r. */
#include "audit/op_thresholds.h"
#include "exact/op_bound.h"
#include "graph/builder.h"
#include "io/op_onnx.h"
#include "pass/op_ball.h"

/* x, eps, n. */
static const char *
shape(op_value *const *out, const op_value *const *in, op_attributes *a)
{
    op_same_shape(out, in, a);
    op_set_shape(out[1], &(op_shape){ 1, { op_rows(a) } });
    return op_set_rows(a, in[0]->cols);
}

static void
differentiate(builder *b, const instruction *i, value_id g)
{
    if (!builder_wants(b, i->in[0]))
        return;
    const value_id y = i->out[0], n = i->in[2];
    const value_id sum = builder_emit(b, OP_row_sums, &g, &i->a), dot = builder_emit(b, OP_row_dot, (value_id[]){ g, y }, &i->a);
    const value_id mean = builder_emit(b, OP_constant_div, (value_id[]){ sum, n }, NULL);
    const value_id part = builder_emit(b, OP_constant_div, (value_id[]){ dot, n }, NULL);
    const value_id e = builder_emit(b, OP_layer_back, (value_id[]){ g, mean, y, part }, &i->a);
    builder_contribute(b, i->in[0], builder_emit(b, OP_row_mul, (value_id[]){ e, i->out[1] }, &i->a));
}

const op_graph op_graph_layer_norm = {
    .name = "layer norm", .n_in = 3, .n_out = 2, .out = { "normalised value", "factor of a row" }, .passes = true,
    .shape = shape, .differentiate = differentiate,
};
const op_graph op_graph_layer_back = {
    .name = "layer back", .n_in = 4, .n_out = 1, .out = { "centred gradient" }, .shape = op_same_shape,
};

static const char *
number_of_row(op_value *const *out, const op_value *const *in, op_attributes *a)
{
    (void)in;
    op_set_shape(out[0], &(op_shape){ 1, { op_rows(a) } });
    return NULL;
}

const op_graph op_graph_row_sums = {
    .name = "sum of rows", .n_in = 1, .n_out = 1, .out = { "sum of a row" }, .shape = number_of_row,
};
const op_graph op_graph_row_dot = {
    .name = "products of rows", .n_in = 2, .n_out = 1, .out = { "product of a row" }, .shape = number_of_row,
};
const op_graph op_graph_row_mul = {
    .name = "mul of rows", .n_in = 2, .n_out = 1, .out = { "product" }, .shape = op_same_shape,
};

#define OTHER_COLUMNS(op)                                                                                                          \
    const op_ball op_ball_##op = { .enclosed = true };                                                                             \
    const op_bound op_bound_##op = { 0 };                                                                                          \
    const op_thresholds op_thresholds_##op = { 0 };
OTHER_COLUMNS(layer_norm)
OTHER_COLUMNS(layer_back)
OTHER_COLUMNS(row_sums)
OTHER_COLUMNS(row_dot)
OTHER_COLUMNS(row_mul)
const op_onnx op_onnx_row_sums = { 0 };
const op_onnx op_onnx_row_dot = { 0 };
const op_onnx op_onnx_row_mul = { 0 };

/* Times the constant input `from`, or plus it, what the node has made so far; input 0 has its shape. */
static ga_code
spread(onnx_reading *r, size_t from, op_id op)
{
    const onnx_value *const first = r->in[1];
    graph_operand in[2] = { r->out->at };
    ga_code code = onnx_need_constant(r, from);
    if (code != GA_OK)
        return code;
    r->in[1] = r->in[from];
    code = onnx_spread(in + 1, r, USE_AS_IT_IS);
    r->in[1] = first;
    return code == GA_OK ? onnx_emit_same(r, op, in, NULL) : code;
}

/* Of dimensions axis, ..., the last. */
static ga_code
read(onnx_reading *r)
{
    enum { MOST = 1 << 20 };
    const Onnx__AttributeProto *const given = onnx_attribute(r->chain->node, "axis");
    op_attributes a = { .rows = 1 };
    double eps;
    ga_code code = onnx_need_flow(r, 0);
    if (code != GA_OK || (code = onnx_need_constant(r, 1)) != GA_OK ||
        (code = onnx_number(&eps, r, "epsilon", (double)1e-5f)) != GA_OK)
        return code;
    const onnx_value *const x = r->in[0];
    const int64_t dims = (int64_t)x->n_dims, axis = given == NULL ? -1 : given->i, first = axis < 0 ? axis + dims : axis;
    size_t n = 1;
    for (size_t d = 1; d < x->n_dims; d++)
        *((int64_t)d < first ? &a.rows : &n) *= x->dim[d];
    if (first < 1 || first >= dims || n > MOST)
        return NODE_FAULT(r->chain, "%s is not of dimensions behind that of the images, of up to %d numbers",
                          r->chain->node->op_type, MOST);
    if (!(eps > 0))
        return NODE_FAULT(r->chain, "its epsilon is not positive: %s of one that is is read", r->chain->node->op_type);
    graph_operand in[3] = { x->at };
    if ((code = onnx_constant(in + 1, r, eps)) != GA_OK || (code = onnx_constant(in + 2, r, (double)n)) != GA_OK ||
        (code = onnx_emit_same(r, OP_layer_norm, in, &a)) != GA_OK || (code = spread(r, 1, OP_constant_mul)) != GA_OK)
        return code;
    return r->n_in > 2 && r->in[2] != NULL ? spread(r, 2, OP_constant_add) : GA_OK;
}

/* Of each channel of an image, with a scale and a bias for each. */
static ga_code
read_instances(onnx_reading *r)
{
    op_attributes a = { .rows = 1 };
    onnx_value own[3];
    double eps;
    ga_code code = onnx_need_flow(r, 0);
    if (code != GA_OK || (code = onnx_need_constant(r, 1)) != GA_OK || (code = onnx_need_constant(r, 2)) != GA_OK ||
        (code = onnx_number(&eps, r, "epsilon", (double)1e-5f)) != GA_OK)
        return code;
    const onnx_value *const x = r->in[0];
    const size_t channels = x->dim[1];
    size_t n = 1;
    for (size_t d = 2; d < x->n_dims; d++)
        n *= x->dim[d];
    for (size_t k = 1; k < 3; k++) { /* [channels, 1, ...] */
        own[k] = *r->in[k];
        onnx_array *const c = &own[k].array;
        if (x->n_dims < 3 || c->n_dims != 1 || c->n != channels || !(eps > 0) || n > 1 << 20)
            return NODE_FAULT(r->chain, "its input is not [images, channels, ...], its scale and bias are not one for each of %zu "
                                        "channels, or its epsilon is not positive", channels);
        c->n_dims = x->n_dims - 1;
        for (size_t d = 1; d < c->n_dims; d++)
            c->dim[d] = 1;
        r->in[k] = own + k;
    }
    a.rows = channels;
    graph_operand in[3] = { x->at };
    if ((code = onnx_constant(in + 1, r, eps)) != GA_OK || (code = onnx_constant(in + 2, r, (double)n)) != GA_OK ||
        (code = onnx_emit_same(r, OP_layer_norm, in, &a)) != GA_OK || (code = spread(r, 1, OP_constant_mul)) != GA_OK)
        return code;
    return spread(r, 2, OP_constant_add);
}

const op_onnx op_onnx_layer_back = {
    .operator = "InstanceNormalization", .least = 3, .most = 3, .attributes = { "epsilon" }, .network = true,
    .read = read_instances,
};

const op_onnx op_onnx_layer_norm = {
    .operator = "LayerNormalization", .least = 2, .most = 3, .attributes = { "axis", "epsilon", "stash_type" }, .network = true,
    .read = read,
};

#define OP_TEMPLATE "op/layer_norm_tmpl.c"
#include "op/every_format.h"
