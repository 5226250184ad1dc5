/* SPDX-License-Identifier: Apache-2.0 */
/* pass_ball.c -- the pass in balls, and what its tape proves; see ball_engine.h. */
#include "num/ball.h"
#include "num/format.h"
#include "num/vec_tmpl.h"
#include "gemm/gemm_tmpl.h"
#include "pass/tape_tmpl.h"
#include "pass/engine.h"
#include "pass/tape_tmpl.c"
#include "pass/pass_tmpl.c"
#include "pass/engine_tmpl.c"

#include "pass/ball_engine.h"
#include "pass/ball_truth.h"
#include "pass/op_ball.h"

static bool
row_truth(ga_truth *truth, const mat_ball *m, size_t row, const ga_format *format)
{
    bool all = true;
    for (size_t i = 0; i < m->cols; i++) {
        const bool settled = ball_truth(truth + i, m->e + row * m->cols + i, format);
        all = all && settled;
    }
    return all;
}

bool
ball_engine_truth(ga_truth *truth, const void *engine, size_t row, const ga_format *format)
{
    return row_truth(truth, engine_input_gradient_ball(engine), row, format);
}

bool
ball_engine_weight_truth(ga_truth *truth, const void *engine, size_t parameter, const ga_format *format)
{
    const engine_state_ball *s = engine;
    const mat_ball *const m = s->tape->value + s->program->gradient_of[s->program->parameter + parameter];
    return row_truth(truth, &(mat_ball){ m->e, 1, m->rows * m->cols, NULL }, 0, format);
}

void
ball_engine_divide_weights(void *engine, size_t n)
{
    engine_state_ball *const s = engine;
    const program *const p = s->program;
    ball *const divisor = s->ctx->t + 1, *const quotient = s->ctx->t + 2;
    ball_set_d(divisor, (double)n, s->ctx);
    for (size_t v = 0; v < p->n_values; v++) {
        const mat_ball *const m = p->value[v].role == VALUE_PARAMETER && p->gradient_of[v] != NO_VALUE
                                      ? s->tape->value + p->gradient_of[v] : NULL;
        for (size_t i = 0; m != NULL && i < m->rows * m->cols; i++) {
            ball_div(quotient, m->e + i, divisor, s->ctx);
            ball_set(m->e + i, quotient, s->ctx);
        }
    }
}

bool
ball_engine_end_truth(ga_truth *truth, const void *engine, size_t row, const ga_format *format)
{
    ga_format values = *format;
    values.signs = true; /* and radii and digits, but no decades, which nobody asks for: that of 1 - e^-10000 takes 14,427 bits */
    const bool all = row_truth(truth, engine_ends_ball(engine), row, &values);
    return engine_ball.predicted(engine, row) != PREDICTED_OPEN && all;
}

bool
ball_engine_is_gradient(const void *engine, value_id v)
{
    const engine_state_ball *s = engine;
    return v == s->program->gradient_of[s->program->input];
}

void
ball_engine_truths(ga_truth *truth, const void *engine, value_id v, size_t row)
{
    static const ga_format own = { FORMAT_OF(reference), .reference_bits = 60, .signs = true };
    const engine_state_ball *s = engine;
    const mat_ball *m = s->tape->value + v;
    const size_t n = (s->program->value[v].rows > 0 ? m->rows : 1) * m->cols;
    for (size_t i = 0; i < n; i++)
        ball_truth(truth + i, m->e + row * m->cols + i, &own);
}

bool
ball_engine_class(const void *engine, size_t row)
{
    const engine_state_ball *s = engine;
    const instruction *loss = s->program->code + s->program->n_forward;
    const mat_ball *residual = s->tape->value + loss->out[1];
    bool decided = true;
    for (size_t c = 0; op_ball_of(loss->op)->chooses && c < residual->cols; c++)
        decided = decided && radius_is_zero(residual->e[row * residual->cols + c].rad);
    return decided;
}

/* An operand's number for number `at` of the first. */
static const ball *
beside(const tape_ball *t, const instruction *i, size_t operand, size_t row, size_t at)
{
    const size_t cols = tape_in_ball(t, i, 0)->cols;
    const mat_ball *const m = tape_in_ball(t, i, operand);
    return t->p->value[i->in[operand]].rows == 0 ? m->e + row * cols + at : m->e + at / (cols / m->cols);
}

/* How far number `at` is from a kink; NULL: it has none, as the larger of a number and itself. Temporaries t[0] and t[1] only. */
static const ball *
from_kink(const tape_ball *t, const instruction *i, const op_kink *kink, size_t row, size_t at, ctx_ball *ctx)
{
    ball *const r = ctx->t + 1, *const number = ctx->t;
    const ball *x = beside(t, i, 0, row, at);
    if (kink->minus != 0 && i->in[kink->minus] == i->in[0])
        return NULL;
    if (kink->times != 0) {
        ball_mul(r, x, beside(t, i, kink->times, row, at), ctx);
        x = r;
    }
    if (kink->plus != 0) {
        ball_add(r, x, beside(t, i, kink->plus, row, at), ctx);
        x = r;
    }
    if (kink->minus != 0) {
        ball_sub(r, x, beside(t, i, kink->minus, row, at), ctx);
        x = r;
    }
    if (kink->at != 0) {
        ball_set_d(number, kink->at, ctx);
        ball_sub(r, x, number, ctx);
        x = r;
    }
    return x;
}

bool
ball_engine_kinks(size_t *kinks, const void *engine, size_t row)
{
    const engine_state_ball *s = engine;
    bool decided = true;
    *kinks = 0;
    for (size_t k = 0; k < s->program->n_forward; k++) {
        const instruction *const i = s->program->code + k;
        const op_ball *const column = op_ball_of(i->op);
        for (size_t kink = 0; kink < column->n_kinks; kink++)
            for (size_t at = 0; at < s->program->value[i->in[0]].cols; at++) {
                const ball *const distance = from_kink(s->tape, i, column->kink + kink, row, at, s->ctx);
                *kinks += distance != NULL && ball_is_zero(distance);
                decided = decided && (distance == NULL || ball_is_zero(distance) || ball_sgn(distance) != 0);
            }
    }
    return decided;
}
