/* SPDX-License-Identifier: Apache-2.0 */
/* intervene.c -- the pass from its names on: up to the gradient's last sum, through its tail, to the gradient; see intervene.h */
#include <string.h>

#include "blame/again.h"
#include "blame/intervene.h"
#include "graph/op_graph.h"

/* ---- up to the last sum ------------------------------------------------------------------------------------------ */

/* Which numbers of an instruction's output read one of its operand's. */
static size_t
find_readers(interventions *r, const instruction *i, size_t operand, size_t at)
{
    const op_blame *const row = op_blame_of(i->op);
    if (row->readers != NULL)
        return row->readers(r->readers, &r->net->shape, i, operand, at);
    r->readers[0] = at;
    return 1;
}

/* Sets affected[number] of an output whose operands have changed: by what reads those, if that is known. */
static void
find_affected(interventions *r, const instruction *i, value_id v)
{
    const op_blame *const row = op_blame_of(i->op);
    const slot *const s = r->at;
    const size_t size = blame_size(r->net, v);
    const bool by_readers = r->net->output[v] == 0 && (row->same || row->readers != NULL);
    memset(r->affected, 0, size * sizeof *r->affected);
    for (size_t n = 0; !by_readers && n < size; n++)
        r->affected[n] = again_changed(r, (blame_place){ v, n });
    for (size_t o = 0; by_readers && o < op_graph_of(i->op)->n_in; o++) {
        const value_id from = i->in[o];
        for (size_t at = 0; r->net->examined[from] && s->any_changed[from] && at < blame_size(r->net, from); at++) {
            if (!s->changed[from][at])
                continue;
            const size_t n = find_readers(r, i, o, at);
            for (size_t m = 0; m < n; m++)
                r->affected[r->readers[m]] = true;
        }
    }
}

/* An output of instruction k; *ran: what is made as a group has been run. */
static void
output_again(interventions *r, size_t k, value_id v, bool operands, bool *ran)
{
    const bool named = again_any_named(r, v), group = blame_depends(r->net, v) == DEPENDS_GROUP;
    if (operands)
        find_affected(r, r->net->p->code + k, v);
    for (size_t n = 0; n < blame_size(r->net, v); n++) {
        const blame_place place = { v, n };
        if (named && again_is_named(r, place)) {
            again_put(r, place);
        } else if (operands && r->affected[n]) {
            if (!group) {
                again_number(r, place);
                continue;
            }
            if (!*ran)
                groups_run(r->groups, k, r->at->now.value, r->image->label);
            *ran = true;
            again_set(r, place, groups_made(r->groups, v, n), true);
        }
    }
}

/* The computed tape, run again from its deep names on. */
static void
run_deep(interventions *r)
{
    const blame_net *const net = r->net;
    slot *const s = r->at;
    s->now.infinite = r->image->computed->infinite;
    for (size_t v = 0; v < net->p->n_values; v++) {
        s->any_changed[v] = false;
        if (!r->reaches[v])
            continue;
        memcpy(s->now.value[v], r->image->computed->value[v], blame_size(net, v) * sizeof **s->now.value);
        memset(s->changed[v], 0, blame_size(net, v) * sizeof **s->changed);
    }
    for (size_t k = net->p->n_once; k < net->maker[r->last]; k++) {
        const instruction *const i = net->p->code + k;
        bool operands = false, ran = false;
        for (size_t o = 0; o < op_graph_of(i->op)->n_in; o++)
            operands = operands || (net->examined[i->in[o]] && s->any_changed[i->in[o]]);
        for (size_t o = op_graph_of(i->op)->n_out; o-- > 0;) { /* masks before what they choose, which a named mask leaves */
            const value_id v = i->out[o];
            if (!net->examined[v] || !r->reaches[v] || !(operands || again_any_named(r, v)))
                continue;
            output_again(r, k, v, operands, &ran);
        }
    }
    s->judged = false;
    s->ready = true;
}

void
again_deep(interventions *r, const blame_image *image, const origin *names, size_t n)
{
    origin deep[MOST_ORIGINS];
    size_t n_deep = 0;
    for (size_t i = 0; i < n; i++)
        if (!r->tail[names[i].value] && !again_is_beyond(r, names[i].value))
            deep[n_deep++] = names[i];
    if (!again_find_slot(r, image, deep, n_deep)) {
        r->names = r->at->deep;
        r->n = n_deep;
        run_deep(r);
    }
    r->names = names;
    r->n = n;
}

/* ---- the tail, and the last sum ---------------------------------------------------------------------------------- */

/* A number that may depend on what has changed: run again or, if it does not after all, as it was computed. */
static void
tail_number(interventions *r, blame_place place)
{
    if (again_changed(r, place))
        again_number(r, place);
    else
        again_set(r, place, r->image->computed->value[place.value][place.at], false);
}

/* Whether a number is another than it was before. */
static bool
is_other(const slot *s, const before *b)
{
    return s->changed[b->place.value][b->place.at] != b->changed ||
           !again_is_same(s->now.value[b->place.value] + b->place.at, &b->number);
}

static void
tail_again(interventions *r)
{
    const blame_net *const net = r->net;
    slot *const s = r->at;
    bool any = false;
    for (size_t i = 0; i < r->n; i++) {
        size_t first;
        if (!r->tail[r->names[i].value] || again_is_beyond(r, r->names[i].value))
            continue;
        const size_t n = blame_group(&first, net, r->names[i].value, r->names[i].at);
        for (size_t k = first; k < first + n; k++) {
            again_note(s, (blame_place){ r->names[i].value, k });
            again_put(r, (blame_place){ r->names[i].value, k });
            any = true;
        }
    }
    for (size_t k = net->p->n_once; any && k < net->maker[r->last]; k++) {
        const instruction *const i = net->p->code + k;
        const value_id v = i->out[0];
        if (!net->examined[v] || !r->tail[v] || !again_is_sparse(i))
            continue;
        for (size_t o = 0; o < op_graph_of(i->op)->n_in; o++)
            for (size_t u = 0; r->tail[i->in[o]] && u < s->n_undo; u++) {
                const blame_place from = s->undo[u].place;
                if (from.value != i->in[o] || !is_other(s, s->undo + u))
                    continue;
                const size_t n = find_readers(r, i, o, from.at);
                for (size_t m = 0; m < n; m++) {
                    const blame_place to = { v, r->readers[m] };
                    if (again_is_named(r, to))
                        continue;
                    again_note(s, to);
                    tail_number(r, to);
                }
            }
    }
}

/* A number at or beyond the last sum. */
static void
end_again(interventions *r, blame_place place)
{
    again_note(r->at, place);
    if (again_is_named(r, place))
        again_put(r, place);
    else if (again_changed(r, place))
        again_number(r, place);
}

/* From the last sum to the gradient. */
static void
chain_again(interventions *r, value_id v, size_t j)
{
    if (v != r->last)
        chain_again(r, blame_maker(r->net, v)->in[0], j);
    end_again(r, (blame_place){ v, j });
}

const blame_tape *
intervene_run(interventions *r, const blame_image *image, const origin *names, size_t n, size_t j)
{
    again_deep(r, image, names, n);
    tail_again(r);
    chain_again(r, r->net->leaf, j);
    return &r->at->now;
}
