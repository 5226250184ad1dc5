/* SPDX-License-Identifier: Apache-2.0 */
/* layer_norm_tmpl.c -- see layer_norm.c */
void
NUM(op_run_layer_norm)(NUM(tape) *t, const instruction *i, NUM(ctx) *ctx)
{
    const NUM(mat) *x = NUM(tape_in)(t, i, 0);
    NUM(mat) *out = NUM(tape_out)(t, i, 0), *factor = NUM(tape_out)(t, i, 1);
    const num *from = x->e, *eps = NUM(tape_in)(t, i, 1)->e, *count = NUM(tape_in)(t, i, 2)->e;
    num *y = out->e, *r = factor->e, *const mean = ctx->t + 1;
    const size_t n = i->a.row;
    context_trace(&ctx->common, "layer_norm", x->rows, x->cols);
    for (size_t at = 0; at < x->rows * x->cols; at += n, from += n, y += n, r++) {
        num_set_zero(mean, ctx);
        for (size_t k = 0; k < n; k++)
            num_add(mean, mean, from + k, ctx);
        num_div(mean, mean, count, ctx);
        num_set_zero(r, ctx);
        for (size_t k = 0; k < n; k++) {
            num_sub(y + k, from + k, mean, ctx);
            num_muladd(r, y + k, y + k, ctx);
        }
        num_div(r, r, count, ctx);
        num_add(r, r, eps, ctx);
        num_sqrt(r, r, ctx);
        num_div(r, ctx->one, r, ctx);
        for (size_t k = 0; k < n; k++)
            num_mul(y + k, y + k, r, ctx);
    }
    NUM(vec_keep_rows)(out, t->first, t->end, ctx);
    NUM(vec_keep_rows)(factor, t->first, t->end, ctx);
}

void
NUM(op_run_row_sums)(NUM(tape) *t, const instruction *i, NUM(ctx) *ctx)
{
    const NUM(mat) *g = NUM(tape_in)(t, i, 0);
    num *sum = NUM(tape_out)(t, i, 0)->e;
    context_trace(&ctx->common, "row_sums", g->rows, g->cols);
    for (size_t at = 0; at < g->rows * g->cols; at += i->a.row, sum++) {
        num_set_zero(sum, ctx);
        for (size_t k = 0; k < i->a.row; k++)
            num_add(sum, sum, g->e + at + k, ctx);
    }
}

void
NUM(op_run_row_dot)(NUM(tape) *t, const instruction *i, NUM(ctx) *ctx)
{
    const NUM(mat) *g = NUM(tape_in)(t, i, 0), *y = NUM(tape_in)(t, i, 1);
    num *dot = NUM(tape_out)(t, i, 0)->e;
    context_trace(&ctx->common, "row_dot", g->rows, g->cols);
    for (size_t at = 0; at < g->rows * g->cols; at += i->a.row, dot++) {
        num_set_zero(dot, ctx);
        for (size_t k = 0; k < i->a.row; k++)
            num_muladd(dot, g->e + at + k, y->e + at + k, ctx);
    }
}

void
NUM(op_run_layer_back)(NUM(tape) *t, const instruction *i, NUM(ctx) *ctx)
{
    const NUM(mat) *g = NUM(tape_in)(t, i, 0);
    const num *mean = NUM(tape_in)(t, i, 1)->e, *y = NUM(tape_in)(t, i, 2)->e, *part = NUM(tape_in)(t, i, 3)->e;
    num *e = NUM(tape_out)(t, i, 0)->e, *const product = ctx->t + 1;
    context_trace(&ctx->common, "layer_back", g->rows, g->cols);
    for (size_t k = 0; k < g->rows * g->cols; k++) {
        num_mul(product, y + k, part + k / i->a.row, ctx);
        num_sub(e + k, g->e + k, mean + k / i->a.row, ctx);
        num_sub(e + k, e + k, product, ctx);
    }
}

void
NUM(op_run_row_mul)(NUM(tape) *t, const instruction *i, NUM(ctx) *ctx)
{
    const NUM(mat) *value = NUM(tape_in)(t, i, 0);
    const num *r = NUM(tape_in)(t, i, 1)->e;
    num *to = NUM(tape_out)(t, i, 0)->e;
    context_trace(&ctx->common, "row_mul", value->rows, value->cols);
    for (size_t k = 0; k < value->rows * value->cols; k++)
        num_mul(to + k, value->e + k, r + k / i->a.row, ctx);
}
