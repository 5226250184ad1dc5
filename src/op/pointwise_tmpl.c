/* SPDX-License-Identifier: Apache-2.0 */
/* pointwise_tmpl.c -- see pointwise.c */
void
NUM(op_run_scale)(NUM(tape) *t, const instruction *i, NUM(ctx) *ctx)
{
    NUM(vec_scale)(NUM(tape_out)(t, i, 0), NUM(tape_in)(t, i, 0), NUM(tape_in)(t, i, 1)->e, ctx);
}

void
NUM(op_run_scale_gain)(NUM(tape) *t, const instruction *i, NUM(ctx) *ctx)
{
    const NUM(mat) *g = NUM(tape_in)(t, i, 0), *r = NUM(tape_in)(t, i, 1);
    context_trace(&ctx->common, "scale_gain", r->rows, r->cols);
    num_dot(NUM(tape_out)(t, i, 0)->e, g->e, r->e, r->rows * r->cols, ctx);
}

void
NUM(op_run_mul)(NUM(tape) *t, const instruction *i, NUM(ctx) *ctx)
{
    NUM(vec_mul)(NUM(tape_out)(t, i, 0), NUM(tape_in)(t, i, 0), NUM(tape_in)(t, i, 1), ctx);
}

void
NUM(op_run_add)(NUM(tape) *t, const instruction *i, NUM(ctx) *ctx)
{
    NUM(mat) *r = NUM(tape_out)(t, i, 0);
    num *restrict to = r->e;
    const num *x = NUM(tape_in)(t, i, 0)->e, *y = NUM(tape_in)(t, i, 1)->e;
    const size_t n = r->rows * r->cols;
    context_trace(&ctx->common, "add", r->rows, r->cols);
#pragma omp simd
    for (size_t k = 0; k < n; k++)
        num_add(to + k, x + k, y + k, ctx);
}
