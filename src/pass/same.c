/* SPDX-License-Identifier: Apache-2.0 */
/* same.c -- see same.h. Classes are found by comparing, not by hashes alone: a hash says where to look. */
#include <stdlib.h>
#include <string.h>

#include "num/dtype.h"
#include "op/spread.h"
#include "op/windows.h"
#include "pass/op_ball.h"
#include "pass/same.h"

enum { ZERO = 0 }; /* the class of exact zeros */

/* Classes of numbers that are made by an open choice: from here downwards, each once in an image's pass. All others are below the
   number of an image's numbers, at most 2^28, plus that of operations. */
#define FRESH (UINT32_C(1) << 31)

/* Classes of numbers that are known, from here upwards: above those, and below FRESH. */
#define POINTS (UINT32_C(1) << 30)
enum { MOST_POINTS = 64 };

struct same {
    const program *p;
    size_t rows, n_points;
    double point[MOST_POINTS];
    bool failed;
    uint32_t *fresh; /* [row]: the last of those */
    uint32_t **class; /* [value][row x cols] of what the forward pass makes; NULL: all differ */
};

void
same_free(same *s)
{
    if (s == NULL)
        return;
    for (size_t v = 0; s->class != NULL && v < s->p->n_values; v++)
        free(s->class[v]);
    free(s->class);
    free(s->fresh);
    free(s);
}

static bool
asks(const program *p)
{
    for (size_t k = 0; k < p->n_forward; k++)
        if (op_ball_of(p->code[k].op)->ties)
            return true;
    return false;
}

bool
same_new(same **new, const program *p, size_t rows)
{
    *new = NULL;
    if (!asks(p))
        return true;
    same *const s = calloc(1, sizeof *s);
    if (s == NULL)
        return false;
    s->p = p;
    s->rows = rows;
    s->class = calloc(p->n_values, sizeof *s->class);
    s->fresh = calloc(rows + 1, sizeof *s->fresh);
    bool ok = s->class != NULL && s->fresh != NULL &&
              (s->class[p->input] = calloc(rows * p->value[p->input].cols, sizeof **s->class)) != NULL;
    for (size_t k = p->n_once; ok && k < p->n_forward; k++) {
        const value_id v = p->code[k].out[0];
        if (op_ball_of(p->code[k].op)->same != ALL_DIFFER)
            ok = (s->class[v] = calloc(rows * p->value[v].cols, sizeof **s->class)) != NULL;
    }
    if (ok)
        *new = s;
    else
        same_free(s);
    return ok;
}

void
same_choose(same *s, value_id v, size_t row, size_t i, value_id operand, size_t from)
{
    const uint32_t *const of = s->class[operand];
    if (s->class[v] == NULL)
        return;
    s->class[v][row * s->p->value[v].cols + i] =
        of == NULL || from == SIZE_MAX ? --s->fresh[row] : of[row * s->p->value[operand].cols + from];
}

void
same_point(same *s, value_id v, size_t row, size_t i, double x)
{
    size_t k = 0;
    while (x != 0 && k < s->n_points && s->point[k] != x)
        k++;
    if (s->class[v] == NULL || k == MOST_POINTS)
        return;
    if (x != 0 && k == s->n_points)
        s->point[s->n_points++] = x;
    s->class[v][row * s->p->value[v].cols + i] = x == 0 ? ZERO : POINTS + (uint32_t)k;
}

bool
same_failed(const same *s)
{
    return s->failed;
}

/* ---- classes of sequences --------------------------------------------------------------------------------------- */

/* Sequences of `length` numbers, and a table of where those that differ are. */
typedef struct {
    size_t length, n, room;
    uint32_t *number;
    size_t *slot, n_slots; /* 0: empty, else 1 + the sequence's place */
} sequences;

static bool
sequences_open(sequences *q, size_t length, size_t most)
{
    *q = (sequences){ .length = length, .room = most, .n_slots = 2 * most + 1 };
    q->number = malloc((most * length + 1) * sizeof *q->number);
    q->slot = calloc(q->n_slots, sizeof *q->slot);
    return q->number != NULL && q->slot != NULL;
}

static void
sequences_close(sequences *q)
{
    free(q->number);
    free(q->slot);
}

/* Where to write the next sequence. */
static uint32_t *
sequences_next(const sequences *q)
{
    return q->number + q->n * q->length;
}

/* The class of the sequence written there: that of an equal one, or a new one. */
static size_t
sequences_class(sequences *q)
{
    const uint32_t *const own = sequences_next(q);
    uint64_t hash = 0;
    for (size_t i = 0; i < q->length; i++)
        hash = (hash ^ own[i]) * UINT64_C(0x9e3779b97f4a7c15) + (hash >> 29);
    for (size_t at = hash % q->n_slots;; at = (at + 1) % q->n_slots) {
        if (q->slot[at] == 0) {
            q->slot[at] = ++q->n;
            return q->n - 1;
        }
        if (memcmp(q->number + (q->slot[at] - 1) * q->length, own, q->length * sizeof *own) == 0)
            return q->slot[at] - 1;
    }
}

/* ---- operations ------------------------------------------------------------------------------------------------- */

static bool
by_windows(uint32_t *to, const uint32_t *from, const op_attributes *a, size_t channels)
{
    const size_t size = a->from.dim[1] * a->from.dim[2], places = a->to.dim[1] * a->to.dim[2];
    sequences q;
    const bool ok = sequences_open(&q, channels * a->kernel[0] * a->kernel[1], places);
    for (size_t place = 0; ok && place < places; place++) {
        uint32_t *e = sequences_next(&q);
        for (size_t c = 0; c < channels; c++)
            for (size_t i = 0; i < a->kernel[0]; i++)
                for (size_t j = 0; j < a->kernel[1]; j++) {
                    size_t k;
                    *e++ = windows_at(&k, a, place / a->to.dim[2], place % a->to.dim[2], i, j) ? from[c * size + k] : ZERO;
                }
        to[place] = (uint32_t)sequences_class(&q);
    }
    sequences_close(&q);
    return ok;
}

/* Every channel of the output has its own classes, by the windows of its group. */
static bool
step_windows(uint32_t *to, const uint32_t *from, const op_attributes *a)
{
    const size_t places = a->to.dim[1] * a->to.dim[2], size = a->from.dim[1] * a->from.dim[2], all = a->to.dim[0];
    const size_t channels = windows_channels(a, &a->from), n = windows_channels(a, &a->to);
    for (size_t g = 0; g < windows_groups(a); g++) {
        uint32_t *const own = to + g * n * places;
        if (!by_windows(own, from + g * channels * size, a, channels))
            return false;
        for (size_t c = n; c-- > 0;)
            for (size_t k = 0; k < places; k++)
                own[c * places + k] = 1 + (uint32_t)(own[k] * all + g * n + c); /* 0 is no class of what is made */
    }
    return true;
}

static bool
step_pairs(uint32_t *to, const uint32_t *a, const uint32_t *b, size_t n)
{
    sequences q;
    const bool ok = sequences_open(&q, 2, n);
    for (size_t i = 0; ok && i < n; i++) {
        uint32_t *const e = sequences_next(&q);
        e[0] = a[i];
        e[1] = b[i];
        to[i] = 1 + (uint32_t)sequences_class(&q);
    }
    sequences_close(&q);
    return ok;
}

/* Of equal numbers of the operand and of the constant; what is made of parameters, by its index. */
static bool
step_constant(uint32_t *to, const uint32_t *from, const op_value *constant, ga_dtype dtype, size_t n, bool keeps_zero)
{
    sequences q;
    const bool ok = sequences_open(&q, 3, n);
    for (size_t i = 0; ok && i < n; i++) {
        uint32_t *const e = sequences_next(&q);
        const size_t k = i / (n / constant->cols);
        const double x = constant->exact != NULL ? dtype_get(dtype, constant->exact, k) : (double)k;
        e[0] = from[i];
        memcpy(e + 1, &x, sizeof x);
        to[i] = keeps_zero && from[i] == ZERO ? ZERO : 1 + (uint32_t)sequences_class(&q);
    }
    sequences_close(&q);
    return ok;
}

/* But for 0, classes of one operand say nothing of those of the other. NULL: all differ. */
static bool
step_joined(uint32_t *to, const uint32_t *first, const uint32_t *second, const op_attributes *a, size_t n)
{
    sequences q;
    const bool ok = sequences_open(&q, 2, n);
    for (size_t i = 0; ok && i < n; i++) {
        size_t at;
        const bool other = view_is_second(&at, a, i);
        const uint32_t *const from = other ? second : first;
        uint32_t *const e = sequences_next(&q);
        e[0] = from == NULL ? 2 + (uint32_t)i : other;
        e[1] = from == NULL ? 0 : from[at];
        to[i] = from != NULL && from[at] == ZERO ? ZERO : 1 + (uint32_t)sequences_class(&q);
    }
    sequences_close(&q);
    return ok;
}

/* Sums of equal numbers in the same order. */
static bool
step_sums(uint32_t *to, const uint32_t *from, const op_attributes *a, size_t n)
{
    const size_t times = spread_times(&a->to, &a->from);
    sequences q;
    const bool ok = sequences_open(&q, times, n);
    for (size_t i = 0; ok && i < n; i++) {
        uint32_t *const e = sequences_next(&q);
        for (size_t k = 0; k < times; k++)
            e[k] = from[spread_to(&a->to, &a->from, i, k)];
        to[i] = 1 + (uint32_t)sequences_class(&q);
    }
    sequences_close(&q);
    return ok;
}

static void
differ(uint32_t *to, size_t n)
{
    for (size_t i = 0; i < n; i++)
        to[i] = 1 + (uint32_t)i;
}

void
same_input(same *s, size_t row, const double *x)
{
    const size_t n = s->p->value[s->p->input].cols;
    uint32_t *const to = s->class[s->p->input] + row * n;
    s->fresh[row] = FRESH;
    sequences q;
    const bool ok = sequences_open(&q, 2, n);
    for (size_t i = 0; ok && i < n; i++) {
        memcpy(sequences_next(&q), x + i, sizeof *x);
        to[i] = x[i] == 0 ? ZERO : 1 + (uint32_t)sequences_class(&q);
    }
    if (!ok)
        differ(to, n);
    s->failed = s->failed || !ok;
    sequences_close(&q);
}

/* How an instruction's classes follow from those that there are. */
static op_same
way_of(const same *s, const instruction *i)
{
    const bool other = s->class[i->in[1]] != NULL;
    const op_same way = op_ball_of(i->op)->same;
    if (way == AS_JOINED)
        return s->class[i->in[0]] != NULL || other ? AS_JOINED : ALL_DIFFER;
    if (s->class[i->in[0]] == NULL)
        return ALL_DIFFER;
    if (way == AS_EITHER && s->p->value[i->in[1]].rows > 0)
        return WITH_CONSTANT;
    if (way == AS_OPERANDS || way == AS_EITHER)
        return other ? AS_OPERANDS : ALL_DIFFER;
    return way;
}

void
same_step(same *s, const instruction *i, size_t rows)
{
    uint32_t *const to = s->class[i->out[0]], *const from = s->class[i->in[0]], *const other = s->class[i->in[1]];
    const size_t n = s->p->value[i->out[0]].cols, n_from = s->p->value[i->in[0]].cols;
    for (size_t row = 0; to != NULL && row < rows; row++) {
        uint32_t *const here = to + row * n;
        const op_same way = way_of(s, i);
        bool ok = true;
        switch (way) {
        case ALL_DIFFER:
        case AS_EITHER: /* one of two others */
        case AS_CHOSEN:
            break;
        case AS_OPERAND:
            for (size_t k = 0; k < n; k++)
                here[k] = 1 + from[row * n + k];
            break;
        case KEEPS_ZERO:
            memcpy(here, from + row * n, n * sizeof *here);
            break;
        case AS_OPERANDS:
            ok = step_pairs(here, from + row * n, other + row * n, n);
            break;
        case WITH_CONSTANT:
        case ZERO_WITH_CONSTANT:
            ok = step_constant(here, from + row * n, s->p->value + i->in[1], s->p->input_bits == 24 ? GA_F32 : GA_F64, n,
                               way == ZERO_WITH_CONSTANT);
            break;
        case AS_JOINED:
            ok = step_joined(here, from != NULL ? from + row * n_from : NULL,
                             other != NULL ? other + row * s->p->value[i->in[1]].cols : NULL, &i->a, n);
            break;
        case AS_SUMS:
            ok = step_sums(here, from + row * n_from, &i->a, n);
            break;
        case AS_WINDOWS:
            ok = step_windows(here, from + row * n_from, &i->a);
            break;
        }
        if (!ok || way == ALL_DIFFER)
            differ(here, n);
        s->failed = s->failed || !ok;
    }
}

bool
same_are(const same *s, value_id v, size_t row, size_t i, size_t j)
{
    const uint32_t *const class = s->class[v];
    const size_t n = s->p->value[v].cols;
    return class != NULL && class[row * n + i] == class[row * n + j];
}

bool
same_is_zero(const same *s, value_id v, size_t row, size_t i)
{
    return s->class[v] != NULL && s->class[v][row * s->p->value[v].cols + i] == ZERO;
}
