/* SPDX-License-Identifier: Apache-2.0 */
/* bce_tmpl.c -- see bce.c */
static void
NUM(run_bce)(NUM(tape) *t, const instruction *i, bool composed, NUM(ctx) *ctx)
{
    NUM(vec_bce)(NUM(tape_out)(t, i, 0), NUM(tape_out)(t, i, 1), NUM(tape_out)(t, i, 2), NUM(tape_in)(t, i, 0),
                 NUM(tape_in)(t, i, 1), composed, ctx);
    NUM(vec_keep_rows)(NUM(tape_out)(t, i, 1), t->first, t->end, ctx);
}

void
NUM(op_run_bce)(NUM(tape) *t, const instruction *i, NUM(ctx) *ctx)
{
    NUM(run_bce)(t, i, false, ctx);
}

void
NUM(op_run_bce_sigmoid)(NUM(tape) *t, const instruction *i, NUM(ctx) *ctx)
{
    NUM(run_bce)(t, i, true, ctx);
}
