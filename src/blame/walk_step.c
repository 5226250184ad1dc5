/* SPDX-License-Identifier: Apache-2.0 */
/* walk_step.c -- see walk_step.h */
#include <string.h>

#include "blame/judge.h"
#include "blame/memory.h"
#include "blame/walk_step.h"

void
walk_open(walk *w, origin *found, size_t *n, const blame_image *image)
{
    *w = (walk){ image, found, n, blame_take(image->net->most_runs * sizeof *w->runs) };
}

void
walk_close(walk *w)
{
    blame_give(w->runs, w->image->net->most_runs * sizeof *w->runs);
}

size_t
walk_runs(walk *w, blame_place at)
{
    return blame_runs(w->runs, w->image->net, at.value, at.at);
}

term
walk_only_term(walk *w, blame_place at)
{
    walk_runs(w, at);
    return term_of(w->image->net, w->runs, 0);
}

void
walk_add(walk *w, origin_kind kind, blame_place at)
{
    blame_place first;
    if (*w->n >= MOST_ORIGINS)
        return;
    const bool overflowed = judge_overflowed(&first, w->image, at);
    w->found[(*w->n)++] = (origin){ .kind = overflowed ? ORIGIN_OVERFLOW : kind, .value = overflowed ? first.value : at.value,
                                    .at = overflowed ? first.at : at.at };
}

bool
walk_add_fault(walk *w, blame_place at)
{
    origin_kind kind;
    if (!judge_fault(&kind, w->image, at))
        return false;
    walk_add(w, kind, at);
    return true;
}

/* frexp of |x|, which mostly is a normal number. */
static inline double
split(double x, int *exponent)
{
    uint64_t u;
    memcpy(&u, &x, sizeof u);
    const int e = (int)(u >> 52 & 0x7ff);
    if (e == 0 || e == 0x7ff)
        return frexp(fabs(x), exponent);
    *exponent = e - 1022;
    u = (u & ((UINT64_C(1) << 52) - 1)) | UINT64_C(1022) << 52;
    memcpy(&x, &u, sizeof u);
    return x;
}

/* |a| |b| = mantissa 2^exponent, 1/2 <= mantissa < 1; false for 0. */
static inline bool
magnitude(double *mantissa, int64_t *exponent, const ga_number *a, double b)
{
    int ea, eb;
    if (a->klass == GA_ZERO || b == 0)
        return false;
    *mantissa = split(a->mantissa * split(b, &eb), &ea);
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
                factor = blame_number(truth->constant + run->b, blame_run_b(run, k));
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

term
walk_pick(const walk *w, size_t n_runs, size_t k)
{
    for (size_t r = 0; r < n_runs; r++) {
        if (k < w->runs[r].n)
            return term_of(w->image->net, w->runs + r, k);
        k -= w->runs[r].n;
    }
    return (term){ NOWHERE, NOWHERE };
}

term
walk_largest_true(walk *w, blame_place at)
{
    uint32_t *const known = w->image->truth->largest[at.value] + at.at;
    const size_t n_runs = walk_runs(w, at);
    if (*known == 0)
        *known = (uint32_t)find_largest(w, n_runs) + 1;
    return walk_pick(w, n_runs, *known - 1);
}
