/* SPDX-License-Identifier: Apache-2.0 */
/* sum_pool_tmpl.c -- see sum_pool.c */
#include "op/windows.h"

void
NUM(op_run_sum_pool)(NUM(tape) *t, const instruction *i, NUM(ctx) *ctx)
{
    const op_attributes *a = &i->a;
    const num *x = NUM(tape_in)(t, i, 0)->e;
    num *sum = NUM(tape_out)(t, i, 0)->e;
    context_trace(&ctx->common, "sum_pool", t->rows, NUM(tape_out)(t, i, 0)->cols);
    for (size_t channel = 0; channel < t->rows * a->from.dim[0]; channel++, x += a->from.dim[1] * a->from.dim[2])
        for (size_t place = 0; place < a->to.dim[1] * a->to.dim[2]; place++, sum++) {
            num_set_zero(sum, ctx);
            for (size_t k = 0; k < a->kernel[0]; k++) {
                const windows_row found = windows_row_at(a, place / a->to.dim[2], place % a->to.dim[2], k);
                for (size_t j = 0; j < found.n; j++)
                    num_add(sum, sum, x + (found.at + j * found.at_step), ctx);
            }
        }
}

void
NUM(op_run_sum_pool_input)(NUM(tape) *t, const instruction *i, NUM(ctx) *ctx)
{
    const op_attributes *a = &i->a;
    const NUM(mat) *back = NUM(tape_out)(t, i, 0);
    const num *g = NUM(tape_in)(t, i, 0)->e;
    num *to = back->e;
    context_trace(&ctx->common, "sum_pool_input", t->rows, back->cols);
    for (size_t k = 0; k < t->rows * back->cols; k++)
        num_set_zero(to + k, ctx);
    for (size_t channel = 0; channel < t->rows * a->from.dim[0]; channel++, to += a->from.dim[1] * a->from.dim[2])
        for (size_t place = 0; place < a->to.dim[1] * a->to.dim[2]; place++, g++)
            for (size_t k = 0; k < a->kernel[0]; k++) {
                const windows_row found = windows_row_at(a, place / a->to.dim[2], place % a->to.dim[2], k);
                for (size_t j = 0; j < found.n; j++) {
                    num *const at = to + (found.at + j * found.at_step);
                    num_add(at, at, g, ctx);
                }
            }
}
