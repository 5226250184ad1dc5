/* SPDX-License-Identifier: Apache-2.0 */
/* slope_tmpl.c -- see slope.c */
void
NUM(op_run_sigmoid_slope)(NUM(tape) *t, const instruction *i, NUM(ctx) *ctx)
{
    const NUM(mat) *from = NUM(tape_in)(t, i, 0);
    const num *a = from->e;
    num *restrict d = NUM(tape_out)(t, i, 0)->e;
    context_trace(&ctx->common, "sigmoid_slope", from->rows, from->cols);
#pragma omp simd
    for (size_t k = 0; k < from->rows * from->cols; k++) {
        num_sub(d + k, ctx->one, a + k, ctx);
        num_mul(d + k, a + k, d + k, ctx);
    }
}

void
NUM(op_run_tanh_slope)(NUM(tape) *t, const instruction *i, NUM(ctx) *ctx)
{
    const NUM(mat) *from = NUM(tape_in)(t, i, 0);
    const num *a = from->e;
    num *restrict d = NUM(tape_out)(t, i, 0)->e;
    context_trace(&ctx->common, "tanh_slope", from->rows, from->cols);
#pragma omp simd
    for (size_t k = 0; k < from->rows * from->cols; k++) {
        num_mul(d + k, a + k, a + k, ctx);
        num_sub(d + k, ctx->one, d + k, ctx);
    }
}

void
NUM(op_run_complement)(NUM(tape) *t, const instruction *i, NUM(ctx) *ctx)
{
    const NUM(mat) *from = NUM(tape_in)(t, i, 0);
    const num *a = from->e;
    num *restrict r = NUM(tape_out)(t, i, 0)->e;
    context_trace(&ctx->common, "complement", from->rows, from->cols);
#pragma omp simd
    for (size_t k = 0; k < from->rows * from->cols; k++)
        num_sub(r + k, ctx->one, a + k, ctx);
}
