/* SPDX-License-Identifier: Apache-2.0 */
/* constant_tmpl.c -- see constant.c */
void
NUM(op_run_constant_mul)(NUM(tape) *t, const instruction *i, NUM(ctx) *ctx)
{
    const NUM(mat) *x = NUM(tape_in)(t, i, 0), *constant = NUM(tape_in)(t, i, 1);
    num *restrict to = NUM(tape_out)(t, i, 0)->e;
    const num *from = x->e, *c = constant->e;
    const size_t cols = x->cols, each = cols / constant->cols;
    context_trace(&ctx->common, "constant_mul", x->rows, cols);
    for (size_t row = 0; row < x->rows; row++, to += cols, from += cols)
        for (size_t k = 0; k < cols; k++)
            num_mul(to + k, from + k, c + k / each, ctx);
}

void
NUM(op_run_constant_add)(NUM(tape) *t, const instruction *i, NUM(ctx) *ctx)
{
    const NUM(mat) *x = NUM(tape_in)(t, i, 0), *constant = NUM(tape_in)(t, i, 1);
    num *restrict to = NUM(tape_out)(t, i, 0)->e;
    const num *from = x->e, *c = constant->e;
    const size_t cols = x->cols, each = cols / constant->cols;
    context_trace(&ctx->common, "constant_add", x->rows, cols);
    for (size_t row = 0; row < x->rows; row++, to += cols, from += cols)
        for (size_t k = 0; k < cols; k++)
            num_add(to + k, from + k, c + k / each, ctx);
}

void
NUM(op_run_constant_div)(NUM(tape) *t, const instruction *i, NUM(ctx) *ctx)
{
    const NUM(mat) *x = NUM(tape_in)(t, i, 0), *constant = NUM(tape_in)(t, i, 1);
    num *restrict to = NUM(tape_out)(t, i, 0)->e;
    const num *from = x->e, *c = constant->e;
    const size_t cols = x->cols, each = cols / constant->cols;
    context_trace(&ctx->common, "constant_div", x->rows, cols);
    for (size_t row = 0; row < x->rows; row++, to += cols, from += cols)
        for (size_t k = 0; k < cols; k++)
            num_div(to + k, from + k, c + k / each, ctx);
}
