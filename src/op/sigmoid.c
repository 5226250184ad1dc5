/* SPDX-License-Identifier: Apache-2.0 */
/* sigmoid.c -- a = sigma(z), and d = sigma'(z) */
#include "graph/op_graph.h"

static void
shape(op_value *const *out, const op_value *const *in)
{
    op_same_shape(out, in);
    op_same_shape(out + 1, in);
}

const op_graph op_graph_sigmoid = {
    .name = "sigmoid",
    .n_in = 1,
    .n_out = 2,
    .out = { "activation", "derivative" },
    .saturates = true,
    .shape = shape,
    .differentiate = op_times_derivative,
};

#define OP_TEMPLATE "op/sigmoid_tmpl.c"
#include "op/every_format.h"
