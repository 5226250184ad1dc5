/* SPDX-License-Identifier: Apache-2.0 */
/* loss_tmpl.c -- see loss.c */
void
NUM(op_run_cross_entropy)(NUM(tape) *t, const instruction *i, NUM(ctx) *ctx)
{
    NUM(vec_softmax)(NUM(tape_out)(t, i, 0), NUM(tape_out)(t, i, 1), NUM(tape_out)(t, i, 2), NUM(tape_in)(t, i, 0), t->label, ctx);
    NUM(vec_keep_rows)(NUM(tape_out)(t, i, 1), t->first, t->end, ctx);
}

void
NUM(op_run_margin)(NUM(tape) *t, const instruction *i, NUM(ctx) *ctx)
{
    NUM(vec_margin)(NUM(tape_out)(t, i, 0), NUM(tape_out)(t, i, 1), NUM(tape_out)(t, i, 2), NUM(tape_in)(t, i, 0), t->label, ctx);
    NUM(vec_keep_rows)(NUM(tape_out)(t, i, 1), t->first, t->end, ctx);
}
