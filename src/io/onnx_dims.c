/* SPDX-License-Identifier: Apache-2.0 */
/* onnx_dims.c -- dimensions of what flows, in the file and of the graph's nodes; see op_onnx.h */
#include <inttypes.h>
#include <string.h>

#include "io/op_onnx.h"

#define FAULT(r, ...) NODE_FAULT((r)->chain, __VA_ARGS__)

ga_code
onnx_need_images(const onnx_reading *r)
{
    return r->chain->single ? FAULT(r, "the network's input has no dimension for images, which %s counts: export it with a batch",
                                    r->chain->node->op_type)
                            : GA_OK;
}

ga_code
onnx_axis_of(size_t *d, const onnx_reading *r, const onnx_value *x, int64_t axis)
{
    const int64_t dims = (int64_t)x->n_dims, at = axis < 0 ? axis + dims : axis;
    *d = at > 0 && at < dims ? (size_t)at : 1;
    return at > 0 && at < dims ? GA_OK
                               : FAULT(r, "axis %" PRId64 " is that of the images, or none of its input: %s along others is read",
                                       axis, r->chain->node->op_type);
}

ga_code
onnx_axis(size_t *d, const onnx_reading *r, int64_t axis)
{
    return onnx_axis_of(d, r, r->in[0], axis);
}

size_t
onnx_side(const onnx_value *x, size_t d)
{
    return x->n_dims == 3 && d == 2 ? 2 : d - 1;
}

op_shape
onnx_shape_of(const onnx_value *x)
{
    op_shape s = { x->n_dims == 3 ? 3 : x->n_dims - 1, { 1, 1, 1 } };
    for (size_t d = 1; d < x->n_dims; d++)
        s.dim[onnx_side(x, d)] = x->dim[d];
    return s;
}

ga_code
onnx_need_dims(const onnx_reading *r, const onnx_value *x)
{
    const ga_code code = onnx_need_images(r);
    return code != GA_OK || (x->n_dims >= 2 && x->n_dims <= OP_DIMS + 1)
               ? code : FAULT(r, "its input has %zu dimensions, not 2 to %d", x->n_dims, OP_DIMS + 1);
}

bool
onnx_slice(onnx_range *range, int64_t start, int64_t end, int64_t by, size_t places)
{
    const int64_t size = (int64_t)places, least = by > 0 ? 0 : -1, most = by > 0 ? size : size - 1;
    int64_t from = start < 0 ? start + size : start, to = end < 0 ? end + size : end;
    if (by == 0 || by < -(1 << 28) || by > 1 << 28)
        return false;
    from = from < 0 ? 0 : from > most ? most : from;
    to = to < least ? least : to > size ? size : to;
    const int64_t length = by > 0 ? (to - from + by - 1) / by : (from - to - by - 1) / -by;
    *range = (onnx_range){ from, by, length > 0 ? (size_t)length : 0 };
    return length > 0;
}

/* The shape of what makes it. */
static const op_shape *
made_shape(const onnx_reading *r, const graph_operand *at)
{
    return at->from == FROM_INPUT ? &r->g->input : &r->g->node[at->index].shape;
}

ga_code
onnx_settle(onnx_reading *r, size_t k)
{
    const onnx_value *const x = r->in[k];
    const op_shape want = onnx_shape_of(x), *const is = made_shape(r, &x->at);
    op_attributes a = { .from = want, .to = want };
    if (is->n_dims == want.n_dims && memcmp(is->dim, want.dim, want.n_dims * sizeof *want.dim) == 0)
        return GA_OK;
    for (size_t d = 0; d < want.n_dims; d++) {
        a.axis[d] = d;
        a.step[d] = 1;
    }
    onnx_value *const made = r->made + k;
    *made = *x;
    const ga_code code = onnx_emit(r, OP_view, &x->at, &a);
    made->at = r->out->at;
    r->in[k] = made;
    return code;
}

ga_code
onnx_expand(onnx_reading *r, size_t k, const size_t *dim)
{
    const onnx_value *const x = r->in[k];
    onnx_value to = *x;
    bool same = true;
    memcpy(to.dim + 1, dim + 1, (x->n_dims - 1) * sizeof *dim);
    for (size_t d = 1; d < x->n_dims; d++)
        same = same && to.dim[d] == x->dim[d];
    ga_code code = same ? GA_OK : onnx_need_dims(r, x);
    if (same || code != GA_OK)
        return code;
    const op_attributes a = { .from = onnx_shape_of(x), .to = onnx_shape_of(&to) };
    code = onnx_emit(r, OP_expand, &x->at, &a);
    to.at = r->out->at;
    r->made[k] = to;
    r->in[k] = r->made + k;
    return code;
}

ga_code
onnx_reduce(onnx_reading *r, bool mean)
{
    const onnx_value x = *r->in[0];
    op_attributes a = { .kernel = { 0 } };
    int64_t axis[ONNX_DIMS];
    size_t keep, empty, n, all = 1, kept = 1, d;
    ga_code code = onnx_need_dims(r, &x);
    if (code != GA_OK || (code = onnx_integers(axis, &n, ONNX_DIMS, r, 1, "axes")) != GA_OK ||
        (code = onnx_sizes(&keep, r, "keepdims", 1, 1)) != GA_OK ||
        (code = onnx_sizes(&empty, r, "noop_with_empty_axes", 1, 0)) != GA_OK)
        return code;
    bool over[ONNX_DIMS] = { false };
    a.from = a.to = onnx_shape_of(&x);
    for (size_t k = 0; k < n; k++) {
        if ((code = onnx_axis(&d, r, axis[k])) != GA_OK)
            return code;
        if (over[d])
            return FAULT(r, "axis %zu is given twice", d);
        over[d] = true;
        a.to.dim[onnx_side(&x, d)] = 1;
    }
    if (n + 1 == x.n_dims && keep == 0)
        return FAULT(r, "it leaves one number of an image without a dimension: %s with keepdims = 1 is read",
                     r->chain->node->op_type);
    if (n == 0 && empty == 0)
        return FAULT(r, "it is over all axes, and so over the images: %s over others is read", r->chain->node->op_type);
    for (d = 1; d < x.n_dims; d++)
        all *= over[d] ? x.dim[d] : 1;
    if ((code = onnx_emit(r, OP_sum_over, &x.at, &a)) != GA_OK)
        return code;
    if (mean) {
        graph_operand in[2] = { r->out->at };
        if ((code = onnx_constant(in + 1, r, (double)all)) == GA_OK)
            code = onnx_emit(r, OP_constant_div, in, NULL);
    }
    for (d = 1; d < x.n_dims; d++)
        if (keep != 0 || !over[d])
            r->out->dim[kept++] = over[d] ? 1 : x.dim[d];
    r->out->n_dims = kept;
    return code;
}

/* The node that makes a value; NULL: none. */
static const Onnx__NodeProto *
maker(const Onnx__GraphProto *graph, const char *name, size_t *looks)
{
    *looks += graph->n_node;
    for (size_t k = 0; k < graph->n_node; k++)
        for (size_t i = 0; i < graph->node[k]->n_output; i++)
            if (strcmp(ONNX_TEXT(graph->node[k]->output[i]), name) == 0)
                return graph->node[k];
    return NULL;
}

/* Whether a value is a shape that the graph computes, or a constant: by the first inputs of what makes it. */
static bool
is_of_shapes(const Onnx__GraphProto *graph, const char *name, size_t *looks)
{
    while (*looks < ONNX_MOST_LOOKS && !onnx_is_constant(graph, name, looks)) {
        static const char *const keep[] = { "Gather", "Unsqueeze", "Squeeze", "Concat", "Cast", "Slice", "Reshape", "Identity" };
        const Onnx__NodeProto *const node = maker(graph, name, looks);
        bool keeps = false;
        if (node == NULL || node->n_input == 0)
            return false;
        if (strcmp(ONNX_TEXT(node->op_type), "Shape") == 0)
            return true;
        for (size_t i = 0; i < sizeof keep / sizeof *keep; i++)
            keeps = keeps || strcmp(ONNX_TEXT(node->op_type), keep[i]) == 0;
        if (!keeps)
            return false;
        name = ONNX_TEXT(node->input[0]);
    }
    return true;
}

bool
onnx_takes_values(const Onnx__GraphProto *graph, const char *operator)
{
    size_t looks = 0;
    for (size_t k = 0; k < graph->n_node; k++)
        if (strcmp(ONNX_TEXT(graph->node[k]->op_type), operator) == 0 && graph->node[k]->n_input > 0 &&
            !is_of_shapes(graph, ONNX_TEXT(graph->node[k]->input[0]), &looks))
            return true;
    return false;
}

static size_t
tensor_size(const Onnx__TensorProto *t)
{
    return t->n_dims == 1 && t->dims[0] > 0 ? (size_t)t->dims[0] : 0;
}

size_t
onnx_integers_made(const Onnx__GraphProto *graph, const char *name, size_t *looks)
{
    for (size_t i = 0; i < graph->n_initializer; i++)
        if (strcmp(ONNX_TEXT(graph->initializer[i]->name), name) == 0)
            return tensor_size(graph->initializer[i]);
    const Onnx__NodeProto *const node = maker(graph, name, looks);
    const Onnx__AttributeProto *const a = node != NULL && node->n_attribute == 1 ? node->attribute[0] : NULL;
    if (node != NULL && strcmp(ONNX_TEXT(node->op_type), "Concat") == 0)
        return node->n_input;
    if (a == NULL || strcmp(ONNX_TEXT(node->op_type), "Constant") != 0)
        return 0;
    return a->t != NULL ? tensor_size(a->t) : a->n_ints;
}

bool
onnx_broadcasts(const onnx_value *x, const onnx_array *c)
{
    bool fits = c->n_dims <= x->n_dims;
    for (size_t d = 1; fits && d <= c->n_dims; d++) {
        const size_t dim = c->dim[c->n_dims - d];
        fits = dim == 1 || (d < x->n_dims && dim == x->dim[x->n_dims - d]); /* not along the images */
    }
    return fits;
}

size_t
onnx_place_in(const onnx_value *x, const onnx_array *c, size_t k)
{
    size_t at = 0, step = 1;
    for (size_t d = 1; d < x->n_dims; d++) {
        const size_t dim = x->dim[x->n_dims - d], own = d <= c->n_dims ? c->dim[c->n_dims - d] : 1;
        at += own > 1 ? k % dim * step : 0;
        step *= own;
        k /= dim;
    }
    return at;
}
