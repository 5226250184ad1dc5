/* SPDX-License-Identifier: Apache-2.0 */
/* judge.c -- see judge.h. Exact values of functions are computed at JUDGE_BITS, with formulas that do not cancel; that is far more
   than the tolerance needs. GMP allocates the memory of MPFR numbers, and does not return if there is none. */
#include <string.h>

#include "blame/cone.h"
#include "blame/judge.h"
#include "blame/judge_sum.h"
#include "blame/memory.h"
#include "num/mpfr_vec.h"
#include "pass/truth.h"

static const ga_number *
computed(const blame_image *image, blame_place at)
{
    return image->computed->value[at.value] + at.at;
}

static const ga_truth *
truth(const blame_image *image, blame_place at)
{
    return image->truth->truth[at.value] + at.at;
}

bool
judge_is_off(const ga_number *a, const ga_truth *t, double tolerance)
{
    if (t->state == GA_UNDECIDED_ELEMENT)
        return false;
    if (!blame_is_finite(a))
        return true;
    if (a->klass == GA_ZERO || t->state == GA_TRUE_ZERO)
        return (a->klass == GA_ZERO) != (t->state == GA_TRUE_ZERO);
    return a->sign != t->sign || truth_relative_error(t, a, tolerance) == TRUTH_ABOVE;
}

bool
judge_off(const blame_image *image, blame_place at)
{
    return judge_is_off(computed(image, at), truth(image, at), image->tolerance);
}

origin_kind
judge_zero(const blame_image *image, blame_place at)
{
    const op_blame *const row = blame_row(image->net, at.value);
    const size_t out = image->net->output[at.value];
    switch (row->out[out]) {
    case DEPENDS_SUM:
        return judge_zero_sum(image, at);
    case DEPENDS_STORED:
        return ORIGIN_STORE;
    case DEPENDS_GROUP:
    case DEPENDS_NOT:
        break;
    }
    return row->flips == out && row->flips > 0 ? row->flip
           : row->zero != NULL ? row->zero(image, blame_maker(image->net, at.value), out, at.at) : ORIGIN_ARGUMENT_ERROR;
}

/* ---- values off ------------------------------------------------------------------------------------------------- */

/* For what is made of computed arguments: is it fine there? The truth there is known to 2^(24-JUDGE_BITS) of itself. */
static origin_kind
judge_group(const blame_image *image, blame_place at)
{
    const op_blame *const row = blame_row(image->net, at.value);
    mpfr_t value, low, high;
    mpfr_inits2(JUDGE_BITS, value, low, high, (mpfr_ptr)0);
    origin_kind kind = ORIGIN_ARGUMENT_ERROR;
    mpfr_vec_set_number(value, computed(image, at));
    if (row->exact != NULL && row->exact(low, image, blame_maker(image->net, at.value), image->net->output[at.value], at.at)) {
        mpfr_mul_2si(high, low, 24 - JUDGE_BITS, MPFR_RNDN);
        mpfr_abs(high, high, MPFR_RNDN);
        mpfr_sub(low, low, high, MPFR_RNDD);
        mpfr_mul_2ui(high, high, 1, MPFR_RNDN);
        mpfr_add(high, low, high, MPFR_RNDU);
        kind = judge_beyond(value, low, high, image->tolerance) ? ORIGIN_CANCELLATION : kind;
    }
    mpfr_clears(value, low, high, (mpfr_ptr)0);
    return kind;
}

/* The store's own doing if what it was made of is not off. */
static origin_kind
judge_store(const blame_image *image, blame_place at)
{
    blame_run from;
    blame_runs(&from, image->net, at.value, at.at);
    const bool off = image->net->examined[from.a] && judge_off(image, (blame_place){ from.a, from.a_first });
    return off ? ORIGIN_ACCUMULATION : ORIGIN_STORE;
}

static origin_kind
judge(const blame_image *image, blame_place at)
{
    const op_blame *const row = blame_row(image->net, at.value);
    const size_t out = image->net->output[at.value];
    const ga_number *const a = computed(image, at);
    if (row->flips > 0 && row->flips == out)
        return row->flip;
    if (!blame_is_finite(a))
        return ORIGIN_OVERFLOW;
    if (a->klass == GA_ZERO)
        return judge_zero(image, at);
    if (row->out[out] == DEPENDS_SUM && !row->product)
        return judge_sum(image, at);
    if (row->out[out] == DEPENDS_STORED)
        return judge_store(image, at);
    if (a->klass == GA_SUBNORMAL)
        return ORIGIN_SUBNORMAL_LOSS;
    return row->out[out] == DEPENDS_GROUP ? judge_group(image, at) : ORIGIN_ACCUMULATION;
}

bool
judge_fault(origin_kind *kind, const blame_image *image, blame_place at)
{
    const bool off = judge_off(image, at);
    if (off)
        *kind = judge(image, at);
    return off;
}

bool
judge_chosen(blame_place *chosen, const blame_image *image, blame_place at)
{
    const op_blame *const row = blame_row(image->net, at.value);
    chosen->value = at.value;
    return row->chosen != NULL &&
           row->chosen(&chosen->at, image, blame_maker(image->net, at.value), blame_image_of(image->net, at.value, at.at));
}

/* ---- overflows -------------------------------------------------------------------------------------------------- */

/* A sum, or what is stored, is infinite, its truth in the format's range, whatever is drawn. */
static bool
is_overflow(const blame_image *image, blame_place at)
{
    const instruction *const i = blame_maker(image->net, at.value);
    const bool stored = op_blame_of(i->op)->store != NULL;
    return computed(image, at)->klass == GA_INFINITE &&
           truth_rounds_beyond(truth(image, at), stored ? i->a.format : image->e.format, 0) == TRUTH_BELOW;
}

/* The first such number among n of a value from `first` on. */
static bool
find_overflow(blame_place *found, const blame_image *image, value_id v, size_t first, size_t n)
{
    for (size_t k = first; k < first + n; k++)
        if (is_overflow(image, (blame_place){ v, k })) {
            *found = (blame_place){ v, k };
            return true;
        }
    return false;
}

static bool
is_forward_sum(const blame_net *net, value_id v)
{
    return net->examined[v] && net->maker[v] < net->p->n_forward && blame_depends(net, v) != DEPENDS_GROUP;
}

static bool
any_infinite(const blame_image *image, size_t end)
{
    for (size_t k = image->net->p->n_once; k < end; k++) {
        const value_id v = image->net->p->code[k].out[0];
        for (size_t n = 0; is_forward_sum(image->net, v) && n < blame_size(image->net, v); n++)
            if (image->computed->value[v][n].klass == GA_INFINITE)
                return true;
    }
    return false;
}

bool
judge_overflowed(blame_place *first, const blame_image *image, blame_place at)
{
    const blame_net *const net = image->net;
    const size_t maker = net->maker[at.value];
    const size_t end = maker < net->p->n_forward ? maker : net->p->n_forward;
    if (blame_depends(net, at.value) != DEPENDS_GROUP || !image->computed->infinite || !any_infinite(image, end))
        return false;
    blame_run *const runs = blame_take(net->most_runs * sizeof *runs);
    const size_t n_runs = blame_runs(runs, net, at.value, at.at);
    bool off = false, found = false;
    for (size_t r = 0; r < n_runs; r++)
        for (size_t k = 0; net->examined[runs[r].a] && k < runs[r].n && !off; k++)
            off = judge_off(image, (blame_place){ runs[r].a, blame_run_a(runs + r, k) });
    for (size_t k = net->p->n_once; off && !found && k < maker; k++) {
        const value_id v = net->p->code[k].out[0];
        bool argument = false;
        if (!is_forward_sum(net, v))
            continue;
        for (size_t r = 0; r < n_runs; r++)
            if (runs[r].a == v) {
                argument = true;
                for (size_t n = 0; !found && n < runs[r].n; n++)
                    found = find_overflow(first, image, v, blame_run_a(runs + r, n), 1);
            }
        for (size_t r = 0; !argument && !found && r < n_runs; r++) {
            const blame_reach reach = net->examined[runs[r].a] ? blame_reaches(net, v, runs[r].a) : REACHES_NOT;
            const size_t cols = net->p->value[v].cols, row = blame_image_of(net, runs[r].a, runs[r].a_first);
            if (reach == REACHES_SAME)
                for (size_t n = 0; !found && n < runs[r].n; n++)
                    found = find_overflow(first, image, v, blame_run_a(runs + r, n), 1);
            else if (reach != REACHES_NOT)
                found = find_overflow(first, image, v, row * cols, cols);
        }
    }
    blame_give(runs, net->most_runs * sizeof *runs);
    return found;
}

/* ---- how many operations are at fault ---------------------------------------------------------------------------- */

/* The factor is not a constant 0. */
static bool
is_heard(const blame_net *net, const blame_run *r, size_t k)
{
    return r->b == NO_VALUE || net->kept[r->b] || blame_number(net->constant + r->b, blame_run_b(r, k)) != 0;
}

/* Adds what number `at` depends on; returns whether any of that is off. */
static bool
add_operands(cone *c, const blame_image *image, blame_place at, bool ask)
{
    const blame_net *const net = image->net;
    const size_t n_runs = blame_runs(c->runs, net, at.value, at.at);
    bool off = false;
    for (size_t r = 0; r < n_runs; r++) {
        const blame_run *const run = c->runs + r;
        for (int side = 0; side < 2; side++) {
            const value_id v = side == 0 ? run->a : run->b;
            if (v == NO_VALUE || !net->examined[v] || (cone_has_all(c, v) && (!ask || off)))
                continue;
            for (size_t k = 0; k < run->n; k++) {
                const size_t from = side == 0 ? blame_run_a(run, k) : blame_run_b(run, k);
                if (side == 0 && !is_heard(net, run, k))
                    continue;
                cone_add(c, v, from);
                off = off || (ask && judge_off(image, (blame_place){ v, from }));
            }
        }
    }
    return off;
}

/* Whether any number of the group is off. */
static bool
group_off(const blame_image *image, value_id v, size_t first, size_t n)
{
    for (size_t k = first; k < first + n; k++)
        if (judge_off(image, (blame_place){ v, k }))
            return true;
    return false;
}

/* The first number of a group stands for it; of two outputs that are made together, as a function's value and its derivative are,
   the earlier one that is in the cone and off. */
static bool
counts(const cone *c, const blame_image *image, blame_place at)
{
    const blame_net *const net = image->net;
    const instruction *const i = blame_maker(net, at.value);
    size_t first;
    const size_t n = blame_group(&first, net, at.value, at.at);
    for (size_t k = first; k < at.at; k++)
        if (c->seen[at.value][k])
            return false;
    if (!group_off(image, at.value, first, n))
        return false;
    if (blame_depends(net, at.value) != DEPENDS_GROUP || net->output[at.value] != 1 || !net->examined[i->out[0]])
        return true;
    size_t other;
    const size_t of_row = blame_size(net, i->out[0]) / blame_size(net, at.value); /* a row's factor is one number */
    const size_t n_other = blame_group(&other, net, i->out[0], first * of_row);
    bool seen = false;
    for (size_t k = other; k < other + n_other; k++)
        seen = seen || c->seen[i->out[0]][k];
    return !seen || !group_off(image, i->out[0], other, n_other);
}

size_t
judge_faults(const blame_image *image, blame_place at)
{
    cone c;
    size_t n = 0;
    cone_open(&c, image->net, at);
    for (size_t k = 0; k < c.n; k++)
        add_operands(&c, image, c.number[k], false);
    const size_t end = c.n;
    for (size_t k = 0; k < end; k++)
        if (counts(&c, image, c.number[k]))
            n += !add_operands(&c, image, c.number[k], true);
    cone_close(&c);
    return n;
}
