/* SPDX-License-Identifier: Apache-2.0 */
/* view_onnx.c -- operators of ONNX that put numbers in other places (view.c): Slice, Concat, Transpose, Gather, Split; Pad is in
   pad_onnx.c. None of them moves or cuts the dimension of the images, which is the first. */
#include <inttypes.h>
#include <string.h>

#include "io/op_onnx.h"
#include "num/dtype.h"
#include "op/view.h"

/* The view of what flows as it is; side[d]: which of its dimensions is dimension d of the file. */
static ga_code
read_sides(op_attributes *a, size_t side[ONNX_DIMS], const onnx_reading *r, const onnx_value *x)
{
    *a = (op_attributes){ .kernel = { 0 } };
    const ga_code code = onnx_need_dims(r, x);
    if (code != GA_OK)
        return code;
    a->from = onnx_shape_of(x);
    for (size_t d = 1; d < x->n_dims; d++)
        side[d] = onnx_side(x, d);
    for (size_t d = 0; d < OP_DIMS; d++) {
        a->axis[d] = d;
        a->step[d] = 1;
    }
    a->to = a->from;
    return GA_OK;
}

/* Adds the view; its dimensions are those of the file, but `without` (0: all). */
static ga_code
emit(onnx_reading *r, const onnx_value *x, const op_attributes *a, const size_t side[ONNX_DIMS], size_t without)
{
    const size_t n_dims = x->n_dims;
    const ga_code code = view_size(&a->to) > 0 ? onnx_emit(r, OP_view, &x->at, a)
                                               : NODE_FAULT(r->chain, "nothing is left by %s", r->chain->node->op_type);
    r->out->n_dims = 1;
    for (size_t d = 1; d < n_dims; d++)
        if (d != without)
            r->out->dim[r->out->n_dims++] = a->to.dim[side[d]];
    return code;
}

/* starts[k] to ends[k], counted from the end if below 0, in steps[k], of dimension axes[k]. */
static ga_code
read_slice(onnx_reading *r)
{
    int64_t start[ONNX_DIMS], end[ONNX_DIMS], axis[ONNX_DIMS], step[ONNX_DIMS];
    op_attributes a;
    size_t side[ONNX_DIMS], n[4];
    ga_code code = onnx_need_flow(r, 0);
    if (code != GA_OK || (code = read_sides(&a, side, r, r->in[0])) != GA_OK ||
        (code = onnx_integers(start, n, ONNX_DIMS, r, 1, "starts")) != GA_OK ||
        (code = onnx_integers(end, n + 1, ONNX_DIMS, r, 2, "ends")) != GA_OK ||
        (code = onnx_integers(axis, n + 2, ONNX_DIMS, r, 3, "axes")) != GA_OK ||
        (code = onnx_integers(step, n + 3, ONNX_DIMS, r, 4, "steps")) != GA_OK)
        return code;
    for (size_t k = 0; k < n[0] && n[0] == n[1]; k++) {
        const int64_t dims = (int64_t)r->in[0]->n_dims, given = k < n[2] ? axis[k] : (int64_t)k;
        const int64_t d = given < 0 ? given + dims : given, by = k < n[3] ? step[k] : 1;
        onnx_range range;
        if (d < 1 || d >= dims || by == 0 || by < -(1 << 28) || by > 1 << 28)
            return NODE_FAULT(r->chain, "it cuts along the images, or in steps of 0: %s of other dimensions is read",
                              r->chain->node->op_type);
        if (!onnx_slice(&range, start[k], end[k], by, r->in[0]->dim[d]))
            return NODE_FAULT(r->chain, "nothing is left by %s", r->chain->node->op_type);
        a.first[side[d]] = (ptrdiff_t)range.first;
        a.step[side[d]] = (ptrdiff_t)range.by;
        a.to.dim[side[d]] = range.n;
    }
    return n[0] == n[1] && n[0] > 0 ? emit(r, r->in[0], &a, side, 0)
                                    : NODE_FAULT(r->chain, "its starts and ends are not one for each axis%s", "");
}

const op_onnx op_onnx_view_input = { /* no operator is that: the place of another one that is a view */
    .operator = "Slice", .least = 1, .most = 5, .attributes = { "starts", "ends", "axes" }, .network = true, .read = read_slice,
};

/* What flows and is x, with room of 0 for so many numbers before and behind it along a dimension. */
static ga_code
make_room(onnx_reading *r, op_attributes *a, graph_operand *x, size_t d, size_t before, size_t behind)
{
    op_attributes room = { .from = a->from, .to = a->from };
    for (size_t k = 0; k < OP_DIMS; k++) {
        room.axis[k] = k;
        room.step[k] = 1;
    }
    room.first[d] = -(ptrdiff_t)before;
    room.to.dim[d] += before + behind;
    const ga_code code = before + behind > 0 ? onnx_emit(r, OP_view, x, &room) : GA_OK;
    if (before + behind > 0)
        *x = r->out->at;
    a->from = room.to;
    return code;
}

/* The constants among the parts are added where the others left room. */
static ga_code
add_constants(onnx_reading *r, graph_operand x, const op_shape *whole, size_t side, size_t d)
{
    graph_operand in[2] = { x };
    graph_parameter *p;
    const ga_code code = onnx_own_constant(&p, in + 1, r, 1, view_size(whole));
    size_t inner = 1, before = 0;
    if (code != GA_OK)
        return code;
    for (size_t k = side + 1; k < whole->n_dims; k++)
        inner *= whole->dim[k];
    for (size_t k = 0; k < r->n_in; k++) {
        const onnx_array *const c = &r->in[k]->array;
        const size_t own = r->in[k]->constant ? c->dim[d] : r->in[k]->dim[d], block = own * inner;
        for (size_t i = 0; r->in[k]->constant && !r->chain->source->look && i < c->n; i++)
            dtype_set(r->g->dtype, p->exact, (i / block * whole->dim[side] + before) * inner + i % block, onnx_array_number(c, i));
        before += own;
    }
    return onnx_emit(r, OP_constant_add, in, NULL);
}

/* Part k of those that are joined to x along dimension d: it flows, or is the same for all images. */
static ga_code
check_part(const onnx_reading *r, const onnx_value *x, size_t d, size_t k)
{
    const onnx_value *const part = r->in[k];
    if (part == NULL || (part->constant && part->array.integers))
        return onnx_need_flow(r, k);
    const size_t *const dim = part->constant ? part->array.dim : part->dim;
    bool fits = (part->constant ? part->array.n_dims : part->n_dims) == x->n_dims && (!part->constant || dim[0] == 1);
    for (size_t e = 1; fits && e < x->n_dims; e++)
        fits = e == d || dim[e] == x->dim[e];
    return fits ? GA_OK : NODE_FAULT(r->chain, "its input %zu has another shape than the others, beside dimension %zu", k + 1, d);
}

/* Values that flow, or constants, along any dimension but that of the images: two at a time. */
static ga_code
read_concat(onnx_reading *r)
{
    const Onnx__AttributeProto *const given = onnx_attribute(r->chain->node, "axis");
    op_attributes a;
    graph_operand in[2];
    size_t side[ONNX_DIMS], d, lead = 0, first = 0, behind = 0, all = 0;
    bool constants = false;
    while (first < r->n_in && r->in[first] != NULL && r->in[first]->constant)
        first++;
    if (first == r->n_in || r->in[first] == NULL)
        return onnx_need_flow(r, 0);
    if (r->n_in == 1) {
        onnx_pass_on(r);
        return GA_OK;
    }
    const onnx_value x = *r->in[first];
    ga_code code = read_sides(&a, side, r, &x);
    if (code != GA_OK || (code = onnx_axis_of(&d, r, &x, given != NULL && given->has_i ? given->i : 0)) != GA_OK)
        return code;
    a.axis[0] = side[d];
    for (size_t k = 0; k < r->n_in; k++) {
        if ((code = check_part(r, &x, d, k)) != GA_OK)
            return code;
        const size_t own = r->in[k]->constant ? r->in[k]->array.dim[d] : r->in[k]->dim[d];
        constants = constants || r->in[k]->constant;
        all += own;
        if (r->in[k]->constant) {
            lead += k < first ? own : 0;
            behind += k < first ? 0 : own;
        } else if (k == first) {
            in[0] = x.at;
            code = make_room(r, &a, in, side[d], lead, 0);
        } else if ((code = make_room(r, &a, in, side[d], 0, behind)) == GA_OK) {
            in[1] = r->in[k]->at;
            a.to = a.from;
            a.to.dim[side[d]] += own;
            behind = 0;
            code = onnx_emit(r, OP_concat, in, &a);
            a.from = a.to;
            in[0] = r->out->at;
        }
        if (code != GA_OK)
            return code;
    }
    if (constants && ((code = make_room(r, &a, in, side[d], 0, behind)) != GA_OK ||
                      (code = add_constants(r, in[0], &a.from, side[d], d)) != GA_OK))
        return code;
    r->out->n_dims = x.n_dims;
    memcpy(r->out->dim, x.dim, sizeof x.dim);
    r->out->dim[d] = all;
    return GA_OK;
}

/* Those of a chain are of shapes that it computes. */
static bool
of_values(const Onnx__GraphProto *graph)
{
    return onnx_takes_values(graph, "Concat");
}

const op_onnx op_onnx_concat = {
    .operator = "Concat", .least = 1, .most = ONNX_INPUTS, .attributes = { "axis" }, .no_chain = of_values, .read = read_concat,
};

/* Dimension k becomes what dimension perm[k] was; without perm their order is turned round. */
static ga_code
read_transpose(onnx_reading *r)
{
    const Onnx__AttributeProto *const perm = onnx_attribute(r->chain->node, "perm");
    op_attributes a;
    size_t side[ONNX_DIMS], dim[ONNX_DIMS], own[ONNX_DIMS], seen = 0, n = 1, images = 0;
    ga_code code = onnx_need_flow(r, 0);
    if (code != GA_OK || (code = read_sides(&a, side, r, r->in[0])) != GA_OK)
        return code;
    const onnx_value x = *r->in[0];
    const size_t rank = onnx_rank(&x);
    bool moves = false; /* a dimension that is not 1 */
    onnx_file_dims(own, &x);
    for (size_t k = 0, last = 0; k < rank; k++) {
        const int64_t from = perm == NULL ? (int64_t)(rank - 1 - k) : k < perm->n_ints ? perm->ints[k] : -1;
        if (from < 0 || from >= (int64_t)rank || seen >> from & 1 || (perm != NULL && perm->n_ints != rank))
            return NODE_FAULT(r->chain, "perm is not an order of its input's %zu dimensions", rank);
        const bool counts = (size_t)from == x.images;
        const size_t first = onnx_place(&x, (size_t)from), parts = counts ? (x.before > 1) + (x.behind > 1) : 1;
        seen |= (size_t)1 << from;
        dim[k] = own[from];
        images = counts ? k : images;
        for (size_t d = first; d < first + parts; d++, n++) {
            a.axis[side[n]] = side[d];
            a.to.dim[side[n]] = x.dim[d];
            moves = moves || (x.dim[d] > 1 && d < last);
            last = x.dim[d] > 1 ? d : last;
        }
    }
    if (moves)
        code = emit(r, r->in[0], &a, side, 0);
    else
        onnx_pass_on(r);
    return code == GA_OK ? onnx_set_file_dims(r, dim, rank, images, x.before, x.behind) : code;
}

/* One place, or several that are equally far apart, along a dimension; one alone leaves the dimension out. */
static ga_code
read_gather(onnx_reading *r)
{
    const Onnx__AttributeProto *const given = onnx_attribute(r->chain->node, "axis");
    const onnx_array *const at = r->in[1] != NULL && r->in[1]->constant ? &r->in[1]->array : NULL;
    op_attributes a;
    size_t side[ONNX_DIMS], d;
    ga_code code = onnx_need_flow(r, 0);
    if (code != GA_OK || (code = read_sides(&a, side, r, r->in[0])) != GA_OK ||
        (code = onnx_axis(&d, r, given != NULL && given->has_i ? given->i : 0)) != GA_OK)
        return code;
    if (at == NULL || !at->integers || at->n_dims > 1)
        return NODE_FAULT(r->chain, "its indices are not constant integers%s", "");
    const int64_t size = (int64_t)r->in[0]->dim[d];
    int64_t place[2] = { 0 };
    for (size_t k = 0; k < at->n; k++) {
        const int64_t index = onnx_array_integer(at, k), own = index < 0 ? index + size : index;
        if (own < 0 || own >= size)
            return NODE_FAULT(r->chain, "index %" PRId64 " is beyond the %" PRId64 " places of dimension %zu", index, size, d);
        place[k > 0] = k < 2 ? own : place[1];
        if (k > 0 && (place[1] == place[0] || own != place[0] + (int64_t)k * (place[1] - place[0])))
            return NODE_FAULT(r->chain, "its indices are not equally far apart: %s of such is read; take parts, and join them with "
                              "Concat", r->chain->node->op_type);
    }
    a.first[side[d]] = (ptrdiff_t)place[0];
    a.step[side[d]] = at->n > 1 ? (ptrdiff_t)(place[1] - place[0]) : 1;
    a.to.dim[side[d]] = at->n;
    if (at->n_dims == 0 && r->in[0]->n_dims == 2)
        return NODE_FAULT(r->chain, "it leaves one number of an image without a dimension: %s with an index of one dimension is "
                          "read", r->chain->node->op_type);
    return emit(r, r->in[0], &a, side, at->n_dims == 0 ? d : 0);
}

static bool
gathers(const Onnx__GraphProto *graph)
{
    return onnx_takes_values(graph, "Gather");
}

/* How many places each output has: of an input or an attribute, or the same of all but the last. */
static ga_code
split_sizes(int64_t size[ONNX_DIMS], const onnx_reading *r, size_t all)
{
    const size_t n = r->chain->node->n_output, each = (all + n - 1) / n;
    size_t given, parts;
    ga_code code = onnx_integers(size, &given, ONNX_DIMS, r, 1, "split");
    if (code != GA_OK || (code = onnx_sizes(&parts, r, "num_outputs", 1, n)) != GA_OK)
        return code;
    for (size_t k = 0, left = all; given == 0 && k < n && k < ONNX_DIMS; k++) {
        size[k] = (int64_t)(left < each ? left : each);
        left -= (size_t)size[k];
    }
    size_t sum = 0;
    for (size_t k = 0; k < n && n <= ONNX_DIMS && (given == 0 || given == n); k++)
        sum += size[k] > 0 && (uint64_t)size[k] <= all ? (size_t)size[k] : all + 1;
    return sum == all && parts == n ? GA_OK : NODE_FAULT(r->chain, "its %zu parts are not the %zu places of its input", n, all);
}

static ga_code
read_split(onnx_reading *r)
{
    const Onnx__NodeProto *const node = r->chain->node;
    const Onnx__AttributeProto *const given = onnx_attribute(node, "axis");
    int64_t size[ONNX_DIMS];
    op_attributes a;
    size_t side[ONNX_DIMS], d, first = 0;
    ga_code code = onnx_need_flow(r, 0);
    if (code != GA_OK || (code = read_sides(&a, side, r, r->in[0])) != GA_OK ||
        (code = onnx_axis(&d, r, given != NULL && given->has_i ? given->i : 0)) != GA_OK ||
        (code = split_sizes(size, r, r->in[0]->dim[d])) != GA_OK)
        return code;
    for (size_t k = 0; k < node->n_output && code == GA_OK; k++, first += (size_t)size[k - 1]) {
        r->out = onnx_names_find(r->names, node->output[k]);
        r->out->made = true;
        r->out->element = r->chain->element;
        a.first[side[d]] = (ptrdiff_t)first;
        a.to.dim[side[d]] = (size_t)size[k];
        if (r->out->readers > 0) /* the others would be nobody's */
            code = emit(r, r->in[0], &a, side, 0);
    }
    return code;
}

const op_onnx onnx_views[] = {
    { .operator = "Gather", .least = 2, .most = 2, .attributes = { "axis" }, .no_chain = gathers, .read = read_gather },
    { .operator = "Split", .least = 1, .most = 2, .attributes = { "axis", "num_outputs", "split" }, .network = true, .casts = true,
      .read = read_split },
    { .operator = "Transpose", .least = 1, .most = 1, .attributes = { "perm" }, .network = true, .read = read_transpose },
    { .operator = NULL },
};
