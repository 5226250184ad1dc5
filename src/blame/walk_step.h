/* SPDX-License-Identifier: Apache-2.0 */
/* walk_step.h -- what the walks of walk.h share: the terms of a number, the one of the largest true magnitude, and what is
   found. */
#ifndef BLAME_WALK_STEP_H
#define BLAME_WALK_STEP_H

#include "blame/walk.h"

typedef struct {
    const blame_image *image;
    origin *found;
    size_t *n;
    blame_run *runs;
} walk;

void walk_open(walk *w, origin *found, size_t *n, const blame_image *image);
void walk_close(walk *w);

/* A term of a sum: what it is followed to, and its other factor, if those are numbers that can be wrong; else NOWHERE. */
typedef struct {
    blame_place main, side;
} term;

#define NOWHERE ((blame_place){ NO_VALUE, 0 })

static inline bool
is_there(blame_place p)
{
    return p.value != NO_VALUE;
}

static inline blame_place
examined(const blame_net *net, value_id v, size_t at)
{
    return v != NO_VALUE && net->examined[v] ? (blame_place){ v, at } : NOWHERE;
}

static inline term
term_of(const blame_net *net, const blame_run *r, size_t k)
{
    return (term){ examined(net, r->a, blame_run_a(r, k)), examined(net, r->b, blame_run_b(r, k)) };
}

static inline const ga_number *
walk_number(const walk *w, blame_place at)
{
    return w->image->computed->value[at.value] + at.at;
}

/* Sets w->runs to those of a number, and returns how many there are. */
size_t walk_runs(walk *w, blame_place at);

/* Term number k of the runs, from 0; the term of what depends on one number; and of a sum that of the largest true magnitude. */
term walk_pick(const walk *w, size_t n_runs, size_t k);
term walk_only_term(walk *w, blame_place at);
term walk_largest_true(walk *w, blame_place at);

/* The walks of walk.h from a number that is 0, and truly not; or off. */
void walk_from_zero(walk *w, blame_place at);
void walk_from_error(walk *w, blame_place at);

/* Adds an origin; a function behind an overflow is not to blame. walk_add_fault: if the operation's result is off. */
void walk_add(walk *w, origin_kind kind, blame_place at);
bool walk_add_fault(walk *w, blame_place at);

#endif
