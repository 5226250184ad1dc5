/* SPDX-License-Identifier: Apache-2.0 */
/* loss.c -- the losses of logits o and a label y: cross-entropy, -log softmax(o)_y, and margin, o_c - o_y for the largest other
   class c. Their residual is dL/do, 0 for rows that hold no image. */
#include "graph/op_graph.h"

static void
shape(op_value *const *out, const op_value *const *in)
{
    op_same_shape(out, in);
    op_same_shape(out + 1, in);
    out[2]->cols = 1;
}

const op_graph op_graph_cross_entropy = {
    .name = "cross-entropy", .n_in = 1, .n_out = 3, .out = { "probability", "residual", "loss" }, .shape = shape,
};

const op_graph op_graph_margin = {
    .name = "margin", .n_in = 1, .n_out = 3, .out = { "class", "residual", "loss" }, .shape = shape,
};

#define OP_TEMPLATE "op/loss_tmpl.c"
#include "op/every_format.h"
