/* SPDX-License-Identifier: Apache-2.0 */
/* dlr_tmpl.c -- see dlr.c */

/* Whether class a comes before class b: its logit is larger, or equal and a is the first. */
static bool
NUM(dlr_before)(const num *o, size_t a, size_t b)
{
    return num_less(o + b, o + a) || (num_equal(o + a, o + b) && a < b);
}

/* The three largest, in order; false if a NaN, or balls that overlap, leave that open. */
static bool
NUM(dlr_first)(size_t *top, const num *o, size_t n)
{
    size_t k = 0;
    for (size_t c = 0; c < n; c++) {
        size_t at = k;
        while (at > 0 && NUM(dlr_before)(o, c, top[at - 1]))
            at--;
        for (size_t i = k < 3 ? k : 2; i > at; i--)
            top[i] = top[i - 1];
        if (at < 3)
            top[at] = c;
        k += k < 3;
    }
    bool proved = NUM(dlr_before)(o, top[0], top[1]) && NUM(dlr_before)(o, top[1], top[2]);
    for (size_t c = 0; c < n; c++)
        proved = proved && (c == top[0] || c == top[1] || c == top[2] || NUM(dlr_before)(o, top[2], c));
    return proved;
}

/* r, of zeros, is the residual; ratio is N/D. */
static void
NUM(dlr_naive)(num *r, const num *ratio, const num *d, size_t y, size_t m, const size_t *top, NUM(ctx) *ctx)
{
    num *step = ctx->t + 3;
    num_div(step, ctx->one, d, ctx);
    num_sub(r + y, r + y, step, ctx);
    num_add(r + m, r + m, step, ctx);
    num_div(step, ratio, d, ctx);
    num_add(r + top[0], r + top[0], step, ctx);
    num_sub(r + top[2], r + top[2], step, ctx);
}

static void
NUM(dlr_rewrite)(num *r, const num *o, const num *d, size_t y, const size_t *top, NUM(ctx) *ctx)
{
    num *square = ctx->t + 3;
    if (y == top[2])
        return;
    num_div(r + (y == top[0] ? top[1] : y), ctx->one, d, ctx);
    if (y != top[0])
        num_neg(r + y, r + y, ctx);
    num_sub(r + top[0], o + (y == top[0] ? top[1] : y), o + top[2], ctx);
    num_sub(square, o + top[0], o + (y == top[0] ? top[1] : y), ctx);
    num_div(square, square, d, ctx);
    num_div(square, square, d, ctx);
    num_div(r + top[0], r + top[0], d, ctx);
    num_div(r + top[0], r + top[0], d, ctx);
    if (y == top[0]) {
        num_neg(r + top[0], r + top[0], ctx);
        num_neg(square, square, ctx);
    }
    num_set(r + top[2], square, ctx);
}

void
NUM(op_run_dlr)(NUM(tape) *t, const instruction *i, NUM(ctx) *ctx)
{
    const NUM(mat) *all = NUM(tape_in)(t, i, 0);
    NUM(mat) *chosen = NUM(tape_out)(t, i, 0), *residual = NUM(tape_out)(t, i, 1);
    num *d = ctx->t + 1, *ratio = ctx->t + 2;
    for (size_t row = 0; row < all->rows; row++) {
        const size_t n = all->cols, y = t->label[row];
        const num *o = all->e + row * n;
        num *r = residual->e + row * n, *of = chosen->e + row * n, *loss = NUM(tape_out)(t, i, 2)->e + row;
        size_t top[3] = { 0 };
        const bool proved = NUM(dlr_first)(top, o, n);
        const size_t m = y == top[0] ? top[1] : top[0];
        num_set_zero(d, ctx);
        num_set_zero(ratio, ctx);
        if (proved) {
            num_sub(d, o + top[0], o + top[2], ctx);
            num_sub(ratio, o + y, o + m, ctx);
        }
        num_div(ratio, ratio, d, ctx); /* NaN, or of balls the whole line, where nothing is chosen */
        num_neg(loss, ratio, ctx);
        for (size_t c = 0; c < n; c++) {
            num_set_zero(of + c, ctx);
            num_set_zero(r + c, ctx);
            if (!proved) {
                num_set(of + c, ratio, ctx);
                num_set(r + c, ratio, ctx);
            }
        }
        if (!proved)
            continue;
        num_set(of + m, ctx->one, ctx);
        if (ctx->common.formulas == GA_NAIVE)
            NUM(dlr_naive)(r, ratio, d, y, m, top, ctx);
        else
            NUM(dlr_rewrite)(r, o, d, y, top, ctx);
    }
    NUM(vec_keep_rows)(residual, t->first, t->end, ctx);
}
