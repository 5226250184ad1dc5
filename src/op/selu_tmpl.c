/* SPDX-License-Identifier: Apache-2.0 */
/* selu_tmpl.c -- see selu.c */
static void
NUM(selu_low)(num *a, num *d, const num *z, const num *slope, const num *scale, NUM(ctx) *ctx)
{
    num *e = ctx->t + 1, *c = ctx->t + 2;
    num_exp(e, z, ctx);
    if (ctx->common.formulas == GA_NAIVE) {
        num_sub(a, e, ctx->one, ctx);
        num_mul(a, slope, a, ctx);
        num_mul(a, scale, a, ctx);
        num_mul(d, slope, e, ctx);
        num_mul(d, scale, d, ctx);
        return;
    }
    num_mul(c, scale, slope, ctx);
    num_expm1(a, z, ctx);
    num_mul(a, c, a, ctx);
    num_mul(d, c, e, ctx);
    if (num_less(ctx->one, c)) {
        num_set_d(e, 0.5, ctx);
        num_mul(e, e, z, ctx);
        num_exp(e, e, ctx);
        num_mul(c, c, e, ctx);
        num_mul(d, c, e, ctx);
    }
}

void
NUM(op_run_selu)(NUM(tape) *t, const instruction *i, NUM(ctx) *ctx)
{
    const NUM(mat) *from = NUM(tape_in)(t, i, 0);
    const num *slope = NUM(tape_in)(t, i, 1)->e, *scale = NUM(tape_in)(t, i, 2)->e;
    num *a = NUM(tape_out)(t, i, 0)->e, *d = NUM(tape_out)(t, i, 1)->e, *high = ctx->t + 3, *zero = ctx->t + 4;
    context_trace(&ctx->common, "selu", from->rows, from->cols);
    num_set_zero(zero, ctx);
    for (size_t k = 0; k < from->rows * from->cols; k++) {
        const num *z = from->e + k;
        num_mul(high, scale, z, ctx);
        if (num_sgn(z) > 0) {
            num_set(a + k, high, ctx);
            num_set(d + k, scale, ctx);
            continue;
        }
        NUM(selu_low)(a + k, d + k, z, slope, scale, ctx);
        if (num_sgn(z) == 0 && !num_equal(z, zero) && !num_is_nan(z)) { /* a ball whose sign is open: both */
            num_hull(a + k, a + k, high, ctx);
            num_hull(d + k, d + k, scale, ctx);
        }
    }
}
