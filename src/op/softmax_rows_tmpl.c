/* SPDX-License-Identifier: Apache-2.0 */
/* softmax_rows_tmpl.c -- see softmax_rows.c. Balls have rewritten formulas only, and any x_k may be m there. */

/* s = softmax(x) of n numbers, of those where the mask is 1, which is one at least; NULL: of all. */
static void
NUM(softmax_of)(num *s, const num *x, const num *mask, size_t n, NUM(ctx) *ctx)
{
    num *const sum = ctx->t + 1;
    size_t m = n;
    if (mask == NULL && ctx->common.formulas == GA_REWRITE && !ctx->common.plain) {
        const NUM(mat) from = { (num *)x, 1, n, NULL };
        NUM(mat) to = { s, 1, n, NULL };
        NUM(vec_softmax)(&to, NULL, NULL, &from, &(uint32_t){ 0 }, ctx);
        return;
    }
    for (size_t k = 0; k < n; k++)
        if ((mask == NULL || !num_less(mask + k, ctx->one)) && (m == n || num_less(x + m, x + k)))
            m = k;
    num_set_zero(sum, ctx);
    for (size_t k = 0; k < n; k++) {
        if (mask != NULL && num_less(mask + k, ctx->one)) {
            num_set_zero(s + k, ctx);
            continue;
        }
        num_sub(s + k, x + k, x + m, ctx);
        num_exp(s + k, s + k, ctx);
        num_add(sum, sum, s + k, ctx);
    }
    for (size_t k = 0; k < n; k++)
        num_div(s + k, s + k, sum, ctx);
}

void
NUM(op_run_softmax_rows)(NUM(tape) *t, const instruction *i, NUM(ctx) *ctx)
{
    const NUM(mat) *from = NUM(tape_in)(t, i, 0);
    num *s = NUM(tape_out)(t, i, 0)->e;
    context_trace(&ctx->common, "softmax_rows", from->rows, from->cols);
    for (size_t at = 0; at < from->rows * from->cols; at += i->a.row)
        NUM(softmax_of)(s + at, from->e + at, NULL, i->a.row, ctx);
}

void
NUM(op_run_masked_softmax)(NUM(tape) *t, const instruction *i, NUM(ctx) *ctx)
{
    const NUM(mat) *from = NUM(tape_in)(t, i, 0), *mask = NUM(tape_in)(t, i, 1);
    num *s = NUM(tape_out)(t, i, 0)->e;
    context_trace(&ctx->common, "masked_softmax", from->rows, from->cols);
    for (size_t at = 0; at < from->rows * from->cols; at += i->a.row)
        NUM(softmax_of)(s + at, from->e + at, mask->e + at % mask->cols, i->a.row, ctx);
}

void
NUM(op_run_softmax_others)(NUM(tape) *t, const instruction *i, NUM(ctx) *ctx)
{
    const NUM(mat) *from = NUM(tape_in)(t, i, 0);
    const size_t n = i->a.row;
    num *c = NUM(tape_out)(t, i, 0)->e;
    context_trace(&ctx->common, "softmax_others", from->rows, from->cols);
    for (size_t at = 0; at < from->rows * from->cols; at++) {
        const num *s = from->e + at / n * n;
        if (ctx->common.formulas == GA_NAIVE) {
            num_sub(c + at, ctx->one, s + at % n, ctx);
            continue;
        }
        num_set_zero(c + at, ctx);
        for (size_t j = 0; j < n; j++)
            if (j != at % n)
                num_add(c + at, c + at, s + j, ctx);
    }
}

void
NUM(op_run_softmax_back)(NUM(tape) *t, const instruction *i, NUM(ctx) *ctx)
{
    const NUM(mat) *gradient = NUM(tape_in)(t, i, 2);
    const size_t n = i->a.row;
    const num *g = gradient->e, *s = NUM(tape_in)(t, i, 1)->e;
    num *e = NUM(tape_out)(t, i, 0)->e, *const sum = ctx->t + 1;
    context_trace(&ctx->common, "softmax_back", gradient->rows, gradient->cols);
    for (size_t at = 0; at < gradient->rows * gradient->cols; at += n, g += n, s += n, e += n) {
        if (ctx->common.formulas == GA_NAIVE) {
            num_set_zero(sum, ctx);
            for (size_t j = 0; j < n; j++)
                num_muladd(sum, g + j, s + j, ctx);
            for (size_t k = 0; k < n; k++)
                num_sub(e + k, g + k, sum, ctx);
            continue;
        }
        for (size_t k = 0; k < n; k++) {
            num_set_zero(e + k, ctx);
            for (size_t j = 0; j < n; j++) {
                num_sub(sum, g + k, g + j, ctx);
                if (j != k)
                    num_muladd(e + k, sum, s + j, ctx);
            }
        }
    }
}

void
NUM(op_run_log_softmax_rows)(NUM(tape) *t, const instruction *i, NUM(ctx) *ctx)
{
    const NUM(mat) *from = NUM(tape_in)(t, i, 0), *to = NUM(tape_out)(t, i, 0);
    const size_t rows = from->rows * from->cols / i->a.row;
    NUM(mat) l = { to->e, rows, i->a.row, NULL };
    const NUM(mat) x = { from->e, rows, i->a.row, NULL };
    NUM(vec_log_softmax)(&l, &x, ctx);
}

void
NUM(op_run_softmax_of_log)(NUM(tape) *t, const instruction *i, NUM(ctx) *ctx)
{
    const NUM(mat) *l = NUM(tape_in)(t, i, 0);
    num *s = NUM(tape_out)(t, i, 0)->e;
    context_trace(&ctx->common, "softmax_of_log", l->rows, l->cols);
    for (size_t at = 0; at < l->rows * l->cols; at++)
        num_exp(s + at, l->e + at, ctx);
}

void
NUM(op_run_log_softmax_back)(NUM(tape) *t, const instruction *i, NUM(ctx) *ctx)
{
    const NUM(mat) *gradient = NUM(tape_in)(t, i, 2);
    const bool naive = ctx->common.formulas == GA_NAIVE;
    const size_t n = i->a.row;
    const num *g = gradient->e, *s = NUM(tape_in)(t, i, 1)->e, *c = NUM(tape_in)(t, i, 0)->e;
    num *e = NUM(tape_out)(t, i, 0)->e, *const sum = ctx->t + 1, *const part = ctx->t + 2;
    context_trace(&ctx->common, "log_softmax_back", gradient->rows, gradient->cols);
    for (size_t at = 0; at < gradient->rows * gradient->cols; at++) {
        const num *const row = g + at / n * n;
        num_set_zero(sum, ctx);
        for (size_t j = 0; j < n; j++)
            if (naive || j != at % n)
                num_add(sum, sum, row + j, ctx);
        num_mul(sum, s + at, sum, ctx);
        if (naive)
            num_set(part, g + at, ctx);
        else
            num_mul(part, c + at, g + at, ctx);
        num_sub(e + at, part, sum, ctx);
    }
}
