/* SPDX-License-Identifier: Apache-2.0 */
/* hard_tmpl.c -- see hard.c. A piece lies on the side of a bound where all points of a ball are; a ball that has points of several
   pieces takes the hull. */

/* a, z or a bound, and d, 1 between the bounds and else 0. */
static void
NUM(hard_clip)(num *a, num *d, const num *z, const num *low, const num *high, NUM(ctx) *ctx)
{
    num *zero = ctx->t + 1;
    const bool below = num_less(z, low) || num_equal(z, low), above = num_less(high, z) || num_equal(z, high);
    num_set_zero(zero, ctx);
    num_set(a, below ? low : above ? high : z, ctx);
    num_set(d, num_is_nan(z) ? z : below || above ? zero : ctx->one, ctx);
    if (below || above || num_is_nan(z) || (num_less(low, z) && num_less(z, high)))
        return;
    num_hull(d, d, zero, ctx);
    if (!num_less(low, z))
        num_hull(a, a, low, ctx);
    if (!num_less(z, high))
        num_hull(a, a, high, ctx);
}

/* The derivative of z t / 6, of which t is clipped; 3 is a number. */
static void
NUM(hard_swish_slope)(num *d, const num *z, const num *three, NUM(ctx) *ctx)
{
    num *minus = ctx->t + 1, *inside = ctx->t + 2, *zero = ctx->t;
    num_neg(minus, three, ctx);
    num_set_zero(zero, ctx);
    const bool below = num_less(z, minus), above = num_less(three, z);
    const bool not_below = num_less(minus, z) || num_equal(z, minus), not_above = num_less(z, three) || num_equal(z, three);
    if (ctx->common.formulas == GA_NAIVE) {
        num_div(inside, z, three, ctx);
        num_set_d(d, 0.5, ctx);
        num_add(inside, inside, d, ctx);
    } else { /* exact near the root */
        num_set_d(d, 1.5, ctx);
        num_add(inside, z, d, ctx);
        num_div(inside, inside, three, ctx);
    }
    num_set(d, below ? zero : above ? ctx->one : inside, ctx);
    if (below || above || num_is_nan(z) || (not_below && not_above))
        return;
    if (!not_below)
        num_hull(d, d, zero, ctx);
    if (!not_above)
        num_hull(d, d, ctx->one, ctx);
}

void
NUM(op_run_hardtanh)(NUM(tape) *t, const instruction *i, NUM(ctx) *ctx)
{
    const NUM(mat) *from = NUM(tape_in)(t, i, 0);
    const num *low = NUM(tape_in)(t, i, 1)->e, *high = NUM(tape_in)(t, i, 2)->e;
    num *a = NUM(tape_out)(t, i, 0)->e, *d = NUM(tape_out)(t, i, 1)->e;
    context_trace(&ctx->common, "hardtanh", from->rows, from->cols);
    for (size_t k = 0; k < from->rows * from->cols; k++)
        NUM(hard_clip)(a + k, d + k, from->e + k, low, high, ctx);
}

void
NUM(op_run_relu6)(NUM(tape) *t, const instruction *i, NUM(ctx) *ctx)
{
    const NUM(mat) *from = NUM(tape_in)(t, i, 0);
    num *a = NUM(tape_out)(t, i, 0)->e, *d = NUM(tape_out)(t, i, 1)->e, *low = ctx->t + 2, *high = ctx->t + 3;
    context_trace(&ctx->common, "relu6", from->rows, from->cols);
    num_set_zero(low, ctx);
    num_set_d(high, 6, ctx);
    for (size_t k = 0; k < from->rows * from->cols; k++)
        NUM(hard_clip)(a + k, d + k, from->e + k, low, high, ctx);
}

void
NUM(op_run_hard_sigmoid)(NUM(tape) *t, const instruction *i, NUM(ctx) *ctx)
{
    const NUM(mat) *from = NUM(tape_in)(t, i, 0);
    num *a = NUM(tape_out)(t, i, 0)->e, *d = NUM(tape_out)(t, i, 1)->e, *low = ctx->t + 2, *high = ctx->t + 3, *sum = ctx->t + 4;
    context_trace(&ctx->common, "hard_sigmoid", from->rows, from->cols);
    for (size_t k = 0; k < from->rows * from->cols; k++) {
        num_set_d(sum, 3, ctx);
        num_neg(low, sum, ctx);
        num_set(high, sum, ctx);
        num_add(sum, from->e + k, sum, ctx);
        NUM(hard_clip)(a + k, d + k, from->e + k, low, high, ctx); /* d says where z is, whatever the sum is rounded to */
        num_set_zero(low, ctx);
        num_set_d(high, 6, ctx);
        NUM(hard_clip)(a + k, ctx->t, sum, low, high, ctx);
        num_div(a + k, a + k, high, ctx);
        num_div(d + k, d + k, high, ctx);
    }
}

void
NUM(op_run_hard_swish)(NUM(tape) *t, const instruction *i, NUM(ctx) *ctx)
{
    const NUM(mat) *from = NUM(tape_in)(t, i, 0);
    num *a = NUM(tape_out)(t, i, 0)->e, *d = NUM(tape_out)(t, i, 1)->e, *low = ctx->t + 2, *high = ctx->t + 3, *sum = ctx->t + 4;
    context_trace(&ctx->common, "hard_swish", from->rows, from->cols);
    for (size_t k = 0; k < from->rows * from->cols; k++) {
        const num *const z = from->e + k;
        num_set_zero(low, ctx);
        num_set_d(high, 6, ctx);
        num_set_d(sum, 3, ctx);
        num_add(sum, z, sum, ctx);
        NUM(hard_clip)(a + k, d + k, sum, low, high, ctx);
        num_mul(a + k, z, a + k, ctx);
        num_div(a + k, a + k, high, ctx);
        num_set_d(high, 3, ctx);
        NUM(hard_swish_slope)(d + k, z, high, ctx);
    }
}
