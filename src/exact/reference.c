/* SPDX-License-Identifier: Apache-2.0 */
/* reference.c -- the engine of the reference; see reference.h and levels.h */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exact/levels.h"
#include "exact/reference.h"
#include "num/format.h"
#include "pass/ball_engine.h"
#include "pass/op_ball.h"
#include "pass/truth.h"

static void
reference_close(void *engine)
{
    reference *r = engine;
    if (r == NULL)
        return;
    for (size_t l = 0; l < LEVELS; l++)
        if (r->level[l] != NULL)
            engine_ball.close(r->level[l]);
    shared_free(r->own);
    sign_filter_free(r->filter);
    free(r->by_filter);
    free(r->x);
    free(r->label);
    free(r->target);
    free(r->place);
    free(r->truth);
    free(r->end);
    free(r->kinks);
    free(r);
}

static bool
is_enclosed(op_id op)
{
    return op_ball_of(op)->enclosed;
}

/* What balls have no enclosure of; see pass_unknown. They use rewrite formulas only, whatever is asked for. */
static const char *
reference_unknown(const ga_model *model, const ga_estimator *e)
{
    bool loss;
    if (!pass_all_ops(model, e->loss, is_enclosed, &loss))
        return "activation";
    if (!format_is_reference(e->format))
        return "format";
    return !loss ? "loss" : pass_unknown(model, e);
}

static void *
reference_open(const engine_key *key, shared *common)
{
    const ga_model *const model = key->model;
    const ga_estimator *const e = &key->estimator;
    const size_t rows = key->rows;
    reference *r = calloc(1, sizeof *r);
    if (r == NULL || key->weights || reference_unknown(model, e) != NULL)
        goto fail;
    *r = (reference){ .model = model, .e = *e, .common = common, .tape = key->tape, .capacity = rows,
                       .n_elements = ga_model_inputs(model) };
    if (common == NULL && (r->common = r->own = shared_new()) == NULL)
        goto fail;
    if (r->e.format.reference_bits == 0)
        r->e.format.reference_bits = GA_REFERENCE_BITS;
    r->x = malloc(rows * r->n_elements * sizeof *r->x);
    r->label = calloc(rows, sizeof *r->label);
    r->target = calloc(rows, sizeof *r->target);
    r->place = calloc(rows, sizeof *r->place);
    r->truth = calloc(rows * r->n_elements, sizeof *r->truth);
    r->end = calloc(rows * ga_model_classes(model), sizeof *r->end);
    r->kinks = calloc(rows, sizeof *r->kinks);
    r->by_filter = calloc(rows, sizeof *r->by_filter);
    if (r->e.format.signs)
        r->filter = sign_filter_new(model, e, rows);
    if (r->x == NULL || r->label == NULL || r->target == NULL || r->place == NULL || r->truth == NULL || r->end == NULL ||
        r->kinks == NULL || r->by_filter == NULL || (r->filter == NULL && (r->level[0] = levels_open(r, 0)) == NULL))
        goto fail;
    return r;
fail:
    reference_close(r);
    return NULL;
}

static void
reference_set_rows(void *engine, size_t rows, size_t first, size_t end)
{
    reference *r = engine;
    (void)first, (void)end; /* rows are independent: no padding */
    r->rows = rows;
}

static void
reference_set_image(void *engine, size_t row, const double *x, uint32_t label)
{
    reference *r = engine;
    memcpy(r->x + row * r->n_elements, x, r->n_elements * sizeof *x);
    r->label[row] = label;
    r->target[row] = NULL;
}

static void
reference_set_target(void *engine, size_t row, const double *target)
{
    reference *r = engine;
    r->target[row] = target;
}

/* Level 0 of all images; the filter makes its own. */
static void
reference_forward(void *engine)
{
    reference *r = engine;
    size_t *row = r->filter == NULL ? malloc(r->rows * sizeof *row) : NULL;
    for (size_t i = 0; row != NULL && i < r->rows; i++)
        row[i] = i;
    if (row != NULL)
        levels_forward(r, 0, row, r->rows);
    r->forward = row != NULL;
    free(row);
}

static bool
reference_backward(void *engine)
{
    reference *r = engine;
    size_t n = r->rows, *row = malloc(n * sizeof *row);
    if (row == NULL)
        return false;
    if (r->filter != NULL)
        sign_filter_run(r->by_filter, r->truth, r->filter, r->x, r->label, n);
    size_t open = 0;
    for (size_t i = 0; i < n; i++) {
        r->kinks[i] = 0;
        if (r->by_filter[i])
            continue;
        row[open++] = i;
        for (size_t j = 0; j < r->n_elements; j++) /* whatever the filter left there */
            r->truth[i * r->n_elements + j] = (ga_truth){ .state = GA_UNDECIDED_ELEMENT, .bound = INT64_MAX };
    }
    const bool ok = levels_climb(r, row, open, levels_backward);
    free(row);
    return ok;
}

static bool
reference_end(void *engine)
{
    reference *r = engine;
    size_t *row = malloc(r->rows * sizeof *row);
    for (size_t i = 0; row != NULL && i < r->rows; i++)
        row[i] = i;
    const bool ok = row != NULL && levels_climb(r, row, r->rows, levels_end);
    free(row);
    return ok;
}

static int
reference_predicted(const void *engine, size_t row)
{
    const reference *r = engine;
    return engine_ball.predicted(r->level[r->place[row].level], r->place[row].index);
}

static void
reference_gradient(ga_number *g, const void *engine, size_t row)
{
    const reference *r = engine;
    const ga_truth *truth = r->truth + row * r->n_elements;
    for (size_t i = 0; i < r->n_elements; i++)
        g[i] = truth_number(truth + i);
}

static void
reference_numbers(ga_number *number, const void *engine, value_id v, size_t row)
{
    const reference *r = engine;
    engine_ball.numbers(number, r->level[r->place[row].level], v, r->place[row].index);
}

static void
reference_decades(int64_t *decade, const void *engine, size_t row)
{
    const reference *r = engine;
    for (size_t i = 0; i < r->n_elements; i++)
        decade[i] = r->truth[row * r->n_elements + i].decade;
}

/* Number k of a row, printed by the ball engine if that many digits are proved, else from its truth. */
static int
print_proved(char *text, size_t size, const reference *r, size_t row, size_t k, const ga_truth *truth, int digits,
             int (*print)(char *, size_t, const void *, size_t, size_t, int))
{
    return truth_has_digits(truth, &digits, r->e.format.digits)
               ? print(text, size, r->level[r->place[row].level], r->place[row].index, k, digits)
               : truth_print(text, size, truth, digits);
}

static int
reference_print(char *text, size_t size, const void *engine, size_t row, size_t element, int digits)
{
    const reference *r = engine;
    return print_proved(text, size, r, row, element, r->truth + row * r->n_elements + element, digits, engine_ball.print);
}

static int
reference_print_end(char *text, size_t size, const void *engine, size_t row, size_t output, int digits)
{
    const reference *r = engine;
    return print_proved(text, size, r, row, output, r->end + row * ga_model_classes(r->model) + output, digits,
                        engine_ball.print_end);
}

static void
reference_end_numbers(ga_number *number, const void *engine, size_t row)
{
    const reference *r = engine;
    const size_t n = ga_model_classes(r->model);
    for (size_t c = 0; c < n; c++)
        number[c] = truth_number(r->end + row * n + c);
}

static void
reference_end_values(double *value, const void *engine, size_t row)
{
    const reference *r = engine;
    const size_t n = ga_model_classes(r->model);
    for (size_t c = 0; c < n; c++) {
        const ga_truth *t = r->end + row * n + c;
        const int exponent = t->exponent < -2000 ? -2000 : t->exponent > 2000 ? 2000 : (int)t->exponent;
        value[c] = t->state == GA_TRUE_ZERO ? 0 : t->state == GA_TRUE_NONZERO ? ldexp(t->mantissa, exponent) : NAN;
    }
}

static void
reference_end_truth(ga_truth *truth, const void *engine, size_t row)
{
    const reference *r = engine;
    const size_t n = ga_model_classes(r->model);
    memcpy(truth, r->end + row * n, n * sizeof *truth);
}

/* The input gradient's truths are the reference's own. */
static void
reference_truths(ga_truth *truth, const void *engine, value_id v, size_t row)
{
    const reference *r = engine;
    const void *const level = r->level[r->place[row].level];
    if (ball_engine_is_gradient(level, v))
        memcpy(truth, r->truth + row * r->n_elements, r->n_elements * sizeof *truth);
    else
        ball_engine_truths(truth, level, v, r->place[row].index);
}

static void
reference_values(double *x, const void *engine, value_id v, size_t row)
{
    const reference *r = engine;
    engine_ball.values(x, r->level[r->place[row].level], v, r->place[row].index);
}

/* That of every level. */
static const program *
reference_program(const void *engine)
{
    const reference *r = engine;
    size_t level = 0;
    while (r->level[level] == NULL)
        level++;
    return engine_ball.program(r->level[level]);
}

static double
reference_loss(const void *engine, size_t row)
{
    const reference *r = engine;
    return engine_ball.loss(r->level[r->place[row].level], r->place[row].index);
}

static bool
reference_truth(ga_truth *truth, size_t *kinks, long *bits, const void *engine, size_t row)
{
    const reference *r = engine;
    if (truth != NULL)
        memcpy(truth, r->truth + row * r->n_elements, r->n_elements * sizeof *truth);
    *kinks = r->kinks[row];
    *bits = levels_bits(&r->e.format, r->place[row].level);
    return true;
}

const engine_ops engine_reference = {
    .unknown = reference_unknown,
    .open = reference_open,
    .close = reference_close,
    .set_rows = reference_set_rows,
    .set_image = reference_set_image,
    .set_target = reference_set_target,
    .forward = reference_forward,
    .backward = reference_backward,
    .end = reference_end,
    .predicted = reference_predicted,
    .gradient = reference_gradient,
    .numbers = reference_numbers,
    .decades = reference_decades,
    .print = reference_print,
    .print_end = reference_print_end,
    .end_numbers = reference_end_numbers,
    .end_values = reference_end_values,
    .values = reference_values,
    .program = reference_program,
    .loss = reference_loss,
    .truth = reference_truth,
    .truths = reference_truths,
    .end_truth = reference_end_truth,
};
