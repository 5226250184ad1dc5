/* SPDX-License-Identifier: Apache-2.0 */
/* op_graph.h -- the column of the graph stage: how many values an operation takes and makes, their shapes, and its derivative as
   further instructions. */
#ifndef GRAPH_OP_GRAPH_H
#define GRAPH_OP_GRAPH_H

#include <stdbool.h>

#include "op/op.h"

typedef struct builder builder; /* graph/builder.h */

typedef struct {
    const char *name;
    size_t n_in, n_out;
    const char *out[OP_MOST_OUT]; /* what they are: value.what */
    bool saturates;               /* its derivative vanishes at large arguments: they take the estimator's gain */
    size_t prepared;              /* the operand that products prepare, if it is a parameter; 0: none */

    /* Sets rows and cols of the outputs from those of the operands. */
    void (*shape)(op_value *const *out, const op_value *const *in);

    /* Emits the instructions for the operands' gradients, from the gradient of the first output; NULL: nothing is differentiated
       through it. */
    void (*differentiate)(builder *b, const instruction *i, value_id gradient);
} op_graph;

#define OPERATION(name) extern const op_graph op_graph_##name;
#include "op/ops.def"
#undef OPERATION

/* The row of an operation. */
const op_graph *op_graph_of(op_id op);

/* Every output has the shape of the first operand. */
void op_same_shape(op_value *const *out, const op_value *const *in);

/* For a pointwise operation whose second output is its derivative: in[0]'s gradient is gradient times that. */
void op_times_derivative(builder *b, const instruction *i, value_id gradient);

#endif
