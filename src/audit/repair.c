/* SPDX-License-Identifier: Apache-2.0 */
/* repair.c -- see repair.h */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "audit/functions.h"
#include "audit/operation.h"
#include "audit/repair.h"
#include "num/mpfr_vec.h"
#include "pass/engine.h"

enum { TERM_BITS = 2 * 53, SLOTS = 32 };

/* A tape in its current state. What is behind layer 0 serves many elements: it is kept with its names. So is the whole tape but for
   the input gradient, with all its names. */
typedef struct {
    bool ready;
    origin *deep; /* the names that are not of layer 0 */
    size_t n_deep;
    bool whole;
    origin *names; /* all, but those of the input gradient */
    size_t n_names;
    bool any_scaled; /* a scaled_0 has changed */
    image_tape *now;
    ga_number *back; /* the back-sum of layer 0, no truth put in */
    bool *back_changed;
    bool judged;  /* what follows is there, with no truth put in at layer 0 */
    bool changes; /* a scaled_0 is not the computed one */
    int64_t exponent;
    ga_number *derivative, *delta, *scaled; /* of layer 0 */
    double *sum, *bound; /* 2^-exponent times sum_k scaled_k W_kj, and times sum_k |scaled_k W_kj| */
} slot;

struct repair {
    const ga_model *model;
    const image_tape *computed; /* of the image whose runs the slots have, and which reading of it and of its truth */
    uint64_t readings, true_readings;
    const origin_image *image;
    const origin *names;
    size_t n, next;
    slot s[SLOTS], *at;
    bool **changed[N_TENSORS]; /* [tensor][l][unit]; NULL for the others */
    __mpfr_struct *factor, *term, *t, *rounded;
    mpfr_ptr *terms;
};

static const engine_tensor runs_again[] = { TENSOR_PREACTIVATION, TENSOR_DERIVATIVE, TENSOR_DELTA, TENSOR_SCALED, TENSOR_BACK_SUM };
enum { N_RUNS_AGAIN = sizeof runs_again / sizeof *runs_again };

void
repair_free(repair *r)
{
    if (r == NULL)
        return;
    for (size_t i = 0; i < SLOTS; i++) {
        free(r->s[i].deep);
        free(r->s[i].names);
        image_tape_free(r->s[i].now);
        free(r->s[i].back);
        free(r->s[i].back_changed);
        free(r->s[i].derivative);
        free(r->s[i].delta);
        free(r->s[i].scaled);
        free(r->s[i].sum);
        free(r->s[i].bound);
    }
    for (size_t t = 0; t < N_TENSORS; t++) {
        for (size_t l = 0; r->changed[t] != NULL && l < r->model->n_layers; l++)
            free(r->changed[t][l]);
        free(r->changed[t]);
    }
    free(r->factor);
    free(r->term);
    free(r->t);
    free(r->rounded);
    free(r->terms);
    free(r);
}

repair *
repair_new(const ga_model *m)
{
    repair *r = calloc(1, sizeof *r);
    size_t width = 0;
    if (r == NULL)
        return NULL;
    r->model = m;
    bool ok = true;
    for (size_t t = 0; t < N_RUNS_AGAIN; t++)
        ok = ok && (r->changed[runs_again[t]] = calloc(m->n_layers, sizeof(bool *))) != NULL;
    for (size_t l = 0; ok && l < m->n_layers; l++) {
        const ga_layer *layer = m->layer + l;
        width = layer->n_out > width ? layer->n_out : width;
        for (size_t t = 0; ok && t < N_RUNS_AGAIN; t++)
            ok = (r->changed[runs_again[t]][l] = calloc(layer->n_out, sizeof(bool))) != NULL;
    }
    for (size_t i = 0; ok && i < SLOTS; i++) {
        slot *s = r->s + i;
        s->deep = calloc(MOST_ORIGINS, sizeof *s->deep);
        s->names = calloc(MOST_ORIGINS, sizeof *s->names);
        s->now = image_tape_new(m);
        s->back = calloc(m->layer[0].n_out, sizeof *s->back);
        s->back_changed = calloc(m->layer[0].n_out, sizeof *s->back_changed);
        s->derivative = calloc(m->layer[0].n_out, sizeof *s->derivative);
        s->delta = calloc(m->layer[0].n_out, sizeof *s->delta);
        s->scaled = calloc(m->layer[0].n_out, sizeof *s->scaled);
        s->sum = calloc(m->layer[0].n_in, sizeof *s->sum);
        s->bound = calloc(m->layer[0].n_in, sizeof *s->bound);
        ok = s->deep != NULL && s->names != NULL && s->now != NULL && s->back != NULL && s->back_changed != NULL &&
             s->derivative != NULL && s->delta != NULL && s->scaled != NULL && s->sum != NULL && s->bound != NULL;
    }
    if (ok) {
        r->factor = mpfr_vec_new(width, 53);
        r->term = mpfr_vec_new(width + 1, 53);
        r->t = mpfr_vec_new(1, TERM_BITS);
        r->rounded = mpfr_vec_new(1, 53);
        r->terms = malloc((width + 1) * sizeof *r->terms);
    }
    if (r->factor == NULL || r->term == NULL || r->t == NULL || r->rounded == NULL || r->terms == NULL) {
        repair_free(r);
        return NULL;
    }
    return r;
}

/* to = t, rounded to the format's precision, which is at most that of to, 53 bits. */
static void
finish(mpfr_ptr to, const repair *r)
{
    mp_limb_t limb[(53 + GMP_NUMB_BITS - 1) / GMP_NUMB_BITS];
    __mpfr_struct own;
    mpfr_custom_init_set(&own, MPFR_ZERO_KIND, 0, r->image->e.format.bits, limb);
    mpfr_set(&own, r->t, MPFR_RNDN);
    mpfr_set(to, &own, MPFR_RNDN);
}

static ga_number *
entry(const repair *r, engine_tensor tensor, size_t l, size_t unit)
{
    return &r->at->now->value[tensor][l][unit];
}

/* Sets the entry to t, rounded. Whether it changed. */
static bool
replace(repair *r, engine_tensor tensor, size_t l, size_t unit)
{
    ga_number *e = entry(r, tensor, l, unit), new;
    finish(r->rounded, r);
    mpfr_vec_number(&new, r->rounded);
    const bool same = (new.klass == GA_ZERO) == (e->klass == GA_ZERO) && new.exponent == e->exponent && new.mantissa == e->mantissa;
    *e = new;
    return !same;
}

static bool
is_residual(const repair *r, engine_tensor tensor, size_t l)
{
    return tensor == TENSOR_DELTA && l + 1 == r->model->n_layers;
}

/* Whether the entry is named; then puts its truth in. */
static bool
put(repair *r, engine_tensor tensor, size_t l, size_t unit)
{
    for (size_t i = 0; i < r->n; i++) {
        const origin *o = r->names + i;
        if (o->tensor == tensor && o->layer == l && (o->unit == unit || is_residual(r, tensor, l))) {
            *entry(r, tensor, l, unit) = r->image->truth->value[tensor][l][unit];
            return true;
        }
    }
    return false;
}

/* t = the sum of the n rounded products of factor[i] and weight[first + i stride], and of the bias. */
static void
sum(repair *r, size_t n, const void *weight, size_t first, size_t stride, double bias)
{
    size_t used = 0;
    for (size_t i = 0; i < n; i++) {
        if (mpfr_zero_p(r->factor + i))
            continue;
        mpfr_mul_d(r->t, r->factor + i, ga_model_get(r->model, weight, first + i * stride), MPFR_RNDN); /* exact */
        finish(r->term + used, r);
        r->terms[used] = r->term + used;
        used++;
    }
    if (bias != 0) {
        mpfr_set_d(r->term + used, bias, MPFR_RNDN);
        r->terms[used] = r->term + used;
        used++;
    }
    mpfr_sum(r->t, r->terms, used, MPFR_RNDN);
}

/* Reruns layer l's functions where pre-activations have changed. Whether one has. */
static bool
functions_again(repair *r, size_t l)
{
    const ga_layer *layer = r->model->layer + l;
    const bool *changed = r->changed[TENSOR_PREACTIVATION][l];
    bool any = false;
    for (size_t k = 0; k < layer->n_out; k++) {
        any = any || changed[k];
        if (!changed[k] || l + 1 == r->model->n_layers)
            continue;
        functions_activate(entry(r, TENSOR_ACTIVATION, l, k), entry(r, TENSOR_DERIVATIVE, l, k),
                           entry(r, TENSOR_PREACTIVATION, l, k), layer->activation, &r->image->e);
        r->changed[TENSOR_DERIVATIVE][l][k] = true;
    }
    if (any && l + 1 == r->model->n_layers) {
        functions_softmax(entry(r, TENSOR_PROBABILITY, l, 0), entry(r, TENSOR_DELTA, l, 0), entry(r, TENSOR_PREACTIVATION, l, 0),
                          layer->n_out, r->image->label, &r->image->e);
        memset(r->changed[TENSOR_DELTA][l], true, layer->n_out * sizeof(bool));
    }
    return any;
}

/* The factors of the following sums: layer l's current tensor. */
static void
set_factors(repair *r, engine_tensor tensor, size_t l)
{
    for (size_t k = 0; k < r->model->layer[l].n_out; k++)
        operation_set(r->factor + k, entry(r, tensor, l, k));
}

static void
forward_again(repair *r)
{
    bool below = false; /* an activation has changed */
    for (size_t l = 0; l < r->model->n_layers; l++) {
        const ga_layer *layer = r->model->layer + l;
        if (below)
            set_factors(r, TENSOR_ACTIVATION, l - 1);
        for (size_t k = 0; k < layer->n_out; k++) {
            bool *const changed = r->changed[TENSOR_PREACTIVATION][l] + k;
            if (put(r, TENSOR_PREACTIVATION, l, k)) {
                *changed = true;
            } else if (below) {
                sum(r, layer->n_in, layer->weight, k * layer->n_in, 1, ga_model_get(r->model, layer->bias, k));
                finish(r->rounded, r);
                mpfr_mul_d(r->t, r->rounded, pass_gain(r->model, &r->image->e, l), MPFR_RNDN);
                *changed = replace(r, TENSOR_PREACTIVATION, l, k);
            }
        }
        below = functions_again(r, l);
    }
}

/* The sum over the outputs of layer l, whose factors are set, at a column of its weights. */
static bool
back_sum(repair *r, engine_tensor tensor, size_t tensor_layer, size_t l, size_t column)
{
    const ga_layer *layer = r->model->layer + l;
    sum(r, layer->n_out, layer->weight, column, layer->n_in, 0);
    return replace(r, tensor, tensor_layer, column);
}

static bool
any_scaled(const repair *r, size_t l)
{
    for (size_t k = 0; k < r->model->layer[l].n_out; k++)
        if (r->changed[TENSOR_SCALED][l][k])
            return true;
    return false;
}

/* From the back-sum of a unit to what is multiplied by the weights below. */
static void
unit_again(repair *r, size_t l, size_t k)
{
    bool *const back = r->changed[TENSOR_BACK_SUM][l] + k, *const derivative = r->changed[TENSOR_DERIVATIVE][l] + k;
    bool *const delta = r->changed[TENSOR_DELTA][l] + k, *const scaled = r->changed[TENSOR_SCALED][l] + k;
    const bool readout = l + 1 == r->model->n_layers;
    *derivative = !readout && (put(r, TENSOR_DERIVATIVE, l, k) || *derivative);
    *back = !readout && (put(r, TENSOR_BACK_SUM, l, k) || *back);
    if (put(r, TENSOR_DELTA, l, k)) {
        *delta = true;
    } else if (*back || *derivative) {
        operation_set(r->rounded, entry(r, TENSOR_BACK_SUM, l, k));
        operation_set(r->term, entry(r, TENSOR_DERIVATIVE, l, k));
        mpfr_mul(r->t, r->rounded, r->term, MPFR_RNDN);
        *delta = replace(r, TENSOR_DELTA, l, k);
    }
    if (put(r, TENSOR_SCALED, l, k)) {
        *scaled = true;
    } else if (*delta) {
        operation_set(r->rounded, entry(r, TENSOR_DELTA, l, k));
        mpfr_mul_d(r->t, r->rounded, pass_gain(r->model, &r->image->e, l), MPFR_RNDN);
        *scaled = replace(r, TENSOR_SCALED, l, k);
    }
}

/* Layer l from its outputs to the back-sums of the layer below. */
static void
layer_again(repair *r, size_t l)
{
    for (size_t k = 0; k < r->model->layer[l].n_out; k++)
        unit_again(r, l, k);
    if (l == 0 || !any_scaled(r, l))
        return;
    set_factors(r, TENSOR_SCALED, l);
    for (size_t i = 0; i < r->model->layer[l].n_in; i++)
        r->changed[TENSOR_BACK_SUM][l - 1][i] = back_sum(r, TENSOR_BACK_SUM, l - 1, l, i);
}

static void
copy_layer(repair *r, engine_tensor tensor, size_t l, const ga_number *from)
{
    if (from == NULL)
        return;
    memcpy(entry(r, tensor, l, 0), from, r->model->layer[l].n_out * sizeof *from);
    if (r->changed[tensor] != NULL)
        memset(r->changed[tensor][l], false, r->model->layer[l].n_out * sizeof(bool));
}

/* The computed tape of a layer. */
static void
reset_layer(repair *r, size_t l)
{
    for (engine_tensor t = TENSOR_PREACTIVATION; t <= TENSOR_BACK_SUM; t++)
        copy_layer(r, t, l, r->image->computed->value[t][l]);
}

static bool
same(const origin *a, const origin *b)
{
    return a->tensor == b->tensor && a->layer == b->layer && a->unit == b->unit;
}

static bool
are_same(const origin *a, size_t n_a, const origin *b, size_t n_b)
{
    bool all = n_a == n_b;
    for (size_t i = 0; all && i < n_a; i++)
        all = same(a + i, b + i);
    return all;
}

static void
run_deep(repair *r, bool forward)
{
    slot *s = r->at;
    const size_t width = r->model->layer[0].n_out;
    for (size_t l = 0; l < r->model->n_layers; l++)
        reset_layer(r, l);
    if (forward)
        forward_again(r);
    for (size_t l = r->model->n_layers; l-- > 1;)
        layer_again(r, l);
    if (s->now->value[TENSOR_BACK_SUM][0] != NULL) {
        memcpy(s->back, s->now->value[TENSOR_BACK_SUM][0], width * sizeof *s->back);
        memcpy(s->back_changed, r->changed[TENSOR_BACK_SUM][0], width * sizeof *s->back_changed);
    }
    s->judged = s->whole = false;
    s->ready = !forward; /* layer 0 would have to be run forward again */
}

/* Finds a slot for the deep names, and runs what is behind layer 0 there unless done. */
static void
deep_again(repair *r, bool judging)
{
    origin deep[MOST_ORIGINS];
    size_t n = 0;
    bool forward = false;
    for (size_t i = 0; i < r->n; i++) {
        forward = forward || r->names[i].tensor == TENSOR_PREACTIVATION;
        if (r->names[i].layer > 0)
            deep[n++] = r->names[i];
    }
    for (size_t i = 0; i < SLOTS && !forward; i++)
        if (r->s[i].ready && are_same(r->s[i].deep, r->s[i].n_deep, deep, n)) {
            r->at = r->s + i;
            if (judging && r->at->judged)
                return; /* layer 0 stays as it is */
            r->at->whole = false;
            reset_layer(r, 0);
            if (r->model->n_layers > 1) {
                const size_t width = r->model->layer[0].n_out;
                memcpy(r->at->now->value[TENSOR_BACK_SUM][0], r->at->back, width * sizeof *r->at->back);
                memcpy(r->changed[TENSOR_BACK_SUM][0], r->at->back_changed, width * sizeof *r->at->back_changed);
            }
            return;
        }
    r->at = r->s + r->next++ % SLOTS;
    memcpy(r->at->deep, deep, n * sizeof *deep);
    r->at->n_deep = n;
    run_deep(r, forward);
}

/* Finds the slot that has been run with all these names. */
static bool
find_whole(repair *r)
{
    for (size_t i = 0; i < SLOTS; i++)
        if (r->s[i].whole && are_same(r->s[i].names, r->s[i].n_names, r->names, r->n)) {
            r->at = r->s + i;
            return true;
        }
    return false;
}

/* Sets up the slots and the names of a run. */
static void
set_names(repair *r, const origin_image *image, const origin *names, size_t n)
{
    if (r->computed != image->computed || r->readings != image->computed->readings ||
        r->true_readings != image->truth->readings)
        for (size_t i = 0; i < SLOTS; i++)
            r->s[i].ready = r->s[i].whole = false;
    r->computed = image->computed;
    r->readings = image->computed->readings;
    r->true_readings = image->truth->readings;
    r->image = image;
    r->names = names;
    r->n = n;
}

const image_tape *
repair_run(repair *r, const origin_image *image, const origin *names, size_t n, size_t j)
{
    bool named = false; /* the element itself */
    for (size_t i = 0; i < n; i++)
        named = named || names[i].tensor == TENSOR_INPUT_GRADIENT;
    set_names(r, image, names, n);
    if (named || !find_whole(r)) {
        deep_again(r, false);
        layer_again(r, 0);
        r->at->any_scaled = any_scaled(r, 0);
        r->at->whole = !named;
        r->at->n_names = n;
        memcpy(r->at->names, names, n * sizeof *names);
    }
    *entry(r, TENSOR_INPUT_GRADIENT, 0, j) = image->computed->value[TENSOR_INPUT_GRADIENT][0][j];
    if (!put(r, TENSOR_INPUT_GRADIENT, 0, j) && r->at->any_scaled) {
        set_factors(r, TENSOR_SCALED, 0);
        back_sum(r, TENSOR_INPUT_GRADIENT, 0, 0, j);
    }
    return r->at->now;
}

/* 2^-exponent a, or 0 if that is below 2^-1000. */
static double
scaled_down(const ga_number *a, int64_t exponent)
{
    if (a->klass != GA_NORMAL && a->klass != GA_SUBNORMAL)
        return a->mantissa; /* 0, infinite, NaN */
    return a->exponent - exponent < -1000 ? 0 : ldexp(a->mantissa, (int)(a->exponent - exponent));
}

/* The sums over layer 0 without truths there. */
static void
prepare_judging(repair *r)
{
    slot *s = r->at;
    const ga_layer *layer = r->model->layer;
    const size_t n = r->n;
    r->n = 0; /* no names */
    for (size_t k = 0; k < layer->n_out; k++)
        unit_again(r, 0, k);
    r->n = n;
    s->judged = true;
    s->whole = false;
    s->changes = any_scaled(r, 0);
    s->exponent = INT64_MIN;
    for (size_t k = 0; k < layer->n_out; k++) {
        if (r->model->n_layers > 1)
            s->derivative[k] = *entry(r, TENSOR_DERIVATIVE, 0, k);
        s->delta[k] = *entry(r, TENSOR_DELTA, 0, k);
        s->scaled[k] = *entry(r, TENSOR_SCALED, 0, k);
        if (s->scaled[k].klass != GA_ZERO && s->scaled[k].exponent > s->exponent)
            s->exponent = s->scaled[k].exponent;
    }
    memset(s->sum, 0, layer->n_in * sizeof *s->sum);
    memset(s->bound, 0, layer->n_in * sizeof *s->bound);
    for (size_t k = 0; k < layer->n_out; k++) {
        const double x = scaled_down(s->scaled + k, s->exponent);
        for (size_t j = 0; x != 0 && j < layer->n_in; j++) { /* a NaN stays in both */
            const double term = x * ga_model_get(r->model, layer->weight, k * layer->n_in + j);
            s->sum[j] += term;
            s->bound[j] += fabs(term);
        }
    }
}

/* What the names of unit k make of its scaled_0, unrounded. */
static ga_number
unit_judged(const repair *r, size_t k)
{
    const slot *s = r->at;
    const bool hidden = r->model->n_layers > 1;
    ga_number back = s->back[k], derivative = s->derivative[k], scaled = s->scaled[k];
    bool delta_named = false, any = false;
    ga_number delta = s->delta[k];
    for (size_t i = 0; i < r->n; i++) {
        const origin *o = r->names + i;
        if (o->layer != 0 || o->unit != k || o->tensor == TENSOR_INPUT_GRADIENT)
            continue;
        const ga_number truth = r->image->truth->value[o->tensor][0][k];
        if (o->tensor == TENSOR_SCALED)
            return truth;
        any = true;
        if (o->tensor == TENSOR_DERIVATIVE)
            derivative = truth;
        else if (o->tensor == TENSOR_BACK_SUM)
            back = truth;
        else {
            delta = truth;
            delta_named = true;
        }
    }
    if (any && hidden && !delta_named) {
        delta = (ga_number){ .klass = back.klass == GA_ZERO || derivative.klass == GA_ZERO ? GA_ZERO : GA_NORMAL,
                             .mantissa = back.mantissa * derivative.mantissa, .exponent = back.exponent + derivative.exponent };
        if (!operation_is_finite(&back) || !operation_is_finite(&derivative))
            delta.klass = GA_NAN;
    }
    if (any) {
        scaled = delta;
        scaled.mantissa *= pass_gain(r->model, &r->image->e, 0);
    }
    return scaled;
}

/* Every quantity here is within 2^-20 of the run's, relative to the sum of its terms' magnitudes: the run rounds each product to at
   least 24 bits, a delta and a gain before it, and then the sum, 4 roundings of 2^-24; here 256 to 10^6 additions of doubles err by
   at most 2^-32. Terms below 2^-1000 of the largest are left out, which is less. */
int
repair_judge(repair *r, const origin_image *image, const origin *names, size_t n, size_t j, ga_cell cell)
{
    const ga_layer *layer = image->model->layer;
    const ga_truth *wanted = &image->truth->truth[TENSOR_INPUT_GRADIENT][0][j];
    if (wanted->state != GA_TRUE_NONZERO)
        return -1;
    for (size_t i = 0; i < n; i++) {
        if (names[i].tensor == TENSOR_PREACTIVATION ||
            image->truth->truth[names[i].tensor][names[i].layer][names[i].unit].state == GA_UNDECIDED_ELEMENT)
            return -1;
        if (names[i].tensor == TENSOR_INPUT_GRADIENT)
            return 1; /* the truth itself */
        if (names[i].layer == 0 && image->model->n_layers == 1)
            return -1; /* a residual stands for all of them */
    }
    set_names(r, image, names, n);
    deep_again(r, true);
    slot *s = r->at;
    if (!s->judged)
        prepare_judging(r);
    int64_t exponent = s->exponent;
    ga_number changed[MOST_ORIGINS];
    size_t unit[MOST_ORIGINS], n_changed = 0;
    for (size_t i = 0; i < n; i++) {
        size_t seen = 0;
        while (seen < n_changed && unit[seen] != names[i].unit)
            seen++;
        if (names[i].layer != 0 || seen < n_changed)
            continue;
        unit[n_changed] = names[i].unit;
        changed[n_changed] = unit_judged(r, names[i].unit);
        if (!operation_is_finite(changed + n_changed) || !operation_is_finite(s->scaled + names[i].unit))
            return -1;
        if (changed[n_changed].klass != GA_ZERO && changed[n_changed].exponent > exponent)
            exponent = changed[n_changed].exponent;
        n_changed++;
    }
    if (exponent == INT64_MIN || (!s->changes && n_changed == 0))
        return 0; /* the sum is 0, or the element stays as it was computed */
    const int64_t down = s->exponent == INT64_MIN || exponent - s->exponent > 1000 ? 1000 : exponent - s->exponent;
    double sum = down == 1000 ? 0 : ldexp(s->sum[j], -(int)down), bound = down == 1000 ? 0 : ldexp(s->bound[j], -(int)down);
    bool changes = s->changes; /* else the computed element stays as it is */
    for (size_t i = 0; i < n_changed; i++) {
        const double w = ga_model_get(image->model, layer->weight, unit[i] * layer->n_in + j);
        const double before = scaled_down(s->scaled + unit[i], exponent) * w, now = scaled_down(changed + i, exponent) * w;
        sum += now - before;
        bound += fabs(now) + fabs(before);
        changes = changes || fabs(now - before) > 0x1p-18 * fabs(now);
    }
    const ga_number *truth = &image->truth->value[TENSOR_INPUT_GRADIENT][0][j];
    const double slack = bound * 0x1p-20 + 0x1p-900, t = scaled_down(truth, exponent);
    if (!changes || !(bound < 0x1p900) || truth->exponent - exponent > 900)
        return -1;
    if (cell != GA_CELL_INACCURATE)
        return fabs(sum) <= slack ? -1 : (sum > 0) == (truth->sign > 0);
    const double error = fabs(sum - t), most = image->tolerance * fabs(t);
    return fabs(error - most) <= slack ? -1 : error < most;
}
