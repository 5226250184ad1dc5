/* SPDX-License-Identifier: Apache-2.0 */
/* view_tmpl.c -- see view.c */
#include "op/view.h"

/* Number k of a row is number `from` of the operand's, or 0. */
static inline void
NUM(view_place)(NUM(tape) *t, const instruction *i, size_t row, size_t k, bool is, size_t from, NUM(ctx) *ctx)
{
    const NUM(mat) *x = NUM(tape_in)(t, i, 0), *out = NUM(tape_out)(t, i, 0);
    num *const to = out->e + row * out->cols + k;
    if (is)
        num_set(to, x->e + row * x->cols + from, ctx);
    else
        num_set_zero(to, ctx);
    if (t->same != NULL && is)
        same_choose(t->same, i->out[0], t->offset + row, k, i->in[0], from);
    if (t->same != NULL && !is)
        same_point(t->same, i->out[0], t->offset + row, k, 0);
}

void
NUM(op_run_view)(NUM(tape) *t, const instruction *i, NUM(ctx) *ctx)
{
    const NUM(mat) *out = NUM(tape_out)(t, i, 0);
    context_trace(&ctx->common, "view", out->rows, out->cols);
    for (size_t row = 0; row < out->rows; row++)
        for (size_t k = 0; k < out->cols; k++) {
            size_t from = 0;
            const bool is = view_at(&from, &i->a, k);
            NUM(view_place)(t, i, row, k, is, from, ctx);
        }
}

void
NUM(op_run_view_input)(NUM(tape) *t, const instruction *i, NUM(ctx) *ctx)
{
    const NUM(mat) *out = NUM(tape_out)(t, i, 0);
    context_trace(&ctx->common, "view_input", out->rows, out->cols);
    for (size_t row = 0; row < out->rows; row++)
        for (size_t k = 0; k < out->cols; k++) {
            size_t from = 0;
            const bool is = view_of(&from, &i->a, k);
            NUM(view_place)(t, i, row, k, is, from, ctx);
        }
}

void
NUM(op_run_concat)(NUM(tape) *t, const instruction *i, NUM(ctx) *ctx)
{
    const NUM(mat) *a = NUM(tape_in)(t, i, 0), *b = NUM(tape_in)(t, i, 1), *out = NUM(tape_out)(t, i, 0);
    num *to = out->e;
    context_trace(&ctx->common, "concat", out->rows, out->cols);
    for (size_t row = 0; row < out->rows; row++, to += out->cols)
        for (size_t k = 0; k < out->cols; k++) {
            size_t at;
            const NUM(mat) *const from = view_is_second(&at, &i->a, k) ? b : a;
            num_set(to + k, from->e + row * from->cols + at, ctx);
        }
}
