/* SPDX-License-Identifier: Apache-2.0 */
/* walk_zeros.c -- the walk from a computed 0, along the largest true terms; see walk.h */
#include "blame/judge.h"
#include "blame/walk_step.h"

/* On the way of a computed 0, an entry of the wrong sign is what is left of a sum that lost its largest term: it counts as a 0, and
   the walk goes on behind it. */
static bool
is_gone(const walk *w, blame_place at)
{
    const ga_number *const a = walk_number(w, at);
    return a->klass == GA_ZERO || a->sign * w->image->truth->value[at.value][at.at].sign < 0;
}

/* What a number is scaled or stored of, as far back as that goes. */
static blame_place
source(const blame_net *net, blame_place at)
{
    blame_run r;
    while (is_there(at) && (blame_depends(net, at.value) == DEPENDS_STORED || blame_row(net, at.value)->product)) {
        blame_runs(&r, net, at.value, at.at);
        if (r.b != NO_VALUE && net->examined[r.b])
            break;
        at = examined(net, r.a, r.a_first);
    }
    return at;
}

/* A sum is gone, its largest true term is not. */
static void
add_sum(walk *w, blame_place at, blame_place main)
{
    origin_kind kind = ORIGIN_SUM_CANCELLATION;
    blame_place chosen;
    const blame_place behind = source(w->image->net, main);
    if (!blame_row(w->image->net, at.value)->product && is_there(behind) && judge_chosen(&chosen, w->image, behind)) {
        walk_add(w, ORIGIN_CLASS_FLIP, chosen);
    } else {
        if (walk_number(w, at)->klass == GA_ZERO)
            kind = judge_zero(w->image, at);
        else
            judge_fault(&kind, w->image, at);
        walk_add(w, kind, at);
    }
}

/* Follows a number that is gone; then what is behind it. The loss side comes first. The signs of what is made as a group are never
   wrong by themselves. */
static void
walk_from(walk *w, blame_place at, bool sides)
{
    blame_place side[ORIGIN_PATH];
    size_t n_sides = 0;
    for (;;) {
        const dependence depends = blame_depends(w->image->net, at.value);
        if (depends == DEPENDS_GROUP || depends == DEPENDS_NOT) {
            walk_add(w, judge_zero(w->image, at), at);
            break;
        }
        const term t = depends == DEPENDS_SUM ? walk_largest_true(w, at) : walk_only_term(w, at);
        if (is_there(t.main) && is_gone(w, t.main)) {
            if (is_there(t.side) && n_sides < ORIGIN_PATH)
                side[n_sides++] = t.side;
            at = t.main;
        } else if (is_there(t.side) && is_gone(w, t.side)) {
            at = t.side;
        } else {
            if (depends == DEPENDS_STORED)
                walk_add(w, ORIGIN_STORE, at);
            else
                add_sum(w, at, t.main);
            break;
        }
    }
    while (sides && n_sides-- > 0) /* if both factors are gone, the second is an origin of its own */
        if (is_gone(w, side[n_sides]))
            walk_from(w, side[n_sides], false);
}

void
walk_from_zero(walk *w, blame_place at)
{
    walk_from(w, at, true);
}

void
walk_to_zeros(origin *found, size_t *n, const blame_image *image, size_t j)
{
    walk w;
    walk_open(&w, found, n, image);
    walk_from(&w, (blame_place){ image->net->leaf, j }, true);
    walk_close(&w);
}
