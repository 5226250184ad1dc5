/* SPDX-License-Identifier: Apache-2.0 */
/* onnx_moved.c -- values whose images another dimension of the file counts than the first, as in [tokens, images, numbers], or one
   that counts them with others, as in [images heads, tokens, numbers]; see op_onnx.h

   Here the images always come first: dim has each of an image's dimensions in the order of the file, and of the one that counts
   images too what stands before and behind them. Numbers of an image stay in that order. */
#include <string.h>

#include "io/op_onnx.h"

#define FAULT(r, ...) NODE_FAULT((r)->chain, __VA_ARGS__)

static size_t
one_or(size_t n)
{
    return n > 1 ? n : 1;
}

size_t
onnx_rank(const onnx_value *x)
{
    return x->n_dims - (x->before > 1) - (x->behind > 1);
}

size_t
onnx_place(const onnx_value *x, size_t d)
{
    return d < x->images ? d + 1 : d > x->images ? d + (x->before > 1) + (x->behind > 1)
                                 : x->before > 1 || x->behind > 1 ? d + 1 : 0;
}

void
onnx_file_dims(size_t dim[ONNX_DIMS], const onnx_value *x)
{
    for (size_t d = 0, rank = onnx_rank(x); d < rank; d++)
        dim[d] = d == x->images ? one_or(x->before) * one_or(x->behind) : x->dim[onnx_place(x, d)];
}

ga_code
onnx_set_file_dims(onnx_reading *r, const size_t *dim, size_t rank, size_t images, size_t before, size_t behind)
{
    onnx_value *const v = r->out;
    const size_t n = rank + (before > 1) + (behind > 1);
    if (n < 2 || n > OP_DIMS + 1)
        return FAULT(r, "it makes %zu dimensions, not 2 to %d", n, OP_DIMS + 1);
    *v = (onnx_value){ .name = v->name, .made = v->made, .used = v->used, .readers = v->readers, .shared = v->shared,
                       .goes_on = v->goes_on, .masked = v->masked, .mask = v->mask, .at = v->at,
                       .element = v->element, .n_dims = 1, .images = images, .before = before, .behind = behind };
    for (size_t d = 0; d < rank; d++) {
        if (d != images)
            v->dim[v->n_dims++] = dim[d];
        else if (before > 1)
            v->dim[v->n_dims++] = before;
        if (d == images && behind > 1)
            v->dim[v->n_dims++] = behind;
    }
    return GA_OK;
}

bool
onnx_is_moved(const onnx_value *x)
{
    return x != NULL && !x->constant && (x->images > 0 || x->before > 1 || x->behind > 1);
}

bool
onnx_moves(const onnx_reading *r)
{
    bool any = false;
    for (size_t i = 0; i < r->n_in; i++)
        any = any || onnx_is_moved(r->in[i]);
    return any;
}

/* Which dimension of a shape has the images, and what of it stands before them, if so many numbers of an image do. Where the file
   has one image and does not say: one of 1; else one before which all of them stand, if others follow; else one with some. */
static bool
find_images(size_t *images, size_t *before, const size_t *dim, size_t n_dims, size_t all_before)
{
    size_t product[ONNX_DIMS + 1] = { 1 };
    for (size_t d = 0; d < n_dims; d++)
        product[d + 1] = product[d] * dim[d];
    for (size_t way = 0; way < 3; way++)
        for (size_t d = 0; d < n_dims; d++) {
            if (*images < n_dims ? d != *images : way == 0 ? product[d] != all_before || dim[d] != 1
                                                : way == 1 && (product[d] != all_before || d + 1 == n_dims))
                continue;
            if (all_before % product[d] == 0 && dim[d] % (all_before / product[d]) == 0) {
                *images = d;
                *before = all_before / product[d];
                return true;
            }
        }
    return false;
}

ga_code
onnx_reshape_moved(onnx_reading *r, const onnx_array *shape, bool zero_stays)
{
    const onnx_value *const x = r->in[0];
    size_t own[ONNX_DIMS], dim[ONNX_DIMS] = { 0 }, n = 1, product = 1, all_before = 1, before = 1, open = ONNX_DIMS;
    size_t images = ONNX_DIMS;
    bool ok = shape->n >= 2 && shape->n <= ONNX_DIMS;
    onnx_file_dims(own, x);
    for (size_t d = 0; d < onnx_rank(x); d++) {
        n *= own[d];
        all_before *= d < x->images ? own[d] : d == x->images ? one_or(x->before) : 1;
    }
    for (size_t d = 0; ok && d < shape->n; d++) {
        const int64_t size = onnx_array_integer(shape, d);
        const bool stays = size == 0 && zero_stays && d < onnx_rank(x);
        const bool counts = stays ? d == x->images : onnx_times_images(size) > 0;
        ok = (size > 0 || size == -1 || stays || counts) && !(counts && images < ONNX_DIMS) && !(size == -1 && open < ONNX_DIMS);
        dim[d] = stays ? own[d] : counts ? onnx_times_images(size) : size > 0 ? (size_t)size : 1;
        images = counts ? d : images;
        open = size == -1 ? d : open;
        ok = ok && !__builtin_mul_overflow(product, dim[d], &product);
    }
    if (images == ONNX_DIMS && r->chain->dim[0] != 1)
        images = open; /* what is left open has the images, or else one that has 1 */
    if (ok && open < ONNX_DIMS && n % product == 0) {
        dim[open] = n / product;
        product = n;
    }
    if (!ok || product != n || !find_images(&images, &before, dim, shape->n, all_before))
        return FAULT(r, "its shape of %zu dimensions is not [images, ...] with %zu numbers for each image", shape->n, n);
    r->out->at = x->at;
    r->out->masked = x->masked;
    r->out->mask = x->mask;
    r->out->shared = x->shared || x->readers > 1;
    const ga_code code = onnx_need_images(r);
    return code == GA_OK ? onnx_set_file_dims(r, dim, shape->n, images, before, dim[images] / before) : code;
}

/* What a node does with the dimensions of what it takes. */
typedef enum { MOVED_ITSELF, MOVED_EACH, MOVED_TWO, MOVED_AXIS, MOVED_BEHIND, MOVED_AXES, MOVED_SLICE, MOVED_PRODUCT } moved_kind;

static const struct {
    const char *operator;
    moved_kind kind;
} kinds[] = {
    { "Transpose", MOVED_ITSELF }, { "Reshape", MOVED_ITSELF }, { "Squeeze", MOVED_ITSELF }, { "Unsqueeze", MOVED_ITSELF },
    { "Identity", MOVED_EACH }, { "Dropout", MOVED_EACH }, { "Cast", MOVED_EACH }, { "Relu", MOVED_EACH },
    { "LeakyRelu", MOVED_EACH }, { "Sigmoid", MOVED_EACH }, { "Tanh", MOVED_EACH }, { "Erf", MOVED_EACH }, { "Gelu", MOVED_EACH },
    { "Swish", MOVED_EACH }, { "Mish", MOVED_EACH }, { "Softplus", MOVED_EACH }, { "Softsign", MOVED_EACH }, { "Elu", MOVED_EACH },
    { "Selu", MOVED_EACH }, { "Celu", MOVED_EACH }, { "HardSigmoid", MOVED_EACH }, { "HardSwish", MOVED_EACH },
    { "Clip", MOVED_EACH }, { "Abs", MOVED_EACH }, { "Exp", MOVED_EACH }, { "Log", MOVED_EACH }, { "Sqrt", MOVED_EACH },
    { "Reciprocal", MOVED_EACH }, { "Neg", MOVED_EACH }, { "Pow", MOVED_EACH }, { "Sum", MOVED_EACH },
    { "Add", MOVED_TWO }, { "Sub", MOVED_TWO },
    { "Mul", MOVED_TWO }, { "Div", MOVED_TWO }, { "Max", MOVED_TWO }, { "Min", MOVED_TWO },
    { "Where", MOVED_TWO },
    { "Softmax", MOVED_BEHIND }, { "LogSoftmax", MOVED_BEHIND },
    { "LayerNormalization", MOVED_BEHIND }, { "Gather", MOVED_AXIS }, { "Split", MOVED_AXIS }, { "Concat", MOVED_AXIS },
    { "ReduceMean", MOVED_AXES }, { "ReduceSum", MOVED_AXES }, { "ReduceL2", MOVED_AXES }, { "Slice", MOVED_SLICE },
    { "MatMul", MOVED_PRODUCT }, { "Gemm", MOVED_PRODUCT },
};

/* A node whose axes are those here, beside that of the file. */
typedef struct {
    Onnx__NodeProto node;
    Onnx__AttributeProto axes, *attribute[ONNX_ATTRIBUTES + 4];
    int64_t file[ONNX_DIMS], own[ONNX_DIMS];
    size_t n;
} moved_node;

/* The node's axes as an attribute of that name. */
static ga_code
move_axes(moved_node *m, onnx_reading *r, const onnx_value *x, const char *name, size_t input, int64_t otherwise)
{
    const Onnx__AttributeProto *const given = onnx_attribute(&m->node, name);
    const int64_t rank = (int64_t)onnx_rank(x);
    const bool several = input > 0;
    ga_code code = GA_OK;
    m->n = 1;
    m->file[0] = given != NULL ? given->i : otherwise;
    if (several && (code = onnx_integers(m->file, &m->n, ONNX_DIMS, r, input, name)) != GA_OK)
        return code;
    for (size_t k = 0; k < m->n; k++) {
        m->file[k] += m->file[k] < 0 ? rank : 0;
        if (m->file[k] < 0 || m->file[k] >= rank || m->file[k] == (int64_t)x->images)
            return FAULT(r, "an axis is that of the images, or none of its input: %s along others is read", m->node.op_type);
        m->own[k] = (int64_t)onnx_place(x, (size_t)m->file[k]);
    }
    size_t n = 0;
    for (size_t k = 0; k < m->node.n_attribute && n + 1 < sizeof m->attribute / sizeof *m->attribute; k++)
        if (m->node.attribute[k] != given)
            m->attribute[n++] = m->node.attribute[k];
    onnx__attribute_proto__init(&m->axes);
    m->axes.name = (char *)(uintptr_t)name;
    m->axes.has_i = !several;
    m->axes.i = m->own[0];
    m->axes.ints = m->own;
    m->axes.n_ints = several ? m->n : 0;
    m->attribute[n++] = &m->axes;
    m->node.attribute = m->attribute;
    m->node.n_attribute = n;
    if (several && input < r->n_in)
        r->in[input] = NULL;
    return GA_OK;
}

/* The constant's dimensions as those of x, where it has that of the images. */
static bool
move_constant(onnx_value *c, const onnx_value *x)
{
    const size_t rank = onnx_rank(x), least = rank > c->array.n_dims ? rank - c->array.n_dims : 0;
    onnx_array *const a = &c->array;
    size_t own[ONNX_DIMS] = { 1 }, n = 1;
    if (a->n == 1 || least > x->images)
        return a->n_dims < rank || a->n == 1;
    if (a->n_dims > rank)
        return false;
    for (size_t d = 0; d < rank; d++)
        own[d] = d < least ? 1 : a->dim[d - least];
    const bool all = own[x->images] == one_or(x->before) * one_or(x->behind);
    if (own[x->images] != 1 && !all)
        return false;
    a->dim[0] = 1;
    for (size_t d = 0; d < rank; d++) {
        if (d != x->images)
            a->dim[n++] = own[d];
        else if (x->before > 1)
            a->dim[n++] = own[d] > 1 ? x->before : 1;
        if (d == x->images && x->behind > 1)
            a->dim[n++] = own[d] > 1 ? x->behind : 1;
    }
    a->n_dims = n;
    return true;
}

static bool
same_place(const onnx_value *a, const onnx_value *b)
{
    return a->images == b->images && one_or(a->before) == one_or(b->before) && one_or(a->behind) == one_or(b->behind) &&
           a->n_dims == b->n_dims;
}

/* Whether all that flows has its images where x has them; constants of two together are moved. */
static ga_code
check_inputs(onnx_value constant[3], onnx_reading *r, const onnx_value *x, moved_kind kind)
{
    for (size_t k = 0; k < r->n_in; k++) {
        const onnx_value *const v = r->in[k];
        if (v != NULL && !v->constant && !same_place(v, x))
            return FAULT(r, "its inputs '%s' and '%s' have their images in different dimensions", x->name, v->name);
        if (v == NULL || !v->constant || kind != MOVED_TWO || k > 2)
            continue;
        constant[k] = *v;
        r->in[k] = constant + k;
        if (!move_constant(constant + k, x))
            return FAULT(r, "'%s' does not fit the shape of what flows", v->name);
    }
    const size_t rank = onnx_rank(x);
    const bool first = r->n_in > 1 && r->in[0] != NULL && r->in[0]->constant, two = r->n_in > 1 && !first && !r->in[1]->constant;
    const bool along = first ? x->images + 2 == rank : x->images + 1 == rank || (two && x->images + 2 == rank);
    return kind == MOVED_PRODUCT && along
               ? FAULT(r, "it multiplies along the images: %s along others is read", r->chain->node->op_type) : GA_OK;
}

ga_code
onnx_read_moved(onnx_reading *r, const op_onnx *row)
{
    const Onnx__NodeProto *const node = r->chain->node;
    size_t k = 0, first = 0;
    while (k < sizeof kinds / sizeof *kinds && strcmp(kinds[k].operator, node->op_type) != 0)
        k++;
    if (k == sizeof kinds / sizeof *kinds)
        return FAULT(r, "another dimension of its input than the first counts the images: transpose it before %s", node->op_type);
    if (kinds[k].kind == MOVED_ITSELF)
        return row->read(r);
    while (!onnx_is_moved(r->in[first]))
        first++;
    const onnx_value *const x = r->in[first]; /* of the file, not of the node */
    const size_t rank = onnx_rank(x), more = x->n_dims - rank;
    onnx_value constant[3];
    moved_node m = { .node = *node };
    const int64_t usual = kinds[k].kind == MOVED_AXIS ? 0 : *node->op_type == 'S' && r->chain->set < 13 ? 1 : -1; /* axis */
    ga_code code = check_inputs(constant, r, x, kinds[k].kind);
    if (code == GA_OK && (kinds[k].kind == MOVED_AXIS || kinds[k].kind == MOVED_BEHIND))
        code = move_axes(&m, r, x, "axis", 0, usual);
    else if (code == GA_OK && kinds[k].kind >= MOVED_AXES && kinds[k].kind <= MOVED_SLICE)
        code = move_axes(&m, r, x, "axes", kinds[k].kind == MOVED_AXES ? 1 : 3, 0);
    if (code == GA_OK && kinds[k].kind == MOVED_BEHIND && m.file[0] < (int64_t)x->images)
        code = FAULT(r, "its axis comes before the images: %s along those behind is read", node->op_type);
    if (code != GA_OK)
        return code;
    r->chain->node = &m.node;
    code = row->read(r);
    r->chain->node = node;
    for (size_t i = 0; code == GA_OK && i < onnx_n_outputs(node); i++) {
        onnx_value *const out = onnx_names_find(r->names, node->output[i]);
        out->images = x->images;
        out->before = x->before;
        out->behind = x->behind;
        for (size_t j = 0; j < m.n && out->n_dims - more < rank; j++)
            out->images -= m.file[j] < (int64_t)x->images;
    }
    return code;
}
