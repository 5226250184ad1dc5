/* SPDX-License-Identifier: Apache-2.0 */
/* tape.c -- see tape.h */
#include <stdlib.h>
#include <string.h>

#include "blame/image.h"
#include "blame/memory.h"
#include "blame/tape.h"
#include "num/power.h"
#include "pass/truth.h"

static void
free_all(void **array, size_t n)
{
    for (size_t v = 0; array != NULL && v < n; v++)
        free(array[v]);
    free(array);
}

void
blame_tape_free(blame_tape *t)
{
    if (t == NULL)
        return;
    free_all((void **)t->value, t->net->p->n_values);
    free_all((void **)t->scale, t->net->p->n_values);
    free_all((void **)t->truth, t->net->p->n_values);
    free_all((void **)t->largest, t->net->p->n_values);
    free(t);
}

/* How many scales an image has for a value. */
static size_t
scales(const blame_net *net, value_id v)
{
    return net->examined[v] && blame_row(net, v)->scale_at != NULL ? net->p->value[blame_maker(net, v)->out[1]].cols : 0;
}

long
blame_tape_scale(const blame_tape *t, value_id v, size_t at)
{
    const size_t cols = t->net->p->value[v].cols, n = scales(t->net, v);
    if (n == 0)
        return 0;
    return (long)t->scale[v][at / cols * n + blame_row(t->net, v)->scale_at(blame_maker(t->net, v), at % cols)].exponent;
}

blame_tape *
blame_tape_new(const blame_net *net, bool truths)
{
    const size_t n = net->p->n_values;
    blame_tape *t = calloc(1, sizeof *t);
    if (t == NULL)
        return NULL;
    t->net = net;
    t->constant = net->constant;
    bool ok = (t->value = calloc(n, sizeof *t->value)) != NULL && (t->scale = calloc(n, sizeof *t->scale)) != NULL &&
              (!truths || ((t->truth = calloc(n, sizeof *t->truth)) != NULL &&
                           (t->largest = calloc(n, sizeof *t->largest)) != NULL));
    for (size_t v = 0; ok && v < n; v++) {
        const size_t size = blame_size(net, v);
        if (!net->kept[v])
            continue;
        ok = (t->value[v] = calloc(size, sizeof **t->value)) != NULL;
        if (ok && !truths && scales(net, v) > 0)
            ok = (t->scale[v] = calloc(net->shape.rows * scales(net, v), sizeof **t->scale)) != NULL;
        if (ok && truths)
            ok = (t->truth[v] = calloc(size, sizeof **t->truth)) != NULL &&
                 (!net->examined[v] || blame_depends(net, v) != DEPENDS_SUM ||
                  (t->largest[v] = calloc(size, sizeof **t->largest)) != NULL);
    }
    if (!ok) {
        blame_tape_free(t);
        return NULL;
    }
    return t;
}

/* The truth to GA_NUMBER_BITS, or nearly. */
static ga_number
whole_truth(const ga_truth *t)
{
    ga_number a = truth_number(t);
    if (t->state == GA_TRUE_NONZERO) {
        a.rest[0] = times_power(t->tail.m, t->tail.e - t->exponent);
        a.rest[1] = times_power(t->rest.m, t->rest.e - t->exponent);
    }
    return a;
}

/* The bound of an undecided truth. */
static void
round_truths(ga_number *value, const ga_truth *t, size_t n)
{
    const int64_t most = INT64_C(1) << 61;
    for (size_t i = 0; i < n; i++)
        value[i] = t[i].state != GA_UNDECIDED_ELEMENT
                       ? whole_truth(t + i)
                       : (ga_number){ .klass = GA_NORMAL, .mantissa = 1, .exponent = t[i].bound < most ? t[i].bound : most };
}

static bool
any_infinite(const ga_number *value, size_t n)
{
    bool any = false;
    for (size_t i = 0; i < n; i++)
        any = any || value[i].klass == GA_INFINITE;
    return any;
}

static void
scale_truths(ga_truth *t, size_t n, int scale)
{
    for (size_t i = 0; i < n && scale != 0; i++)
        t[i] = truth_scaled(t + i, scale);
}

/* Of a value between an operation's operators. */
static void
multiply_truths(ga_truth *t, const ga_truth *other, size_t n, int power)
{
    for (size_t i = 0; i < n && power != 0; i++)
        t[i] = truth_times(t + i, other + i, power);
}

/* What follows from the numbers of a value. */
static void
finish_value(blame_tape *t, value_id v, size_t size)
{
    if (t->truth != NULL)
        round_truths(t->value[v], t->truth[v], size);
    t->infinite = t->infinite || any_infinite(t->value[v], size);
    if (t->truth != NULL && t->largest[v] != NULL)
        memset(t->largest[v], 0, size * sizeof **t->largest);
}

static bool
is_gathered(const blame_net *net, value_id v)
{
    return net->examined[v] && blame_row(net, v)->gathers;
}

/* Numbers of the value before it, at other places. */
static void
gather_truths(blame_tape *t, value_id v, size_t size)
{
    blame_run from;
    for (size_t at = 0; at < size; at++) {
        blame_runs(&from, t->net, v, at);
        t->truth[v][at] = from.n > 0 ? t->truth[from.a][from.a_first] : (ga_truth){ .state = GA_TRUE_ZERO };
    }
    finish_value(t, v, size);
}

void
blame_tape_copy(blame_tape *t, const blame_tape *plain)
{
    t->readings++;
    t->infinite = false;
    for (size_t v = 0; v < t->net->p->n_values; v++) {
        const op_value *const value = t->net->p->value + v;
        const size_t size = blame_size(t->net, v);
        if (!t->net->kept[v])
            continue;
        if (is_gathered(t->net, v)) {
            gather_truths(t, v, size);
            continue;
        }
        memcpy(t->truth[v], plain->truth[value->plain], size * sizeof **t->truth);
        if (value->power != 0)
            multiply_truths(t->truth[v], plain->truth[value->other], size, value->power);
        scale_truths(t->truth[v], size, value->scaled);
        finish_value(t, v, size);
    }
}

/* A row of an engine's tape. */
static void
read_truths(ga_truth *t, const op_value *value, const engine_ops *ops, const void *engine, size_t row, size_t n)
{
    ops->truths(t, engine, value->plain, row);
    if (value->power == 0)
        return;
    ga_truth *const other = blame_take(n * sizeof *other);
    ops->truths(other, engine, value->other, row);
    multiply_truths(t, other, n, value->power);
    blame_give(other, n * sizeof *other);
}

void
blame_tape_read(blame_tape *t, const engine_ops *ops, const void *engine, size_t row)
{
    t->readings++;
    t->infinite = false;
    for (size_t v = 0; v < t->net->p->n_values; v++) {
        const op_value *const value = t->net->p->value + v;
        const size_t size = blame_size(t->net, v);
        const size_t images = value->rows > 0 ? 1 : t->net->shape.rows, n = size / images;
        if (!t->net->kept[v])
            continue;
        for (size_t i = 0; i < images; i++) {
            const size_t from = value->rows > 0 ? 0 : row + i;
            if (t->truth != NULL && is_gathered(t->net, v))
                continue;
            if (t->truth != NULL)
                read_truths(t->truth[v] + i * n, value, ops, engine, from, n);
            else
                ops->numbers(t->value[v] + i * n, engine, v, from);
            if (t->scale != NULL && t->scale[v] != NULL)
                ops->numbers(t->scale[v] + i * scales(t->net, v), engine, blame_maker(t->net, v)->out[1], from);
        }
        if (t->truth != NULL && is_gathered(t->net, v)) {
            gather_truths(t, v, size);
            continue;
        }
        if (t->truth != NULL)
            scale_truths(t->truth[v], size, value->scaled);
        finish_value(t, v, size);
    }
}

bool
blame_is_one(const ga_truth *t)
{
    return t->state == GA_TRUE_NONZERO && t->sign == 1 && truth_against(t, 1, 0) == TRUTH_AT;
}
