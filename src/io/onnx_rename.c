/* SPDX-License-Identifier: Apache-2.0 */
/* onnx_rename.c -- operators of ONNX that compute nothing: their output is their input, perhaps in another shape */
#include <inttypes.h>
#include <string.h>

#include "io/op_onnx.h"

#define FAULT(r, ...) NODE_FAULT((r)->chain, __VA_ARGS__)

static void
flatten(onnx_value *v)
{
    size_t n = 1;
    for (size_t d = 1; d < v->n_dims; d++)
        n *= v->dim[d];
    v->n_dims = 2;
    v->dim[1] = n;
}

void
onnx_pass_on(const onnx_reading *r)
{
    r->out->at = r->in[0]->at;
    r->out->shared = r->in[0]->shared || r->in[0]->readers > 1;
    r->out->n_dims = r->in[0]->n_dims;
    memcpy(r->out->dim, r->in[0]->dim, sizeof r->out->dim);
    r->out->masked = r->in[0]->masked;
    r->out->mask = r->in[0]->mask;
    r->out->images = r->in[0]->images;
    r->out->before = r->in[0]->before;
    r->out->behind = r->in[0]->behind;
}

void
onnx_pass_on_constant(const onnx_reading *r)
{
    r->out->constant = true;
    r->out->of = (onnx_value *)(uintptr_t)r->in[0];
}

/* r->out is the first input, a constant, in another shape. */
static ga_code
shape_constant(const onnx_reading *r, size_t n_dims, const size_t *dim)
{
    onnx_array *const a = &r->out->array;
    size_t n = 1;
    bool fits = n_dims <= ONNX_DIMS;
    *a = r->in[0]->array;
    for (size_t d = 0; fits && d < n_dims; d++)
        fits = dim[d] > 0 && !__builtin_mul_overflow(n, dim[d], &n);
    if (!fits || n != a->n)
        return FAULT(r, "the shape does not fit the %zu numbers of '%s'", a->n, a->name);
    r->out->constant = true;
    a->n_dims = n_dims;
    memcpy(a->dim, dim, n_dims * sizeof *dim);
    return GA_OK;
}

/* One dimension of -1 takes what the others leave; one of 0 is what it was. */
static ga_code
reshape_constant(const onnx_reading *r, const onnx_array *shape)
{
    const onnx_array *const a = &r->in[0]->array;
    size_t dim[ONNX_DIMS], n = 1, open = ONNX_DIMS;
    bool ok = shape != NULL && shape->integers && shape->n_dims == 1 && shape->n <= ONNX_DIMS;
    for (size_t d = 0; ok && d < shape->n; d++) {
        const int64_t size = onnx_array_integer(shape, d);
        ok = size >= -1 && (size != 0 || d < a->n_dims) && (size != -1 || open == ONNX_DIMS);
        dim[d] = size > 0 ? (size_t)size : size == 0 && ok ? a->dim[d] : 1;
        open = size == -1 ? d : open;
        ok = ok && !__builtin_mul_overflow(n, dim[d], &n);
    }
    if (!ok || n == 0 || onnx_attribute(r->chain->node, "allowzero") != NULL)
        return FAULT(r, "its shape is not constants that '%s' fits", a->name);
    if (open < ONNX_DIMS)
        dim[open] = a->n / n;
    return shape_constant(r, shape->n, dim);
}

static ga_code
flatten_constant(const onnx_reading *r)
{
    const onnx_array *const a = &r->in[0]->array;
    size_t axis, dim[2] = { 1, 1 };
    const ga_code code = onnx_sizes(&axis, r, "axis", 1, 1);
    for (size_t d = 0; d < a->n_dims; d++)
        dim[d >= axis] *= a->dim[d]; /* all are a->n */
    return code == GA_OK ? shape_constant(r, 2, dim) : code;
}

static bool
is_constant(const onnx_reading *r)
{
    return r->n_in > 0 && r->in[0] != NULL && r->in[0]->constant;
}

/* The dimensions that a shape gives to the n numbers of an image, after that of the images: one of -1 takes what the others leave,
   one of 0 is what it was; false: it does not fit. */
static bool
take_dims(onnx_value *out, const onnx_value *x, const onnx_array *shape, bool zero_stays, size_t n)
{
    const int64_t images = onnx_array_integer(shape, 0);
    size_t product = 1, open = images == -1 ? 0 : ONNX_DIMS;
    bool ok = true;
    out->n_dims = shape->n;
    for (size_t d = 1; ok && d < shape->n; d++) {
        const int64_t size = onnx_array_integer(shape, d);
        ok = size >= -1 && (size != 0 || (zero_stays && d < x->n_dims)) && (size != -1 || open == ONNX_DIMS);
        open = size == -1 ? d : open;
        out->dim[d] = size > 0 ? (size_t)size : size == 0 && ok ? x->dim[d] : 1;
        ok = ok && !__builtin_mul_overflow(product, out->dim[d], &product);
    }
    if (ok && open > 0 && open < ONNX_DIMS && n % product == 0) {
        out->dim[open] = n / product;
        product = n;
    }
    return ok && product == n;
}

/* Whether two dimensions may be others than [images, n]. */
static bool
may_move(const onnx_array *shape, size_t n)
{
    const int64_t rows = onnx_array_integer(shape, 0), columns = onnx_array_integer(shape, 1);
    const size_t some = columns > 0 ? (size_t)columns : rows > 0 ? (size_t)rows : 0;
    return some > 0 && some < n && n % some == 0 && (rows != 0 || columns == -1);
}

/* The images first, each with its own numbers; or elsewhere. */
static ga_code
read_reshape(onnx_reading *r)
{
    const Onnx__AttributeProto *const zero = onnx_attribute(r->chain->node, "allowzero");
    const onnx_array *const shape = r->n_in == 2 && r->in[1] != NULL && r->in[1]->constant ? &r->in[1]->array : NULL;
    if (is_constant(r))
        return reshape_constant(r, shape);
    const ga_code code = onnx_need_flow(r, 0);
    if (code != GA_OK)
        return code;
    onnx_value all = *r->in[0];
    flatten(&all);
    const size_t n = all.dim[1];
    if (shape == NULL || !shape->integers || shape->n_dims != 1 || shape->n < 2 || shape->n > ONNX_DIMS)
        return FAULT(r, "its shape is not 2 to %d constants, [images, ...] of %zu numbers", OP_DIMS + 1, n);
    const int64_t images = onnx_array_integer(shape, 0), own = (int64_t)r->chain->dim[0];
    const bool one_each = images == ONNX_IMAGES || (images >= -1 && images <= 1) || images == own;
    const bool zero_stays = zero == NULL || zero->i == 0;
    if (onnx_is_moved(r->in[0]))
        return onnx_reshape_moved(r, shape, zero_stays);
    onnx_pass_on(r);
    if (one_each && shape->n <= OP_DIMS + 1 && take_dims(r->out, r->in[0], shape, zero_stays, n))
        return shape->n == 2 ? GA_OK : onnx_need_images(r);
    if (shape->n == 2 && !may_move(shape, n))
        return FAULT(r, "the shape [%" PRId64 ", %" PRId64 "] is not [images, %zu]", images, onnx_array_integer(shape, 1), n);
    return onnx_reshape_moved(r, shape, zero_stays);
}

/* Dimensions of 1 come, axes of the output, or go: of a constant, or beside that of the images. */
static ga_code
read_ones(onnx_reading *r)
{
    const bool come = strcmp(r->chain->node->op_type, "Unsqueeze") == 0;
    const bool constant = is_constant(r);
    int64_t axis[ONNX_DIMS];
    size_t n, dim[ONNX_DIMS] = { 0 }, k = 0, seen = 0; /* a bit for each */
    ga_code code = constant ? GA_OK : onnx_need_flow(r, 0);
    if (code != GA_OK || (!constant && (code = onnx_need_images(r)) != GA_OK) ||
        (code = onnx_integers(axis, &n, ONNX_DIMS, r, 1, "axes")) != GA_OK)
        return code;
    const size_t from = constant ? r->in[0]->array.n_dims : onnx_rank(r->in[0]), most = constant ? ONNX_DIMS : OP_DIMS + 1;
    size_t own[ONNX_DIMS], images = constant ? ONNX_DIMS : r->in[0]->images;
    if (constant)
        memcpy(own, r->in[0]->array.dim, sizeof own);
    else
        onnx_file_dims(own, r->in[0]);
    const size_t dims = come ? from + n : from; /* that axes count */
    for (size_t i = 0; i < n && dims <= ONNX_DIMS; i++) {
        const int64_t d = axis[i] < 0 ? axis[i] + (int64_t)dims : axis[i];
        if (d < 0 || d >= (int64_t)dims || seen >> d & 1 || (!come && (own[d] != 1 || (size_t)d == images)))
            return FAULT(r, "axis %" PRId64 " is that of the images, or cannot be one of %s", axis[i], r->chain->node->op_type);
        seen |= (size_t)1 << d;
    }
    const size_t to = come ? dims : from - n;
    if (n == 0 || n > dims || to > most || to + constant < 2)
        return FAULT(r, "its axes are not given, or leave other than 2 to %zu dimensions", most);
    for (size_t d = 0, i = 0; d < dims; d++) {
        const bool is = seen >> d & 1;
        if (!is && i == (constant ? ONNX_DIMS : r->in[0]->images))
            images = k;
        if (come || !is)
            dim[k++] = is ? 1 : own[i];
        i += !come || !is;
    }
    if (constant)
        return shape_constant(r, to, dim);
    onnx_pass_on(r);
    return onnx_set_file_dims(r, dim, to, images, r->in[0]->before, r->in[0]->behind);
}

static bool
unsqueezes(const Onnx__GraphProto *graph)
{
    return onnx_takes_values(graph, "Unsqueeze");
}

/* A chain has Reshape to [images, all] only. */
static bool
reshapes(const Onnx__GraphProto *graph)
{
    size_t looks = 0;
    for (size_t k = 0; k < graph->n_node && looks < ONNX_MOST_LOOKS; k++) {
        const Onnx__NodeProto *const node = graph->node[k];
        if (strcmp(ONNX_TEXT(node->op_type), "Reshape") != 0 || node->n_input != 2)
            continue;
        const size_t n = onnx_integers_made(graph, ONNX_TEXT(node->input[1]), &looks);
        if (n > 2 && !onnx_is_constant(graph, ONNX_TEXT(node->input[0]), &looks))
            return true;
    }
    return false;
}

static ga_code
read_flatten(onnx_reading *r)
{
    size_t axis;
    if (is_constant(r))
        return flatten_constant(r);
    ga_code code = onnx_need_flow(r, 0);
    if (code != GA_OK || (code = onnx_sizes(&axis, r, "axis", 1, 1)) != GA_OK)
        return code;
    onnx_pass_on(r);
    flatten(r->out);
    return axis == 1 ? GA_OK : FAULT(r, "axis = %zu is not 1", axis);
}

/* And Dropout, whose second input, the ratio, is of no use, and whose third says whether the network is trained. */
static ga_code
read_identity(onnx_reading *r)
{
    if (r->n_in > 1 && r->in[1] != NULL && !r->in[1]->constant)
        return FAULT(r, "its input 2 is not a constant of the file%s", "");
    const onnx_value *const mode = r->n_in > 2 ? r->in[2] : NULL;
    const onnx_array *const m = mode != NULL && mode->constant && mode->array.integers ? &mode->array : NULL;
    if (mode != NULL && (m == NULL || m->n != 1 || onnx_array_integer(m, 0) != 0))
        return FAULT(r, "%s in training mode: export the network as it is used (in PyTorch: model.eval())",
                     r->chain->node->op_type);
    if (is_constant(r)) {
        onnx_pass_on_constant(r);
        return GA_OK;
    }
    const ga_code code = onnx_need_flow(r, 0);
    if (code == GA_OK)
        onnx_pass_on(r);
    return code;
}

const op_onnx onnx_renames[] = {
    { .operator = "Flatten", .least = 1, .most = 1, .attributes = { "axis" }, .read = read_flatten },
    { .operator = "Reshape", .least = 1, .most = 2, .attributes = { "allowzero" }, .no_chain = reshapes, .read = read_reshape },
    { .operator = "Squeeze", .least = 1, .most = 2, .attributes = { "axes" }, .network = true, .read = read_ones },
    { .operator = "Unsqueeze", .least = 1, .most = 2, .attributes = { "axes" }, .no_chain = unsqueezes, .read = read_ones },
    { .operator = "Identity", .least = 1, .most = 1, .read = read_identity },
    { .operator = "Dropout", .least = 1, .most = 3, .attributes = { "ratio", "seed" }, .read = read_identity },
    { .operator = NULL },
};
