/* SPDX-License-Identifier: Apache-2.0 */
/* again_number.c -- a number run again: whether it is to be, and what it is then. */
#include "blame/again.h"

void
again_set(interventions *r, blame_place place, ga_number number, bool changed)
{
    slot *const s = r->at;
    s->now.value[place.value][place.at] = number;
    s->now.infinite = s->now.infinite || number.klass == GA_INFINITE;
    s->changed[place.value][place.at] = changed;
    s->any_changed[place.value] = s->any_changed[place.value] || changed;
}

void
again_put(interventions *r, blame_place place)
{
    again_set(r, place, r->image->truth->value[place.value][place.at], true);
}

void
again_number(interventions *r, blame_place place)
{
    const op_blame *const row = blame_row(r->net, place.value);
    const size_t n_runs = blame_runs(r->runs, r->net, place.value, place.at);
    ga_number new;
    if (blame_depends(r->net, place.value) == DEPENDS_STORED) {
        const ga_number from = blame_tape_number(&r->at->now, r->runs->a, r->runs->a_first);
        mpfr_vec_set_number(r->t, &from);
        row->store(r->t, blame_maker(r->net, place.value),
                   blame_tape_scale(r->image->computed, place.value, place.at));
        again_round(&new, r);
    } else
        again_sum(&new, r, place.value, n_runs);
    again_set(r, place, new, !again_is_same(&new, r->image->computed->value[place.value] + place.at));
}

bool
again_is_named(const interventions *r, blame_place place)
{
    for (size_t i = 0; i < r->n; i++) {
        size_t first;
        if (r->names[i].value != place.value)
            continue;
        const size_t n = blame_group(&first, r->net, place.value, r->names[i].at);
        if (place.at >= first && place.at < first + n)
            return true;
    }
    return false;
}

bool
again_any_named(const interventions *r, value_id v)
{
    bool named = false;
    for (size_t i = 0; i < r->n; i++)
        named = named || r->names[i].value == v;
    return named;
}

bool
again_changed(interventions *r, blame_place place)
{
    const slot *const s = r->at;
    const size_t n_runs = blame_runs(r->runs, r->net, place.value, place.at);
    for (size_t k = 0; k < n_runs; k++) {
        const blame_run *const run = r->runs + k;
        const bool *const a = r->net->examined[run->a] && s->any_changed[run->a] ? s->changed[run->a] : NULL;
        const bool other = run->b != NO_VALUE && r->net->examined[run->b] && r->net->maker[run->b] != r->net->maker[place.value];
        const bool *const b = other && s->any_changed[run->b] ? s->changed[run->b] : NULL;
        for (size_t i = 0; a != NULL && i < run->n; i++)
            if (a[blame_run_a(run, i)])
                return true;
        for (size_t i = 0; b != NULL && i < run->n; i++)
            if (b[blame_run_b(run, i)])
                return true;
    }
    return false;
}
