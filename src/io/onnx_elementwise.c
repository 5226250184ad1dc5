/* SPDX-License-Identifier: Apache-2.0 */
/* onnx_elementwise.c -- operators on two values element by element, or on a value and a constant; see op_onnx.h */
#include <math.h>
#include <string.h>

#include "io/op_onnx.h"
#include "num/dtype.h"

#define FAULT(r, ...) NODE_FAULT((r)->chain, __VA_ARGS__)

/* The node that makes a value, if others rename it the node behind them; NULL: none. */
static const Onnx__NodeProto *
maker(const Onnx__GraphProto *graph, const char *name, size_t *looks)
{
    static const char *const renames[] = { "Identity", "Dropout", "Cast", "Flatten", "Reshape" };
    while (*looks < ONNX_MOST_LOOKS) {
        const Onnx__NodeProto *node = NULL;
        bool renamed = false;
        *looks += graph->n_node;
        for (size_t k = 0; node == NULL && k < graph->n_node; k++)
            if (graph->node[k]->n_output > 0 && strcmp(ONNX_TEXT(graph->node[k]->output[0]), name) == 0)
                node = graph->node[k];
        for (size_t i = 0; node != NULL && node->n_input > 0 && i < sizeof renames / sizeof *renames; i++)
            renamed = renamed || strcmp(ONNX_TEXT(node->op_type), renames[i]) == 0;
        if (!renamed)
            return node;
        name = ONNX_TEXT(node->input[0]);
    }
    return NULL;
}

/* An Add of a constant to a product that has no bias: it is one. */
static bool
adds_bias(const Onnx__GraphProto *graph, const Onnx__NodeProto *node, bool constant[2], size_t *looks)
{
    const Onnx__NodeProto *const product = maker(graph, ONNX_TEXT(node->input[constant[0]]), looks);
    return product != NULL && onnx_operation(ONNX_TEXT(product->op_type)) == OP_affine &&
           (product->n_input < 3 || *ONNX_TEXT(product->input[2]) == '\0');
}

bool
onnx_is_inner(const Onnx__GraphProto *graph, const char *operator)
{
    const bool add = strcmp(operator, "Add") == 0;
    size_t looks = 0;
    bool multiplied = false;
    for (size_t k = 0; k < graph->n_node && looks < ONNX_MOST_LOOKS; k++) {
        const Onnx__NodeProto *const node = graph->node[k];
        multiplied = multiplied || onnx_operation(ONNX_TEXT(node->op_type)) == OP_affine;
        if (strcmp(ONNX_TEXT(node->op_type), operator) != 0 || node->n_input != 2)
            continue;
        bool constant[2];
        for (size_t i = 0; i < 2; i++)
            constant[i] = onnx_is_constant(graph, ONNX_TEXT(node->input[i]), &looks);
        if (constant[0] && constant[1])
            continue;
        if ((!constant[0] && !constant[1]) || (add ? !adds_bias(graph, node, constant, &looks) : multiplied) ||
            (constant[0] && (strcmp(operator, "Sub") == 0 || strcmp(operator, "Div") == 0)))
            return true;
    }
    return false;
}

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

bool
onnx_broadcasts(const onnx_value *x, const onnx_array *c)
{
    bool fits = c->n_dims <= x->n_dims;
    for (size_t d = 1; fits && d <= c->n_dims; d++) {
        const size_t dim = c->dim[c->n_dims - d];
        fits = dim == 1 || (d < x->n_dims && dim == x->dim[x->n_dims - d]); /* not along the images */
    }
    return fits;
}

size_t
onnx_place_in(const onnx_value *x, const onnx_array *c, size_t k)
{
    size_t at = 0, step = 1;
    for (size_t d = 1; d < x->n_dims; d++) {
        const size_t dim = x->dim[x->n_dims - d], own = d <= c->n_dims ? c->dim[c->n_dims - d] : 1;
        at += own > 1 ? k % dim * step : 0;
        step *= own;
        k /= dim;
    }
    return at;
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
