/* SPDX-License-Identifier: Apache-2.0 */
/* tanh.c -- a = tanh(z), and d = tanh'(z) */
#include "graph/op_graph.h"

static void
shape(op_value *const *out, const op_value *const *in)
{
    op_same_shape(out, in);
    op_same_shape(out + 1, in);
}

const op_graph op_graph_tanh = {
    .name = "tanh",
    .n_in = 1,
    .n_out = 2,
    .out = { "activation", "derivative" },
    .saturates = true,
    .shape = shape,
    .differentiate = op_times_derivative,
};

#define OP_TEMPLATE "op/tanh_tmpl.c"
#include "op/every_format.h"
