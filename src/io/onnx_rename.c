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

/* [images, all others]. */
static ga_code
read_reshape(onnx_reading *r)
{
    const onnx_array *const shape = r->n_in == 2 && r->in[1] != NULL && r->in[1]->constant ? &r->in[1]->array : NULL;
    if (is_constant(r))
        return reshape_constant(r, shape);
    const ga_code code = onnx_need_flow(r, 0);
    if (code != GA_OK)
        return code;
    onnx_pass_on(r);
    flatten(r->out);
    const size_t n = r->out->dim[1];
    if (shape == NULL || !shape->integers || shape->n_dims != 1 || shape->n != 2)
        return FAULT(r, "its shape is not two constants, [images, %zu]", n);
    const int64_t images = onnx_array_integer(shape, 0), inputs = onnx_array_integer(shape, 1);
    const bool all = inputs == -1 || (inputs > 0 && (uint64_t)inputs == n);
    const bool one_each = images == ONNX_IMAGES || (images >= -1 && images <= 1);
    return all && one_each && (images != -1 || inputs != -1)
               ? GA_OK : FAULT(r, "the shape [%" PRId64 ", %" PRId64 "] is not [images, %zu]", images, inputs, n);
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

/* And Dropout, whose second input, the ratio, is of no use. */
static ga_code
read_identity(onnx_reading *r)
{
    if (r->n_in > 1 && r->in[1] != NULL && !r->in[1]->constant)
        return FAULT(r, "its input 2 is not a constant of the file%s", "");
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
    { .operator = "Reshape", .least = 1, .most = 2, .attributes = { "allowzero" }, .read = read_reshape },
    { .operator = "Identity", .least = 1, .most = 1, .read = read_identity },
    { .operator = "Dropout", .least = 1, .most = 2, .attributes = { "ratio", "seed" }, .read = read_identity },
    { .operator = NULL },
};
