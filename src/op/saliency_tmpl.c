/* SPDX-License-Identifier: Apache-2.0 */
/* saliency_tmpl.c -- see saliency.c */

/* The output that a label is of. */
static size_t
NUM(saliency_output)(const NUM(mat) *o, uint32_t label)
{
    return o->cols > 1 ? label : 0;
}

void
NUM(op_run_logit)(NUM(tape) *t, const instruction *i, NUM(ctx) *ctx)
{
    const NUM(mat) *o = NUM(tape_in)(t, i, 0);
    NUM(mat) *chosen = NUM(tape_out)(t, i, 0), *residual = NUM(tape_out)(t, i, 1);
    for (size_t row = 0; row < o->rows; row++) {
        const size_t first = row * o->cols, y = first + NUM(saliency_output)(o, t->label[row]);
        for (size_t k = first; k < first + o->cols; k++) {
            num_set_zero(chosen->e + k, ctx);
            num_set_zero(residual->e + k, ctx);
        }
        num_set(chosen->e + y, ctx->one, ctx);
        num_set(residual->e + y, ctx->one, ctx);
        num_set(NUM(tape_out)(t, i, 2)->e + row, o->e + y, ctx);
    }
    NUM(vec_keep_rows)(residual, t->first, t->end, ctx);
}

/* naive: 1 - p_y, absorbed once p_y rounds to 1; rewrite: the sum of the others. */
void
NUM(op_run_probability)(NUM(tape) *t, const instruction *i, NUM(ctx) *ctx)
{
    NUM(mat) *p = NUM(tape_out)(t, i, 0), *residual = NUM(tape_out)(t, i, 1);
    NUM(vec_softmax)(p, residual, NULL, NUM(tape_in)(t, i, 0), t->label, ctx);
    num *others = ctx->t + 1;
    for (size_t row = 0; row < p->rows; row++) {
        const num *own = p->e + row * p->cols, *py = own + t->label[row];
        num *r = residual->e + row * p->cols;
        num_neg(others, r + t->label[row], ctx);
        for (size_t c = 0; c < p->cols; c++) {
            if (own + c == py)
                continue;
            num_mul(r + c, py, own + c, ctx);
            num_neg(r + c, r + c, ctx);
        }
        if (ctx->common.formulas == GA_NAIVE)
            num_sub(others, ctx->one, py, ctx);
        num_mul(r + t->label[row], py, others, ctx);
        num_set(NUM(tape_out)(t, i, 2)->e + row, py, ctx);
    }
    NUM(vec_keep_rows)(residual, t->first, t->end, ctx);
}

void
NUM(op_run_probability_sigmoid)(NUM(tape) *t, const instruction *i, NUM(ctx) *ctx)
{
    NUM(mat) *s = NUM(tape_out)(t, i, 0), *residual = NUM(tape_out)(t, i, 1);
    NUM(vec_sigmoid)(s, residual, NUM(tape_in)(t, i, 0), ctx);
    for (size_t row = 0; row < s->rows; row++) {
        const size_t first = row * s->cols, y = first + NUM(saliency_output)(s, t->label[row]);
        const bool other = s->cols == 1 && t->label[row] == 0;
        num *loss = NUM(tape_out)(t, i, 2)->e + row;
        for (size_t k = first; k < first + s->cols; k++)
            if (k != y)
                num_set_zero(residual->e + k, ctx);
        num_set(loss, s->e + y, ctx);
        if (other) {
            num_neg(residual->e + y, residual->e + y, ctx);
            num_sub(loss, ctx->one, s->e + y, ctx);
        }
    }
    NUM(vec_keep_rows)(residual, t->first, t->end, ctx);
}
