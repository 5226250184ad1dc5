/* SPDX-License-Identifier: Apache-2.0 */
/* clip_tmpl.c -- see clip.c */
static void
NUM(clip)(num *a, num *d, const num *z, const num *low, const num *high, NUM(ctx) *ctx)
{
    num *zero = ctx->t + 1;
    const bool below = num_less(z, low), above = num_less(high, z);
    const bool not_below = num_less(low, z) || num_equal(low, z), not_above = num_less(z, high) || num_equal(z, high);
    num_set_zero(zero, ctx);
    num_set(a, below ? low : above ? high : z, ctx);
    num_set(d, num_is_nan(z) ? z : below || above ? zero : ctx->one, ctx);
    if (below || above || num_is_nan(z) || (not_below && not_above))
        return;
    num_hull(d, d, zero, ctx); /* a ball that has points on both sides of a bound */
    if (!not_below)
        num_hull(a, a, low, ctx);
    if (!not_above)
        num_hull(a, a, high, ctx);
}

void
NUM(op_run_clip)(NUM(tape) *t, const instruction *i, NUM(ctx) *ctx)
{
    const NUM(mat) *from = NUM(tape_in)(t, i, 0);
    const num *z = from->e, *low = NUM(tape_in)(t, i, 1)->e, *high = NUM(tape_in)(t, i, 2)->e;
    num *a = NUM(tape_out)(t, i, 0)->e, *d = NUM(tape_out)(t, i, 1)->e;
    context_trace(&ctx->common, "clip", from->rows, from->cols);
    for (size_t k = 0; k < from->rows * from->cols; k++)
        NUM(clip)(a + k, d + k, z + k, low, high, ctx);
}
