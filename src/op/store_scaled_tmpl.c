/* SPDX-License-Identifier: Apache-2.0 */
/* store_scaled_tmpl.c -- see store_scaled.c */
#include "op/columns_tmpl.h"
#include "op/store_scaled.h"

/* k for n_rows times n_cols numbers, `stride` from row to row. */
static int
NUM(scale_together)(const num *a, size_t n_rows, size_t n_cols, size_t stride, const op_attributes *how, NUM(ctx) *ctx)
{
    num *const size = ctx->t + 1, *const largest = ctx->t + 2;
    ga_number number;
    if (format_any_precision(how->format) && how->format.kind != GA_LIMITED)
        return 0;
    if (how->rule == GA_SCALE_FILE)
        return how->exponent;
    num_set_zero(largest, ctx);
    for (size_t row = 0; row < n_rows; row++)
        for (size_t c = 0; c < n_cols; c++) {
            num_abs(size, a + row * stride + c, ctx);
            if (num_less(largest, size) || num_is_nan(size))
                num_set(largest, size, ctx);
        }
    num_get_number(&number, largest, ctx);
    return store_scale(&number, how);
}

/* These numbers, with a scale in common: its exponent is returned. */
static int
NUM(store_together)(num *r, const num *a, size_t n_rows, size_t n_cols, size_t stride, const op_attributes *how, NUM(ctx) *ctx)
{
    const int k = NUM(scale_together)(a, n_rows, n_cols, stride, how, ctx);
    num_store(how->format, k, ctx);
    for (size_t row = 0; row < n_rows; row++)
        num_narrow_all(r + row * stride, a + row * stride, n_cols, ctx);
    return k;
}

/* Of the images in the tape, those from one multiple of the batch to the next: a block begins with one. All where there is none. */
static void
NUM(store_batches)(NUM(tape) *t, const instruction *i, NUM(ctx) *ctx)
{
    const NUM(mat) *const from = NUM(tape_in)(t, i, 0);
    NUM(mat) *const to = NUM(tape_out)(t, i, 0), *const scale = NUM(tape_out)(t, i, 1);
    const bool images = t->p->value[i->in[0]].rows == 0;
    const size_t end = images ? t->end : from->rows, batch = images && i->a.batch > 0 ? i->a.batch : end;
    for (size_t first = images ? t->first : 0, last; first < end; first = last) {
        last = (first / batch + 1) * batch < end ? (first / batch + 1) * batch : end;
        const size_t at = first * from->cols;
        const int k = NUM(store_together)(to->e + at, from->e + at, last - first, from->cols, from->cols, &i->a, ctx);
        for (size_t row = first; row < (images ? last : first + 1); row++)
            num_set_d(scale->e + row, ldexp(1, k), ctx);
    }
}

void
NUM(store_blocks)(num *r, const num *a, num *scale, bool each, size_t first, size_t end, size_t cols, const op_attributes *how,
                  NUM(ctx) *ctx)
{
    const size_t tall = how->along_rows ? OP_BLOCK : 1, wide = how->along_rows ? 1 : OP_BLOCK, n = (cols + wide - 1) / wide;
    for (size_t row = first, next; row < end; row = next) {
        next = (row / tall + 1) * tall < end ? (row / tall + 1) * tall : end;
        for (size_t c = 0; c < cols; c += wide) {
            const size_t at = row * cols + c, width = cols - c < wide ? cols - c : wide;
            const int k = NUM(store_together)(r + at, a + at, next - row, width, cols, how, ctx);
            for (size_t i = row; each && i < next; i++)
                num_set_d(scale + i * cols + c, ldexp(1, k), ctx);
            if (!each)
                num_set_d(scale + row / tall * n + c / wide, ldexp(1, k), ctx);
        }
    }
}

void
NUM(op_run_store_scaled)(NUM(tape) *t, const instruction *i, NUM(ctx) *ctx)
{
    const NUM(mat) *const from = NUM(tape_in)(t, i, 0);
    NUM(mat) *const to = NUM(tape_out)(t, i, 0);
    const bool images = t->p->value[i->in[0]].rows == 0;
    context_trace(&ctx->common, "store_scaled", from->rows, from->cols);
    if (i->a.scaling == GA_SCALED_BATCH)
        NUM(store_batches)(t, i, ctx);
    else
        NUM(store_blocks)(to->e, from->e, NUM(tape_out)(t, i, 1)->e, images && i->a.along_rows, images ? t->first : 0,
                          images ? t->end : from->rows, from->cols, &i->a, ctx);
    if (images)
        NUM(vec_keep_rows)(to, t->first, t->end, ctx); /* what is none of them may be anything, which sums over images take */
}
