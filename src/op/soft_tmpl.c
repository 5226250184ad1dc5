/* SPDX-License-Identifier: Apache-2.0 */
/* soft_tmpl.c -- see soft.c. Balls have rewritten formulas only: whichever element comes first, both forms hold. */

/* q = (1 - E) t + E/C. */
static void
NUM(soft_targets)(NUM(mat) *q, const NUM(mat) *t, const num *smoothing, NUM(ctx) *ctx)
{
    num *rest = ctx->t + 1, *share = ctx->t + 2;
    num_set_d(rest, (double)t->cols, ctx);
    num_div(share, smoothing, rest, ctx);
    num_sub(rest, ctx->one, smoothing, ctx);
    for (size_t k = 0; k < t->rows * t->cols; k++) {
        num_mul(q->e + k, t->e + k, rest, ctx);
        num_add(q->e + k, q->e + k, share, ctx);
    }
}

/* L = -sum q_c l_c; l = log softmax(o). */
static void
NUM(soft_loss)(num *loss, const num *q, const num *l, size_t n, NUM(ctx) *ctx)
{
    num *term = ctx->t + 1, *zero = ctx->t + 2;
    num_set_zero(zero, ctx);
    num_set_zero(loss, ctx);
    for (size_t c = 0; c < n; c++) {
        if (num_equal(q + c, zero))
            continue;
        num_mul(term, q + c, l + c, ctx);
        num_sub(loss, loss, term, ctx);
    }
}

/* An element that none is proved to be larger than, and the sum of the others. */
static size_t
NUM(soft_others)(num *sum, const num *a, size_t n, NUM(ctx) *ctx)
{
    size_t top = 0;
    for (size_t c = 1; c < n; c++)
        top = num_less(a + top, a + c) ? c : top;
    num_set_zero(sum, ctx);
    for (size_t c = 0; c < n; c++)
        if (c != top)
            num_add(sum, sum, a + c, ctx);
    return top;
}

static void
NUM(soft_naive)(num *r, const num *p, const num *q, size_t n, NUM(ctx) *ctx)
{
    num *all = ctx->t + 1;
    num_set_zero(all, ctx);
    for (size_t c = 0; c < n; c++)
        num_add(all, all, q + c, ctx);
    for (size_t c = 0; c < n; c++) {
        num_mul(r + c, p + c, all, ctx);
        num_sub(r + c, r + c, q + c, ctx); /* absorbed, or it cancels */
    }
}

/* The sum of the others' p is minus the residual of a label. */
static void
NUM(soft_rewrite)(num *r, num *p, const num *logit, const num *q, size_t n, NUM(ctx) *ctx)
{
    num *all = ctx->t + 1, *others_p = ctx->t + 2, *others_q = ctx->t + 3, *part = ctx->t + 4;
    const NUM(mat) logits = { (num *)logit, 1, n, NULL };
    NUM(mat) probability = { p, 1, n, NULL }, residual = { r, 1, n, NULL };
    const size_t top_p = NUM(soft_others)(others_p, logit, n, ctx);
    NUM(vec_softmax)(&probability, &residual, NULL, &logits, &(uint32_t){ (uint32_t)top_p }, ctx);
    num_neg(others_p, r + top_p, ctx);
    const size_t top_q = NUM(soft_others)(others_q, q, n, ctx);
    num_add(all, others_q, q + top_q, ctx);
    for (size_t c = 0; c < n; c++) {
        num_sub(part, all, q + c, ctx);
        num_mul(r + c, p + c, c == top_q ? others_q : part, ctx);
        num_sub(part, ctx->one, p + c, ctx);
        num_mul(part, q + c, c == top_p ? others_p : part, ctx);
        num_sub(r + c, r + c, part, ctx);
    }
}

void
NUM(op_run_soft_cross_entropy)(NUM(tape) *t, const instruction *i, NUM(ctx) *ctx)
{
    const NUM(mat) *o = NUM(tape_in)(t, i, 0);
    NUM(mat) *chosen = NUM(tape_out)(t, i, 0), *smoothed = NUM(tape_out)(t, i, 3);
    NUM(mat) *residual = NUM(tape_out)(t, i, 1);
    const size_t n = o->cols;
    NUM(soft_targets)(smoothed, NUM(tape_in)(t, i, 1), NUM(tape_in)(t, i, 2)->e, ctx);
    NUM(vec_log_softmax)(residual, o, ctx);
    for (size_t row = 0; row < o->rows; row++)
        NUM(soft_loss)(NUM(tape_out)(t, i, 2)->e + row, smoothed->e + row * n, residual->e + row * n, n, ctx);
    if (ctx->common.formulas == GA_NAIVE)
        NUM(vec_softmax)(chosen, NULL, NULL, o, t->label, ctx);
    for (size_t first = 0; first < o->rows * n; first += n)
        if (ctx->common.formulas == GA_NAIVE)
            NUM(soft_naive)(residual->e + first, chosen->e + first, smoothed->e + first, n, ctx);
        else
            NUM(soft_rewrite)(residual->e + first, chosen->e + first, o->e + first, smoothed->e + first, n, ctx);
    NUM(vec_keep_rows)(residual, t->first, t->end, ctx);
}
