/* SPDX-License-Identifier: Apache-2.0 */
/* div_tmpl.c -- see div.c */
void
NUM(op_run_quotient)(NUM(tape) *t, const instruction *i, NUM(ctx) *ctx)
{
    NUM(mat) *r = NUM(tape_out)(t, i, 0);
    num *restrict to = r->e;
    const num *a = NUM(tape_in)(t, i, 0)->e, *b = NUM(tape_in)(t, i, 1)->e;
    const size_t n = r->rows * r->cols;
    context_trace(&ctx->common, "quotient", r->rows, r->cols);
    for (size_t k = 0; k < n; k++)
        num_div(to + k, a + k, b + k, ctx);
}

void
NUM(op_run_div)(NUM(tape) *t, const instruction *i, NUM(ctx) *ctx)
{
    NUM(mat) *r = NUM(tape_out)(t, i, 0);
    num *restrict to = r->e, *restrict d = NUM(tape_out)(t, i, 1)->e;
    const num *a = NUM(tape_in)(t, i, 0)->e, *b = NUM(tape_in)(t, i, 1)->e;
    const size_t n = r->rows * r->cols;
    context_trace(&ctx->common, "div", r->rows, r->cols);
    for (size_t k = 0; k < n; k++) {
        num_div(to + k, a + k, b + k, ctx);
        num_div(d + k, to + k, b + k, ctx);
        num_neg(d + k, d + k, ctx);
    }
}
