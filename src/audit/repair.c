/* SPDX-License-Identifier: Apache-2.0 */
/* repair.c -- see repair.h */
#include <stdlib.h>
#include <string.h>

#include "audit/functions.h"
#include "audit/operation.h"
#include "audit/repair.h"
#include "num/mpfr_vec.h"

enum { TERM_BITS = 2 * 53, SLOTS = 4 };

/* A tape as it now is. What is behind layer 0 stands for many elements: the names there are kept with it. */
typedef struct {
    bool ready;
    origin *deep; /* the names that are not of layer 0 */
    size_t n_deep;
    image_tape *now;
    ga_number *back; /* the back-sum of layer 0, no truth put in */
    bool *back_changed;
} slot;

struct repair {
    const ga_model *model;
    const image_tape *computed; /* of the image whose runs the slots have */
    const origin_image *image;
    const origin *names;
    size_t n, next;
    slot s[SLOTS], *at;
    bool **changed[N_TENSORS]; /* [tensor][l][unit]; NULL for the others */
    __mpfr_struct *factor, *term, *t, *rounded, *narrow; /* narrow: of float's 24 bits */
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
        image_tape_free(r->s[i].now);
        free(r->s[i].back);
        free(r->s[i].back_changed);
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
    free(r->narrow);
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
        s->now = image_tape_new(m);
        s->back = calloc(m->layer[0].n_out, sizeof *s->back);
        s->back_changed = calloc(m->layer[0].n_out, sizeof *s->back_changed);
        ok = s->deep != NULL && s->now != NULL && s->back != NULL && s->back_changed != NULL;
    }
    if (ok) {
        r->factor = mpfr_vec_new(width, 53);
        r->term = mpfr_vec_new(width + 1, 53);
        r->t = mpfr_vec_new(1, TERM_BITS);
        r->rounded = mpfr_vec_new(1, 53);
        r->narrow = mpfr_vec_new(1, 24);
        r->terms = malloc((width + 1) * sizeof *r->terms);
    }
    if (r->factor == NULL || r->term == NULL || r->t == NULL || r->rounded == NULL || r->narrow == NULL || r->terms == NULL) {
        repair_free(r);
        return NULL;
    }
    return r;
}

/* to = t, rounded to the format's precision; to has 53 bits. */
static void
finish(mpfr_ptr to, const repair *r)
{
    const bool narrow = r->image->e.format.kind == GA_FLOAT;
    mpfr_set(narrow ? r->narrow : to, r->t, MPFR_RNDN);
    if (narrow)
        mpfr_set(to, r->narrow, MPFR_RNDN);
}

static ga_number *
entry(const repair *r, engine_tensor tensor, size_t l, size_t unit)
{
    return &r->at->now->value[tensor][l][unit];
}

/* The entry becomes t, rounded. Whether that is a change. */
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

/* Whether the entry is named; then its truth is put in. */
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

static double
gain(const repair *r, size_t l)
{
    if (l + 1 == r->model->n_layers)
        return r->image->e.logit_scale;
    return r->model->layer[l].activation == GA_RELU ? 1 : r->image->e.gain;
}

/* The functions of layer l where its pre-activations have changed. Whether one has. */
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

/* The factors of the sums that follow: a tensor of layer l as it now is. */
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
                mpfr_mul_d(r->t, r->rounded, gain(r, l), MPFR_RNDN);
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
        mpfr_mul_d(r->t, r->rounded, gain(r, l), MPFR_RNDN);
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

/* Whether the slot has been run with these deep names. */
static bool
has(const slot *s, const origin *deep, size_t n)
{
    bool all = s->ready && s->n_deep == n;
    for (size_t i = 0; all && i < n; i++)
        all = same(s->deep + i, deep + i);
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
    s->ready = !forward; /* layer 0 would have to be run forward again */
}

/* Finds a slot for the deep names, and runs what is behind layer 0 there unless it has been. */
static void
deep_again(repair *r)
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
        if (has(r->s + i, deep, n)) {
            r->at = r->s + i;
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

const image_tape *
repair_run(repair *r, const origin_image *image, const origin *names, size_t n, size_t j)
{
    if (r->computed != image->computed)
        for (size_t i = 0; i < SLOTS; i++)
            r->s[i].ready = false;
    r->computed = image->computed;
    r->image = image;
    r->names = names;
    r->n = n;
    deep_again(r);
    layer_again(r, 0);
    *entry(r, TENSOR_INPUT_GRADIENT, 0, j) = image->computed->value[TENSOR_INPUT_GRADIENT][0][j];
    if (!put(r, TENSOR_INPUT_GRADIENT, 0, j) && any_scaled(r, 0)) {
        set_factors(r, TENSOR_SCALED, 0);
        back_sum(r, TENSOR_INPUT_GRADIENT, 0, 0, j);
    }
    return r->at->now;
}
