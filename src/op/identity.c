/* SPDX-License-Identifier: Apache-2.0 */
/* identity.c -- a = z, and d = 1: the function of a layer that has none */
#include "graph/op_graph.h"

static void
shape(op_value *const *out, const op_value *const *in)
{
    op_same_shape(out, in);
    op_same_shape(out + 1, in);
}

const op_graph op_graph_identity = {
    .name = "identity",
    .n_in = 1,
    .n_out = 2,
    .out = { "activation", "derivative" },
    .shape = shape,
    .differentiate = op_times_derivative,
};

#define OP_TEMPLATE "op/identity_tmpl.c"
#include "op/every_format.h"
