/* SPDX-License-Identifier: Apache-2.0 */
/* pad_onnx.c -- Pad of ONNX: numbers around a value, 0 (a view beyond its border) or another, which is added there, or those at its
   border or mirrored at it, which are parts of it side by side with it (view.c, spread.c); of no images. */
#include <math.h>
#include <string.h>

#include "io/op_onnx.h"
#include "num/dtype.h"
#include "op/view.h"

typedef enum { PAD_ZERO, PAD_REFLECT, PAD_EDGE, PAD_OTHER } pad_mode;

static pad_mode
read_mode(const onnx_reading *r)
{
    static const char *const names[] = { "constant", "reflect", "edge" };
    const Onnx__AttributeProto *const mode = onnx_attribute(r->chain->node, "mode");
    size_t k = 0;
    while (mode != NULL && k < PAD_OTHER &&
           (!mode->has_s || mode->s.len != strlen(names[k]) || memcmp(mode->s.data, names[k], mode->s.len) != 0))
        k++;
    return (pad_mode)k;
}

/* The view of a shape as it is. */
static op_attributes
same_view(const op_shape *s)
{
    op_attributes a = { .from = *s, .to = *s };
    for (size_t d = 0; d < OP_DIMS; d++) {
        a.axis[d] = d;
        a.step[d] = 1;
    }
    return a;
}

/* n numbers along a side: x[first], x[first - 1], ..., or n times x[first]. */
static ga_code
beside(graph_operand *to, onnx_reading *r, const graph_operand *x, const op_shape *s, size_t side, size_t first, size_t n,
       bool edge)
{
    op_attributes a = same_view(s), copies;
    a.first[side] = (ptrdiff_t)first;
    a.step[side] = edge ? 1 : -1;
    a.to.dim[side] = edge ? 1 : n;
    ga_code code = onnx_emit(r, OP_view, x, &a);
    *to = r->out->at;
    if (code != GA_OK || !edge)
        return code;
    copies = (op_attributes){ .from = a.to, .to = a.to };
    copies.to.dim[side] = n;
    code = onnx_emit(r, OP_expand, to, &copies);
    *to = r->out->at;
    return code;
}

static ga_code
join(graph_operand *x, onnx_reading *r, graph_operand a, size_t n_a, graph_operand b, size_t n_b, const op_shape *s, size_t side)
{
    op_attributes both = { .from = *s, .to = *s, .axis = { side } };
    both.from.dim[side] = n_a;
    both.to.dim[side] = n_a + n_b;
    const ga_code code = onnx_emit(r, OP_concat, (graph_operand[]){ a, b }, &both);
    *x = r->out->at;
    return code;
}

/* One side after the other. */
static ga_code
read_borders(onnx_reading *r, const int64_t *pad, bool edge)
{
    const onnx_value x = *r->in[0];
    op_shape s = onnx_shape_of(&x);
    graph_operand at = x.at, more;
    ga_code code = GA_OK;
    for (size_t d = 1; d < x.n_dims && code == GA_OK; d++) {
        const size_t side = onnx_side(&x, d), size = s.dim[side], before = (size_t)pad[d], behind = (size_t)pad[d + x.n_dims];
        if (before > 0 && (code = beside(&more, r, &at, &s, side, edge ? 0 : before, before, edge)) == GA_OK)
            code = join(&at, r, more, before, at, size, &s, side);
        if (code != GA_OK || behind == 0) {
            s.dim[side] += before;
            continue;
        }
        s.dim[side] += before;
        const size_t last = s.dim[side] - 1;
        if ((code = beside(&more, r, &at, &s, side, edge ? last : last - 1, behind, edge)) == GA_OK)
            code = join(&at, r, at, last + 1, more, behind, &s, side);
        s.dim[side] += behind;
    }
    r->out->at = at;
    r->out->n_dims = x.n_dims;
    for (size_t d = 1; d < x.n_dims; d++)
        r->out->dim[d] = s.dim[onnx_side(&x, d)];
    return code;
}

/* Those numbers around what has been made so far. */
static ga_code
add_value(onnx_reading *r, const op_attributes *a, double value)
{
    const size_t n = view_size(&a->to);
    graph_operand in[2] = { r->out->at };
    graph_parameter *p;
    const ga_code code = onnx_own_constant(&p, in + 1, r, 1, n);
    for (size_t k = 0; code == GA_OK && !r->chain->source->look && k < n; k++) {
        bool inside = true;
        for (size_t d = a->to.n_dims, rest = k; d-- > 0; rest /= a->to.dim[d]) {
            const ptrdiff_t at = (ptrdiff_t)(rest % a->to.dim[d]) + a->first[d];
            inside = inside && at >= 0 && at < (ptrdiff_t)a->from.dim[d];
        }
        dtype_set(r->g->dtype, p->exact, k, inside ? 0 : value);
    }
    return code == GA_OK ? onnx_emit(r, OP_constant_add, in, NULL) : code;
}

static ga_code
read_value(onnx_reading *r, const int64_t *pad, double value)
{
    const onnx_value x = *r->in[0];
    const op_shape s = onnx_shape_of(&x);
    op_attributes a = same_view(&s);
    for (size_t d = 1; d < x.n_dims; d++) {
        const int64_t size = (int64_t)x.dim[d] + pad[d] + pad[d + x.n_dims];
        if (size < 1)
            return NODE_FAULT(r->chain, "nothing is left by %s", r->chain->node->op_type);
        a.first[onnx_side(&x, d)] = -(ptrdiff_t)pad[d];
        a.to.dim[onnx_side(&x, d)] = (size_t)size;
    }
    ga_code code = onnx_emit(r, OP_view, &x.at, &a);
    if (code == GA_OK && value != 0)
        code = add_value(r, &a, value);
    r->out->n_dims = x.n_dims;
    for (size_t d = 1; d < x.n_dims; d++)
        r->out->dim[d] = a.to.dim[onnx_side(&x, d)];
    return code;
}

static ga_code
read(onnx_reading *r)
{
    const pad_mode mode = read_mode(r);
    int64_t pad[2 * ONNX_DIMS];
    size_t n;
    double value = 0;
    ga_code code = onnx_need_flow(r, 0);
    if (code != GA_OK || (code = onnx_need_dims(r, r->in[0])) != GA_OK ||
        (code = onnx_integers(pad, &n, 2 * ONNX_DIMS, r, 1, "pads")) != GA_OK ||
        (code = onnx_number(&value, r, "value", 0)) != GA_OK)
        return code;
    if (r->n_in > 2 && r->in[2] != NULL && !r->chain->source->look)
        value = r->in[2]->constant && r->in[2]->array.n == 1 ? onnx_array_number(&r->in[2]->array, 0) : NAN;
    const size_t dims = r->in[0]->n_dims;
    if (mode == PAD_OTHER || (mode == PAD_ZERO && !isfinite(value)))
        return NODE_FAULT(r->chain, "it pads with other numbers: %s of mode constant, with a finite number, reflect or edge is "
                          "read", r->chain->node->op_type);
    if (n != 2 * dims || pad[0] != 0 || pad[dims] != 0)
        return NODE_FAULT(r->chain, "its pads are not those of %zu dimensions, with none for the images", dims);
    bool none = true, fits = true;
    for (size_t d = 1; d < dims; d++) {
        const int64_t before = pad[d], behind = pad[d + dims], most = before > behind ? before : behind;
        const int64_t least = before > behind ? behind : before;
        if (least < -(1 << 28) || most > 1 << 28)
            return NODE_FAULT(r->chain, "its pads are beyond 2^%d", 28);
        fits = fits && least >= 0 && (mode == PAD_EDGE || most < (int64_t)r->in[0]->dim[d]);
        none = none && pad[d] == 0 && pad[d + dims] == 0;
    }
    if (none) {
        onnx_pass_on(r);
        return GA_OK;
    }
    if (mode != PAD_ZERO && !fits)
        return NODE_FAULT(r->chain, "its pads are below 0, or reflect more than there is%s", "");
    return mode == PAD_ZERO ? read_value(r, pad, value) : read_borders(r, pad, mode == PAD_EDGE);
}

const op_onnx op_onnx_view = {
    .operator = "Pad", .least = 1, .most = 3, .attributes = { "mode", "pads", "value" }, .network = true, .read = read,
};
