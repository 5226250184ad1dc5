/* SPDX-License-Identifier: Apache-2.0 */
/* origin.c -- which operations put an element right; see origin.h */
#include <string.h>

#include "blame/cone.h"
#include "blame/intervene.h"
#include "blame/judge.h"
#include "blame/memory.h"
#include "blame/walk.h"
#include "pass/truth.h"

/* What is not finite has origins in the forward pass, all of which is run again for each set of names: AGAIN_SLOTS are kept. In
   formats of few digits only a run tells what is right (blame/intervene_judge.c), and most elements are wrong. */
enum { MOST_NOT_FINITE = 28, MOST_NARROW = 16 };

const char *const origin_names[N_ORIGINS] = {
    "sigma-absorption", "sigma-underflow", "softmax-absorption", "softmax-underflow", "product-underflow", "sum-underflow",
    "sum-cancellation", "product (inside BLAS)", "relu-flip", "overflow", "subnormal-loss", "cancellation", "argument-error",
    "accumulation", "class-flip", "invalid", "pool-flip", "store", "sum-rounding", "rounded-model",
    "operand-flushed"
};

/* Adds to a cone what one of its numbers depends on, of values that lead somewhere. */
static void
add_terms(cone *c, const bool *leads, blame_place at)
{
    const size_t n_runs = blame_runs(c->runs, c->net, at.value, at.at);
    for (size_t r = 0; r < n_runs; r++) {
        const blame_run *const run = c->runs + r;
        const bool a = leads[run->a] && !cone_has_all(c, run->a);
        const bool b = run->b != NO_VALUE && leads[run->b] && !cone_has_all(c, run->b);
        for (size_t k = 0; (a || b) && k < run->n; k++) {
            if (a)
                cone_add(c, run->a, blame_run_a(run, k));
            if (b)
                cone_add(c, run->b, blame_run_b(run, k));
        }
    }
}

/* An element, and the tape that its origins are to put right. feeds[a][b]: what origin_feeds says of what was found, as far as
   it has been asked; once all is found. */
typedef enum { NOT_ASKED, FEEDS, FEEDS_NOT } fed;
typedef struct {
    const blame_image *image;
    size_t j;
    ga_cell cell;
    origin *found;
    size_t n;
    bool asked; /* else feeds is not there yet */
    fed feeds[MOST_ORIGINS][MOST_ORIGINS];
} search;

/* As far as the values say it; NOT_ASKED: only some numbers of b's depend on a. */
static fed
ask_values(const blame_net *net, const origin *a, const origin *b)
{
    size_t first;
    const blame_reach reach = a->value == b->value ? REACHES_NOT : blame_reaches(net, a->value, b->value);
    const bool of_images = net->p->value[a->value].rows == 0 && net->p->value[b->value].rows == 0;
    if (reach == REACHES_NOT || (of_images && blame_image_of(net, a->value, a->at) != blame_image_of(net, b->value, b->at)))
        return FEEDS_NOT;
    const size_t n = blame_group(&first, net, a->value, a->at);
    if (reach == REACHES_SAME)
        return b->at >= first && b->at < first + n ? FEEDS : FEEDS_NOT;
    return reach == REACHES_SOME ? NOT_ASKED : FEEDS;
}

static fed
ask_cone(const cone *c, const origin *a)
{
    size_t first;
    const size_t n = blame_group(&first, c->net, a->value, a->at);
    for (size_t k = first; k < first + n; k++)
        if (c->seen[a->value][k])
            return FEEDS;
    return FEEDS_NOT;
}

/* Sets feeds[i] for each of n origins: whether b depends on it. */
static void
ask_all(fed *feeds, const blame_net *net, const origin *a, size_t n, const origin *b)
{
    const size_t n_values = net->p->n_values;
    bool *const leads = blame_take(n_values * sizeof *leads); /* [value]: to one of those that only some numbers depend on */
    bool any = false;
    memset(leads, 0, n_values * sizeof *leads);
    for (size_t i = 0; i < n; i++) {
        feeds[i] = ask_values(net, a + i, b);
        for (size_t v = 0; feeds[i] == NOT_ASKED && v < n_values; v++)
            leads[v] = leads[v] || v == a[i].value || (net->examined[v] && blame_reaches(net, a[i].value, v) != REACHES_NOT);
        any = any || feeds[i] == NOT_ASKED;
    }
    if (any) {
        cone c;
        cone_open(&c, net, (blame_place){ b->value, b->at });
        for (size_t k = 0; k < c.n; k++)
            add_terms(&c, leads, c.number[k]);
        for (size_t i = 0; i < n; i++)
            feeds[i] = feeds[i] == NOT_ASKED ? ask_cone(&c, a + i) : feeds[i];
        cone_close(&c);
    }
    blame_give(leads, n_values * sizeof *leads);
}

bool
origin_feeds(const blame_net *net, const origin *a, const origin *b)
{
    fed feeds;
    ask_all(&feeds, net, a, 1, b);
    return feeds == FEEDS;
}

/* Of what has been found; those beside too. */
static bool
feeds(search *s, size_t a, size_t b)
{
    fed of[MOST_ORIGINS];
    if (!s->asked)
        memset(s->feeds, NOT_ASKED, s->n * sizeof *s->feeds);
    s->asked = true;
    if (s->feeds[a][b] == NOT_ASKED) {
        ask_all(of, s->image->net, s->found, s->n, s->found + b);
        for (size_t i = 0; i < s->n; i++)
            s->feeds[i][b] = of[i];
    }
    return s->feeds[a][b] == FEEDS;
}

/* What has been found, except those beside, the one left out and what it feeds; without = n: none is. */
static size_t
names_of(origin *names, search *s, size_t without)
{
    size_t n = 0;
    for (size_t i = 0; i < s->n; i++) {
        const bool out = i == without || (without < s->n && feeds(s, without, i));
        if (!out && !s->found[i].beside)
            names[n++] = s->found[i];
    }
    return n;
}

/* The tape with the truth at all that has been found. */
static const blame_tape *
run(search *s)
{
    origin names[MOST_ORIGINS];
    return intervene_run(s->image->again, s->image, names, names_of(names, s, s->n), s->j);
}

/* Off by at most an ulp, whatever the format's range: few digits do not make an element inaccurate. */
static bool
is_within_ulp(const search *s, const ga_number *now, const ga_truth *truth)
{
    int64_t binade;
    int scale;
    const long bits = recipe_last(&scale, s->image->e.format).bits;
    if (bits >= 24 || !truth_binade(&binade, truth))
        return false;
    const truth_side ulps = truth_distance(truth, now, binade - (bits - 1));
    return ulps == TRUTH_BELOW || ulps == TRUTH_AT;
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
    return error == TRUTH_BELOW || error == TRUTH_AT || is_within_ulp(s, now, truth);
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
is_right_without(search *s, size_t without)
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
    const size_t most = recipe_least_bits(s->image->e.format) < 24 ? MOST_NARROW
                        : s->cell == GA_CELL_NONFINITE || s->cell == GA_CELL_ABOVE_RANGE ? MOST_NOT_FINITE
                                                                                          : MOST_ORIGINS;
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
                s->found[k].beside = s->found[k].beside || feeds(s, i, k);
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
    search s; /* feeds is large */
    s.image = image;
    s.j = j;
    s.cell = cell;
    s.found = found;
    s.n = 0;
    s.asked = false;
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
