/* SPDX-License-Identifier: Apache-2.0 */
/* view_tmpl.c -- see view.c */
#include "op/view.h"

void
NUM(op_run_view)(NUM(tape) *t, const instruction *i, NUM(ctx) *ctx)
{
    const NUM(mat) *x = NUM(tape_in)(t, i, 0), *out = NUM(tape_out)(t, i, 0);
    num *to = out->e;
    const num *from = x->e;
    context_trace(&ctx->common, "view", out->rows, out->cols);
    for (size_t row = 0; row < out->rows; row++, to += out->cols, from += x->cols)
        for (size_t k = 0; k < out->cols; k++) {
            size_t at = SIZE_MAX;
            if (view_at(&at, &i->a, k))
                num_set(to + k, from + at, ctx);
            else
                num_set_zero(to + k, ctx);
            if (t->same != NULL)
                same_choose(t->same, i->out[0], t->offset + row, k, i->in[0], at);
        }
}

void
NUM(op_run_view_input)(NUM(tape) *t, const instruction *i, NUM(ctx) *ctx)
{
    const NUM(mat) *g = NUM(tape_in)(t, i, 0), *out = NUM(tape_out)(t, i, 0);
    num *to = out->e;
    const num *from = g->e;
    context_trace(&ctx->common, "view_input", out->rows, out->cols);
    for (size_t row = 0; row < out->rows; row++, to += out->cols, from += g->cols)
        for (size_t k = 0; k < out->cols; k++) {
            size_t at;
            if (view_of(&at, &i->a, k))
                num_set(to + k, from + at, ctx);
            else
                num_set_zero(to + k, ctx);
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
            const bool first = k < a->cols;
            const size_t at = first ? k : k - a->cols;
            num_set(to + k, first ? a->e + row * a->cols + at : b->e + row * b->cols + at, ctx);
        }
}
