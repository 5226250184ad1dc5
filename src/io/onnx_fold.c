/* SPDX-License-Identifier: Apache-2.0 */
/* onnx_fold.c -- nodes of which all inputs are constants: what exporters leave of them unless they fold constants. They put numbers
   in other places, or compute them as IEEE does in their own type, each rounded once; see op_onnx.h */
#include <math.h>
#include <string.h>

#include "io/onnx_fold.h"

#define FAULT(r, ...) NODE_FAULT((r)->chain, __VA_ARGS__)

typedef enum { FOLD_PLACES, FOLD_NUMBERS, FOLD_TRUTHS, FOLD_CHOICE, FOLD_TYPE, FOLD_PRODUCT } fold_kind;

static const struct {
    const char *operator;
    fold_kind kind;
    size_t least, most; /* inputs */
} folds[] = {
    { "Transpose", FOLD_PLACES, 1, 1 }, { "Slice", FOLD_PLACES, 1, 5 }, { "Gather", FOLD_PLACES, 2, 2 },
    { "Concat", FOLD_PLACES, 1, ONNX_INPUTS }, { "Expand", FOLD_PLACES, 2, 2 }, { "Add", FOLD_NUMBERS, 2, 2 },
    { "Sub", FOLD_NUMBERS, 2, 2 }, { "Mul", FOLD_NUMBERS, 2, 2 }, { "Div", FOLD_NUMBERS, 2, 2 }, { "Sqrt", FOLD_NUMBERS, 1, 1 },
    { "Neg", FOLD_NUMBERS, 1, 1 }, { "Reciprocal", FOLD_NUMBERS, 1, 1 }, { "Abs", FOLD_NUMBERS, 1, 1 },
    { "Pow", FOLD_NUMBERS, 2, 2 }, { "Exp", FOLD_NUMBERS, 1, 1 }, { "Log", FOLD_NUMBERS, 1, 1 }, { "Sin", FOLD_NUMBERS, 1, 1 },
    { "Cos", FOLD_NUMBERS, 1, 1 }, { "Tanh", FOLD_NUMBERS, 1, 1 }, { "Sigmoid", FOLD_NUMBERS, 1, 1 }, { "Erf", FOLD_NUMBERS, 1, 1 },
    { "Softplus", FOLD_NUMBERS, 1, 1 }, { "Mish", FOLD_NUMBERS, 1, 1 }, { "Softsign", FOLD_NUMBERS, 1, 1 },
    { "Relu", FOLD_NUMBERS, 1, 1 }, { "Max", FOLD_NUMBERS, 2, 2 }, { "Min", FOLD_NUMBERS, 2, 2 },
    { "MatMul", FOLD_PRODUCT, 2, 2 }, { "Gemm", FOLD_PRODUCT, 2, 3 },
    { "Equal", FOLD_TRUTHS, 2, 2 }, { "Greater", FOLD_TRUTHS, 2, 2 }, { "Less", FOLD_TRUTHS, 2, 2 }, { "Not", FOLD_TRUTHS, 1, 1 },
    { "Where", FOLD_CHOICE, 3, 3 }, { "Cast", FOLD_TYPE, 1, 1 },
};
enum { N_FOLDS = sizeof folds / sizeof *folds, FUNCTION_BYTES = 64 /* what a function's number counts as */ };

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
    const size_t k = find(name);
    return k < N_FOLDS && r->n_in >= folds[k].least && r->n_in <= folds[k].most && r->in[0] != NULL && !shapes;
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

static double
number(const onnx_array *a, size_t k)
{
    return a->integers ? (double)onnx_array_integer(a, k) : onnx_array_number(a, k);
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
        look = look && onnx_fold_known(r, &r->in[i]->array);
    if (!alike || (!like->integers && like->element != ELEMENT_F32 && like->element != ELEMENT_F64) || (first && !a->integers) ||
        !broadcast(&n_dims, dim, r, 0))
        return FAULT(r, "its constants are of other types than FLOAT or DOUBLE, or do not fit together%s", "");
    ga_code code = onnx_fold_make(r, kind == FOLD_TRUTHS ? &truth : like, n_dims, dim);
    if (code == GA_OK && onnx_fold_is_function(name))
        code = onnx_fold_count(r, r->out->array.n, FUNCTION_BYTES);
    for (size_t k = 0; code == GA_OK && look && k < r->out->array.n; k++) {
        const onnx_array *const b = r->n_in > 1 ? &r->in[1]->array : a, *const c = first ? &r->in[2]->array : a;
        const size_t at = onnx_fold_place(a, &r->out->array, k);
        if (first) {
            const onnx_array *const chosen = onnx_array_integer(a, at) != 0 ? b : c;
            onnx_fold_copy(r, k, chosen, onnx_fold_place(chosen, &r->out->array, k));
        } else {
            double x = onnx_fold_number(name, number(a, at), number(b, onnx_fold_place(b, &r->out->array, k)),
                                        a->integers ? ELEMENT_F64 : a->element);
            if (a->integers && kind == FOLD_NUMBERS)
                x = trunc(x);
            if (!onnx_fold_put(r, k, x))
                return FAULT(r, "integer %zu that it makes is beyond 2^53, or a quotient by 0", k);
        }
    }
    return code;
}

static ga_code
multiply(onnx_reading *r, const onnx_array *a)
{
    for (size_t i = 0; i < r->n_in; i++)
        if (r->in[i] != NULL && (r->in[i]->array.integers || r->in[i]->array.element != a->element ||
                                 (a->element != ELEMENT_F32 && a->element != ELEMENT_F64)))
            return FAULT(r, "its constants are of other types than FLOAT or DOUBLE, or do not fit together%s", "");
    return *r->chain->node->op_type == 'G' ? onnx_fold_gemm(r) : onnx_fold_matmul(r);
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
    const ga_code code = onnx_fold_make(r, &like, a->n_dims, a->dim);
    for (size_t k = 0; code == GA_OK && onnx_fold_known(r, a) && k < a->n; k++) {
        if (a->integers && onnx_times_images(onnx_array_integer(a, k)) > 0)
            return FAULT(r, "%s of the number of images to another type", r->chain->node->op_type);
        if (!onnx_fold_put(r, k, real || like.stride == 1 ? number(a, k) : trunc(number(a, k))))
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
        if (v == NULL && ((kind != FOLD_PLACES && kind != FOLD_PRODUCT) || i < 1 + (kind == FOLD_PRODUCT) || *name == 'C'))
            return FAULT(r, "its input %zu is left out", i + 1);
        if (v == NULL || v->array.integers || v->unpacked || r->chain->source->look)
            continue;
        v->unpacked = true;
        const ga_code code = onnx_array_unpack(&v->array, &v->own, r->chain->source);
        if (code != GA_OK)
            return code;
    }
    return kind == FOLD_PLACES    ? onnx_fold_places(r, a)
           : kind == FOLD_PRODUCT ? multiply(r, a)
           : kind == FOLD_TYPE    ? cast(r, a) : compute(r, a, kind);
}
