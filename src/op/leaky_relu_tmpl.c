/* SPDX-License-Identifier: Apache-2.0 */
/* leaky_relu_tmpl.c -- see leaky_relu.c */
static void
NUM(leaky_relu)(num *a, num *d, const num *z, const num *slope, NUM(ctx) *ctx)
{
    num *zero = ctx->t + 1, *low = ctx->t + 2;
    const int sign = num_sgn(z);
    num_set_zero(zero, ctx);
    num_mul(low, slope, z, ctx);
    if (num_is_nan(z)) {
        num_set(a, z, ctx);
        num_set(d, z, ctx);
    } else if (sign > 0) {
        num_set(a, z, ctx);
        num_set(d, ctx->one, ctx);
    } else if (sign < 0 || num_equal(z, zero)) {
        num_set(a, low, ctx);
        num_set(d, slope, ctx);
    } else { /* a ball whose sign is open: both */
        num_hull(a, z, low, ctx);
        num_hull(d, ctx->one, slope, ctx);
    }
}

void
NUM(op_run_leaky_relu)(NUM(tape) *t, const instruction *i, NUM(ctx) *ctx)
{
    const NUM(mat) *from = NUM(tape_in)(t, i, 0);
    num *a = NUM(tape_out)(t, i, 0)->e, *d = NUM(tape_out)(t, i, 1)->e;
    context_trace(&ctx->common, "leaky_relu", from->rows, from->cols);
    for (size_t k = 0; k < from->rows * from->cols; k++)
        NUM(leaky_relu)(a + k, d + k, from->e + k, NUM(tape_in)(t, i, 1)->e, ctx);
}
