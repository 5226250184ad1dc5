/* SPDX-License-Identifier: Apache-2.0 */
/* walk.c -- the walks to the first fault, along the path of the largest true terms, and to what is not finite; see walk.h */
#include "blame/judge.h"
#include "blame/walk_step.h"

static void
add_to_path(blame_place *path, size_t *n, blame_place at)
{
    if (*n < ORIGIN_PATH)
        path[(*n)++] = at;
}

size_t
origin_path(blame_place path[ORIGIN_PATH], const blame_image *image, size_t j)
{
    const blame_net *const net = image->net;
    size_t n = 0;
    walk w;
    walk_open(&w, NULL, NULL, image);
    for (blame_place at = { net->leaf, j }; is_there(at);) {
        add_to_path(path, &n, at);
        const dependence depends = blame_depends(net, at.value);
        term t = { NOWHERE, NOWHERE };
        if (depends == DEPENDS_SUM)
            t = walk_largest_true(&w, at);
        else if (depends == DEPENDS_STORED)
            t = walk_only_term(&w, at);
        if (is_there(t.side))
            add_to_path(path, &n, t.side);
        at = t.main;
    }
    walk_close(&w);
    for (size_t i = 1; i < n; i++) /* in computing order */
        for (size_t k = i; k > 0 && net->maker[path[k - 1].value] > net->maker[path[k].value]; k--) {
            const blame_place p = path[k];
            path[k] = path[k - 1];
            path[k - 1] = p;
        }
    return n;
}

/* Where something was chosen, that is what can be wrong; a softmax is one operation, with its residual of the label. */
static bool
add_group(walk *w, blame_place at)
{
    const blame_net *const net = w->image->net;
    const op_blame *const row = blame_row(net, at.value);
    blame_place chosen;
    if (row->chosen != NULL) {
        const bool flipped = judge_chosen(&chosen, w->image, at);
        if (flipped)
            walk_add(w, ORIGIN_CLASS_FLIP, chosen);
        return flipped;
    }
    if (walk_add_fault(w, at))
        return true;
    return row->also != NULL &&
           walk_add_fault(w, (blame_place){ at.value, row->also(w->image, blame_maker(net, at.value),
                                                           blame_image_of(net, at.value, at.at)) });
}

void
walk_to_first_fault(origin *found, size_t *n, const blame_image *image, size_t j)
{
    blame_place path[ORIGIN_PATH];
    const size_t n_path = origin_path(path, image, j);
    bool any = false;
    walk w;
    walk_open(&w, found, n, image);
    for (size_t i = 0; i < n_path && !any; i++)
        any = blame_depends(image->net, path[i].value) == DEPENDS_GROUP ? add_group(&w, path[i]) : walk_add_fault(&w, path[i]);
    walk_close(&w);
    if (!any)
        walk_to_errors(found, n, image, j);
}

/* ---- what is not finite ------------------------------------------------------------------------------------------ */

/* The first operand that is not finite, what was made earlier of a product's first; NOWHERE: none. *constants: those that no
   operation makes are all finite. */
static blame_place
first_not_finite(walk *w, bool *constants, blame_place at)
{
    const blame_net *const net = w->image->net;
    const size_t n_runs = walk_runs(w, at);
    *constants = true;
    for (size_t r = 0; r < n_runs; r++)
        for (int side = 1; side >= 0; side--) {
            const value_id v = side == 1 ? w->runs[r].b : w->runs[r].a;
            for (size_t k = 0; v != NO_VALUE && k < w->runs[r].n; k++) {
                const blame_run *const run = w->runs + r;
                const size_t i = side == 1 ? blame_run_b(run, k) : blame_run_a(run, k);
                const ga_number a = blame_tape_number(w->image->computed, v, i);
                if (blame_is_finite(&a))
                    continue;
                if (net->examined[v])
                    return (blame_place){ v, i };
                *constants = false;
            }
        }
    return NOWHERE;
}

/* The function of one or two numbers has no finite value at the computed ones. */
static bool
is_singular(const walk *w, blame_place at)
{
    const blame_net *const net = w->image->net;
    const op_blame *const row = blame_row(net, at.value);
    if (blame_depends(net, at.value) != DEPENDS_GROUP || !row->same || row->exact == NULL)
        return false;
    mpfr_t r;
    mpfr_init2(r, 53);
    const bool none = row->exact(r, w->image, blame_maker(net, at.value), net->output[at.value], at.at) && !mpfr_number_p(r);
    mpfr_clear(r);
    return none;
}

/* A quotient or a function has a pole, or is not defined, where its computed operand is, which is off: that. NOWHERE: no such. */
static blame_place
singular_operand(walk *w, blame_place at)
{
    const blame_net *const net = w->image->net;
    const bool quotient = blame_depends(net, at.value) == DEPENDS_SUM, singular = is_singular(w, at);
    const size_t n_runs = walk_runs(w, at);
    for (size_t r = n_runs; r-- > 0;) {
        const term t = term_of(net, w->runs + r, 0);
        const blame_place from = quotient ? t.side : t.main;
        if ((singular || (quotient && w->runs[r].divided)) && is_there(from) && judge_off(w->image, from) &&
            (singular || walk_number(w, from)->klass == GA_ZERO))
            return from;
    }
    return NOWHERE;
}

void
walk_to_not_finite(origin *found, size_t *n, const blame_image *image, size_t j)
{
    bool constants = true;
    walk w;
    walk_open(&w, found, n, image);
    blame_place at = { image->net->leaf, j };
    for (blame_place behind = at; is_there(behind); behind = first_not_finite(&w, &constants, at))
        at = behind;
    const blame_place operand = singular_operand(&w, at);
    if (is_there(operand))
        (walk_number(&w, operand)->klass == GA_ZERO ? walk_from_zero : walk_from_error)(&w, operand);
    else if (*n < MOST_ORIGINS)
        found[(*n)++] = (origin){ .kind = constants ? ORIGIN_OVERFLOW : ORIGIN_INVALID, .value = at.value, .at = at.at };
    walk_close(&w);
}
