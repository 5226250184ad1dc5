/* SPDX-License-Identifier: Apache-2.0 */
/* walk_errors.c -- the walk along the largest errors; see walk.h */
#include "blame/judge.h"
#include "blame/walk_step.h"

enum { WALK_BITS = 256 };

/* r = the term of a tape, exactly but for WALK_BITS. */
static void
set_term(mpfr_ptr r, mpfr_ptr factor, const blame_tape *t, const blame_run *run, size_t k)
{
    const ga_number a = blame_tape_number(t, run->a, blame_run_a(run, k));
    mpfr_vec_set_number(r, &a);
    if (run->b == NO_VALUE)
        return;
    const ga_number b = blame_tape_number(t, run->b, blame_run_b(run, k));
    mpfr_vec_set_number(factor, &b);
    mpfr_mul(r, r, factor, MPFR_RNDN);
}

/* The term of the largest error |true - computed|; ties: the first. */
static term
largest_error(walk *w, blame_place at)
{
    const size_t n_runs = walk_runs(w, at);
    mpfr_t error, truth, most, factor;
    size_t best = 0, all = 0;
    mpfr_inits2(WALK_BITS, error, truth, most, factor, (mpfr_ptr)0);
    mpfr_set_zero(most, 1);
    for (size_t r = 0; r < n_runs; r++)
        for (size_t k = 0; k < w->runs[r].n; k++, all++) {
            const term t = term_of(w->image->net, w->runs + r, k);
            if (!is_there(t.main) && !is_there(t.side))
                continue;
            set_term(error, factor, w->image->computed, w->runs + r, k);
            set_term(truth, factor, w->image->truth, w->runs + r, k);
            mpfr_sub(error, truth, error, MPFR_RNDN);
            if (mpfr_cmpabs(error, most) > 0) { /* false for NaN */
                best = all;
                mpfr_set(most, error, MPFR_RNDN);
            }
        }
    mpfr_clears(error, truth, most, factor, (mpfr_ptr)0);
    return walk_pick(w, n_runs, best);
}

void
walk_from_error(walk *w, blame_place at)
{
    for (;;) {
        const dependence depends = blame_depends(w->image->net, at.value);
        blame_place chosen;
        if (depends == DEPENDS_GROUP || depends == DEPENDS_NOT) {
            if (judge_chosen(&chosen, w->image, at))
                walk_add(w, ORIGIN_CLASS_FLIP, chosen);
            else
                walk_add_fault(w, at);
            return;
        }
        const term t = depends == DEPENDS_SUM ? largest_error(w, at) : walk_only_term(w, at);
        const bool main = is_there(t.main) && judge_off(w->image, t.main), side = is_there(t.side) && judge_off(w->image, t.side);
        if (side)
            walk_from_error(w, t.side);
        if (!main) {
            if (!side)
                walk_add_fault(w, at);
            return;
        }
        at = t.main;
    }
}

void
walk_to_errors(origin *found, size_t *n, const blame_image *image, size_t j)
{
    walk w;
    walk_open(&w, found, n, image);
    walk_from_error(&w, (blame_place){ image->net->leaf, j });
    walk_close(&w);
}
