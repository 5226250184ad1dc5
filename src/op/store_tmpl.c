/* SPDX-License-Identifier: Apache-2.0 */
/* store_tmpl.c -- see store.c */
void
NUM(op_run_store)(NUM(tape) *t, const instruction *i, NUM(ctx) *ctx)
{
    const NUM(mat) *from = NUM(tape_in)(t, i, 0);
    num *to = NUM(tape_out)(t, i, 0)->e;
    const int bits = (int)i->a.format.bits, emin = (int)format_emin(i->a.format);
    const double beyond = format_beyond(i->a.format);
    context_trace(&ctx->common, "store", from->rows, from->cols);
    for (size_t k = 0; k < from->rows * from->cols; k++)
        num_narrow(to + k, from->e + k, bits, emin, beyond, ctx);
}
