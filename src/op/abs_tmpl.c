/* SPDX-License-Identifier: Apache-2.0 */
/* abs_tmpl.c -- see abs.c */
static void
NUM(absolute)(num *a, num *d, const num *z, NUM(ctx) *ctx)
{
    num *zero = ctx->t + 1, *minus = ctx->t + 2;
    const int sign = num_sgn(z);
    num_set_zero(zero, ctx);
    if (num_is_nan(z)) {
        num_set(a, z, ctx);
        num_set(d, z, ctx);
    } else if (sign > 0) {
        num_set(a, z, ctx);
        num_set(d, ctx->one, ctx);
    } else if (sign < 0) {
        num_neg(a, z, ctx);
        num_neg(d, ctx->one, ctx);
    } else if (num_equal(z, zero)) {
        num_set_zero(a, ctx);
        num_set_zero(d, ctx);
    } else { /* a ball whose sign is open: both */
        num_neg(minus, z, ctx);
        num_hull(a, z, minus, ctx);
        num_neg(minus, ctx->one, ctx);
        num_hull(d, ctx->one, minus, ctx);
    }
}

void
NUM(op_run_abs)(NUM(tape) *t, const instruction *i, NUM(ctx) *ctx)
{
    const NUM(mat) *from = NUM(tape_in)(t, i, 0);
    num *a = NUM(tape_out)(t, i, 0)->e, *d = NUM(tape_out)(t, i, 1)->e;
    context_trace(&ctx->common, "abs", from->rows, from->cols);
    for (size_t k = 0; k < from->rows * from->cols; k++)
        NUM(absolute)(a + k, d + k, from->e + k, ctx);
}
