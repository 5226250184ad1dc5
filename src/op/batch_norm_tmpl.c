/* SPDX-License-Identifier: Apache-2.0 */
/* batch_norm_tmpl.c -- see batch_norm.c */
void
NUM(op_run_batch_scale)(NUM(tape) *t, const instruction *i, NUM(ctx) *ctx)
{
    const NUM(mat) *rows = NUM(tape_in)(t, i, 0);
    const num *weight = rows->e, *variance = rows->e + 3 * rows->cols, *eps = NUM(tape_in)(t, i, 1)->e;
    num *scale = NUM(tape_out)(t, i, 0)->e;
    for (size_t c = 0; c < rows->cols; c++) {
        num_add(scale + c, variance + c, eps, ctx);
        num_sqrt(scale + c, scale + c, ctx);
        num_div(scale + c, ctx->one, scale + c, ctx);
        num_mul(scale + c, weight + c, scale + c, ctx);
    }
}

void
NUM(op_run_batch_shift)(NUM(tape) *t, const instruction *i, NUM(ctx) *ctx)
{
    const NUM(mat) *rows = NUM(tape_in)(t, i, 0);
    const num *bias = rows->e + rows->cols, *mean = rows->e + 2 * rows->cols, *scale = NUM(tape_in)(t, i, 1)->e;
    num *shift = NUM(tape_out)(t, i, 0)->e;
    for (size_t c = 0; c < rows->cols; c++) {
        num_mul(shift + c, mean + c, scale + c, ctx);
        num_sub(shift + c, bias + c, shift + c, ctx);
    }
}

void
NUM(op_run_batch_norm)(NUM(tape) *t, const instruction *i, NUM(ctx) *ctx)
{
    const NUM(mat) *x = NUM(tape_in)(t, i, 0), *scale = NUM(tape_in)(t, i, 1);
    num *restrict to = NUM(tape_out)(t, i, 0)->e;
    const num *from = x->e, *s = scale->e, *shift = NUM(tape_in)(t, i, 2)->e;
    const size_t cols = x->cols, each = cols / scale->cols;
    context_trace(&ctx->common, "batch_norm", x->rows, cols);
    for (size_t row = 0; row < x->rows; row++, to += cols, from += cols)
        for (size_t k = 0; k < cols; k++) {
            num_mul(to + k, from + k, s + k / each, ctx);
            num_add(to + k, to + k, shift + k / each, ctx);
        }
}
