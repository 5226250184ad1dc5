/* SPDX-License-Identifier: Apache-2.0 */
/* again.h -- what interventions (intervene.h) share among themselves: the workspace, with its slots of runs that are kept, and a
   number run again. The numbers between the gradient's last sum and the sums before it, its tail, differ from element to element: a
   run is kept for each set of names outside it, the deep ones, and names in the tail are put into it for a while. */
#ifndef BLAME_AGAIN_H
#define BLAME_AGAIN_H

#include "blame/group.h"
#include "blame/origin.h"

enum { AGAIN_SLOTS = 32 };

/* What a number was before a name of the tail changed it. */
typedef struct {
    blame_place place;
    ga_number number;
    bool changed;
} before;

/* The tape up to the last sum, with the truth at its deep names, those outside the tail; for a while with names in the tail too. */
typedef struct {
    bool ready;
    origin *deep;
    size_t n_deep;
    blame_tape now;
    bool **changed;    /* [value][number] */
    bool *any_changed; /* [value] */
    before *undo;
    size_t n_undo, room_undo;
    bool judged; /* what follows is there */
    int64_t exponent;
    double *x;           /* 2^-exponent times the numbers that the last sums are of, */
    double *sum, *bound; /* those sums, and those of magnitudes, */
    bool *summed;        /* where they are there */
} slot;

struct interventions {
    const blame_net *net;
    const blame_constant *constant; /* in the format */
    value_id last;           /* what the gradient's last sum makes; */
    bool *reaches, *tail;    /* [value]: the gradient depends on it; few terms of the last sum do on each number */
    bool judges;             /* the last sum is the gradient itself, and its second factors are constants */
    const blame_tape *computed; /* of the image whose runs the slots have, and which reading of it and of its truth */
    uint64_t readings, true_readings;
    const blame_image *image;
    const origin *names;
    size_t n, next;
    slot s[AGAIN_SLOTS], *at;
    groups *groups;
    blame_run *runs;
    size_t *readers;
    bool *affected;          /* of an output: its operands have changed */
    mpfr_prec_t bits;        /* blame_bits */
    size_t n_terms;
    __mpfr_struct *term, *t, *factor, *rounded;
    mpfr_ptr *terms;
};

/* ---- again.c: the workspace, which intervene_new and intervene_free make and free -------------------------------- */

/* r->at = the image's slot of n deep names, without names in the tail; false: it is a new one, where nothing has been run yet. */
bool again_find_slot(interventions *r, const blame_image *image, const origin *deep, size_t n);

/* Notes what a number of the slot is, to be undone. */
void again_note(slot *s, blame_place place);

/* Whether an instruction makes few numbers of each that it takes. */
static inline bool
again_is_sparse(const instruction *i)
{
    const op_blame *const row = op_blame_of(i->op);
    return row->out[0] != DEPENDS_GROUP && row->out[0] != DEPENDS_NOT && (row->same || row->few);
}

/* Whether a name is beyond the last sum, or what that makes. */
static inline bool
again_is_beyond(const interventions *r, value_id v)
{
    return r->net->maker[v] >= r->net->maker[r->last];
}

static inline bool
again_is_same(const ga_number *a, const ga_number *b)
{
    return (a->klass == GA_ZERO) == (b->klass == GA_ZERO) && a->exponent == b->exponent && a->mantissa == b->mantissa &&
           a->rest[0] == b->rest[0] && a->rest[1] == b->rest[1];
}

/* ---- again_sum.c: a sum run again -------------------------------------------------------------------------------- */

/* *to = r's t, rounded to the format's precision. */
void again_round(ga_number *to, interventions *r);

/* *to = the sum of a value's terms now, which r's runs say: products are rounded, their sum is exact and then rounded. */
void again_sum(ga_number *to, interventions *r, value_id v, size_t n_runs);

/* Frees its memory. */
void again_free_terms(interventions *r);

/* ---- again_number.c: a number of the slot ------------------------------------------------------------------------ */

/* Whether a number is named, or made with one that is; whether any of a value is. */
bool again_is_named(const interventions *r, blame_place place);
bool again_any_named(const interventions *r, value_id v);

/* Whether one of the operands of a number has changed; a mask is none of what it chose, which stays if the window does. */
bool again_changed(interventions *r, blame_place place);

/* Sets a number: to this, or to its truth. */
void again_set(interventions *r, blame_place place, ga_number number, bool changed);
void again_put(interventions *r, blame_place place);

/* Runs a sum or what is stored again, and sets it. It has changed if it is another than the computed one. */
void again_number(interventions *r, blame_place place);

/* ---- intervene.c ------------------------------------------------------------------------------------------------- */

/* r->at = the slot of the deep ones among n names, run there; r's names are these. */
void again_deep(interventions *r, const blame_image *image, const origin *names, size_t n);

#endif
