/* SPDX-License-Identifier: Apache-2.0 */
/* store_tmpl.c -- see store.c */
void
NUM(op_run_store)(NUM(tape) *t, const instruction *i, NUM(ctx) *ctx)
{
    const NUM(mat) *from = NUM(tape_in)(t, i, 0);
    num *to = NUM(tape_out)(t, i, 0)->e;
    context_trace(&ctx->common, "store", from->rows, from->cols);
    num_store(i->a.format, 0, ctx);
    num_narrow_all(to, from->e, from->rows * from->cols, ctx);
}
