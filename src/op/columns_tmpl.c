/* SPDX-License-Identifier: Apache-2.0 */
/* columns_tmpl.c -- see columns.c */
#include "op/columns_tmpl.h"

void
NUM(op_run_store_columns)(NUM(tape) *t, const instruction *i, NUM(ctx) *ctx)
{
    const NUM(mat) *const from = NUM(tape_in)(t, i, 0);
    NUM(mat) *const to = NUM(tape_out)(t, i, 0);
    const op_shape *const of = windows_of_columns(&i->a);
    const size_t places = windows_n_places(&i->a), numbers = windows_numbers(&i->a);
    context_trace(&ctx->common, "store_columns", from->rows, from->cols);
    NUM(mat) rows = { .e = to->e + t->first * to->cols, .cols = numbers };
    NUM(windows_columns)(&rows, from, of->dim[1] * of->dim[2], t->first, t->end - t->first, windows_places_of_columns(&i->a), 0,
                         &i->a, i->a.back ? windows_row_of : windows_row_at, ctx);
    NUM(store_blocks)(to->e, to->e, NUM(tape_out)(t, i, 1)->e, i->a.along_rows, t->first * places, t->end * places, numbers, &i->a,
                      ctx);
    NUM(vec_keep_rows)(to, t->first, t->end, ctx);
}

/* out[image, c, place] = columns times the rows of w, plus bias; an image at a time. */
static void
NUM(columns_product)(NUM(tape) *t, const instruction *i, const NUM(mat) *bias, NUM(ctx) *ctx)
{
    const NUM(mat) *const from = NUM(tape_in)(t, i, 0), *const w = NUM(tape_in)(t, i, 1);
    NUM(mat) *const out = NUM(tape_out)(t, i, 0), *const values = NUM(tape_out)(t, i, 1);
    const size_t places = values->rows;
    for (size_t image = 0; image < t->rows; image++) {
        const NUM(mat) columns = { .e = from->e + image * from->cols, .rows = places, .cols = w->cols };
        NUM(gemm)(values, &columns, false, w, true, bias, ctx);
        for (size_t k = 0; k < places; k++)
            for (size_t c = 0; c < values->cols; c++)
                num_set(out->e + image * out->cols + c * places + k, values->e + k * values->cols + c, ctx);
    }
}

void
NUM(op_run_columns_sum)(NUM(tape) *t, const instruction *i, NUM(ctx) *ctx)
{
    NUM(columns_product)(t, i, NUM(tape_in)(t, i, 2), ctx);
}

void
NUM(op_run_columns_input)(NUM(tape) *t, const instruction *i, NUM(ctx) *ctx)
{
    NUM(columns_product)(t, i, NULL, ctx);
}

void
NUM(op_run_columns_weight)(NUM(tape) *t, const instruction *i, NUM(ctx) *ctx)
{
    const size_t places = i->a.to.dim[1] * i->a.to.dim[2];
    NUM(mat) *const out = NUM(tape_out)(t, i, 0);
    NUM(mat) g = *NUM(tape_in)(t, i, 0), x = *NUM(tape_in)(t, i, 1);
    g.rows = x.rows = t->rows * places;
    g.cols = out->rows;
    x.cols = out->cols;
    NUM(gemm)(out, &g, true, &x, false, NULL, ctx);
}
