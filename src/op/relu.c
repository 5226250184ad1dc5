/* SPDX-License-Identifier: Apache-2.0 */
/* relu.c -- a = max(z, 0), and d = [z > 0]: 0 at the kink, as in the frameworks */
#include "graph/op_graph.h"

static void
shape(op_value *const *out, const op_value *const *in)
{
    op_same_shape(out, in);
    op_same_shape(out + 1, in);
}

const op_graph op_graph_relu = {
    .name = "relu",
    .n_in = 1,
    .n_out = 2,
    .out = { "activation", "derivative" },
    .shape = shape,
    .differentiate = op_times_derivative,
};

#define OP_TEMPLATE "op/relu_tmpl.c"
#include "op/every_format.h"
