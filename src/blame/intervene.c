/* SPDX-License-Identifier: Apache-2.0 */
/* intervene.c -- see intervene.h. The numbers between the gradient's last sum and the sums before it, its tail, differ from
   element to element: a run is kept for each set of names outside it. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "blame/group.h"
#include "blame/intervene.h"
#include "blame/judge.h"
#include "blame/memory.h"
#include "graph/op_graph.h"
#include "num/mpfr_vec.h"

enum { TERM_BITS = 2 * 53, SLOTS = 32, MOST_CHANGED = 256 };

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
    value_id last;           /* what the gradient's last sum makes; */
    bool *reaches, *tail;    /* [value]: the gradient depends on it; few terms of the last sum do on each number */
    bool judges;             /* the last sum is the gradient itself, and its second factors are constants */
    const blame_tape *computed; /* of the image whose runs the slots have, and which reading of it and of its truth */
    uint64_t readings, true_readings;
    const blame_image *image;
    const origin *names;
    size_t n, next;
    slot s[SLOTS], *at;
    groups *groups;
    blame_run *runs;
    size_t *readers;
    bool *affected;          /* of an output: its operands have changed */
    size_t n_terms;
    __mpfr_struct *term, *t, *factor, *rounded;
    mpfr_ptr *terms;
};

/* ---- the workspace ---------------------------------------------------------------------------------------------- */

static void
slot_free(slot *s, size_t n_values)
{
    for (size_t v = 0; v < n_values; v++) {
        if (s->now.value != NULL)
            free(s->now.value[v]);
        if (s->changed != NULL)
            free(s->changed[v]);
    }
    free(s->now.value);
    free(s->changed);
    free(s->any_changed);
    free(s->deep);
    blame_give(s->undo, s->room_undo * sizeof *s->undo);
    free(s->x);
    free(s->sum);
    free(s->bound);
    free(s->summed);
}

static void
free_terms(interventions *r)
{
    blame_give(r->term, mpfr_vec_size(r->n_terms, 53));
    blame_give(r->terms, r->n_terms * sizeof *r->terms);
}

void
intervene_free(interventions *r)
{
    if (r == NULL)
        return;
    for (size_t i = 0; i < SLOTS; i++)
        slot_free(r->s + i, r->net->p->n_values);
    groups_free(r->groups);
    free(r->reaches);
    free(r->tail);
    free(r->runs);
    free(r->readers);
    free(r->affected);
    free_terms(r);
    free(r->t);
    free(r->factor);
    free(r->rounded);
    free(r);
}

static bool
slot_new(slot *s, const blame_net *net)
{
    const size_t n = net->p->n_values;
    s->now.net = net;
    s->now.value = calloc(n, sizeof *s->now.value);
    s->changed = calloc(n, sizeof *s->changed);
    s->any_changed = calloc(n, sizeof *s->any_changed);
    s->deep = calloc(MOST_ORIGINS, sizeof *s->deep);
    s->sum = calloc(blame_size(net, net->leaf), sizeof *s->sum);
    s->bound = calloc(blame_size(net, net->leaf), sizeof *s->bound);
    if (s->now.value == NULL || s->changed == NULL || s->any_changed == NULL || s->deep == NULL || s->sum == NULL ||
        s->bound == NULL)
        return false;
    for (size_t v = 0; v < n; v++)
        if (net->kept[v] && ((s->now.value[v] = calloc(blame_size(net, v), sizeof **s->now.value)) == NULL ||
                             (s->changed[v] = calloc(blame_size(net, v), sizeof **s->changed)) == NULL))
            return false;
    s->summed = calloc(blame_size(net, net->leaf), sizeof *s->summed); /* the last: all is there */
    return s->summed != NULL;
}

/* Whether an instruction makes few numbers of each that it takes. */
static bool
is_sparse(const instruction *i)
{
    const op_blame *const row = op_blame_of(i->op);
    return row->out[0] != DEPENDS_GROUP && row->out[0] != DEPENDS_NOT && (row->same || row->few);
}

/* What is chosen is run again with its choices, whether a gradient takes these too or not. */
static void
find_choices(interventions *r)
{
    for (size_t k = r->net->p->n_once; k < r->net->p->n_backward; k++) {
        const instruction *const i = r->net->p->code + k;
        const op_blame *const row = op_blame_of(i->op);
        if (row->out[0] == DEPENDS_SUM && row->flips > 0 && r->reaches[i->out[0]])
            r->reaches[i->out[row->flips]] = true;
    }
}

/* The last sum, and the tail: what is read by it, or by instructions that make few numbers, of the tail, of each that they take. */
static void
find_tail(interventions *r)
{
    const blame_net *const net = r->net;
    const program *const p = net->p;
    r->last = net->leaf;
    while (blame_depends(net, r->last) == DEPENDS_STORED || blame_row(net, r->last)->product)
        r->last = blame_maker(net, r->last)->in[0];
    for (size_t v = 0; v < p->n_values; v++)
        r->tail[v] = r->reaches[v] = net->kept[v] && blame_reaches(net, v, net->leaf) != REACHES_NOT;
    find_choices(r);
    for (size_t k = p->n_backward; k-- > p->n_once;) {
        const instruction *const i = p->code + k;
        for (size_t o = 0; o < op_graph_of(i->op)->n_out; o++) {
            if (!net->examined[i->out[o]] || !r->reaches[i->out[o]] || i->out[o] == r->last)
                continue;
            for (size_t n = 0; (!is_sparse(i) || !r->tail[i->out[o]]) && n < op_graph_of(i->op)->n_in; n++)
                r->tail[i->in[n]] = false;
        }
    }
    const instruction *const last = blame_maker(net, r->last);
    r->judges = r->last == net->leaf && !op_blame_of(last->op)->selects && blame_depends(net, r->last) == DEPENDS_SUM;
    for (size_t n = 1; n < op_graph_of(last->op)->n_in; n++)
        r->judges = r->judges && !net->kept[last->in[n]];
}

interventions *
intervene_new(const blame_net *net, const ga_estimator *e)
{
    interventions *r = calloc(1, sizeof *r);
    size_t most = 1;
    if (r == NULL)
        return NULL;
    r->net = net;
    r->reaches = calloc(net->p->n_values, sizeof *r->reaches);
    r->tail = calloc(net->p->n_values, sizeof *r->tail);
    r->runs = calloc(net->most_runs, sizeof *r->runs);
    r->readers = calloc(net->most_readers, sizeof *r->readers);
    for (size_t v = 0; v < net->p->n_values; v++)
        most = net->kept[v] && blame_size(net, v) > most ? blame_size(net, v) : most;
    r->affected = calloc(most, sizeof *r->affected);
    r->t = mpfr_vec_new(1, TERM_BITS);
    r->factor = mpfr_vec_new(1, 53);
    r->rounded = mpfr_vec_new(1, 53);
    r->groups = groups_new(net, e);
    bool ok = r->reaches != NULL && r->tail != NULL && r->runs != NULL && r->readers != NULL && r->affected != NULL &&
              r->t != NULL && r->factor != NULL && r->rounded != NULL && r->groups != NULL;
    ok = ok && slot_new(r->s, net); /* the others when they are needed */
    if (!ok) {
        intervene_free(r);
        return NULL;
    }
    find_tail(r);
    return r;
}

/* ---- numbers run again ------------------------------------------------------------------------------------------ */

/* to = t, rounded to the format's precision, which is at most that of to, 53 bits. */
static void
finish(mpfr_ptr to, const interventions *r)
{
    mp_limb_t limb[(53 + GMP_NUMB_BITS - 1) / GMP_NUMB_BITS];
    __mpfr_struct own;
    mpfr_custom_init_set(&own, MPFR_ZERO_KIND, 0, r->image->e.format.bits, limb);
    mpfr_set(&own, r->t, MPFR_RNDN);
    mpfr_set(to, &own, MPFR_RNDN);
}

static void
make_terms(interventions *r, size_t n)
{
    if (n <= r->n_terms)
        return;
    free_terms(r);
    r->n_terms = 2 * n;
    r->term = mpfr_vec_at(blame_take(mpfr_vec_size(r->n_terms, 53)), r->n_terms, 53);
    r->terms = blame_take(r->n_terms * sizeof *r->terms);
}

/* x, not subnormal, rounded to so many bits, to nearest and even. */
static double
rounded_to(double x, int bits)
{
    uint64_t u;
    memcpy(&u, &x, sizeof u);
    const uint64_t last = UINT64_C(1) << (53 - bits);
    u = (u + (last / 2 - (bits < 53)) + (bits < 53 ? u / last & 1 : 0)) & ~(last - 1);
    memcpy(&x, &u, sizeof u);
    return x;
}

/* The sum of rounded terms so far, 2^exponent (sum + rest), where rest has what additions lost, and the sum of magnitudes. */
typedef struct {
    int64_t exponent;
    double sum, rest, magnitude;
    int bits;
} quick;

/* Adds a w 2^shift, that product rounded if it is one of two; false: not exactly. The size of w is from 2^-160 to 2^160, so that
   nothing leaves the range. */
enum { QUICK_SPAN = 500 };
static inline bool
quick_add(quick *q, const ga_number *a, double w, int64_t shift, bool product)
{
    if (!blame_is_finite(a) || !(fabs(w) < 0x1p160))
        return false;
    if (a->klass == GA_ZERO || w == 0)
        return true;
    const int64_t down = a->exponent + shift - q->exponent;
    if (fabs(w) < 0x1p-160 || down < -QUICK_SPAN)
        return false;
    double x = a->mantissa * w;
    const double lost = fma(a->mantissa, w, -x);
    if (product && q->bits < 53) {
        uint64_t u;
        memcpy(&u, &x, sizeof u);
        const uint64_t last = UINT64_C(1) << (53 - q->bits);
        if (lost != 0 && (u & (last - 1)) == last / 2)
            return false; /* a tie of x, not of the product */
        x = rounded_to(x, q->bits);
    }
    const uint64_t power = (uint64_t)(1023 + down) << 52;
    double scale;
    memcpy(&scale, &power, sizeof scale);
    x *= scale;
    const double sum = q->sum + x, part = sum - x;
    q->rest += (x - (sum - part)) + (q->sum - part);
    q->sum = sum;
    q->magnitude += fabs(x);
    return true;
}

/* The sum, rounded as mpfr_sum rounds it; false: not known. n additions of what was lost, each at most 2^-53 of the magnitudes, err
   by at most n 2^-106 of n magnitudes. */
static bool
quick_end(ga_number *to, const quick *q, size_t n)
{
    const double error = q->magnitude * (double)n * (double)n * 0x1p-104;
    const double sum = q->sum + q->rest, rest = q->rest - (sum - q->sum);
    int exponent;
    if (q->magnitude == 0) {
        *to = (ga_number){ .klass = GA_ZERO };
        return true;
    }
    if (!(fabs(sum) > 0x1p-900))
        return false;
    if (q->bits == 53 ? sum + (rest + error) != sum || sum + (rest - error) != sum
                      : rounded_to(sum - (fabs(rest) + error) * 2 - fabs(sum) * 0x1p-52, q->bits) !=
                            rounded_to(sum + (fabs(rest) + error) * 2 + fabs(sum) * 0x1p-52, q->bits))
        return false;
    const double m = 2 * frexp(rounded_to(sum, q->bits), &exponent);
    *to = (ga_number){ .klass = GA_NORMAL, .sign = sum > 0 ? 1 : -1, .mantissa = m, .exponent = q->exponent + exponent - 1 };
    return true;
}

/* What `sum` and `finish` make, in doubles; false: not known. */
static bool
quick_sum(ga_number *to, const interventions *r, value_id v, size_t n_runs)
{
    const bool selects = blame_row(r->net, v)->selects;
    quick q = { .exponent = INT64_MIN, .bits = (int)r->image->e.format.bits };
    size_t n = 0;
    for (size_t k = 0; k < n_runs; k++) {
        const blame_run *const run = r->runs + k;
        const ga_number *const a = r->at->now.value[run->a], *const b = run->b != NO_VALUE ? r->at->now.value[run->b] : NULL;
        n += run->n;
        for (size_t i = 0; a != NULL && i < run->n; i++) {
            const ga_number *const x = a + run->a_first + i * run->a_step;
            const int64_t e = x->exponent + (b != NULL ? b[run->b_first + i * run->b_step].exponent : 0);
            if (x->klass != GA_ZERO && e > q.exponent)
                q.exponent = e;
        }
        for (size_t i = 0; a == NULL && i < run->n; i++) {
            const ga_number x = blame_tape_number(&r->at->now, run->a, run->a_first + i * run->a_step);
            if (x.klass != GA_ZERO && x.exponent > q.exponent)
                q.exponent = x.exponent;
        }
    }
    if (q.exponent == INT64_MIN)
        q.exponent = 0;
    for (size_t k = 0; k < n_runs; k++) {
        const blame_run *const run = r->runs + k;
        const ga_number *const a = r->at->now.value[run->a], *const b = run->b != NO_VALUE ? r->at->now.value[run->b] : NULL;
        const blame_constant *const c = run->b != NO_VALUE && b == NULL ? r->net->constant + run->b : NULL;
        for (size_t i = 0; i < run->n; i++) {
            const size_t from = run->a_first + i * run->a_step, with = run->b_first + i * run->b_step;
            const ga_number x = a != NULL ? a[from] : blame_tape_number(&r->at->now, run->a, from);
            if (c != NULL ? !quick_add(&q, &x, blame_number(c, with), 0, true)
                : b == NULL ? !quick_add(&q, &x, 1, 0, false)
                            : !(selects && b[with].klass == GA_ZERO) &&
                                  (!blame_is_finite(b + with) || !quick_add(&q, &x, b[with].mantissa, b[with].exponent, true)))
                return false;
        }
    }
    return quick_end(to, &q, n);
}

/* t = the sum of a value's rounded terms, now. */
static void
sum(interventions *r, value_id v, size_t n_runs)
{
    const bool selects = blame_row(r->net, v)->selects;
    size_t used = 0, n = 0;
    for (size_t k = 0; k < n_runs; k++)
        n += r->runs[k].n;
    make_terms(r, n);
    for (size_t k = 0; k < n_runs; k++) {
        const blame_run *const run = r->runs + k;
        const bool constant = run->b != NO_VALUE && !r->net->kept[run->b];
        for (size_t i = 0; i < run->n; i++) {
            const ga_number a = blame_tape_number(&r->at->now, run->a, run->a_first + i * run->a_step);
            if (a.klass == GA_ZERO && (constant || run->b == NO_VALUE))
                continue;
            if (run->b == NO_VALUE) {
                blame_set(r->term + used, &a);
            } else {
                blame_set(r->factor, &a);
                if (constant)
                    mpfr_mul_d(r->t, r->factor, blame_number(r->net->constant + run->b, run->b_first + i * run->b_step), MPFR_RNDN);
                else {
                    const ga_number b = r->at->now.value[run->b][run->b_first + i * run->b_step];
                    if (selects && b.klass == GA_ZERO)
                        continue;
                    blame_set(r->rounded, &b);
                    mpfr_mul(r->t, r->factor, r->rounded, MPFR_RNDN);
                } /* exact */
                finish(r->term + used, r);
            }
            r->terms[used] = r->term + used;
            used++;
        }
    }
    mpfr_sum(r->t, r->terms, used, MPFR_RNDN);
}

static void
set_number(interventions *r, blame_place place, ga_number number, bool changed)
{
    slot *const s = r->at;
    s->now.value[place.value][place.at] = number;
    s->changed[place.value][place.at] = changed;
    s->any_changed[place.value] = s->any_changed[place.value] || changed;
}

static bool
is_same_number(const ga_number *a, const ga_number *b)
{
    return (a->klass == GA_ZERO) == (b->klass == GA_ZERO) && a->exponent == b->exponent && a->mantissa == b->mantissa;
}

/* Runs a sum or what is stored again. Whether it is another than the computed one. */
static bool
again(interventions *r, blame_place place)
{
    const op_blame *const row = blame_row(r->net, place.value);
    const size_t n_runs = blame_runs(r->runs, r->net, place.value, place.at);
    ga_number new;
    if (blame_depends(r->net, place.value) == DEPENDS_STORED) {
        const ga_number from = blame_tape_number(&r->at->now, r->runs->a, r->runs->a_first);
        blame_set(r->t, &from);
        row->store(r->t, blame_maker(r->net, place.value));
        finish(r->rounded, r);
        mpfr_vec_number(&new, r->rounded);
    } else if (!quick_sum(&new, r, place.value, n_runs)) {
        sum(r, place.value, n_runs);
        finish(r->rounded, r);
        mpfr_vec_number(&new, r->rounded);
    }
    r->at->now.value[place.value][place.at] = new;
    return !is_same_number(&new, r->image->computed->value[place.value] + place.at);
}

/* Whether the number is named. */
static bool
is_named(const interventions *r, blame_place place)
{
    for (size_t i = 0; i < r->n; i++) {
        size_t first;
        if (r->names[i].value != place.value)
            continue;
        const size_t n = blame_group(&first, r->net, place.value, r->names[i].at);
        if (place.at >= first && place.at < first + n)
            return true;
    }
    return false;
}

static bool
any_named(const interventions *r, value_id v)
{
    bool named = false;
    for (size_t i = 0; i < r->n; i++)
        named = named || r->names[i].value == v;
    return named;
}

/* Whether one of the operands of a number has changed; a mask is none of what it chose, which stays if the window does. */
static bool
operands_changed(interventions *r, blame_place place)
{
    const slot *const s = r->at;
    const size_t n_runs = blame_runs(r->runs, r->net, place.value, place.at);
    for (size_t k = 0; k < n_runs; k++) {
        const blame_run *const run = r->runs + k;
        const bool *const a = r->net->examined[run->a] && s->any_changed[run->a] ? s->changed[run->a] : NULL;
        const bool other = run->b != NO_VALUE && r->net->examined[run->b] && r->net->maker[run->b] != r->net->maker[place.value];
        const bool *const b = other && s->any_changed[run->b] ? s->changed[run->b] : NULL;
        for (size_t i = 0; a != NULL && i < run->n; i++)
            if (a[run->a_first + i * run->a_step])
                return true;
        for (size_t i = 0; b != NULL && i < run->n; i++)
            if (b[run->b_first + i * run->b_step])
                return true;
    }
    return false;
}

/* ---- up to the last sum ----------------------------------------------------------------------------------------- */

static void
put(interventions *r, blame_place place)
{
    set_number(r, place, r->image->truth->value[place.value][place.at], true);
}

/* Which numbers of an instruction's output read one of its operand's. */
static size_t
find_readers(interventions *r, const instruction *i, size_t operand, size_t at)
{
    const op_blame *const row = op_blame_of(i->op);
    if (row->readers != NULL)
        return row->readers(r->readers, &r->net->shape, i, operand, at);
    r->readers[0] = at;
    return 1;
}

/* Sets affected[number] of an output whose operands have changed: by what reads those, if that is known. */
static void
find_affected(interventions *r, const instruction *i, value_id v)
{
    const op_blame *const row = op_blame_of(i->op);
    const slot *const s = r->at;
    const size_t size = blame_size(r->net, v);
    const bool by_readers = r->net->output[v] == 0 && (row->same || row->readers != NULL);
    memset(r->affected, 0, size * sizeof *r->affected);
    for (size_t n = 0; !by_readers && n < size; n++)
        r->affected[n] = operands_changed(r, (blame_place){ v, n });
    for (size_t o = 0; by_readers && o < op_graph_of(i->op)->n_in; o++) {
        const value_id from = i->in[o];
        for (size_t at = 0; r->net->examined[from] && s->any_changed[from] && at < blame_size(r->net, from); at++) {
            if (!s->changed[from][at])
                continue;
            const size_t n = find_readers(r, i, o, at);
            for (size_t m = 0; m < n; m++)
                r->affected[r->readers[m]] = true;
        }
    }
}

/* An output of instruction k; *ran: what is made as a group has been run. */
static void
output_again(interventions *r, size_t k, value_id v, bool operands, bool *ran)
{
    const bool named = any_named(r, v), group = blame_depends(r->net, v) == DEPENDS_GROUP;
    if (operands)
        find_affected(r, r->net->p->code + k, v);
    for (size_t n = 0; n < blame_size(r->net, v); n++) {
        const blame_place place = { v, n };
        if (named && is_named(r, place)) {
            put(r, place);
        } else if (operands && r->affected[n]) {
            if (group) {
                if (!*ran)
                    groups_run(r->groups, k, r->at->now.value, r->image->label);
                *ran = true;
                set_number(r, place, groups_made(r->groups, v, n), true);
            } else {
                const bool changed = again(r, place);
                set_number(r, place, r->at->now.value[v][n], changed);
            }
        }
    }
}

/* The computed tape, run again from its deep names on. */
static void
run_deep(interventions *r)
{
    const blame_net *const net = r->net;
    slot *const s = r->at;
    for (size_t v = 0; v < net->p->n_values; v++) {
        s->any_changed[v] = false;
        if (!r->reaches[v])
            continue;
        memcpy(s->now.value[v], r->image->computed->value[v], blame_size(net, v) * sizeof **s->now.value);
        memset(s->changed[v], 0, blame_size(net, v) * sizeof **s->changed);
    }
    for (size_t k = net->p->n_once; k < net->maker[r->last]; k++) {
        const instruction *const i = net->p->code + k;
        bool operands = false, ran = false;
        for (size_t o = 0; o < op_graph_of(i->op)->n_in; o++)
            operands = operands || (net->examined[i->in[o]] && s->any_changed[i->in[o]]);
        for (size_t o = op_graph_of(i->op)->n_out; o-- > 0;) { /* masks before what they choose, which a named mask leaves */
            const value_id v = i->out[o];
            if (!net->examined[v] || !r->reaches[v] || !(operands || any_named(r, v)))
                continue;
            output_again(r, k, v, operands, &ran);
        }
    }
    s->judged = false;
    s->ready = true;
}

/* Undoes the tail's names. */
static void
undo(slot *s)
{
    while (s->n_undo > 0) {
        const before *const b = s->undo + --s->n_undo;
        s->now.value[b->place.value][b->place.at] = b->number;
        s->changed[b->place.value][b->place.at] = b->changed;
    }
}

static bool
are_same(const origin *a, size_t n_a, const origin *b, size_t n_b)
{
    bool all = n_a == n_b;
    for (size_t i = 0; all && i < n_a; i++)
        all = a[i].value == b[i].value && a[i].at == b[i].at;
    return all;
}

/* Whether a name is beyond the last sum, or what that makes. */
static bool
is_beyond(const interventions *r, value_id v)
{
    return r->net->maker[v] >= r->net->maker[r->last];
}

/* The next slot; the first, which is always there, if there is no memory for more. */
static slot *
new_slot(interventions *r)
{
    slot *const s = r->s + r->next++ % SLOTS;
    if (s->summed != NULL || slot_new(s, r->net))
        return s;
    slot_free(s, r->net->p->n_values);
    *s = (slot){ .ready = false };
    return r->s;
}

/* Finds a slot for the deep names, and runs them there unless done. */
static void
deep_again(interventions *r, const blame_image *image, const origin *names, size_t n)
{
    origin deep[MOST_ORIGINS];
    size_t n_deep = 0;
    if (r->computed != image->computed || r->readings != image->computed->readings ||
        r->true_readings != image->truth->readings)
        for (size_t i = 0; i < SLOTS; i++)
            r->s[i].ready = false;
    r->computed = image->computed;
    r->readings = image->computed->readings;
    r->true_readings = image->truth->readings;
    r->image = image;
    for (size_t i = 0; i < n; i++)
        if (!r->tail[names[i].value] && !is_beyond(r, names[i].value))
            deep[n_deep++] = names[i];
    r->at = NULL;
    for (size_t i = 0; i < SLOTS && r->at == NULL; i++)
        if (r->s[i].ready && are_same(r->s[i].deep, r->s[i].n_deep, deep, n_deep))
            r->at = r->s + i;
    if (r->at != NULL) {
        undo(r->at);
    } else {
        r->at = new_slot(r);
        r->at->n_undo = 0;
        r->at->n_deep = n_deep;
        memcpy(r->at->deep, deep, n_deep * sizeof *deep);
        r->names = r->at->deep;
        r->n = n_deep;
        run_deep(r);
    }
    r->names = names;
    r->n = n;
}

/* ---- the tail, and the last sum --------------------------------------------------------------------------------- */

/* Notes what a number is, to be undone. */
static void
note(slot *s, blame_place place)
{
    if (s->n_undo == s->room_undo) {
        const size_t room = 2 * s->room_undo + 64;
        before *const more = blame_take(room * sizeof *more);
        if (s->n_undo > 0)
            memcpy(more, s->undo, s->n_undo * sizeof *more);
        blame_give(s->undo, s->room_undo * sizeof *s->undo);
        s->undo = more;
        s->room_undo = room;
    }
    s->undo[s->n_undo++] = (before){ place, s->now.value[place.value][place.at], s->changed[place.value][place.at] };
}

/* A number that may depend on what has changed: run again or, if it does not after all, as it was computed. */
static void
number_again(interventions *r, blame_place place)
{
    if (operands_changed(r, place)) {
        const bool changed = again(r, place);
        set_number(r, place, r->at->now.value[place.value][place.at], changed);
    } else
        set_number(r, place, r->image->computed->value[place.value][place.at], false);
}

/* Whether a number is another than it was before. */
static bool
is_other(const slot *s, const before *b)
{
    return s->changed[b->place.value][b->place.at] != b->changed ||
           !is_same_number(s->now.value[b->place.value] + b->place.at, &b->number);
}

static void
tail_again(interventions *r)
{
    const blame_net *const net = r->net;
    slot *const s = r->at;
    bool any = false;
    for (size_t i = 0; i < r->n; i++) {
        size_t first;
        if (!r->tail[r->names[i].value] || is_beyond(r, r->names[i].value))
            continue;
        const size_t n = blame_group(&first, net, r->names[i].value, r->names[i].at);
        for (size_t k = first; k < first + n; k++) {
            note(s, (blame_place){ r->names[i].value, k });
            put(r, (blame_place){ r->names[i].value, k });
            any = true;
        }
    }
    for (size_t k = net->p->n_once; any && k < net->maker[r->last]; k++) {
        const instruction *const i = net->p->code + k;
        const value_id v = i->out[0];
        if (!net->examined[v] || !r->tail[v] || !is_sparse(i))
            continue;
        for (size_t o = 0; o < op_graph_of(i->op)->n_in; o++)
            for (size_t u = 0; r->tail[i->in[o]] && u < s->n_undo; u++) {
                const blame_place from = s->undo[u].place;
                if (from.value != i->in[o] || !is_other(s, s->undo + u))
                    continue;
                const size_t n = find_readers(r, i, o, from.at);
                for (size_t m = 0; m < n; m++) {
                    const blame_place to = { v, r->readers[m] };
                    if (is_named(r, to))
                        continue;
                    note(s, to);
                    number_again(r, to);
                }
            }
    }
}

/* A number at or beyond the last sum. */
static void
end_again(interventions *r, blame_place place)
{
    note(r->at, place);
    if (is_named(r, place))
        put(r, place);
    else if (operands_changed(r, place)) {
        const bool changed = again(r, place);
        set_number(r, place, r->at->now.value[place.value][place.at], changed);
    }
}

/* From the last sum to the gradient. */
static void
chain_again(interventions *r, value_id v, size_t j)
{
    if (v != r->last)
        chain_again(r, blame_maker(r->net, v)->in[0], j);
    end_again(r, (blame_place){ v, j });
}

const blame_tape *
intervene_run(interventions *r, const blame_image *image, const origin *names, size_t n, size_t j)
{
    deep_again(r, image, names, n);
    tail_again(r);
    chain_again(r, r->net->leaf, j);
    return &r->at->now;
}

/* ---- quick judgements ------------------------------------------------------------------------------------------- */

/* 2^-exponent a, or 0 if that is below 2^-1000. */
static double
scaled_down(const ga_number *a, int64_t exponent)
{
    if (a->klass != GA_NORMAL && a->klass != GA_SUBNORMAL)
        return a->mantissa; /* 0, infinite, NaN */
    return a->exponent - exponent < -1000 ? 0 : ldexp(a->mantissa, (int)(a->exponent - exponent));
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
        const double factor = s->x[last.a_first + k * last.a_step];
        const size_t first = runs->b_first + k * last.b_step;
        const blame_constant *const c = r->net->constant + last.b;
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
            const double w = run->b == NO_VALUE ? 1 : blame_number(r->net->constant + run->b, run->b_first + i * run->b_step);
            const double term = s->x[run->a_first + i * run->a_step] * w;
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
    if (is_named(r, place)) {
        *to = r->image->truth->value[place.value][place.at];
        return true;
    }
    bool behind = false; /* a name is */
    for (size_t i = 0; i < r->n; i++)
        behind = behind || (r->tail[r->names[i].value] && !is_beyond(r, r->names[i].value) && r->names[i].value != place.value &&
                            blame_reaches(net, r->names[i].value, place.value) != REACHES_NOT &&
                            (blame_reaches(net, r->names[i].value, place.value) != REACHES_SAME || r->names[i].at == place.at));
    if (!behind || !r->tail[place.value])
        return true;
    if (!blame_row(net, place.value)->product)
        return false;
    blame_run run;
    ga_number a, b;
    blame_runs(&run, net, place.value, place.at);
    if (!net->examined[run.a] || !tail_judged(r, &a, (blame_place){ run.a, run.a_first }))
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
        if (!r->tail[v] || is_beyond(r, v))
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
            w += run->b == NO_VALUE ? 1 : blame_number(r->net->constant + run->b, run->b_first + term * run->b_step);
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
    deep_again(r, image, names, n);
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
        changes = operands_changed(r, (blame_place){ r->last, j });
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
