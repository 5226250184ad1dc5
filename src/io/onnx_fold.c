/* SPDX-License-Identifier: Apache-2.0 */
/* onnx_fold.c -- nodes of which all inputs are constants: what exporters leave of them unless they fold constants. They put numbers
   in other places, or compute them as IEEE does in their own type, each rounded once; see op_onnx.h */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "io/op_onnx.h"

#define FAULT(r, ...) NODE_FAULT((r)->chain, __VA_ARGS__)

typedef enum { FOLD_PLACES, FOLD_NUMBERS, FOLD_TRUTHS, FOLD_CHOICE, FOLD_TYPE } fold_kind;

static const struct {
    const char *operator;
    fold_kind kind;
    size_t least, most; /* inputs */
} folds[] = {
    { "Transpose", FOLD_PLACES, 1, 1 }, { "Slice", FOLD_PLACES, 1, 5 }, { "Gather", FOLD_PLACES, 2, 2 },
    { "Concat", FOLD_PLACES, 1, ONNX_INPUTS }, { "Expand", FOLD_PLACES, 2, 2 }, { "Add", FOLD_NUMBERS, 2, 2 },
    { "Sub", FOLD_NUMBERS, 2, 2 }, { "Mul", FOLD_NUMBERS, 2, 2 }, { "Div", FOLD_NUMBERS, 2, 2 }, { "Sqrt", FOLD_NUMBERS, 1, 1 },
    { "Neg", FOLD_NUMBERS, 1, 1 }, { "Reciprocal", FOLD_NUMBERS, 1, 1 }, { "Abs", FOLD_NUMBERS, 1, 1 },
    { "Equal", FOLD_TRUTHS, 2, 2 }, { "Greater", FOLD_TRUTHS, 2, 2 }, { "Less", FOLD_TRUTHS, 2, 2 }, { "Not", FOLD_TRUTHS, 1, 1 },
    { "Where", FOLD_CHOICE, 3, 3 }, { "Cast", FOLD_TYPE, 1, 1 },
};
enum { FOLDED_TIMES = 4, FOLDED_MOST = 1 << 22 }; /* bytes of constants, for each of the file, and besides */
enum { N_FOLDS = sizeof folds / sizeof *folds };

static size_t
find(const char *operator)
{
    size_t k = 0;
    while (k < N_FOLDS && strcmp(folds[k].operator, operator) != 0)
        k++;
    return k;
}

bool
onnx_folds(const Onnx__NodeProto *node)
{
    const size_t k = find(ONNX_TEXT(node->op_type));
    return k < N_FOLDS && node->n_input >= folds[k].least && node->n_input <= folds[k].most && onnx_row(node->op_type) == NULL;
}

bool
onnx_is_folded(const onnx_reading *r)
{
    const char *const name = r->chain->node->op_type;
    bool shapes = strcmp(name, "Transpose") != 0; /* of few integers in a row, which other operators are known of too */
    for (size_t i = 0; i < r->n_in; i++) {
        if (r->in[i] != NULL && !r->in[i]->constant)
            return false;
        const onnx_array *const a = r->in[i] != NULL ? &r->in[i]->array : NULL;
        shapes = shapes && (a == NULL || (a->integers && a->n <= ONNX_DIMS && a->n_dims < 2));
    }
    if (strcmp(name, "Cast") == 0 && r->n_in == 1 && r->in[0] != NULL) {
        const Onnx__AttributeProto *const to = onnx_attribute(r->chain->node, "to");
        tensor_element e;
        return to != NULL && onnx_element(&e, to->i) ? r->in[0]->array.integers || e != r->in[0]->array.element
                                                     : !r->in[0]->array.integers || r->in[0]->array.n > ONNX_DIMS;
    }
    return find(name) < N_FOLDS && r->n_in > 0 && r->in[0] != NULL && !shapes;
}

/* Whether the numbers are looked at: where only the file is, few that may be of a shape. */
static bool
known(const onnx_reading *r, const onnx_array *a)
{
    return a->packed == 0 && (!r->chain->source->look || a->n <= ONNX_DIMS || (a->integers && a->stride == 8));
}

/* Room for the node's numbers, of the type of `like`, in those dimensions. */
static ga_code
make(onnx_reading *r, const onnx_array *like, size_t n_dims, const size_t *dim)
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
    const size_t most = FOLDED_TIMES * r->chain->file->size + FOLDED_MOST;
    r->chain->folded += a->n * size;
    if (r->chain->folded > most)
        return FAULT(r, "the constants that the graph computes take more than %zu bytes: fold them before", most);
    const ga_code code = source_take(r->chain->source, a->n * size);
    if (code != GA_OK)
        return code;
    if ((r->out->own = calloc(a->n, size)) == NULL)
        return onnx_no_memory(r);
    a->data = r->out->own;
    r->out->constant = true;
    return GA_OK;
}

/* Where number k of an array of those dimensions is in one that is broadcast to it. */
static size_t
place(const onnx_array *a, const onnx_array *to, size_t k)
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

static void
copy(onnx_reading *r, size_t to, const onnx_array *a, size_t from)
{
    onnx_array *const out = &r->out->array;
    if (known(r, a))
        memcpy(r->out->own + to * out->stride, a->data + from * a->stride, out->stride);
}

/* The dimensions of all inputs together. */
static bool
broadcast(size_t *n_dims, size_t dim[ONNX_DIMS], const onnx_reading *r, size_t first)
{
    bool fits = true;
    *n_dims = 0;
    for (size_t i = first; i < r->n_in; i++)
        *n_dims = r->in[i]->array.n_dims > *n_dims ? r->in[i]->array.n_dims : *n_dims;
    for (size_t d = 1; d <= *n_dims; d++) {
        size_t *const all = dim + *n_dims - d;
        *all = 1;
        for (size_t i = first; i < r->n_in; i++) {
            const onnx_array *const a = &r->in[i]->array;
            const size_t own = d <= a->n_dims ? a->dim[a->n_dims - d] : 1;
            fits = fits && (own == 1 || *all == 1 || own == *all);
            *all = own > 1 ? own : *all;
        }
    }
    return fits;
}

/* Number k of the output is that at first + the sum of steps times places. */
static ga_code
take(onnx_reading *r, const onnx_array *a, size_t n_dims, const size_t *dim, ptrdiff_t first, const ptrdiff_t *step)
{
    const ga_code code = make(r, a, n_dims, dim);
    for (size_t k = 0; code == GA_OK && k < r->out->array.n; k++) {
        ptrdiff_t at = first;
        for (size_t d = n_dims, rest = k; d-- > 0; rest /= dim[d])
            at += (ptrdiff_t)(rest % dim[d]) * step[d];
        copy(r, k, a, (size_t)at);
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
    const ga_code code = make(r, a, n, dim);
    for (size_t k = 0; code == GA_OK && k < r->out->array.n; k++) {
        const int64_t i = onnx_array_integer(index, k / inner % index->n), at = i < 0 ? i + (int64_t)a->dim[d] : i;
        if (at < 0 || at >= (int64_t)a->dim[d])
            return FAULT(r, "index %" PRId64 " is beyond the %zu places of dimension %zu", i, a->dim[d], d);
        copy(r, k, a, (k / inner / index->n * a->dim[d] + (size_t)at) * inner + k % inner);
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
    const ga_code code = make(r, a, a->n_dims, dim);
    for (size_t i = 0; code == GA_OK && i < r->n_in; i++) {
        const onnx_array *const b = &r->in[i]->array;
        const size_t block = b->dim[d] * inner;
        for (size_t k = 0; k < b->n; k++)
            copy(r, k / block * dim[d] * inner + before * inner + k % block, b, k);
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
    const ga_code code = make(r, a, n_dims, dim);
    for (size_t k = 0; code == GA_OK && k < r->out->array.n; k++)
        copy(r, k, a, place(a, &r->out->array, k));
    return code;
}

static double
number(const onnx_array *a, size_t k)
{
    return a->integers ? (double)onnx_array_integer(a, k) : onnx_array_number(a, k);
}

/* In double, which rounds the same as the type would. */
static double
join(const char *operator, double x, double y)
{
    switch (*operator) {
    case 'A':
        return operator[1] == 'd' ? x + y : fabs(x);
    case 'S':
        return operator[1] == 'u' ? x - y : sqrt(x);
    case 'M':
        return x * y;
    case 'D':
        return x / y;
    case 'R':
        return 1 / x;
    case 'E':
        return x == y;
    case 'G':
        return x > y;
    case 'L':
        return x < y;
    case 'N':
        return operator[1] == 'o' ? x == 0 : -x;
    default:
        return NAN;
    }
}

/* The number as the type of what the node makes has it; false: as no number of it. */
static bool
put(onnx_reading *r, size_t k, double x)
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

static ga_code
compute(onnx_reading *r, const onnx_array *a, fold_kind kind)
{
    const char *const name = r->chain->node->op_type;
    static const onnx_array truth = { .integers = true, .stride = 1 };
    const size_t first = kind == FOLD_CHOICE;
    const onnx_array *const like = first ? &r->in[1]->array : a;
    size_t n_dims, dim[ONNX_DIMS];
    bool alike = true, look = true;
    for (size_t i = first; i < r->n_in; i++) {
        const onnx_array *const b = &r->in[i]->array;
        alike = alike && b->integers == like->integers && b->element == like->element;
    }
    for (size_t i = 0; i < r->n_in; i++)
        look = look && known(r, &r->in[i]->array);
    if (!alike || (!like->integers && like->element != ELEMENT_F32 && like->element != ELEMENT_F64) || (first && !a->integers) ||
        !broadcast(&n_dims, dim, r, 0))
        return FAULT(r, "its constants are of other types than FLOAT or DOUBLE, or do not fit together%s", "");
    const ga_code code = make(r, kind == FOLD_TRUTHS ? &truth : like, n_dims, dim);
    for (size_t k = 0; code == GA_OK && look && k < r->out->array.n; k++) {
        const onnx_array *const b = r->n_in > 1 ? &r->in[1]->array : a, *const c = first ? &r->in[2]->array : a;
        const size_t at = place(a, &r->out->array, k);
        if (first) {
            const onnx_array *const chosen = onnx_array_integer(a, at) != 0 ? b : c;
            copy(r, k, chosen, place(chosen, &r->out->array, k));
        } else {
            double x = join(name, number(a, at), number(b, place(b, &r->out->array, k)));
            if (a->integers && kind == FOLD_NUMBERS)
                x = trunc(x);
            if (!put(r, k, x))
                return FAULT(r, "integer %zu that it makes is beyond 2^53, or a quotient by 0", k);
        }
    }
    return code;
}

static ga_code
cast(onnx_reading *r, const onnx_array *a)
{
    const Onnx__AttributeProto *const to = onnx_attribute(r->chain->node, "to");
    onnx_array like = { .stride = 8, .element = ELEMENT_F64 };
    const bool real = to != NULL && onnx_element(&like.element, to->i);
    like.integers = !real;
    if (to != NULL && to->i == ONNX__TENSOR_PROTO__DATA_TYPE__BOOL)
        like.stride = 1;
    else if (to == NULL || (real ? like.element != ELEMENT_F32 && like.element != ELEMENT_F64
                                 : to->i != ONNX__TENSOR_PROTO__DATA_TYPE__INT64 && to->i != ONNX__TENSOR_PROTO__DATA_TYPE__INT32))
        return FAULT(r, "%s of a constant to a type that is not FLOAT, DOUBLE, INT64 or BOOL", r->chain->node->op_type);
    const ga_code code = make(r, &like, a->n_dims, a->dim);
    for (size_t k = 0; code == GA_OK && known(r, a) && k < a->n; k++) {
        if (a->integers && onnx_times_images(onnx_array_integer(a, k)) > 0)
            return FAULT(r, "%s of the number of images to another type", r->chain->node->op_type);
        if (!put(r, k, real || like.stride == 1 ? number(a, k) : trunc(number(a, k))))
            return FAULT(r, "number %zu of '%s' is beyond the integers", k, a->name);
    }
    return code;
}

ga_code
onnx_fold(onnx_reading *r)
{
    const onnx_array *const a = &r->in[0]->array;
    const char *const name = r->chain->node->op_type;
    const fold_kind kind = folds[find(name)].kind;
    for (size_t i = 0; i < r->n_in; i++) {
        onnx_value *const v = r->in[i] != NULL ? onnx_names_find(r->names, r->in[i]->name) : NULL;
        if (v == NULL && (kind != FOLD_PLACES || i == 0 || *name == 'C'))
            return FAULT(r, "its input %zu is left out", i + 1);
        if (v == NULL || v->array.integers || v->unpacked || r->chain->source->look)
            continue;
        v->unpacked = true;
        const ga_code code = onnx_array_unpack(&v->array, &v->own, r->chain->source);
        if (code != GA_OK)
            return code;
    }
    if (kind != FOLD_PLACES)
        return kind == FOLD_TYPE ? cast(r, a) : compute(r, a, kind);
    return *name == 'T' ? transpose(r, a) : *name == 'S' ? slice(r, a) : *name == 'G' ? gather(r, a)
           : *name == 'C' ? concat(r, a) : expand(r, a);
}
