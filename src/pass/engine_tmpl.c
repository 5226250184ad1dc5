/* SPDX-License-Identifier: Apache-2.0 */
/* engine_tmpl.c -- the engine of a format; see engine.h. */
#include <assert.h>
#include <stdlib.h>

#include "core/call.h"
#include "graph/op_graph.h"
#include "num/format.h"

typedef struct {
    NUM(ctx) *ctx;
    program *program;
    bool whole; /* the tape has all values */
    NUM(tape) *tape;
} NUM(engine_state);

static void
NUM(engine_close)(void *engine)
{
    NUM(engine_state) *s = engine;
    if (s == NULL)
        return;
    if (s->tape != NULL)
        same_free(s->tape->same);
    NUM(tape_free)(s->tape);
    program_free(s->program);
    if (s->ctx != NULL)
        free(s->ctx->common.last_of);
    NUM(ctx_free)(s->ctx);
    free(s);
}

/* Room for the longest sum of a product, over inputs, outputs or (weight gradients) images and the rows of each. */
static bool
NUM(engine_reserve)(NUM(engine_state) *s, size_t rows, long bits, bool weights)
{
    const program *p = s->program;
    const long own = p->input_bits, most = bits > own ? bits : own;
    size_t n = rows;
    for (size_t k = 0; k < p->n_values; k++) {
        n = p->value[k].cols > n ? p->value[k].cols : n;
        n = p->value[k].rows > n ? p->value[k].rows : n;
    }
    bool two = weights || p->stored; /* what is stored may have all bits */
    for (size_t k = p->n_once; k < p->n; k++) {
        const op_graph *const row = op_graph_of(p->code[k].op);
        two = two || (row->mixes && row->n_in == 2 && p->value[p->code[k].in[1]].rows == 0); /* a product of two values */
        if (weights && rows * op_rows(&p->code[k].a) > n)
            n = rows * op_rows(&p->code[k].a);
    }
    return NUM(gemm_reserve)(n, most, two ? most : own, s->ctx);
}

/* Of stochastic rounding what the gradient's numbers drew last. */
static bool
NUM(engine_keep_draws)(NUM(engine_state) *s)
{
    context *const c = &s->ctx->common;
    const value_id leaf = s->program->gradient_of[s->program->input];
    if (!c->stochastic || leaf == NO_VALUE)
        return true;
    const NUM(mat) *const m = s->tape->value + leaf;
    const size_t n = m->rows * m->cols;
    c->last_of = calloc(n + 1, sizeof *c->last_of);
    c->numbers = (uintptr_t)m->e;
    c->numbers_end = (uintptr_t)(m->e + n);
    return c->last_of != NULL;
}

static bool
NUM(engine_make)(NUM(engine_state) *s, const engine_key *key, shared *common)
{
    const ga_estimator *const e = &key->estimator;
    if ((s->program = pass_program(key->model, e, key->weights)) == NULL ||
        !NUM(engine_reserve)(s, key->rows, e->format.bits, key->weights))
        return false;
    const NUM(constants) *constants = NULL;
    if (common != NULL)
#pragma omp critical(shared)
        constants = NUM(constants_new)(s->program, key->model, &e->format, common, s->ctx);
    if (common != NULL && constants == NULL)
        return false;
    bool *const keep = calloc(s->program->n_values, sizeof *keep);
    if (keep != NULL) {
        engine_keep(keep, s->program, key->again);
        s->tape = NUM(tape_new)(s->program, constants, key->tape ? NULL : keep, key->rows, s->ctx);
    }
    free(keep);
    return s->tape != NULL && NUM(engine_keep_draws)(s);
}

static void *
NUM(engine_open)(const engine_key *key, shared *common)
{
    const ga_estimator *const e = &key->estimator;
    NUM(engine_state) *s = calloc(1, sizeof *s);
    if (s == NULL || pass_unknown(key->model, e) != NULL || (s->ctx = NUM(ctx_new)(e)) == NULL)
        goto fail;
    s->whole = key->tape;
    if (!NUM(engine_make)(s, key, common))
        goto fail;
    if (format_is_reference(e->format) && !same_new(&s->tape->same, s->program, key->rows))
        goto fail;
    return s;
fail:
    NUM(engine_close)(s);
    return NULL;
}

static void
NUM(engine_set_rows)(void *engine, size_t rows, size_t first, size_t end)
{
    NUM(engine_state) *s = engine;
    NUM(tape_set_rows)(s->tape, rows, first, end);
}

static void
NUM(engine_begin)(void *engine, uint64_t first)
{
    NUM(engine_state) *s = engine;
    s->tape->first_image = first;
}

static void
NUM(engine_set_image)(void *engine, size_t row, const double *x, uint32_t label)
{
    NUM(engine_state) *s = engine;
    NUM(mat) *input = s->tape->value + s->program->input;
    num *restrict to = input->e + row * input->cols;
    context_draws(&s->ctx->common, s->program->n, s->tape->first_image + row);
#pragma omp simd
    for (size_t i = 0; i < input->cols; i++)
        num_set_d(to + i, x[i], s->ctx); /* exact but in formats that round the model */
    s->tape->label[row] = label;
    if (s->tape->same != NULL)
        same_input(s->tape->same, row, x);
    if (s->program->target == NO_VALUE)
        return;
    NUM(mat) *target = s->tape->value + s->program->target; /* of one output the label itself, else 1 for it and 0 for others */
    for (size_t k = 0; k < target->cols; k++)
        num_set_d(target->e + row * target->cols + k, target->cols == 1 ? label : k == label, s->ctx);
}

static void
NUM(engine_set_target)(void *engine, size_t row, const double *target)
{
    NUM(engine_state) *s = engine;
    if (s->program->target == NO_VALUE)
        return;
    NUM(mat) *to = s->tape->value + s->program->target;
    for (size_t k = 0; k < to->cols; k++)
        num_set_d(to->e + row * to->cols + k, target[k], s->ctx);
}

/* Whether the tape holds what was asked for. */
static bool
NUM(engine_is_made)(const NUM(engine_state) *s)
{
    return call_ended() == GA_OK && (s->tape->same == NULL || !same_failed(s->tape->same));
}

static void
NUM(engine_forward)(void *engine)
{
    NUM(engine_state) *s = engine;
    NUM(pass_run)(s->tape, s->program->n_once, s->program->n_forward, s->ctx);
}

static bool
NUM(engine_again)(void *engine, const program *p, bool same_images)
{
    NUM(engine_state) *s = engine;
    if (!pass_same_but_factors(s->program, p))
        return false;
    for (size_t v = 0; v < p->n_values; v++) {
        NUM(mat) *const m = s->tape->value + v;
        s->program->value[v].factor = p->value[v].factor;
        context_draws(&s->ctx->common, p->n + 1 + p->n_constants + v, 0);
        for (size_t i = 0; p->value[v].role == VALUE_FACTOR && i < m->rows * m->cols; i++)
            num_set_d(m->e + i, p->value[v].factor, s->ctx);
    }
    NUM(pass_run)(s->tape, same_images ? pass_first_factor(p) : p->n_once, p->n_forward, s->ctx);
    return true;
}

static bool
NUM(engine_backward)(void *engine)
{
    NUM(engine_state) *s = engine;
    NUM(pass_run)(s->tape, s->program->n_forward, s->program->n_backward, s->ctx);
    return NUM(engine_is_made)(s);
}

static bool
NUM(engine_end)(void *engine)
{
    NUM(engine_state) *s = engine;
    NUM(pass_run)(s->tape, s->program->n_backward, s->program->n, s->ctx);
    return NUM(engine_is_made)(s);
}

static int
NUM(engine_predicted)(const void *engine, size_t row)
{
    const NUM(engine_state) *s = engine;
    return NUM(vec_argmax)(s->tape->value + s->program->logits, row);
}

/* Numbers first, ..., first + n - 1 of a matrix. */
static void
NUM(as_numbers)(ga_number *number, const NUM(mat) *m, size_t first, size_t n, const NUM(engine_state) *s)
{
    const context *const c = &s->ctx->common;
    const bool drawn = c->last_of != NULL && (uintptr_t)m->e == c->numbers;
    for (size_t i = 0; i < n; i++) {
        num_get_number(number + i, m->e + first + i, s->ctx);
        number[i].draw = drawn ? c->last_of[first + i] : 0;
    }
}

static void
NUM(row_as_numbers)(ga_number *number, const NUM(mat) *m, size_t row, const NUM(engine_state) *s)
{
    NUM(as_numbers)(number, m, row * m->cols, m->cols, s);
}

/* The gradient of the input. */
static const NUM(mat) *
NUM(engine_input_gradient)(const NUM(engine_state) *s)
{
    return s->tape->value + s->program->gradient_of[s->program->input];
}

static void
NUM(engine_gradient)(ga_number *g, const void *engine, size_t row)
{
    NUM(row_as_numbers)(g, NUM(engine_input_gradient)(engine), row, engine);
}

static void
NUM(engine_numbers)(ga_number *number, const void *engine, value_id v, size_t row)
{
    const NUM(engine_state) *s = engine;
    const NUM(mat) *m = s->tape->value + v;
    const size_t n = (s->program->value[v].rows > 0 ? m->rows : 1) * m->cols;
    assert(s->whole);
    NUM(as_numbers)(number, m, row * m->cols, n, s);
}

static void
NUM(engine_decades)(int64_t *decade, const void *engine, size_t row)
{
    const NUM(mat) *dx = NUM(engine_input_gradient)(engine);
    for (size_t i = 0; i < dx->cols; i++)
        decade[i] = num_decade(dx->e + row * dx->cols + i);
}

static int
NUM(engine_print)(char *text, size_t size, const void *engine, size_t row, size_t element, int digits)
{
    const NUM(engine_state) *s = engine;
    const NUM(mat) *dx = NUM(engine_input_gradient)(s);
    return num_print(text, size, dx->e + row * dx->cols + element, digits, s->ctx);
}

static const NUM(mat) *
NUM(engine_ends)(const NUM(engine_state) *s)
{
    return s->tape->value + s->program->end;
}

static int
NUM(engine_print_end)(char *text, size_t size, const void *engine, size_t row, size_t output, int digits)
{
    const NUM(engine_state) *s = engine;
    const NUM(mat) *m = NUM(engine_ends)(s);
    return num_print(text, size, m->e + row * m->cols + output, digits, s->ctx);
}

static void
NUM(engine_end_numbers)(ga_number *number, const void *engine, size_t row)
{
    NUM(row_as_numbers)(number, NUM(engine_ends)(engine), row, engine);
}

static void
NUM(row_as_double)(double *out, const NUM(mat) *m, size_t row)
{
    for (size_t i = 0; i < m->cols; i++)
        out[i] = num_get_d(m->e + row * m->cols + i);
}

static void
NUM(engine_end_values)(double *value, const void *engine, size_t row)
{
    NUM(row_as_double)(value, NUM(engine_ends)(engine), row);
}

static void
NUM(engine_values)(double *x, const void *engine, value_id v, size_t row)
{
    const NUM(engine_state) *s = engine;
    assert(s->whole || v == s->program->logits);
    NUM(row_as_double)(x, s->tape->value + v, row);
}

static const program *
NUM(engine_program)(const void *engine)
{
    const NUM(engine_state) *s = engine;
    return s->program;
}

static double
NUM(engine_loss)(const void *engine, size_t row)
{
    const NUM(engine_state) *s = engine;
    return num_get_d(s->tape->value[s->program->loss].e + row);
}

static void
NUM(engine_add_weights)(void *sum, const void *engine)
{
    NUM(engine_state) *to = sum;
    const NUM(engine_state) *from = engine;
    const program *p = to->program;
    for (size_t k = 0; k < p->n_values; k++)
        if (p->value[k].role == VALUE_PARAMETER && p->gradient_of[k] != NO_VALUE)
            NUM(vec_add)(to->tape->value + p->gradient_of[k], from->tape->value + p->gradient_of[k], to->ctx);
}

static const num *
NUM(weight_gradient)(const NUM(engine_state) *s, size_t parameter, size_t element)
{
    return s->tape->value[s->program->gradient_of[s->program->parameter + parameter]].e + element;
}

static void
NUM(engine_weight)(ga_number *number, const void *engine, size_t parameter, size_t element)
{
    const NUM(engine_state) *s = engine;
    num_get_number(number, NUM(weight_gradient)(s, parameter, element), s->ctx);
}

static int
NUM(engine_print_weight)(char *text, size_t size, const void *engine, size_t parameter, size_t element, int digits)
{
    const NUM(engine_state) *s = engine;
    return num_print(text, size, NUM(weight_gradient)(s, parameter, element), digits, s->ctx);
}

const engine_ops NUM(engine) = {
    .unknown = pass_unknown,
    .open = NUM(engine_open),
    .close = NUM(engine_close),
    .set_rows = NUM(engine_set_rows),
    .begin = NUM(engine_begin),
    .set_image = NUM(engine_set_image),
    .set_target = NUM(engine_set_target),
    .forward = NUM(engine_forward),
    .again = NUM(engine_again),
    .backward = NUM(engine_backward),
    .end = NUM(engine_end),
    .predicted = NUM(engine_predicted),
    .gradient = NUM(engine_gradient),
    .numbers = NUM(engine_numbers),
    .decades = NUM(engine_decades),
    .print = NUM(engine_print),
    .print_end = NUM(engine_print_end),
    .end_numbers = NUM(engine_end_numbers),
    .end_values = NUM(engine_end_values),
    .values = NUM(engine_values),
    .program = NUM(engine_program),
    .loss = NUM(engine_loss),
    .add_weights = NUM(engine_add_weights),
    .weight = NUM(engine_weight),
    .print_weight = NUM(engine_print_weight),
};
