/* SPDX-License-Identifier: Apache-2.0 */
/* store_scaled_tmpl.c -- see store_scaled.c */
#ifndef OP_STORE_SCALED_TMPL_C
#define OP_STORE_SCALED_TMPL_C
enum { SCALE_MOST = 126 };

/* k for the largest magnitude. */
static int
scale_of(const ga_number *largest, const op_attributes *a)
{
    const ga_format f = a->format;
    const double m = fabs(largest->mantissa);
    int64_t k = format_emax(f) - largest->exponent;
    if (largest->klass != GA_NORMAL && largest->klass != GA_SUBNORMAL)
        return 0;
    if (a->scaling == GA_SCALED_BATCH)
        k -= m > format_largest(f);
    else if (a->rule == GA_SCALE_CEIL)
        k -= m > 1;
    else if (a->rule == GA_SCALE_NEAREST)
        k -= m >= 2 - ldexp(1, -(int)f.bits); /* the tie goes to 2 */
    return k > SCALE_MOST ? SCALE_MOST : k < -SCALE_MOST ? -SCALE_MOST : (int)k;
}
#endif

/* n_rows times n_cols numbers, `stride` from row to row, with a scale in common: that is returned. */
static int
NUM(store_together)(num *r, const num *a, size_t n_rows, size_t n_cols, size_t stride, const op_attributes *how, NUM(ctx) *ctx)
{
    num *const size = ctx->t + 1, *const largest = ctx->t + 2;
    ga_number number;
    num_set_zero(largest, ctx);
    for (size_t row = 0; row < n_rows; row++)
        for (size_t c = 0; c < n_cols; c++) {
            num_abs(size, a + row * stride + c, ctx);
            if (num_less(largest, size) || num_is_nan(size))
                num_set(largest, size, ctx);
        }
    num_get_number(&number, largest, ctx);
    const int k = format_any_precision(how->format) && how->format.kind != GA_LIMITED ? 0 : scale_of(&number, how);
    num_store(how->format, k, ctx);
    for (size_t row = 0; row < n_rows; row++)
        num_narrow_all(r + row * stride, a + row * stride, n_cols, ctx);
    return k;
}

/* Of the images in the tape, those from one multiple of the batch to the next: a block begins with one. */
static void
NUM(store_batches)(NUM(tape) *t, const instruction *i, NUM(ctx) *ctx)
{
    const NUM(mat) *const from = NUM(tape_in)(t, i, 0);
    NUM(mat) *const to = NUM(tape_out)(t, i, 0), *const scale = NUM(tape_out)(t, i, 1);
    const bool images = t->p->value[i->in[0]].rows == 0;
    const size_t end = images ? t->end : from->rows, batch = images ? i->a.batch : end;
    for (size_t first = images ? t->first : 0, last; first < end; first = last) {
        last = (first / batch + 1) * batch < end ? (first / batch + 1) * batch : end;
        const size_t at = first * from->cols;
        const int k = NUM(store_together)(to->e + at, from->e + at, last - first, from->cols, from->cols, &i->a, ctx);
        for (size_t row = first; row < (images ? last : first + 1); row++)
            num_set_d(scale->e + row, ldexp(1, k), ctx);
    }
}

static void
NUM(store_blocks)(NUM(tape) *t, const instruction *i, NUM(ctx) *ctx)
{
    const NUM(mat) *const from = NUM(tape_in)(t, i, 0);
    NUM(mat) *const to = NUM(tape_out)(t, i, 0), *const scale = NUM(tape_out)(t, i, 1);
    const size_t tall = i->a.along_rows ? OP_BLOCK : 1, wide = i->a.along_rows ? 1 : OP_BLOCK;
    const bool images = t->p->value[i->in[0]].rows == 0;
    const size_t rows = images ? t->end : from->rows, cols = from->cols, n = (cols + wide - 1) / wide;
    for (size_t r = images ? t->first : 0; r < rows; r += tall)
        for (size_t c = 0; c < cols; c += wide) {
            const int k = NUM(store_together)(to->e + r * cols + c, from->e + r * cols + c, rows - r < tall ? rows - r : tall,
                                              cols - c < wide ? cols - c : wide, cols, &i->a, ctx);
            num_set_d(scale->e + r / tall * n + c / wide, ldexp(1, k), ctx);
        }
}

void
NUM(op_run_store_scaled)(NUM(tape) *t, const instruction *i, NUM(ctx) *ctx)
{
    context_trace(&ctx->common, "store_scaled", NUM(tape_in)(t, i, 0)->rows, NUM(tape_in)(t, i, 0)->cols);
    if (i->a.scaling == GA_SCALED_BATCH)
        NUM(store_batches)(t, i, ctx);
    else
        NUM(store_blocks)(t, i, ctx);
}
