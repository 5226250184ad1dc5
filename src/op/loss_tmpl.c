/* SPDX-License-Identifier: Apache-2.0 */
/* loss_tmpl.c -- see loss.c. Balls have rewritten formulas only. */
void
NUM(op_run_cross_entropy)(NUM(tape) *t, const instruction *i, NUM(ctx) *ctx)
{
    NUM(vec_softmax)(NUM(tape_out)(t, i, 0), NUM(tape_out)(t, i, 1), NUM(tape_out)(t, i, 2), NUM(tape_in)(t, i, 0), t->label, ctx);
    NUM(vec_keep_rows)(NUM(tape_out)(t, i, 1), t->first, t->end, ctx);
}

void
NUM(op_run_margin)(NUM(tape) *t, const instruction *i, NUM(ctx) *ctx)
{
    NUM(vec_margin)(NUM(tape_out)(t, i, 0), NUM(tape_out)(t, i, 1), NUM(tape_out)(t, i, 2), NUM(tape_in)(t, i, 0), t->label, ctx);
    NUM(vec_keep_rows)(NUM(tape_out)(t, i, 1), t->first, t->end, ctx);
}

void
NUM(op_run_nll)(NUM(tape) *t, const instruction *i, NUM(ctx) *ctx)
{
    NUM(mat) *p = NUM(tape_out)(t, i, 0), *r = NUM(tape_out)(t, i, 1);
    if (ctx->common.formulas == GA_REWRITE) {
        NUM(op_run_cross_entropy)(t, i, ctx);
        return;
    }
    NUM(vec_log_softmax)(r, NUM(tape_in)(t, i, 0), ctx);
    for (size_t row = 0; row < p->rows; row++) {
        const size_t first = row * p->cols, y = first + t->label[row];
        num_neg(NUM(tape_out)(t, i, 2)->e + row, r->e + y, ctx);
        for (size_t k = first; k < first + p->cols; k++) {
            num_exp(p->e + k, r->e + k, ctx);
            num_set(r->e + k, p->e + k, ctx);
        }
        num_sub(r->e + y, p->e + y, ctx->one, ctx); /* absorbed: 0 once e^l_y rounds to 1 */
    }
    NUM(vec_keep_rows)(r, t->first, t->end, ctx);
}

void
NUM(op_run_nll_softmax)(NUM(tape) *t, const instruction *i, NUM(ctx) *ctx)
{
    NUM(mat) *p = NUM(tape_out)(t, i, 0), *r = NUM(tape_out)(t, i, 1);
    num *g = ctx->t + 1, *dot = ctx->t + 2, *rest = ctx->t + 3;
    if (ctx->common.formulas == GA_REWRITE) {
        NUM(op_run_cross_entropy)(t, i, ctx);
        return;
    }
    NUM(vec_softmax)(p, NULL, NUM(tape_out)(t, i, 2), NUM(tape_in)(t, i, 0), t->label, ctx);
    for (size_t row = 0; row < p->rows; row++) {
        const size_t first = row * p->cols, y = first + t->label[row];
        num_div(g, ctx->one, p->e + y, ctx);
        num_neg(g, g, ctx);
        num_mul(dot, g, p->e + y, ctx); /* -1, or nearly; NaN where p_y is 0 */
        num_neg(rest, dot, ctx);
        for (size_t k = first; k < first + p->cols; k++)
            num_mul(r->e + k, p->e + k, rest, ctx);
        num_sub(rest, g, dot, ctx);
        num_mul(r->e + y, p->e + y, rest, ctx);
    }
    NUM(vec_keep_rows)(r, t->first, t->end, ctx);
}

void
NUM(op_run_nll_outputs)(NUM(tape) *t, const instruction *i, NUM(ctx) *ctx)
{
    const NUM(mat) *o = NUM(tape_in)(t, i, 0);
    NUM(mat) *chosen = NUM(tape_out)(t, i, 0), *r = NUM(tape_out)(t, i, 1);
    for (size_t row = 0; row < o->rows; row++) {
        const size_t first = row * o->cols, y = first + t->label[row];
        for (size_t k = first; k < first + o->cols; k++) {
            num_set_zero(chosen->e + k, ctx);
            num_set_zero(r->e + k, ctx);
        }
        num_set(chosen->e + y, ctx->one, ctx);
        num_neg(r->e + y, ctx->one, ctx);
        num_neg(NUM(tape_out)(t, i, 2)->e + row, o->e + y, ctx);
    }
    NUM(vec_keep_rows)(r, t->first, t->end, ctx);
}
