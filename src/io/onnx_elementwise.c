/* SPDX-License-Identifier: Apache-2.0 */
/* onnx_elementwise.c -- operators on two values element by element, or on a value and a constant; see op_onnx.h */
#include <math.h>
#include <string.h>

#include "io/op_onnx.h"
#include "num/dtype.h"

#define FAULT(r, ...) NODE_FAULT((r)->chain, __VA_ARGS__)

/* Each of the two that flows gets the dimensions of both together; false: they do not fit. */
static bool
together(size_t dim[ONNX_DIMS], const onnx_value *a, const onnx_value *b)
{
    bool fits = a->n_dims == b->n_dims;
    for (size_t d = 1; fits && d < a->n_dims; d++) {
        dim[d] = a->dim[d] == 1 ? b->dim[d] : a->dim[d];
        fits = a->dim[d] == dim[d] || a->dim[d] == 1;
        fits = fits && (b->dim[d] == dim[d] || b->dim[d] == 1);
    }
    return fits;
}

/* A value that a constant makes larger: where it has 1. */
static ga_code
expand_to(onnx_reading *r, const onnx_array *c)
{
    const onnx_value *const x = r->in[0];
    size_t dim[ONNX_DIMS];
    memcpy(dim, x->dim, sizeof dim);
    for (size_t d = 1; d <= c->n_dims && d < x->n_dims; d++)
        if (dim[x->n_dims - d] == 1)
            dim[x->n_dims - d] = c->dim[c->n_dims - d];
    return onnx_expand(r, 0, dim);
}

ga_code
onnx_two(bool *swapped, onnx_reading *r)
{
    const onnx_value *const first = r->in[0], *const second = r->in[1];
    *swapped = first != NULL && first->constant && second != NULL && !second->constant;
    r->in[0] = *swapped ? second : first;
    r->in[1] = *swapped ? first : second;
    const ga_code code = onnx_need_flow(r, 0);
    size_t dim[ONNX_DIMS] = { 0 };
    if (code != GA_OK || r->in[1] == NULL || r->in[1]->constant) {
        const ga_code constant = code != GA_OK ? code : onnx_need_constant(r, 1);
        return constant != GA_OK ? constant : expand_to(r, &r->in[1]->array);
    }
    if (!together(dim, first, second))
        return FAULT(r, "its two inputs have other shapes; %s of one shape, or of as many dimensions that are 1 where they differ, "
                        "is read, or with a constant", r->chain->node->op_type);
    const ga_code one = onnx_expand(r, 0, dim);
    return one == GA_OK ? onnx_expand(r, 1, dim) : one;
}

ga_code
onnx_spread(graph_operand *to, onnx_reading *r, onnx_use use)
{
    const onnx_value *const x = r->in[0];
    const onnx_array *const c = &r->in[1]->array;
    graph_parameter *p;
    size_t n = 1;
    for (size_t d = 1; d < x->n_dims; d++)
        n *= x->dim[d];
    if (!onnx_broadcasts(x, c))
        return FAULT(r, "'%s' does not fit the shape of what flows", c->name);
    const ga_code code = onnx_own_constant(&p, to, r, 1, c->n == 1 ? 1 : n);
    for (size_t k = 0; code == GA_OK && !r->chain->source->look && k < p->cols; k++) {
        const size_t at = c->n == 1 ? 0 : onnx_place_in(x, c, k);
        const double number = onnx_array_number(c, at);
        if (!isfinite(number) || (use == USE_DIVIDE && number == 0))
            return FAULT(r, "element %zu of '%s' is %s", at, c->name, number == 0 ? "0" : "not finite");
        dtype_set(r->g->dtype, p->exact, k, use == USE_SUBTRACT ? -number : number);
    }
    return code;
}
