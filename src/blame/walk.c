/* SPDX-License-Identifier: Apache-2.0 */
/* walk.c -- the walks, along the largest true terms and the largest errors; see origin.h */
#include "blame/judge.h"
#include "blame/memory.h"
#include "blame/walk.h"

enum { WALK_BITS = 256 };

typedef struct {
    const blame_image *image;
    origin *found;
    size_t *n;
    blame_run *runs;
} walk;

/* A term of a sum: what it is followed to, and its other factor, if those are numbers that can be wrong; else of NO_VALUE. */
typedef struct {
    blame_place main, side;
} term;

static const blame_place nowhere = { NO_VALUE, 0 };

static blame_place
examined(const blame_net *net, value_id v, size_t at)
{
    return v != NO_VALUE && net->examined[v] ? (blame_place){ v, at } : nowhere;
}

static bool
is_there(blame_place p)
{
    return p.value != NO_VALUE;
}

static term
term_of(const blame_net *net, const blame_run *r, size_t k)
{
    return (term){ examined(net, r->a, blame_run_a(r, k)), examined(net, r->b, blame_run_b(r, k)) };
}

static void
walk_open(walk *w, origin *found, size_t *n, const blame_image *image)
{
    *w = (walk){ image, found, n, blame_take(image->net->most_runs * sizeof *w->runs) };
}

static void
walk_close(walk *w)
{
    blame_give(w->runs, w->image->net->most_runs * sizeof *w->runs);
}

static size_t
runs_of(walk *w, blame_place at)
{
    return blame_runs(w->runs, w->image->net, at.value, at.at);
}

/* Of what depends on one number. */
static term
only_term(walk *w, blame_place at)
{
    runs_of(w, at);
    return term_of(w->image->net, w->runs, 0);
}

static const ga_number *
number(const walk *w, blame_place at)
{
    return w->image->computed->value[at.value] + at.at;
}

/* A function behind an overflow is not to blame. */
static void
add(walk *w, origin_kind kind, blame_place at)
{
    blame_place first;
    if (*w->n >= MOST_ORIGINS)
        return;
    const bool overflowed = judge_overflowed(&first, w->image, at);
    w->found[(*w->n)++] = (origin){ .kind = overflowed ? ORIGIN_OVERFLOW : kind, .value = overflowed ? first.value : at.value,
                                    .at = overflowed ? first.at : at.at };
}

/* Adds the operation if its result is off. */
static bool
add_fault(walk *w, blame_place at)
{
    origin_kind kind;
    if (!judge_fault(&kind, w->image, at))
        return false;
    add(w, kind, at);
    return true;
}

/* ---- the largest true terms -------------------------------------------------------------------------------------- */

/* |a| |b| = mantissa 2^exponent, 1/2 <= mantissa < 1; false for 0. */
static bool
magnitude(double *mantissa, int64_t *exponent, const ga_number *a, double b)
{
    int ea, eb;
    if (a->klass == GA_ZERO || b == 0)
        return false;
    *mantissa = frexp(fabs(a->mantissa * frexp(b, &eb)), &ea);
    *exponent = a->exponent + ea + eb;
    return true;
}

/* The term of the largest true magnitude, the first of them; in all its number, from 0. */
static size_t
find_largest(walk *w, size_t n_runs)
{
    const blame_tape *const truth = w->image->truth;
    const blame_net *const net = w->image->net;
    size_t best = 0, all = 0;
    double best_mantissa = 0;
    int64_t best_exponent = INT64_MIN;
    for (size_t r = 0; r < n_runs; r++) {
        const blame_run *const run = w->runs + r;
        const bool constant = run->b != NO_VALUE && !net->kept[run->b];
        const ga_number *const a = truth->value[run->a];
        for (size_t k = 0; k < run->n; k++, all++) {
            double mantissa, factor = 1;
            int64_t exponent, shift = 0;
            if (a == NULL) /* a bias, which nothing is behind */
                continue;
            if (constant)
                factor = blame_number(net->constant + run->b, blame_run_b(run, k));
            else if (run->b != NO_VALUE) {
                const ga_number *const b = truth->value[run->b] + blame_run_b(run, k);
                factor = b->klass == GA_ZERO ? 0 : b->mantissa;
                shift = b->exponent;
            }
            if (!magnitude(&mantissa, &exponent, a + blame_run_a(run, k), factor))
                continue;
            exponent += shift;
            if (exponent > best_exponent || (exponent == best_exponent && mantissa > best_mantissa)) {
                best = all;
                best_mantissa = mantissa;
                best_exponent = exponent;
            }
        }
    }
    return best;
}

/* Term number k of the runs. */
static term
pick(const walk *w, size_t n_runs, size_t k)
{
    for (size_t r = 0; r < n_runs; r++) {
        if (k < w->runs[r].n)
            return term_of(w->image->net, w->runs + r, k);
        k -= w->runs[r].n;
    }
    return (term){ nowhere, nowhere };
}

static term
largest_true(walk *w, blame_place at)
{
    uint32_t *const known = w->image->truth->largest[at.value] + at.at;
    const size_t n_runs = runs_of(w, at);
    if (*known == 0)
        *known = (uint32_t)find_largest(w, n_runs) + 1;
    return pick(w, n_runs, *known - 1);
}

/* ---- a computed 0 ------------------------------------------------------------------------------------------------ */

/* On the way of a computed 0, an entry of the wrong sign is what is left of a sum that lost its largest term: it counts as a 0, and
   the walk goes on behind it. */
static bool
is_gone(const walk *w, blame_place at)
{
    const ga_number *const a = number(w, at);
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
    if (blame_row(w->image->net, at.value)->product) {
        add(w, ORIGIN_PRODUCT_UNDERFLOW, at);
    } else if (is_there(behind) && judge_chosen(&chosen, w->image, behind)) {
        add(w, ORIGIN_CLASS_FLIP, chosen);
    } else {
        if (number(w, at)->klass == GA_ZERO)
            kind = judge_zero(w->image, at);
        else
            judge_fault(&kind, w->image, at);
        add(w, kind, at);
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
            add(w, judge_zero(w->image, at), at);
            break;
        }
        const term t = depends == DEPENDS_SUM ? largest_true(w, at) : only_term(w, at);
        if (is_there(t.main) && is_gone(w, t.main)) {
            if (is_there(t.side) && n_sides < ORIGIN_PATH)
                side[n_sides++] = t.side;
            at = t.main;
        } else if (is_there(t.side) && is_gone(w, t.side)) {
            at = t.side;
        } else {
            if (depends == DEPENDS_STORED)
                add(w, ORIGIN_STORE, at);
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
walk_to_zeros(origin *found, size_t *n, const blame_image *image, size_t j)
{
    walk w;
    walk_open(&w, found, n, image);
    walk_from(&w, (blame_place){ image->net->leaf, j }, true);
    walk_close(&w);
}

/* ---- the first fault --------------------------------------------------------------------------------------------- */

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
        term t = { nowhere, nowhere };
        if (depends == DEPENDS_SUM)
            t = largest_true(&w, at);
        else if (depends == DEPENDS_STORED)
            t = only_term(&w, at);
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
            add(w, ORIGIN_CLASS_FLIP, chosen);
        return flipped;
    }
    if (add_fault(w, at))
        return true;
    return row->also != NULL &&
           add_fault(w, (blame_place){ at.value, row->also(w->image, blame_maker(net, at.value),
                                                           blame_image_of(net, at.value, at.at)) });
}

static void walk_along_errors(walk *w, blame_place at);

void
walk_to_first_fault(origin *found, size_t *n, const blame_image *image, size_t j)
{
    blame_place path[ORIGIN_PATH];
    const size_t n_path = origin_path(path, image, j);
    bool any = false;
    walk w;
    walk_open(&w, found, n, image);
    for (size_t i = 0; i < n_path && !any; i++)
        any = blame_depends(image->net, path[i].value) == DEPENDS_GROUP ? add_group(&w, path[i]) : add_fault(&w, path[i]);
    if (!any)
        walk_along_errors(&w, (blame_place){ image->net->leaf, j });
    walk_close(&w);
}

/* ---- what is not finite ------------------------------------------------------------------------------------------ */

/* The first operand that is not finite, what was made earlier of a product's first; nowhere: none. *constants: those that no
   operation makes are all finite. */
static blame_place
first_not_finite(walk *w, bool *constants, blame_place at)
{
    const blame_net *const net = w->image->net;
    const size_t n_runs = runs_of(w, at);
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
    return nowhere;
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
    if (*n < MOST_ORIGINS)
        found[(*n)++] = (origin){ .kind = constants ? ORIGIN_OVERFLOW : ORIGIN_INVALID, .value = at.value, .at = at.at };
    walk_close(&w);
}

/* ---- the largest errors ------------------------------------------------------------------------------------------ */

/* r = the term of a tape, exactly but for WALK_BITS. */
static void
set_term(mpfr_ptr r, mpfr_ptr factor, const blame_tape *t, const blame_run *run, size_t k)
{
    const ga_number a = blame_tape_number(t, run->a, blame_run_a(run, k));
    blame_set(r, &a);
    if (run->b == NO_VALUE)
        return;
    const ga_number b = blame_tape_number(t, run->b, blame_run_b(run, k));
    blame_set(factor, &b);
    mpfr_mul(r, r, factor, MPFR_RNDN);
}

/* The term of the largest error |true - computed|; ties: the first. */
static term
largest_error(walk *w, blame_place at)
{
    const size_t n_runs = runs_of(w, at);
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
    return pick(w, n_runs, best);
}

static void
walk_along_errors(walk *w, blame_place at)
{
    for (;;) {
        const dependence depends = blame_depends(w->image->net, at.value);
        blame_place chosen;
        if (depends == DEPENDS_GROUP || depends == DEPENDS_NOT) {
            if (judge_chosen(&chosen, w->image, at))
                add(w, ORIGIN_CLASS_FLIP, chosen);
            else
                add_fault(w, at);
            return;
        }
        const term t = depends == DEPENDS_SUM ? largest_error(w, at) : only_term(w, at);
        const bool main = is_there(t.main) && judge_off(w->image, t.main), side = is_there(t.side) && judge_off(w->image, t.side);
        if (side)
            walk_along_errors(w, t.side);
        if (!main) {
            if (!side)
                add_fault(w, at);
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
    walk_along_errors(&w, (blame_place){ image->net->leaf, j });
    walk_close(&w);
}
