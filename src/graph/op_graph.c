/* SPDX-License-Identifier: Apache-2.0 */
/* op_graph.c -- see op_graph.h */
#include <stdint.h>

#include "graph/op_graph.h"

#define OPERATION(name) [OP_##name] = &op_graph_##name,
static const op_graph *const rows[N_OPS] = {
#include "op/ops.def"
};
#undef OPERATION

const op_graph *
op_graph_of(op_id op)
{
    return rows[op];
}

size_t
op_shape_size(const op_shape *shape)
{
    size_t n = 1;
    for (size_t i = 0; i < shape->n_dims; i++)
        if (__builtin_mul_overflow(n, shape->dim[i], &n))
            return SIZE_MAX;
    return n;
}

void
op_set_shape(op_value *v, const op_shape *shape)
{
    v->rows = 0;
    v->shape = *shape;
    v->cols = op_shape_size(shape);
}

const char *
op_set_rows(op_attributes *a, size_t cols)
{
    a->row = cols / op_rows(a);
    return a->row * op_rows(a) == cols ? NULL : "its rows do not fit the value";
}

const char *
op_same_shape(op_value *const *out, const op_value *const *in, op_attributes *a)
{
    (void)a;
    out[0]->rows = in[0]->rows;
    out[0]->cols = in[0]->cols;
    out[0]->shape = in[0]->shape;
    return NULL;
}

const char *
op_two_of_same_shape(op_value *const *out, const op_value *const *in, op_attributes *a)
{
    op_same_shape(out, in, a);
    return op_same_shape(out + 1, in, a);
}
