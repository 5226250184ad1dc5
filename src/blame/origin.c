/* SPDX-License-Identifier: Apache-2.0 */
/* origin.c -- which operations put an element right; see origin.h */
#include "blame/intervene.h"
#include "blame/judge.h"
#include "blame/memory.h"
#include "blame/walk.h"
#include "pass/truth.h"

/* What is not finite has origins in the forward pass, all of which is run again for each set of names: AGAIN_SLOTS are kept. */
enum { MOST_NOT_FINITE = 28 };

const char *const origin_names[N_ORIGINS] = {
    "sigma-absorption", "sigma-underflow", "softmax-absorption", "softmax-underflow", "product-underflow", "sum-underflow",
    "sum-cancellation", "product (inside BLAS)", "relu-flip", "overflow", "subnormal-loss", "cancellation", "argument-error",
    "accumulation", "class-flip", "invalid", "pool-flip", "store"
};

/* An element, and the tape that its origins are to put right. */
typedef struct {
    const blame_image *image;
    size_t j;
    ga_cell cell;
    origin *found;
    size_t n;
} search;

/* Whether number b depends on one of n numbers of value v from `first` on, through few at a time. */
static bool
depends_on(const blame_net *net, blame_place b, value_id v, size_t first, size_t n)
{
    if (b.value == v)
        return b.at >= first && b.at < first + n;
    if (!net->examined[b.value] || blame_reaches(net, v, b.value) == REACHES_NOT)
        return false;
    blame_run *const runs = blame_take(net->most_runs * sizeof *runs);
    const size_t n_runs = blame_runs(runs, net, b.value, b.at);
    bool depends = false;
    for (size_t r = 0; r < n_runs; r++)
        for (size_t k = 0; !depends && k < runs[r].n; k++)
            depends = depends_on(net, (blame_place){ runs[r].a, blame_run_a(runs + r, k) }, v, first, n) ||
                      (runs[r].b != NO_VALUE &&
                       depends_on(net, (blame_place){ runs[r].b, blame_run_b(runs + r, k) }, v, first, n));
    blame_give(runs, net->most_runs * sizeof *runs);
    return depends;
}

bool
origin_feeds(const blame_net *net, const origin *a, const origin *b)
{
    size_t first;
    if (a->value == b->value)
        return false;
    const blame_reach reach = blame_reaches(net, a->value, b->value);
    const bool of_images = net->p->value[a->value].rows == 0 && net->p->value[b->value].rows == 0;
    if (reach == REACHES_NOT ||
        (of_images && blame_image_of(net, a->value, a->at) != blame_image_of(net, b->value, b->at)))
        return false;
    const size_t n = blame_group(&first, net, a->value, a->at);
    switch (reach) {
    case REACHES_SAME:
        return b->at >= first && b->at < first + n;
    case REACHES_SOME:
        return depends_on(net, (blame_place){ b->value, b->at }, a->value, first, n);
    case REACHES_ALL:
    case REACHES_NOT:
        break;
    }
    return true;
}

/* What has been found, except those beside, the one left out and what it feeds; without = n: none is. */
static size_t
names_of(origin *names, const search *s, size_t without)
{
    size_t n = 0;
    for (size_t i = 0; i < s->n; i++) {
        const bool out = i == without || (without < s->n && origin_feeds(s->image->net, s->found + without, s->found + i));
        if (!out && !s->found[i].beside)
            names[n++] = s->found[i];
    }
    return n;
}

/* The tape with the truth at all that has been found. */
static const blame_tape *
run(const search *s)
{
    origin names[MOST_ORIGINS];
    return intervene_run(s->image->again, s->image, names, names_of(names, s, s->n), s->j);
}

static bool
is_right(const search *s, const blame_tape *tape)
{
    const value_id leaf = s->image->net->leaf;
    const ga_number *now = tape->value[leaf] + s->j;
    const ga_truth *truth = s->image->truth->truth[leaf] + s->j;
    if (!blame_is_finite(now) || truth->state == GA_UNDECIDED_ELEMENT)
        return blame_is_finite(now); /* only for an element that was not finite: no other gets a finding without the truth */
    if (now->sign != (truth->state == GA_TRUE_ZERO ? 0 : truth->sign))
        return false;
    if (s->cell != GA_CELL_INACCURATE)
        return true;
    const truth_side error = truth_relative_error(truth, now, s->image->tolerance);
    return error == TRUTH_BELOW || error == TRUTH_AT;
}

/* Run again with the truth at names. An undecided truth cannot be put in: nothing is shown then. */
static bool
is_right_with(const search *s, const origin *names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (s->image->truth->truth[names[i].value][names[i].at].state == GA_UNDECIDED_ELEMENT)
            return false;
    return is_right(s, intervene_run(s->image->again, s->image, names, n, s->j));
}

/* Whether the element is right with the truth at what has been found, one left out. */
static bool
is_right_without(const search *s, size_t without)
{
    origin names[MOST_ORIGINS];
    const size_t n = names_of(names, s, without);
    if (n == 0)
        return is_right(s, s->image->computed);
    const int judged = intervene_judge(s->image->again, s->image, names, n, s->j, s->cell);
    return judged >= 0 ? judged : is_right_with(s, names, n);
}

/* Walks on until the element is right, which it returns, or no more is found. */
static bool
find_more(search *s)
{
    const size_t most = s->cell == GA_CELL_NONFINITE || s->cell == GA_CELL_ABOVE_RANGE ? MOST_NOT_FINITE : MOST_ORIGINS;
    bool right = is_right_without(s, s->n);
    for (size_t before = 0; before < s->n && s->n < most && !right; right = is_right_without(s, s->n)) {
        blame_image view = *s->image;
        view.computed = run(s);
        before = s->n;
        if (blame_is_finite(view.computed->value[view.net->leaf] + s->j))
            walk_to_errors(s->found, &s->n, &view, s->j);
        else
            walk_to_not_finite(s->found, &s->n, &view, s->j);
    }
    return right;
}

static void
drop_what_is_not_needed(search *s)
{
    for (bool dropped = true; dropped;) {
        dropped = false;
        for (size_t i = s->n; i-- > 0;) {
            if (s->found[i].beside || !is_right_without(s, i))
                continue;
            s->found[i].beside = dropped = true;
            for (size_t k = 0; k < s->n; k++)
                s->found[k].beside = s->found[k].beside || origin_feeds(s->image->net, s->found + i, s->found + k);
        }
    }
}

static void
put_beside_last(search *s)
{
    for (size_t i = 1; i < s->n; i++)
        for (size_t k = i; k > 0 && s->found[k - 1].beside && !s->found[k].beside; k--) {
            const origin o = s->found[k];
            s->found[k] = s->found[k - 1];
            s->found[k - 1] = o;
        }
}

/* If the model or the input is itself not finite, there is no truth to put in. */
static bool
is_invalid(const search *s)
{
    return s->n == 1 && s->found[0].kind == ORIGIN_INVALID;
}

size_t
origin_find(origin *found, size_t *unlisted, const blame_image *image, size_t j, ga_cell cell)
{
    search s = { image, j, cell, found, 0 };
    *unlisted = 0;
    switch (cell) {
    case GA_CELL_WRONG_SIGN:
    case GA_CELL_INACCURATE:
    case GA_CELL_SPURIOUS:
        walk_to_first_fault(found, &s.n, image, j);
        break;
    case GA_CELL_LOST:
    case GA_CELL_BELOW_RANGE:
        walk_to_zeros(found, &s.n, image, j);
        break;
    case GA_CELL_NONFINITE:
    case GA_CELL_ABOVE_RANGE:
        walk_to_not_finite(found, &s.n, image, j);
        break;
    case GA_CELL_ZERO:
    case GA_CELL_RIGHT:
    case GA_CELL_UNDECIDED:
    case GA_CELLS:
        return 0;
    }
    if (is_invalid(&s))
        return 1;
    if (s.n > 0 && find_more(&s)) {
        drop_what_is_not_needed(&s);
        put_beside_last(&s);
        return s.n;
    }
    const size_t faults = judge_faults(image, (blame_place){ image->net->leaf, j });
    *unlisted = faults > s.n ? faults : s.n > 0 ? s.n : 1;
    return 0;
}
