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

/* number[0..*n-1] of ONNX_DIMS, in *n_dims dimensions. */
static ga_code
compute(int64_t *number, size_t *n, size_t *n_dims, const onnx_chain *c, const onnx_array *const *in, onnx_shape_operation what)
{
    *n = what == ONNX_CONCAT ? 0 : 1;
    *n_dims = 1;
    if (what == ONNX_CONCAT)
        return concat(number, n, c, in);
    if (what == ONNX_SHAPE) {
        *n = c->single ? 1 : c->n_dims;
        for (size_t d = 0; d < *n; d++)
            number[d] = (int64_t)c->dim[c->single ? 1 : d];
        if (c->dim[0] == 0)
            number[0] = ONNX_IMAGES;
        return GA_OK;
    }
    if (in[0] == NULL || !in[0]->integers || in[0]->n > ONNX_DIMS)
        return NODE_FAULT(c, "%s is known of shapes only", c->node->op_type);
    if (what == ONNX_GATHER)
        return gather(number, n_dims, c, in);
    for (*n = 0; *n < in[0]->n; ++*n)
        number[*n] = onnx_array_integer(in[0], *n);
    *n_dims = in[0]->n_dims;
    if (what == ONNX_CAST_SHAPE)
        return GA_OK;
    *n_dims = 1;
    return in[0]->n_dims == 0 ? need_first(c, "axes", in[1]) : NODE_FAULT(c, "%s is known of one number only", c->node->op_type);
}

ga_code
onnx_shape(onnx_array *a, uint8_t **own, const onnx_chain *c, const onnx_array *const *in, onnx_shape_operation what)
{
    int64_t number[ONNX_DIMS] = { 0 };
    *a = (onnx_array){ .name = c->node->output[0], .integers = true, .element = ELEMENT_F64, .stride = sizeof *number };
    ga_code code = compute(number, &a->n, &a->n_dims, c, in, what);
    if (code != GA_OK || (code = source_take(c->source, sizeof number)) != GA_OK)
        return code;
    if ((*own = malloc(sizeof number)) == NULL)
        return file_fail(c->source->st, GA_NO_MEMORY, c->source->path, "out of memory");
    memcpy(*own, number, sizeof number);
    a->dim[0] = a->n;
    a->data = *own;
    return GA_OK;
}
