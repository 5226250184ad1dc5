/* SPDX-License-Identifier: Apache-2.0 */
/* penalty_tmpl.c -- see penalty.c */
void
NUM(op_run_penalty_sigmoid)(NUM(tape) *t, const instruction *i, NUM(ctx) *ctx)
{
    const NUM(mat) *from = NUM(tape_in)(t, i, 0);
    const num *a = from->e, *d = NUM(tape_in)(t, i, 1)->e;
    num *restrict psi = NUM(tape_out)(t, i, 0)->e, *restrict slope = NUM(tape_out)(t, i, 1)->e;
    context_trace(&ctx->common, "penalty_sigmoid", from->rows, from->cols);
#pragma omp simd
    for (size_t k = 0; k < from->rows * from->cols; k++) {
        num_set(psi + k, d + k, ctx);
        num_add(slope + k, a + k, a + k, ctx);
        num_sub(slope + k, ctx->one, slope + k, ctx);
    }
}

void
NUM(op_run_penalty_tanh)(NUM(tape) *t, const instruction *i, NUM(ctx) *ctx)
{
    const NUM(mat) *from = NUM(tape_in)(t, i, 0);
    const num *a = from->e, *d = NUM(tape_in)(t, i, 1)->e;
    num *restrict psi = NUM(tape_out)(t, i, 0)->e, *restrict slope = NUM(tape_out)(t, i, 1)->e;
    context_trace(&ctx->common, "penalty_tanh", from->rows, from->cols);
#pragma omp simd
    for (size_t k = 0; k < from->rows * from->cols; k++) {
        num_set(psi + k, d + k, ctx);
        num_add(slope + k, a + k, a + k, ctx);
        num_neg(slope + k, slope + k, ctx);
    }
}

void
NUM(op_run_penalty_relu)(NUM(tape) *t, const instruction *i, NUM(ctx) *ctx)
{
    const NUM(mat) *from = NUM(tape_in)(t, i, 0);
    const num *a = from->e;
    num *restrict psi = NUM(tape_out)(t, i, 0)->e, *restrict slope = NUM(tape_out)(t, i, 1)->e;
    context_trace(&ctx->common, "penalty_relu", from->rows, from->cols);
#pragma omp simd
    for (size_t k = 0; k < from->rows * from->cols; k++) {
        num_set(psi + k, a + k, ctx);
        num_set(slope + k, ctx->one, ctx);
    }
}
