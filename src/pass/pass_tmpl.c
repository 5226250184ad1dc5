/* SPDX-License-Identifier: Apache-2.0 */
/* pass_tmpl.c -- the one pass, in whichever format includes it; see tape_tmpl.h. */
#include "core/call.h"
#include "graph/op_graph.h"
#include "pass/op_ball.h"

#define OPERATION(name) [OP_##name] = NUM(op_run_##name),
static void (*const NUM(op_run)[N_OPS])(NUM(tape) *, const instruction *, NUM(ctx) *) = {
#include "op/ops.def"
};
#undef OPERATION

/* On n rows from `first` on, which begin the draws. */
static void
NUM(run_rows)(NUM(tape) *t, size_t k, size_t first, size_t n, NUM(ctx) *ctx)
{
    const program *const p = t->p;
    NUM(tape) *const some = t->some;
    for (size_t v = 0; v < p->n_values; v++) {
        some->value[v] = t->value[v];
        if (p->value[v].rows > 0)
            continue;
        some->value[v].e += first * t->value[v].cols;
        some->value[v].rows = n;
    }
    some->rows = n;
    some->first = t->first > first ? (t->first - first < n ? t->first - first : n) : 0;
    some->end = t->end < first + n ? (t->end > first ? t->end - first : 0) : n;
    some->label = t->label + first;
    some->offset = first;
    some->same = t->same;
    context_draws(&ctx->common, k, t->first_image + first);
    NUM(op_run)[p->code[k].op](some, p->code + k, ctx);
}

/* How many rows an instruction works on at once; 0: all. One if it draws, so that what an image draws does not depend on the
   others; if numbers are long and rows are by themselves, as many as have MOST_BITS, because such a step may take seconds. */
static size_t
NUM(rows_at_once)(const NUM(tape) *t, const instruction *i, const NUM(ctx) *ctx)
{
    enum { MOST_BITS = 1 << 20 };
    const size_t cols = t->value[i->out[0]].cols;
    if (t->some == NULL || (ctx->common.stochastic && t->images == NULL))
        return 0;
    if (ctx->common.stochastic)
        return 1;
    if (ctx->common.bits <= 53 || op_graph_of(i->op)->mixes || t->p->value[i->out[0]].rows > 0 || cols == 0)
        return 0;
    const size_t n = MOST_BITS / (size_t)ctx->common.bits / cols;
    return n > 1 ? n : 1;
}

/* asks: between rows; false if the work is to end. */
static bool
NUM(run_step)(NUM(tape) *t, size_t k, bool asks, NUM(ctx) *ctx)
{
    const instruction *const i = t->p->code + k;
    const size_t first = t->images != NULL ? t->first : 0, end = t->images != NULL ? t->end : t->rows;
    const size_t most = NUM(rows_at_once)(t, i, ctx);
    ctx->common.node = i->node;
    if (t->images != NULL)
        t->images->same = t->same;
    if (most == 0) {
        context_draws(&ctx->common, k, t->first_image + t->first);
        NUM(op_run)[i->op](t->images != NULL && !op_graph_of(i->op)->mixes ? t->images : t, i, ctx);
    }
    for (size_t row = first; most > 0 && row < end; row += most) {
        if (asks && call_ask() != GA_OK)
            return false;
        NUM(run_rows)(t, k, row, end - row < most ? end - row : most, ctx);
    }
    return true;
}

void
NUM(pass_step)(NUM(tape) *t, size_t k, NUM(ctx) *ctx)
{
    NUM(run_step)(t, k, false, ctx);
}

/* Tells what a function with kinks is where it is constant, or where a constant was chosen: there its derivative, or the first
   mask of its choice, is 0. */
static void
NUM(see_points)(NUM(tape) *t, const instruction *i, NUM(ctx) *ctx)
{
    const NUM(mat) *made = NUM(tape_out)(t, i, 0), *slope = NUM(tape_out)(t, i, 1);
    const size_t step = slope->cols / made->cols;
    num *zero = ctx->t + 1, *x = ctx->t + 2;
    num_set_zero(zero, ctx);
    for (size_t k = 0; k < t->rows * made->cols; k++) {
        if (!num_equal(slope->e + k * step, zero))
            continue;
        const double point = num_get_d(made->e + k);
        num_set_d(x, point, ctx);
        if (num_equal(x, made->e + k))
            same_point(t->same, i->out[0], k / made->cols, k % made->cols, point);
    }
}

void
NUM(pass_run)(NUM(tape) *t, size_t from, size_t to, NUM(ctx) *ctx)
{
    for (size_t k = from; k < to && call_ask() == GA_OK; k++) {
        if (!NUM(run_step)(t, k, true, ctx))
            return;
        if (t->same != NULL && k < t->p->n_forward && call_ended() == GA_OK) {
            same_step(t->same, t->p->code + k, t->rows);
            if (op_ball_of(t->p->code[k].op)->n_kinks > 0)
                NUM(see_points)(t, t->p->code + k, ctx);
        }
    }
}
