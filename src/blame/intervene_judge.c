/* SPDX-License-Identifier: Apache-2.0 */
/* intervene_judge.c -- an element judged without a run: the last sums of a slot as doubles with bounds, of which names in the tail
   change a few terms; see intervene.h */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "blame/again.h"
#include "blame/intervene.h"
#include "num/power.h"

enum { MOST_CHANGED = 256 };

/* 2^-exponent a, or 0 if that is below 2^-1000. */
static double
scaled_down(const ga_number *a, int64_t exponent)
{
    if (a->klass != GA_NORMAL && a->klass != GA_SUBNORMAL)
        return a->mantissa; /* 0, infinite, NaN */
    return a->exponent - exponent < -1000 ? 0 : times_power(a->mantissa, a->exponent - exponent);
}

/* The value whose numbers are the last sum's terms. */
static value_id
summed(const interventions *r)
{
    return blame_maker(r->net, r->last)->in[0];
}

/* All last sums at once, where those have the same numbers times constants that lie side by side. */
static void
add_side_by_side(interventions *r)
{
    const size_t size = blame_size(r->net, r->last);
    slot *const s = r->at;
    blame_run *const runs = r->runs;
    if (!blame_row(r->net, r->last)->all || size < 2 || blame_runs(runs, r->net, r->last, size - 1) != 1)
        return;
    const blame_run last = runs[0];
    if (blame_runs(runs, r->net, r->last, 0) != 1 || last.b == NO_VALUE || last.a_first != runs->a_first ||
        last.a_step != runs->a_step || last.n != runs->n || last.b_step != runs->b_step || last.b_first != runs->b_first + size - 1)
        return;
    for (size_t k = 0; k < last.n; k++) {
        const double factor = s->x[blame_run_a(&last, k)];
        const size_t first = runs->b_first + k * last.b_step;
        const blame_constant *const c = r->constant + last.b;
        double *restrict to = s->sum, *restrict bound = s->bound;
        if (factor == 0) /* a NaN stays in both */
            continue;
        if (c->f != NULL) {
            const float *restrict w = c->f + first;
#pragma omp simd
            for (size_t j = 0; j < size; j++) {
                const double term = factor * (double)w[j];
                to[j] += term;
                bound[j] += fabs(term);
            }
        } else {
            const double *restrict w = c->d + first;
#pragma omp simd
            for (size_t j = 0; j < size; j++) {
                const double term = factor * w[j];
                to[j] += term;
                bound[j] += fabs(term);
            }
        }
    }
    memset(s->summed, true, size * sizeof *s->summed);
}

/* What the last sums are of, without names in the tail. */
static bool
prepare_judging(interventions *r)
{
    slot *const s = r->at;
    const ga_number *const a = s->now.value[summed(r)];
    const size_t n = blame_size(r->net, summed(r)), size = blame_size(r->net, r->last);
    if (s->x == NULL && (s->x = malloc(n * sizeof *s->x)) == NULL)
        return false;
    s->exponent = INT64_MIN;
    for (size_t k = 0; k < n; k++)
        if (a[k].klass != GA_ZERO && a[k].exponent > s->exponent)
            s->exponent = a[k].exponent;
    for (size_t k = 0; k < n; k++)
        s->x[k] = scaled_down(a + k, s->exponent);
    memset(s->sum, 0, size * sizeof *s->sum);
    memset(s->bound, 0, size * sizeof *s->bound);
    memset(s->summed, 0, size * sizeof *s->summed);
    add_side_by_side(r);
    return s->judged = true;
}

/* The last sum of element j, whose runs are r's. */
static void
add_last(interventions *r, size_t n_runs, size_t j)
{
    slot *const s = r->at;
    for (size_t k = 0; k < n_runs && !s->summed[j]; k++) {
        const blame_run *const run = r->runs + k;
        for (size_t i = 0; i < run->n; i++) {
            const double w = run->b == NO_VALUE ? 1 : blame_number(r->constant + run->b, blame_run_b(run, i));
            const double term = s->x[blame_run_a(run, i)] * w;
            s->sum[j] += term;
            s->bound[j] += fabs(term);
        }
    }
    s->summed[j] = true;
}

/* A number of the tail with the names, unrounded: of products only; false for others. */
static bool
tail_judged(const interventions *r, ga_number *to, blame_place place)
{
    const blame_net *const net = r->net;
    *to = r->at->now.value[place.value][place.at];
    if (again_is_named(r, place)) {
        *to = r->image->truth->value[place.value][place.at];
        return true;
    }
    bool behind = false; /* a name is */
    for (size_t i = 0; i < r->n; i++) {
        const origin *const name = r->names + i;
        const blame_reach reach = blame_reaches(net, name->value, place.value);
        behind = behind || (r->tail[name->value] && !again_is_beyond(r, name->value) && name->value != place.value &&
                            reach != REACHES_NOT && (reach != REACHES_SAME || name->at == place.at));
    }
    if (!behind || !r->tail[place.value])
        return true;
    if (!blame_row(net, place.value)->product)
        return false;
    blame_run run;
    ga_number a, b;
    blame_runs(&run, net, place.value, place.at);
    if (run.divided || !net->examined[run.a] || !tail_judged(r, &a, (blame_place){ run.a, run.a_first }))
        return false;
    if (net->examined[run.b]) {
        if (!tail_judged(r, &b, (blame_place){ run.b, run.b_first }))
            return false;
    } else
        b = blame_tape_number(&r->at->now, run.b, run.b_first);
    const bool finite = blame_is_finite(&a) && blame_is_finite(&b);
    *to = (ga_number){ .klass = !finite ? GA_NAN : a.klass == GA_ZERO || b.klass == GA_ZERO ? GA_ZERO : GA_NORMAL,
                       .mantissa = a.mantissa * b.mantissa, .exponent = a.exponent + b.exponent };
    return true;
}

/* The numbers of the last sum that names of the tail reach; false: too many. */
static bool
find_changed(interventions *r, size_t *changed, size_t *n_changed)
{
    const blame_net *const net = r->net;
    *n_changed = 0;
    for (size_t i = 0; i < r->n; i++) {
        size_t first;
        const value_id v = r->names[i].value;
        if (!r->tail[v] || again_is_beyond(r, v))
            continue;
        if (blame_reaches(net, v, summed(r)) != REACHES_SAME)
            return false;
        const size_t n = blame_group(&first, net, v, r->names[i].at);
        for (size_t k = first; k < first + n; k++) {
            size_t seen = 0;
            while (seen < *n_changed && changed[seen] != k)
                seen++;
            if (seen < *n_changed)
                continue;
            if (*n_changed == MOST_CHANGED)
                return false;
            changed[(*n_changed)++] = k;
        }
    }
    return true;
}

/* The constant that element j's sum has with number k; 0: none. */
static double
coefficient(const interventions *r, size_t n_runs, size_t k)
{
    double w = 0;
    for (size_t m = 0; m < n_runs; m++) {
        const blame_run *const run = r->runs + m;
        const size_t step = run->n > 1 ? run->a_step : 1, i = step == 1 ? k - run->a_first : (k - run->a_first) / step;
        if (step == SIZE_MAX ? run->a_first - k < run->n : i < run->n && run->a_first + i * step == k) {
            const size_t term = step == SIZE_MAX ? run->a_first - k : i;
            w += run->b == NO_VALUE ? 1 : blame_number(r->constant + run->b, blame_run_b(run, term));
        }
    }
    return w;
}

/* Every quantity here is within 2^-20 of the run's, relative to the sum of its terms' magnitudes: the run rounds each product to at
   least 24 bits, the products of the tail before it, and then the sum, few roundings of 2^-24; here up to 10^6 additions of doubles
   err by at most 2^-32. Terms below 2^-1000 of the largest are left out, which is less. */
int
intervene_judge(interventions *r, const blame_image *image, const origin *names, size_t n, size_t j, ga_cell cell)
{
    const ga_truth *const wanted = image->truth->truth[r->net->leaf] + j;
    size_t changed[MOST_CHANGED], n_changed;
    if (wanted->state != GA_TRUE_NONZERO || !r->judges)
        return -1;
    for (size_t i = 0; i < n; i++) {
        if (image->truth->truth[names[i].value][names[i].at].state == GA_UNDECIDED_ELEMENT)
            return -1;
        if (names[i].value == r->net->leaf && names[i].at == j)
            return 1; /* the truth itself */
    }
    again_deep(r, image, names, n);
    slot *const s = r->at;
    if ((!s->judged && !prepare_judging(r)) || !find_changed(r, changed, &n_changed))
        return -1;
    const size_t n_runs = blame_runs(r->runs, r->net, r->last, j);
    add_last(r, n_runs, j);
    int64_t exponent = s->exponent;
    ga_number now[MOST_CHANGED];
    for (size_t i = 0; i < n_changed; i++) {
        if (!tail_judged(r, now + i, (blame_place){ summed(r), changed[i] }) || !blame_is_finite(now + i) ||
            !blame_is_finite(s->now.value[summed(r)] + changed[i]))
            return -1;
        if (now[i].klass != GA_ZERO && now[i].exponent > exponent)
            exponent = now[i].exponent;
    }
    bool changes = false; /* else the computed element stays as it is */
    if (s->any_changed[summed(r)])
        changes = again_changed(r, (blame_place){ r->last, j });
    if (exponent == INT64_MIN || (!changes && n_changed == 0))
        return 0; /* the sum is 0, or the element stays as it was computed */
    const int64_t down = s->exponent == INT64_MIN || exponent - s->exponent > 1000 ? 1000 : exponent - s->exponent;
    double total = down == 1000 ? 0 : ldexp(s->sum[j], -(int)down), bound = down == 1000 ? 0 : ldexp(s->bound[j], -(int)down);
    for (size_t i = 0; i < n_changed; i++) {
        const double w = coefficient(r, n_runs, changed[i]);
        const double was = scaled_down(s->now.value[summed(r)] + changed[i], exponent) * w, is = scaled_down(now + i, exponent) * w;
        total += is - was;
        bound += fabs(is) + fabs(was);
        changes = changes || fabs(is - was) > 0x1p-18 * fabs(is);
    }
    const ga_number *truth = image->truth->value[r->net->leaf] + j;
    const double slack = bound * 0x1p-20 + 0x1p-900, t = scaled_down(truth, exponent);
    if (!changes || !(bound < 0x1p900) || truth->exponent - exponent > 900)
        return -1;
    if (cell != GA_CELL_INACCURATE)
        return fabs(total) <= slack ? -1 : (total > 0) == (truth->sign > 0);
    const double error = fabs(total - t), most = image->tolerance * fabs(t);
    return fabs(error - most) <= slack ? -1 : error < most;
}
