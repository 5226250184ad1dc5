/* SPDX-License-Identifier: Apache-2.0 */
/* prelu_tmpl.c -- see prelu.c */
static void
NUM(prelu)(num *a, num *d, const num *z, const num *slope, NUM(ctx) *ctx)
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
NUM(op_run_prelu)(NUM(tape) *t, const instruction *i, NUM(ctx) *ctx)
{
    const NUM(mat) *from = NUM(tape_in)(t, i, 0), *slope = NUM(tape_in)(t, i, 1);
    num *a = NUM(tape_out)(t, i, 0)->e, *d = NUM(tape_out)(t, i, 1)->e;
    const size_t cols = from->cols, each = cols / slope->cols;
    context_trace(&ctx->common, "prelu", from->rows, cols);
    for (size_t k = 0; k < from->rows * cols; k++)
        NUM(prelu)(a + k, d + k, from->e + k, slope->e + k % cols / each, ctx);
}

void
NUM(op_run_prelu_low)(NUM(tape) *t, const instruction *i, NUM(ctx) *ctx)
{
    const NUM(mat) *from = NUM(tape_in)(t, i, 0);
    num *low = NUM(tape_out)(t, i, 0)->e, *zero = ctx->t + 1;
    context_trace(&ctx->common, "prelu_low", from->rows, from->cols);
    num_set_zero(zero, ctx);
    for (size_t k = 0; k < from->rows * from->cols; k++) {
        const int sign = num_sgn(from->e + k);
        num_set(low + k, sign > 0 ? zero : from->e + k, ctx);
        if (sign == 0 && !num_equal(from->e + k, zero) && !num_is_nan(from->e + k))
            num_hull(low + k, low + k, zero, ctx); /* a ball whose sign is open */
    }
}

void
NUM(op_run_prelu_slope)(NUM(tape) *t, const instruction *i, NUM(ctx) *ctx)
{
    const NUM(mat) *g = NUM(tape_in)(t, i, 0), *low = NUM(tape_in)(t, i, 1);
    NUM(mat) *const sum = NUM(tape_out)(t, i, 0);
    const size_t each = g->cols / sum->cols;
    context_trace(&ctx->common, "prelu_slope", g->rows, g->cols);
    for (size_t s = 0; s < sum->cols; s++) {
        num_set_zero(sum->e + s, ctx);
        for (size_t row = 0; row < g->rows; row++)
            for (size_t k = row * g->cols + s * each; k < row * g->cols + (s + 1) * each; k++)
                num_muladd(sum->e + s, g->e + k, low->e + k, ctx);
    }
}
