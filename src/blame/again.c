/* SPDX-License-Identifier: Apache-2.0 */
/* again.c -- the workspace of interventions, and its slots; see again.h */
#include <stdlib.h>
#include <string.h>

#include "blame/again.h"
#include "blame/intervene.h"
#include "blame/memory.h"
#include "graph/op_graph.h"
#include "num/mpfr_vec.h"
#include "num/recipe.h"

/* ---- the workspace ----------------------------------------------------------------------------------------------- */

static void
slot_free(slot *s, size_t n_values)
{
    for (size_t v = 0; v < n_values; v++) {
        if (s->now.value != NULL)
            free(s->now.value[v]);
        if (s->changed != NULL)
            free(s->changed[v]);
    }
    free(s->now.value);
    free(s->changed);
    free(s->any_changed);
    free(s->deep);
    blame_give(s->undo, s->room_undo * sizeof *s->undo);
    free(s->x);
    free(s->sum);
    free(s->bound);
    free(s->summed);
}

void
intervene_free(interventions *r)
{
    if (r == NULL)
        return;
    for (size_t i = 0; i < AGAIN_SLOTS; i++)
        slot_free(r->s + i, r->net->p->n_values);
    groups_free(r->groups);
    blame_constants_free(r->net, r->constant);
    free(r->reaches);
    free(r->tail);
    free(r->runs);
    free(r->readers);
    free(r->affected);
    again_free_terms(r);
    free(r->t);
    free(r->factor);
    free(r->rounded);
    free(r);
}

static bool
slot_new(slot *s, const blame_net *net, const blame_constant *constant)
{
    const size_t n = net->p->n_values;
    s->now.net = net;
    s->now.constant = constant;
    s->now.value = calloc(n, sizeof *s->now.value);
    s->changed = calloc(n, sizeof *s->changed);
    s->any_changed = calloc(n, sizeof *s->any_changed);
    s->deep = calloc(MOST_ORIGINS, sizeof *s->deep);
    s->sum = calloc(blame_size(net, net->leaf), sizeof *s->sum);
    s->bound = calloc(blame_size(net, net->leaf), sizeof *s->bound);
    if (s->now.value == NULL || s->changed == NULL || s->any_changed == NULL || s->deep == NULL || s->sum == NULL ||
        s->bound == NULL)
        return false;
    for (size_t v = 0; v < n; v++)
        if (net->kept[v] && ((s->now.value[v] = calloc(blame_size(net, v), sizeof **s->now.value)) == NULL ||
                             (s->changed[v] = calloc(blame_size(net, v), sizeof **s->changed)) == NULL))
            return false;
    s->summed = calloc(blame_size(net, net->leaf), sizeof *s->summed); /* the last: all is there */
    return s->summed != NULL;
}

/* What is chosen is run again with its choices, whether a gradient takes these too or not. */
static void
find_choices(interventions *r)
{
    for (size_t k = r->net->p->n_once; k < r->net->p->n_backward; k++) {
        const instruction *const i = r->net->p->code + k;
        const op_blame *const row = op_blame_of(i->op);
        if (row->out[0] == DEPENDS_SUM && row->flips > 0 && r->reaches[i->out[0]])
            r->reaches[i->out[row->flips]] = true;
    }
}

/* The last sum, and the tail: what is read by it, or by instructions that make few numbers, of the tail, of each that they take. */
static void
find_tail(interventions *r)
{
    const blame_net *const net = r->net;
    const program *const p = net->p;
    r->last = net->leaf;
    while (blame_depends(net, r->last) == DEPENDS_STORED || blame_row(net, r->last)->product)
        r->last = blame_maker(net, r->last)->in[0];
    for (size_t v = 0; v < p->n_values; v++)
        r->tail[v] = r->reaches[v] = net->kept[v] && blame_reaches(net, v, net->leaf) != REACHES_NOT;
    find_choices(r);
    for (size_t k = p->n_backward; k-- > p->n_once;) {
        const instruction *const i = p->code + k;
        for (size_t o = 0; o < op_graph_of(i->op)->n_out; o++) {
            if (!net->examined[i->out[o]] || !r->reaches[i->out[o]] || i->out[o] == r->last)
                continue;
            for (size_t n = 0; (!again_is_sparse(i) || !r->tail[i->out[o]]) && n < op_graph_of(i->op)->n_in; n++)
                r->tail[i->in[n]] = false;
        }
    }
    const instruction *const last = blame_maker(net, r->last);
    r->judges = r->last == net->leaf && !op_blame_of(last->op)->selects && blame_depends(net, r->last) == DEPENDS_SUM;
    for (size_t n = 1; n < op_graph_of(last->op)->n_in; n++)
        r->judges = r->judges && !net->kept[last->in[n]];
}

interventions *
intervene_new(const blame_net *net, const ga_estimator *e)
{
    interventions *r = calloc(1, sizeof *r);
    size_t most = 1;
    if (r == NULL)
        return NULL;
    r->net = net;
    r->constant = blame_constants(net, e->format);
    r->reaches = calloc(net->p->n_values, sizeof *r->reaches);
    r->tail = calloc(net->p->n_values, sizeof *r->tail);
    r->runs = calloc(net->most_runs, sizeof *r->runs);
    r->readers = calloc(net->most_readers, sizeof *r->readers);
    for (size_t v = 0; v < net->p->n_values; v++)
        most = net->kept[v] && blame_size(net, v) > most ? blame_size(net, v) : most;
    r->affected = calloc(most, sizeof *r->affected);
    r->bits = blame_bits(e);
    r->t = mpfr_vec_new(1, 2 * r->bits);
    r->factor = mpfr_vec_new(1, r->bits);
    r->rounded = mpfr_vec_new(1, r->bits);
    r->groups = groups_new(net, e);
    bool ok = r->constant != NULL && r->reaches != NULL && r->tail != NULL && r->runs != NULL && r->readers != NULL &&
              r->affected != NULL && r->t != NULL && r->factor != NULL && r->rounded != NULL && r->groups != NULL;
    ok = ok && slot_new(r->s, net, r->constant); /* the others when they are needed */
    if (!ok) {
        intervene_free(r);
        return NULL;
    }
    find_tail(r);
    r->judges = r->judges && e->format.bits >= 24 && !recipe_is(e->format);
    return r;
}

const blame_constant *
intervene_constants(const interventions *r)
{
    return r->constant;
}

/* ---- slots ------------------------------------------------------------------------------------------------------- */

/* Undoes the tail's names. */
static void
undo(slot *s)
{
    while (s->n_undo > 0) {
        const before *const b = s->undo + --s->n_undo;
        s->now.value[b->place.value][b->place.at] = b->number;
        s->changed[b->place.value][b->place.at] = b->changed;
    }
}

void
again_note(slot *s, blame_place place)
{
    if (s->n_undo == s->room_undo) {
        const size_t room = 2 * s->room_undo + 64;
        before *const more = blame_take(room * sizeof *more);
        if (s->n_undo > 0)
            memcpy(more, s->undo, s->n_undo * sizeof *more);
        blame_give(s->undo, s->room_undo * sizeof *s->undo);
        s->undo = more;
        s->room_undo = room;
    }
    s->undo[s->n_undo++] = (before){ place, s->now.value[place.value][place.at], s->changed[place.value][place.at] };
}

static bool
are_same(const origin *a, size_t n_a, const origin *b, size_t n_b)
{
    bool all = n_a == n_b;
    for (size_t i = 0; all && i < n_a; i++)
        all = a[i].value == b[i].value && a[i].at == b[i].at;
    return all;
}

/* The next slot; the first, which is always there, if there is no memory for more. */
static slot *
new_slot(interventions *r)
{
    slot *const s = r->s + r->next++ % AGAIN_SLOTS;
    if (s->summed != NULL || slot_new(s, r->net, r->constant))
        return s;
    slot_free(s, r->net->p->n_values);
    *s = (slot){ .ready = false };
    return r->s;
}

/* Slots of another image, or of another reading of its tapes, are not ready any more. */
static void
look_at(interventions *r, const blame_image *image)
{
    if (r->computed != image->computed || r->readings != image->computed->readings ||
        r->true_readings != image->truth->readings)
        for (size_t i = 0; i < AGAIN_SLOTS; i++)
            r->s[i].ready = false;
    r->computed = image->computed;
    r->readings = image->computed->readings;
    r->true_readings = image->truth->readings;
    r->image = image;
}

bool
again_find_slot(interventions *r, const blame_image *image, const origin *deep, size_t n)
{
    look_at(r, image);
    r->at = NULL;
    for (size_t i = 0; i < AGAIN_SLOTS && r->at == NULL; i++)
        if (r->s[i].ready && are_same(r->s[i].deep, r->s[i].n_deep, deep, n))
            r->at = r->s + i;
    if (r->at != NULL) {
        undo(r->at);
        return true;
    }
    r->at = new_slot(r);
    r->at->n_undo = 0;
    r->at->n_deep = n;
    memcpy(r->at->deep, deep, n * sizeof *deep);
    return false;
}
