/* SPDX-License-Identifier: Apache-2.0 */
/* sum_pool.c -- the sum of each window; a mean is that, divided by how many numbers are counted (constant.c), as in PyTorch. The
   gradient of a number is the sum of the gradients of the windows that have it, in the order of their places. */
#include <string.h>

#include "audit/op_thresholds.h"
#include "graph/builder.h"
#include "io/op_onnx.h"
#include "num/dtype.h"
#include "op/windows.h"
#include "pass/op_ball.h"

static const char *
shape(op_value *const *out, const op_value *const *in, op_attributes *a)
{
    const char *const fault = windows_shape(a, in[0], in[0]->shape.dim[0]);
    a->groups = a->from.dim[0]; /* a channel is made of its own */
    if (fault == NULL)
        op_set_shape(out[0], &a->to);
    return fault;
}

static void
differentiate(builder *b, const instruction *i, value_id gradient)
{
    if (builder_wants(b, i->in[0]))
        builder_contribute(b, i->in[0], builder_emit(b, OP_sum_pool_input, &gradient, &i->a));
}

const op_graph op_graph_sum_pool = {
    .name = "sum pool", .n_in = 1, .n_out = 1, .out = { "sum" }, .shape = shape, .differentiate = differentiate,
};

static const char *
input_shape(op_value *const *out, const op_value *const *in, op_attributes *a)
{
    (void)in;
    op_set_shape(out[0], &a->from);
    return NULL;
}

const op_graph op_graph_sum_pool_input = {
    .name = "sum pool input", .n_in = 1, .n_out = 1, .out = { "back-sum" }, .shape = input_shape,
};

const op_ball op_ball_sum_pool = { .enclosed = true, .same = AS_WINDOWS };
const op_ball op_ball_sum_pool_input = { .enclosed = true };

/* How many numbers of the image the window at a place has. */
static size_t
count(const op_attributes *a, size_t place)
{
    size_t n = 0;
    for (size_t i = 0; i < a->kernel[0]; i++)
        n += windows_row_at(a, place / a->to.dim[2], place % a->to.dim[2], i).n;
    return n;
}

/* The sums of windows, and what they are divided by: how many numbers a window has, with those beyond the border or without. */
static ga_code
read_mean(onnx_reading *r, op_attributes *a, bool padding)
{
    graph_parameter *p;
    graph_operand in[2] = { r->in[0]->at };
    ga_code code = onnx_emit_windows(r, OP_sum_pool, in, a);
    if (code != GA_OK)
        return code;
    *a = r->g->node[r->g->n_nodes - 1].a;
    const size_t places = a->to.dim[1] * a->to.dim[2], n_dims = r->out->n_dims, kernel = a->kernel[0] * a->kernel[1];
    bool alike = true;
    for (size_t k = 0; k < places; k++) {
        if (count(a, k) == 0)
            return NODE_FAULT(r->chain, "a window of %s lies beyond the border as a whole", r->chain->node->op_type);
        alike = alike && (padding || count(a, k) == count(a, 0));
    }
    in[0] = r->out->at;
    if ((code = onnx_own_constant(&p, in + 1, r, 1, alike ? 1 : a->to.dim[0] * places)) != GA_OK)
        return code;
    for (size_t k = 0; k < p->cols; k++)
        dtype_set(r->g->dtype, p->exact, k, (double)(padding ? kernel : count(a, k % places)));
    code = onnx_emit(r, OP_constant_div, in, NULL);
    r->out->n_dims = n_dims;
    if (n_dims == 3)
        r->out->dim[2] = r->out->dim[3];
    return code;
}

static ga_code
read_average(onnx_reading *r)
{
    op_attributes a = { .kernel = { 0 } };
    size_t padding;
    bool last;
    ga_code code = onnx_need_flow(r, 0);
    if (code != GA_OK || (code = onnx_windows(&a, r)) != GA_OK ||
        (code = onnx_sizes(&padding, r, "count_include_pad", 1, 0)) != GA_OK)
        return code;
    const op_attributes said = a;
    if ((code = onnx_pads(&a, &last, r)) != GA_OK)
        return code;
    if (last && padding != 0 && (said.pad[0] | said.pad[1] | said.pad[2] | said.pad[3]) != 0) /* what ceil_mode adds never counts */
        return NODE_FAULT(r->chain, "ceil_mode with pads that count: use %s for them, and it is read", "Pad");
    padding = last ? 0 : padding;
    return read_mean(r, &a, padding != 0);
}

/* Of the whole image. */
static ga_code
read_all(onnx_reading *r)
{
    const onnx_value *const x = r->in[0];
    op_attributes a = { .stride = { 1, 1 } };
    if (x->n_dims != 3 && x->n_dims != 4)
        return NODE_FAULT(r->chain, "its input has %zu dimensions, not [images, channels, height, width]", x->n_dims);
    a.kernel[0] = x->n_dims == 4 ? x->dim[2] : 1;
    a.kernel[1] = x->dim[x->n_dims - 1];
    const ga_code code = onnx_settle(r, 0);
    return code == GA_OK ? read_mean(r, &a, true) : code;
}

static ga_code
read(onnx_reading *r)
{
    const ga_code code = onnx_need_flow(r, 0);
    if (code != GA_OK)
        return code;
    return strcmp(r->chain->node->op_type, "AveragePool") == 0 ? read_average(r) : read_all(r);
}

const op_onnx op_onnx_sum_pool = {
    .operator = "AveragePool", .also = "GlobalAveragePool", .least = 1, .most = 1,
    .attributes = { "auto_pad", "ceil_mode", "count_include_pad", "dilations", "kernel_shape", "pads", "strides" },
    .network = true, .read = read,
};

/* A mean over height and width is one of the whole image, whose dimensions of 1 may be left out. */
static ga_code
read_reduce(onnx_reading *r)
{
    const Onnx__AttributeProto *const a = onnx_attribute(r->chain->node, "axes");
    const onnx_array *const given = r->n_in > 1 && r->in[1] != NULL && r->in[1]->constant ? &r->in[1]->array : NULL;
    size_t keep, empty, seen = 3; /* a bit for each dimension */
    ga_code code = onnx_need_flow(r, 0);
    if (code != GA_OK || (code = onnx_sizes(&keep, r, "keepdims", 1, 1)) != GA_OK ||
        (code = onnx_sizes(&empty, r, "noop_with_empty_axes", 1, 0)) != GA_OK)
        return code;
    const size_t dims = r->in[0]->n_dims, n = given != NULL && given->integers ? given->n : a != NULL ? a->n_ints : 0;
    for (size_t k = 0; k < n; k++) {
        const int64_t axis = given != NULL ? onnx_array_integer(given, k) : a->ints[k], d = axis < 0 ? axis + (int64_t)dims : axis;
        seen = d >= 2 && d < (int64_t)dims ? seen | (size_t)1 << d : 0;
    }
    if (dims < 3 || dims > 4 || seen != ((size_t)1 << dims) - 1)
        return onnx_reduce(r, true);
    if ((code = read_all(r)) == GA_OK && keep == 0)
        r->out->n_dims = 2;
    return code;
}

const op_onnx op_onnx_sum_pool_input = { /* no operator is that: the place of another one that is sums */
    .operator = "ReduceMean", .least = 1, .most = 2, .attributes = { "axes", "keepdims", "noop_with_empty_axes" }, .network = true,
    .read = read_reduce,
};
const op_thresholds op_thresholds_sum_pool = { 0 };
const op_thresholds op_thresholds_sum_pool_input = { 0 };

#define OP_TEMPLATE "op/sum_pool_tmpl.c"
#include "op/every_format.h"
