/* SPDX-License-Identifier: Apache-2.0 */
/* spread_tmpl.c -- see spread.c */
#include "op/spread.h"

void
NUM(op_run_expand)(NUM(tape) *t, const instruction *i, NUM(ctx) *ctx)
{
    const NUM(mat) *x = NUM(tape_in)(t, i, 0), *out = NUM(tape_out)(t, i, 0);
    num *to = out->e;
    const num *from = x->e;
    context_trace(&ctx->common, "expand", out->rows, out->cols);
    for (size_t row = 0; row < out->rows; row++, to += out->cols, from += x->cols)
        for (size_t k = 0; k < out->cols; k++) {
            const size_t at = spread_from(&i->a.from, &i->a.to, k);
            num_set(to + k, from + at, ctx);
            if (t->same != NULL)
                same_choose(t->same, i->out[0], t->offset + row, k, i->in[0], at);
        }
}

void
NUM(op_run_sum_over)(NUM(tape) *t, const instruction *i, NUM(ctx) *ctx)
{
    const NUM(mat) *x = NUM(tape_in)(t, i, 0), *out = NUM(tape_out)(t, i, 0);
    const size_t times = spread_times(&i->a.to, &i->a.from);
    num *to = out->e;
    const num *from = x->e;
    context_trace(&ctx->common, "sum_over", out->rows, out->cols);
    for (size_t row = 0; row < out->rows; row++, to += out->cols, from += x->cols)
        for (size_t at = 0; at < out->cols; at++) {
            num_set_zero(to + at, ctx);
            for (size_t k = 0; k < times; k++)
                num_add(to + at, to + at, from + spread_to(&i->a.to, &i->a.from, at, k), ctx);
        }
}
