/* SPDX-License-Identifier: Apache-2.0 */
/* pass_tmpl.c -- the one pass, in whichever format includes it; see tape_tmpl.h. */
#include "graph/op_graph.h"

#define OPERATION(name) [OP_##name] = NUM(op_run_##name),
static void (*const NUM(op_run)[N_OPS])(NUM(tape) *, const instruction *, NUM(ctx) *) = {
#include "op/ops.def"
};
#undef OPERATION

void
NUM(pass_run)(NUM(tape) *t, size_t from, size_t to, NUM(ctx) *ctx)
{
    if (t->images != NULL)
        t->images->same = t->same;
    for (size_t k = from; k < to; k++) {
        const instruction *const i = t->p->code + k;
        ctx->common.node = i->node;
        NUM(op_run)[i->op](t->images != NULL && !op_graph_of(i->op)->mixes ? t->images : t, i, ctx);
        if (t->same != NULL && k < t->p->n_forward)
            same_step(t->same, i, t->rows);
    }
}
