/* SPDX-License-Identifier: Apache-2.0 */
/* onnx_fold_places.c -- nodes of constants alone that put numbers in other places; see onnx_fold.h */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "io/onnx_fold.h"

#define FAULT(r, ...) NODE_FAULT((r)->chain, __VA_ARGS__)

enum { FOLDED_TIMES = 4, FOLDED_MOST = 1 << 22 }; /* bytes of constants, for each of the file, and besides */

ga_code
onnx_fold_count(onnx_reading *r, size_t n, size_t bytes)
{
    const size_t most = FOLDED_TIMES * r->chain->file->size + FOLDED_MOST;
    size_t more;
    if (__builtin_mul_overflow(n, bytes, &more) || more > most || (r->chain->folded += more) > most)
        return FAULT(r, "the constants that the graph computes take more than %zu bytes, or as much work: fold them before", most);
    return GA_OK;
}

bool
onnx_fold_known(const onnx_reading *r, const onnx_array *a)
{
    return a->packed == 0 && (!r->chain->source->look || a->n <= ONNX_DIMS || (a->integers && a->stride == 8));
}

ga_code
onnx_fold_make(onnx_reading *r, const onnx_array *like, size_t n_dims, const size_t *dim)
{
    onnx_array *const a = &r->out->array;
    const size_t size = like->integers ? like->stride == 1 ? 1 : sizeof(int64_t) : tensor_element_size(like->element);
    *a = (onnx_array){ .name = r->out->name, .integers = like->integers, .element = like->element, .n_dims = n_dims, .n = 1,
                       .stride = size };
    for (size_t d = 0; d < n_dims; d++) {
        a->dim[d] = dim[d];
        if (dim[d] == 0 || __builtin_mul_overflow(a->n, dim[d], &a->n) || a->n > 1 << 28)
            return FAULT(r, "its constant has none or more than 2^%d numbers", 28);
    }
    ga_code code = onnx_fold_count(r, a->n, size);
    if (code == GA_OK)
        code = source_take(r->chain->source, a->n * size);
    if (code != GA_OK)
        return code;
    if ((r->out->own = calloc(a->n, size)) == NULL)
        return onnx_no_memory(r);
    a->data = r->out->own;
    r->out->unpacked = true; /* or that would take the place of its numbers */
    r->out->constant = true;
    return GA_OK;
}

size_t
onnx_fold_place(const onnx_array *a, const onnx_array *to, size_t k)
{
    size_t at = 0, step = 1;
    for (size_t d = 1; d <= to->n_dims; d++) {
        const size_t dim = to->dim[to->n_dims - d], own = d <= a->n_dims ? a->dim[a->n_dims - d] : 1;
        at += own > 1 ? k % dim * step : 0;
        step *= own;
        k /= dim;
    }
    return at;
}

bool
onnx_fold_put(onnx_reading *r, size_t k, double x)
{
    onnx_array *const a = &r->out->array;
    uint8_t *const to = r->out->own + k * a->stride;
    const bool whole = x >= -0x1p53 && x <= 0x1p53;
    if (a->integers && a->stride == 1)
        *to = x != 0;
    else if (a->integers && whole)
        memcpy(to, &(int64_t){ (int64_t)x }, sizeof(int64_t));
    else if (!a->integers && a->element == ELEMENT_F32)
        memcpy(to, &(float){ (float)x }, sizeof(float));
    else if (!a->integers)
        memcpy(to, &x, sizeof x);
    return !a->integers || a->stride == 1 || whole;
}

void
onnx_fold_copy(onnx_reading *r, size_t to, const onnx_array *a, size_t from)
{
    onnx_array *const out = &r->out->array;
    if (onnx_fold_known(r, a))
        memcpy(r->out->own + to * out->stride, a->data + from * a->stride, out->stride);
}

/* Number k of the output is that at first + the sum of steps times places. */
static ga_code
take(onnx_reading *r, const onnx_array *a, size_t n_dims, const size_t *dim, ptrdiff_t first, const ptrdiff_t *step)
{
    const ga_code code = onnx_fold_make(r, a, n_dims, dim);
    for (size_t k = 0; code == GA_OK && k < r->out->array.n; k++) {
        ptrdiff_t at = first;
        for (size_t d = n_dims, rest = k; d-- > 0; rest /= dim[d])
            at += (ptrdiff_t)(rest % dim[d]) * step[d];
        onnx_fold_copy(r, k, a, (size_t)at);
    }
    return code;
}

static void
steps_of(ptrdiff_t step[ONNX_DIMS], const onnx_array *a)
{
    ptrdiff_t n = 1;
    for (size_t d = a->n_dims; d-- > 0; n *= (ptrdiff_t)a->dim[d])
        step[d] = n;
}

static ga_code
transpose(onnx_reading *r, const onnx_array *a)
{
    const Onnx__AttributeProto *const perm = onnx_attribute(r->chain->node, "perm");
    ptrdiff_t own[ONNX_DIMS], step[ONNX_DIMS];
    size_t dim[ONNX_DIMS], seen = 0;
    steps_of(own, a);
    for (size_t d = 0; d < a->n_dims; d++) {
        const int64_t from = perm == NULL ? (int64_t)(a->n_dims - 1 - d) : d < perm->n_ints ? perm->ints[d] : -1;
        if (from < 0 || from >= (int64_t)a->n_dims || seen >> from & 1)
            return FAULT(r, "perm is not an order of its input's %zu dimensions", a->n_dims);
        seen |= (size_t)1 << from;
        dim[d] = a->dim[from];
        step[d] = own[from];
    }
    return take(r, a, a->n_dims, dim, 0, step);
}

static ga_code
slice(onnx_reading *r, const onnx_array *a)
{
    int64_t start[ONNX_DIMS], end[ONNX_DIMS], axis[ONNX_DIMS], by[ONNX_DIMS];
    ptrdiff_t step[ONNX_DIMS], first = 0;
    size_t dim[ONNX_DIMS], n[4];
    ga_code code;
    if ((code = onnx_integers(start, n, ONNX_DIMS, r, 1, "starts")) != GA_OK ||
        (code = onnx_integers(end, n + 1, ONNX_DIMS, r, 2, "ends")) != GA_OK ||
        (code = onnx_integers(axis, n + 2, ONNX_DIMS, r, 3, "axes")) != GA_OK ||
        (code = onnx_integers(by, n + 3, ONNX_DIMS, r, 4, "steps")) != GA_OK)
        return code;
    steps_of(step, a);
    memcpy(dim, a->dim, sizeof dim);
    for (size_t k = 0; k < n[0]; k++) {
        const int64_t given = k < n[2] ? axis[k] : (int64_t)k, d = given < 0 ? given + (int64_t)a->n_dims : given;
        const bool ok = n[1] == n[0] && d >= 0 && d < (int64_t)a->n_dims && onnx_times_images(start[k]) == 0 &&
                        onnx_times_images(end[k]) == 0;
        onnx_range range;
        if (!ok || !onnx_slice(&range, start[k], end[k], k < n[3] ? by[k] : 1, dim[d]))
            return FAULT(r, "its starts, ends, axes or steps do not fit the %zu dimensions of '%s'", a->n_dims, a->name);
        first += (ptrdiff_t)range.first * step[d];
        step[d] *= (ptrdiff_t)range.by;
        dim[d] = range.n;
    }
    return take(r, a, a->n_dims, dim, first, step);
}

static ga_code
gather(onnx_reading *r, const onnx_array *a)
{
    const Onnx__AttributeProto *const given = onnx_attribute(r->chain->node, "axis");
    const onnx_array *const index = r->in[1] != NULL ? &r->in[1]->array : NULL;
    const int64_t axis = given != NULL ? given->i : 0;
    const size_t d = (size_t)(axis < 0 ? axis + (int64_t)a->n_dims : axis);
    size_t dim[2 * ONNX_DIMS], inner = 1, n = 0;
    if (index == NULL || !index->integers || d >= a->n_dims || a->n_dims - 1 + index->n_dims > ONNX_DIMS)
        return FAULT(r, "its indices or its axis do not fit the %zu dimensions of '%s'", a->n_dims, a->name);
    for (size_t k = 0; k < a->n_dims; k++) {
        inner *= k > d ? a->dim[k] : 1;
        if (k != d)
            dim[n++] = a->dim[k];
        for (size_t j = 0; k == d && j < index->n_dims; j++)
            dim[n++] = index->dim[j];
    }
    const ga_code code = onnx_fold_make(r, a, n, dim);
    for (size_t k = 0; code == GA_OK && k < r->out->array.n; k++) {
        const int64_t i = onnx_array_integer(index, k / inner % index->n), at = i < 0 ? i + (int64_t)a->dim[d] : i;
        if (at < 0 || at >= (int64_t)a->dim[d])
            return FAULT(r, "index %" PRId64 " is beyond the %zu places of dimension %zu", i, a->dim[d], d);
        onnx_fold_copy(r, k, a, (k / inner / index->n * a->dim[d] + (size_t)at) * inner + k % inner);
    }
    return code;
}

static ga_code
concat(onnx_reading *r, const onnx_array *a)
{
    const Onnx__AttributeProto *const given = onnx_attribute(r->chain->node, "axis");
    const int64_t axis = given != NULL ? given->i : 0;
    const size_t d = (size_t)(axis < 0 ? axis + (int64_t)a->n_dims : axis);
    size_t dim[ONNX_DIMS], inner = 1, before = 0;
    bool fits = d < a->n_dims;
    memcpy(dim, a->dim, sizeof dim);
    for (size_t i = 1; i < r->n_in && fits; i++) {
        const onnx_array *const b = &r->in[i]->array;
        fits = b->n_dims == a->n_dims && b->integers == a->integers && b->element == a->element;
        for (size_t k = 0; fits && k < a->n_dims; k++)
            fits = k == d || b->dim[k] == a->dim[k];
        dim[d] += fits ? b->dim[d] : 0;
    }
    if (!fits)
        return FAULT(r, "its %zu constants do not fit together", r->n_in);
    for (size_t k = d + 1; k < a->n_dims; k++)
        inner *= a->dim[k];
    const ga_code code = onnx_fold_make(r, a, a->n_dims, dim);
    for (size_t i = 0; code == GA_OK && i < r->n_in; i++) {
        const onnx_array *const b = &r->in[i]->array;
        const size_t block = b->dim[d] * inner;
        for (size_t k = 0; k < b->n; k++)
            onnx_fold_copy(r, k / block * dim[d] * inner + before * inner + k % block, b, k);
        before += b->dim[d];
    }
    return code;
}

static ga_code
expand(onnx_reading *r, const onnx_array *a)
{
    const onnx_array *const shape = r->in[1] != NULL ? &r->in[1]->array : NULL;
    size_t dim[ONNX_DIMS];
    bool fits = shape != NULL && shape->integers && shape->n_dims == 1 && shape->n <= ONNX_DIMS;
    const size_t n_dims = fits && shape->n > a->n_dims ? shape->n : a->n_dims;
    for (size_t d = 1; fits && d <= n_dims; d++) {
        const size_t own = d <= a->n_dims ? a->dim[a->n_dims - d] : 1;
        const int64_t size = d <= shape->n ? onnx_array_integer(shape, shape->n - d) : 1;
        const bool images = d == n_dims && onnx_times_images(size) == 1; /* the same for all */
        fits = images || (size > 0 && (own == 1 || size == 1 || size == (int64_t)own));
        dim[n_dims - d] = own > 1 || images ? own : (size_t)size;
    }
    if (!fits)
        return FAULT(r, "its shape is not constants that '%s' fits", a->name);
    if (a->n == 1) { /* without a copy for each */
        onnx_array *const out = &r->out->array;
        *out = *a;
        out->n_dims = n_dims;
        memcpy(out->dim, dim, sizeof dim);
        for (size_t d = 0; d < n_dims; d++)
            if (__builtin_mul_overflow(out->n, dim[d], &out->n) || out->n > 1 << 28)
                return FAULT(r, "its constant has more than 2^%d numbers", 28);
        out->stride = out->stride == 1 || out->n == 1 ? out->stride : 0;
        r->out->constant = true;
        if (out->stride == 0 || out->n == 1)
            return GA_OK;
    }
    const ga_code code = onnx_fold_make(r, a, n_dims, dim);
    for (size_t k = 0; code == GA_OK && k < r->out->array.n; k++)
        onnx_fold_copy(r, k, a, onnx_fold_place(a, &r->out->array, k));
    return code;
}

ga_code
onnx_fold_places(onnx_reading *r, const onnx_array *a)
{
    const char *const name = r->chain->node->op_type;
    return *name == 'T' ? transpose(r, a) : *name == 'S' ? slice(r, a) : *name == 'G' ? gather(r, a)
           : *name == 'C' ? concat(r, a) : expand(r, a);
}
