/* SPDX-License-Identifier: Apache-2.0 */
/* end_tmpl.c -- see end.c */
void
NUM(op_run_softmax)(NUM(tape) *t, const instruction *i, NUM(ctx) *ctx)
{
    NUM(vec_softmax)(NUM(tape_out)(t, i, 0), NULL, NULL, NUM(tape_in)(t, i, 0), t->label, ctx);
}

void
NUM(op_run_log_softmax)(NUM(tape) *t, const instruction *i, NUM(ctx) *ctx)
{
    NUM(vec_log_softmax)(NUM(tape_out)(t, i, 0), NUM(tape_in)(t, i, 0), ctx);
}
