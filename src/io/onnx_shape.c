/* SPDX-License-Identifier: Apache-2.0 */
/* onnx_shape.c -- shapes that a graph computes for its Reshape, such as [the number of images, -1]; see onnx.h */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "io/onnx.h"

/* An attribute or a constant that must be 0, or -1 if that is the same. */
static ga_code
need_first(const onnx_chain *c, const char *name, const onnx_array *constant)
{
    const Onnx__AttributeProto *const a = onnx_attribute(c->node, name);
    int64_t i = 0;
    if (constant != NULL && (!constant->integers || constant->n != 1))
        return NODE_FAULT(c, "'%s' is not one integer", constant->name);
    if (constant != NULL)
        i = onnx_array_integer(constant, 0);
    else if (a != NULL)
        i = a->n_ints == 1 ? a->ints[0] : a->has_i ? a->i : 1;
    return i == 0 || i == -1 ? GA_OK : NODE_FAULT(c, "%s of %s is not 0", name, c->node->op_type);
}

static ga_code
gather(int64_t *number, size_t *n_dims, const onnx_chain *c, const onnx_array *const *in)
{
    if (in[0]->n_dims != 1 || in[1] == NULL || !in[1]->integers || in[1]->n != 1)
        return NODE_FAULT(c, "%s does not take one number of a shape", c->node->op_type);
    const int64_t n = (int64_t)in[0]->n, i = onnx_array_integer(in[1], 0), at = i < 0 ? i + n : i;
    if (i < -n || at >= n)
        return NODE_FAULT(c, "number %" PRId64 " of a shape of %" PRId64, i, n);
    *number = onnx_array_integer(in[0], (size_t)at);
    *n_dims = in[1]->n_dims;
    return need_first(c, "axis", NULL);
}

static ga_code
concat(int64_t *number, size_t *n, const onnx_chain *c, const onnx_array *const *in)
{
    for (size_t k = 0; k < c->node->n_input; k++) {
        if (in[k] == NULL || !in[k]->integers || in[k]->n_dims != 1 || *n + in[k]->n > ONNX_DIMS)
            return NODE_FAULT(c, "%s is known of constants that are a shape only", c->node->op_type);
        for (size_t i = 0; i < in[k]->n; i++)
            number[(*n)++] = onnx_array_integer(in[k], i);
    }
    return need_first(c, "axis", NULL);
}

/* Those from a start to an end, in steps; of a shape along its only axis, of a table its rows. */
static ga_code
slice(int64_t *number, size_t *n, const onnx_chain *c, const onnx_array *const *in)
{
    int64_t range[5] = { 0, 0, 0, 0, 1 }; /* of input 1, 2, 3, 4 */
    const size_t width = in[0]->n_dims == 2 ? in[0]->dim[1] : 1;
    const int64_t size = (int64_t)(in[0]->n / width);
    for (size_t k = 1; k < 5; k++) {
        if (k < 3 ? in[k] == NULL || !in[k]->integers || in[k]->n != 1 : in[k] != NULL && (!in[k]->integers || in[k]->n != 1))
            return NODE_FAULT(c, "%s of a shape has not one start and end", c->node->op_type);
        range[k] = in[k] != NULL ? onnx_array_integer(in[k], 0) : range[k];
    }
    const int64_t by = range[4], least = by > 0 ? 0 : -1, most = by > 0 ? size : size - 1;
    if (by == 0 || by < -ONNX_DIMS || by > ONNX_DIMS || (range[3] != 0 && (range[3] != -1 || width > 1)))
        return NODE_FAULT(c, "%s of a shape has not one axis, or a step beyond it", c->node->op_type);
    int64_t from = range[1] < 0 ? range[1] + size : range[1], to = range[2] < 0 ? range[2] + size : range[2];
    from = from < 0 ? 0 : from > most ? most : from;
    to = to < least ? least : to > size ? size : to;
    for (*n = 0; by > 0 ? from < to : from > to; from += by)
        for (size_t k = 0; k < width; k++)
            number[(*n)++] = onnx_array_integer(in[0], (size_t)from * width + k);
    return *n > 0 ? GA_OK : NODE_FAULT(c, "nothing is left by %s", c->node->op_type);
}

/* Some times the number of images, times or divided by a number, or plus or minus 0. */
static bool
join_images(int64_t *r, int64_t open, int64_t other, bool first, onnx_shape_operation what)
{
    size_t times = onnx_times_images(open);
    const bool counts = other >= 1 && other < ONNX_MOST_IMAGES;
    *r = open;
    if (what == ONNX_ADD || what == ONNX_SUB)
        return other == 0 && (first || what == ONNX_ADD);
    if (!counts || (what == ONNX_DIV && (!first || times % (size_t)other != 0)))
        return false;
    times = what == ONNX_MUL ? times * (size_t)other : times / (size_t)other;
    *r = ONNX_IMAGES + (int64_t)times - 1;
    return times <= ONNX_MOST_IMAGES;
}

/* a and b as the operation joins them. */
static bool
join(int64_t *r, int64_t a, int64_t b, onnx_shape_operation what)
{
    const bool first = onnx_times_images(a) > 0, open = first || onnx_times_images(b) > 0;
    const int64_t other = first ? b : a;
    if (what == ONNX_EQUAL) {
        *r = a == b; /* it is none of the numbers that shapes have in their stead, -1 and 0 */
        return !open || a == b || other < 1;
    }
    if (open)
        return join_images(r, first ? a : b, other, first, what);
    switch (what) {
    case ONNX_ADD:
        return !__builtin_add_overflow(a, b, r);
    case ONNX_SUB:
        return !__builtin_sub_overflow(a, b, r);
    case ONNX_MUL:
        return !__builtin_mul_overflow(a, b, r);
    default:
        *r = b > 0 ? a / b : 0;
        return b > 0 && a >= 0;
    }
}

/* Number by number, one number for all of the others; of Where with the first as the condition. */
static ga_code
elementwise(int64_t *number, size_t *n, size_t *n_dims, const onnx_chain *c, const onnx_array *const *in, onnx_shape_operation what)
{
    const size_t n_in = what == ONNX_WHERE ? 3 : 2;
    *n = 1;
    *n_dims = 0;
    for (size_t k = 0; k < n_in; k++) {
        if (in[k] == NULL || !in[k]->integers || in[k]->n_dims > 1 || in[k]->n > ONNX_DIMS)
            return NODE_FAULT(c, "%s is known of shapes and of values, not of both", c->node->op_type);
        *n = in[k]->n > *n ? in[k]->n : *n;
        *n_dims = in[k]->n_dims > *n_dims ? in[k]->n_dims : *n_dims;
    }
    for (size_t i = 0; i < *n; i++) {
        int64_t x[3];
        for (size_t k = 0; k < n_in; k++) {
            if (in[k]->n != *n && in[k]->n != 1)
                return NODE_FAULT(c, "the shapes of %s have not as many numbers", c->node->op_type);
            x[k] = onnx_array_integer(in[k], in[k]->n == 1 ? 0 : i);
        }
        if (what == ONNX_WHERE)
            number[i] = x[x[0] != 0 ? 1 : 2];
        else if (!join(number + i, x[0], x[1], what))
            return NODE_FAULT(c, "%s of a shape counts with the number of images, or overflows", c->node->op_type);
    }
    return GA_OK;
}

static ga_code
shape_of(int64_t *number, size_t *n, const onnx_chain *c)
{
    const Onnx__AttributeProto *const start = onnx_attribute(c->node, "start"), *const end = onnx_attribute(c->node, "end");
    const int64_t size = (int64_t)(c->single ? 1 : c->n_dims);
    int64_t from = start != NULL ? start->i : 0, to = end != NULL ? end->i : size;
    from = from < 0 ? from + size : from;
    to = to < 0 ? to + size : to > size ? size : to;
    if (from < 0 || from >= to)
        return NODE_FAULT(c, "nothing is left by %s", c->node->op_type);
    for (*n = 0; from < to; from++, ++*n)
        number[*n] = from == 0 && c->dim[0] == 0 ? ONNX_IMAGES : (int64_t)c->dim[c->single ? 1 : from];
    return GA_OK;
}

/* A shape in a row, or a table of rows of *width numbers. */
static ga_code
reshape(size_t *n_dims, size_t *width, size_t n, const onnx_chain *c, const onnx_array *shape)
{
    int64_t size[2] = { 1, 1 };
    bool ok = shape != NULL && shape->integers && shape->n_dims == 1 && shape->n <= 2;
    for (size_t d = 0; ok && d < shape->n; d++) {
        size[d] = onnx_array_integer(shape, d);
        ok = size[d] == -1 || (size[d] > 0 && (uint64_t)size[d] <= n);
    }
    *n_dims = ok ? shape->n : 1;
    if (ok && size[0] == -1)
        size[0] = size[1] > 0 ? (int64_t)n / size[1] : 0;
    else if (ok && size[1] == -1)
        size[1] = (int64_t)n / size[0];
    *width = ok && *n_dims == 2 ? (size_t)size[1] : n;
    return ok && size[0] > 0 && (uint64_t)(size[0] * size[1]) == n
               ? GA_OK : NODE_FAULT(c, "%s is not that of %zu numbers to one or two dimensions", c->node->op_type, n);
}

/* number[0..*n-1] of ONNX_DIMS, in *n_dims dimensions; of two, the last of which has *width. */
static ga_code
compute(int64_t *number, size_t *n, size_t *n_dims, size_t *width, const onnx_chain *c, const onnx_array *const *in,
        onnx_shape_operation what)
{
    *n = what == ONNX_CONCAT ? 0 : 1;
    *n_dims = 1;
    if (what == ONNX_CONCAT)
        return concat(number, n, c, in);
    if (what == ONNX_SHAPE)
        return shape_of(number, n, c);
    if (what >= ONNX_ADD && what <= ONNX_WHERE)
        return elementwise(number, n, n_dims, c, in, what);
    if (in[0] == NULL || !in[0]->integers || in[0]->n > ONNX_DIMS)
        return NODE_FAULT(c, "%s is known of shapes only", c->node->op_type);
    if (what == ONNX_GATHER)
        return gather(number, n_dims, c, in);
    if (in[0]->n_dims == 2)
        *width = in[0]->dim[1];
    if (what == ONNX_SLICE_SHAPE) {
        *n_dims = in[0]->n_dims;
        return in[0]->n_dims <= 2 ? slice(number, n, c, in)
                                  : NODE_FAULT(c, "%s is known of shapes and tables of them only", c->node->op_type);
    }
    for (*n = 0; *n < in[0]->n; ++*n)
        number[*n] = onnx_array_integer(in[0], *n);
    *n_dims = in[0]->n_dims;
    if (what == ONNX_CAST_SHAPE)
        return GA_OK;
    if (what == ONNX_SQUEEZE) {
        *n_dims = 0;
        return in[0]->n == 1 ? need_first(c, "axes", in[1]) : NODE_FAULT(c, "%s is known of one number only", c->node->op_type);
    }
    *n_dims = 1;
    if (what == ONNX_RESHAPE_SHAPE)
        return reshape(n_dims, width, *n, c, in[1]);
    if (what == ONNX_TRANSPOSE_SHAPE) {
        *width = in[0]->n_dims == 2 ? in[0]->dim[0] : *n;
        *n_dims = in[0]->n_dims;
        for (size_t k = 0; k < *n && in[0]->n_dims == 2; k++)
            number[k % in[0]->dim[1] * *width + k / in[0]->dim[1]] = onnx_array_integer(in[0], k);
        return in[0]->n_dims <= 2 ? GA_OK : NODE_FAULT(c, "%s is known of shapes and tables of them only", c->node->op_type);
    }
    return in[0]->n_dims == 0 ? need_first(c, "axes", in[1]) : NODE_FAULT(c, "%s is known of one number only", c->node->op_type);
}

/* As many equal numbers as a shape says, which number 0 has; that of images is 1, which is as many as there are. */
static ga_code
constant_of(onnx_array *a, const onnx_chain *c, const onnx_array *shape)
{
    const Onnx__AttributeProto *const value = onnx_attribute(c->node, "value");
    static const float zero = 0;
    *a = (onnx_array){ .name = c->node->output[0], .element = ELEMENT_F32, .n = 1, .stride = 4, .data = (const uint8_t *)&zero };
    if (value != NULL && value->t != NULL) {
        const ga_code code = onnx_array_make(a, value->t, c->node->output[0], c->file, c->source);
        if (code != GA_OK)
            return code;
    }
    bool ok = shape != NULL && shape->integers && shape->n_dims == 1 && shape->n <= ONNX_DIMS && a->n == 1 && a->packed == 0;
    a->n_dims = ok ? shape->n : 0;
    for (size_t d = 0; ok && d < shape->n; d++) {
        const int64_t size = onnx_array_integer(shape, d);
        a->dim[d] = size == ONNX_IMAGES && d == 0 ? 1 : size > 0 ? (size_t)size : 0;
        ok = a->dim[d] > 0 && !__builtin_mul_overflow(a->n, a->dim[d], &a->n) && a->n <= 1 << 28;
    }
    a->stride = a->stride == 1 ? 1 : 0;
    return ok && (a->stride == 0 || a->n == 1) ? GA_OK
                                               : NODE_FAULT(c, "%s is not one number in a constant shape", c->node->op_type);
}

ga_code
onnx_shape(onnx_array *a, uint8_t **own, const onnx_chain *c, const onnx_array *const *in, onnx_shape_operation what)
{
    int64_t number[ONNX_DIMS] = { 0 };
    if (what == ONNX_CONSTANT_OF)
        return constant_of(a, c, in[0]);
    *a = (onnx_array){ .name = c->node->output[0], .integers = true, .element = ELEMENT_F64, .stride = sizeof *number };
    size_t width = 1;
    ga_code code = compute(number, &a->n, &a->n_dims, &width, c, in, what);
    if (code != GA_OK || (code = source_take(c->source, sizeof number)) != GA_OK)
        return code;
    if ((*own = malloc(sizeof number)) == NULL)
        return file_fail(c->source->st, GA_NO_MEMORY, c->source->path, "out of memory");
    memcpy(*own, number, sizeof number);
    a->dim[0] = a->n_dims == 2 ? a->n / width : a->n;
    a->dim[1] = width;
    a->data = *own;
    return GA_OK;
}
