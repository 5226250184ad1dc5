/* SPDX-License-Identifier: Apache-2.0 */
/* levels.c -- see levels.h */
#include "core/call.h"
#include "exact/levels.h"
#include "pass/ball_engine.h"

long
levels_bits(const ga_format *format, size_t level)
{
    const long bits = (long)GA_REFERENCE_MIN_BITS << level;
    return bits < format->bits ? bits : format->bits;
}

long
levels_precision(const ga_format *format, size_t level)
{
    return levels_bits(format, level) - (level == 0);
}

void *
levels_open(const reference *r, size_t level)
{
    engine_key key = { r->model, r->e, r->capacity, false, r->tape, false };
    key.estimator.format.bits = levels_precision(&r->e.format, level);
    return engine_ball.open(&key, r->common);
}

void
levels_forward(reference *r, size_t level, const size_t *row, size_t n)
{
    void *balls = r->level[level];
    engine_ball.set_rows(balls, n, 0, n);
    for (size_t i = 0; i < n; i++) {
        engine_ball.set_image(balls, i, r->x + row[i] * r->n_elements, r->label[row[i]]);
        if (r->target[row[i]] != NULL)
            engine_ball.set_target(balls, i, r->target[row[i]]);
        r->place[row[i]] = (place){ level, i };
    }
    engine_ball.forward(balls);
}

bool
levels_backward(reference *r, size_t level, size_t *row, size_t *rows)
{
    void *balls = r->level[level];
    const size_t n = *rows;
    size_t open = 0;
    if (!engine_ball.backward(balls))
        return false;
    for (size_t i = 0; i < n; i++) {
        const size_t k = row[i];
        const bool decided = ball_engine_truth(r->truth + k * r->n_elements, balls, i, &r->e.format) && ball_engine_class(balls, i);
        if (!ball_engine_kinks(r->kinks + k, balls, i) || !decided)
            row[open++] = k;
    }
    *rows = open;
    return true;
}

bool
levels_end(reference *r, size_t level, size_t *row, size_t *rows)
{
    void *balls = r->level[level];
    const size_t n = *rows;
    size_t open = 0;
    if (!engine_ball.end(balls))
        return false;
    for (size_t i = 0; i < n; i++)
        if (!ball_engine_end_truth(r->end + row[i] * ga_model_classes(r->model), balls, i, &r->e.format))
            row[open++] = row[i];
    *rows = open;
    return true;
}

bool
levels_climb(reference *r, size_t *row, size_t n, bool (*rest)(reference *, size_t level, size_t *row, size_t *n))
{
    for (size_t level = 0; n > 0 && level < LEVELS; level++) {
        if (call_ended() != GA_OK)
            return false;
        if (r->level[level] == NULL && (r->level[level] = levels_open(r, level)) == NULL)
            return false;
        if (level > 0 || !r->forward)
            levels_forward(r, level, row, n);
        if (!rest(r, level, row, &n))
            return false;
        if (levels_bits(&r->e.format, level) == r->e.format.bits)
            break;
    }
    return true;
}
