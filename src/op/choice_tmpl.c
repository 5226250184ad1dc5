/* SPDX-License-Identifier: Apache-2.0 */
/* choice_tmpl.c -- see choice.c */

/* r, the masks of a and b, and b; equal: a and b are one value. */
static void
NUM(choice)(num *r, num *mask, const num *a, const num *b, bool least, bool equal, NUM(ctx) *ctx)
{
    const num *const low = least ? b : a, *const high = least ? a : b;
    num *half = ctx->t + 1;
    num_set_d(half, 0.5, ctx);
    num_set_zero(mask, ctx);
    num_set_zero(mask + 1, ctx);
    if (num_is_nan(a) || num_is_nan(b)) {
        num_set(r, num_is_nan(a) ? a : b, ctx);
        num_set(mask, ctx->one, ctx);
        num_set(mask + 1, ctx->one, ctx);
    } else if (num_less(low, high)) { /* it is b */
        num_set(r, b, ctx);
        num_set(mask + 1, ctx->one, ctx);
    } else if (num_less(high, low)) {
        num_set(r, a, ctx);
        num_set(mask, ctx->one, ctx);
    } else if (equal || num_equal(a, b)) {
        num_set(r, a, ctx);
        num_set(mask, half, ctx);
        num_set(mask + 1, half, ctx);
    } else { /* balls that overlap */
        num_hull(r, a, b, ctx);
        num_hull(mask, mask, ctx->one, ctx);
        num_hull(mask + 1, mask + 1, ctx->one, ctx);
    }
}

static void
NUM(choices)(NUM(tape) *t, const instruction *i, bool least, NUM(ctx) *ctx)
{
    const NUM(mat) *first = NUM(tape_in)(t, i, 0), *second = NUM(tape_in)(t, i, 1);
    num *r = NUM(tape_out)(t, i, 0)->e, *mask = NUM(tape_out)(t, i, 1)->e;
    const bool constant = t->p->value[i->in[1]].rows > 0, equal = i->in[0] == i->in[1];
    const size_t cols = first->cols, each = cols / second->cols;
    context_trace(&ctx->common, least ? "minimum" : "maximum", first->rows, cols);
    for (size_t k = 0; k < first->rows * cols; k++)
        NUM(choice)(r + k, mask + 2 * k, first->e + k, second->e + (constant ? k % cols / each : k), least, equal, ctx);
}

void
NUM(op_run_maximum)(NUM(tape) *t, const instruction *i, NUM(ctx) *ctx)
{
    NUM(choices)(t, i, false, ctx);
}

void
NUM(op_run_minimum)(NUM(tape) *t, const instruction *i, NUM(ctx) *ctx)
{
    NUM(choices)(t, i, true, ctx);
}

void
NUM(op_run_choice_input)(NUM(tape) *t, const instruction *i, NUM(ctx) *ctx)
{
    const NUM(mat) *g = NUM(tape_in)(t, i, 0);
    const num *mask = NUM(tape_in)(t, i, 1)->e + i->a.side;
    num *r = NUM(tape_out)(t, i, 0)->e, *zero = ctx->t + 1;
    context_trace(&ctx->common, "choice_input", g->rows, g->cols);
    num_set_zero(zero, ctx);
    for (size_t k = 0; k < g->rows * g->cols; k++) {
        if (num_equal(mask + 2 * k, zero))
            num_set_zero(r + k, ctx);
        else
            num_mul(r + k, g->e + k, mask + 2 * k, ctx);
    }
}
