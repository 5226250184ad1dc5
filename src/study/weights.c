/* SPDX-License-Identifier: Apache-2.0 */
/* weights.c -- distributions of a network's weights and activations; see compute.h */
#include <math.h>
#include <stdlib.h>

#include "core/distribution.h"

#include "report/amount.h"
#include "run/deal.h"
#include "study/audit.h"
#include "study/compute.h"

enum { BINS = 60 };

static void
set_distribution(json_t *o, double *value, size_t n, double low, double high)
{
    ga_distribution d;
    size_t count[BINS] = { 0 }, middle = 0, zero = 0;
    json_t *bins = json_array();
    for (size_t i = 0; i < n; i++) {
        middle += value[i] >= 0.1 && value[i] <= 0.9;
        zero += value[i] == 0;
    }
    ga_distribution_make(&d, value, n);
    low = isfinite(low) ? low : d.mean - 5 * d.std;
    high = isfinite(high) ? high : d.mean + 5 * d.std;
    ga_distribution_bins(count, BINS, low, high, value, n);
    set_count(o, "n", n);
    set_real(o, "min", d.min);
    set_real(o, "max", d.max);
    set_real(o, "mean", d.mean);
    set_real(o, "std", d.std);
    set_real(o, "kurtosis", d.kurtosis);
    set_real(o, "within_0.1_0.9_percent", percent(middle, n));
    set_real(o, "zero_percent", percent(zero, n));
    set_real(o, "low", low);
    set_real(o, "high", high);
    for (size_t i = 0; i < BINS; i++)
        json_array_append_new(bins, json_integer((json_int_t)count[i]));
    json_object_set_new(o, "counts", bins);
}

/* Weights of every layer and activations of the hidden ones. On one thread: sorting takes most of it. */
static json_t *
network_distributions(const study_inputs *in, size_t k, ga_status *st)
{
    const ga_model *model = in->model[k];
    json_t *o = json_object();
    for (size_t l = 0; l < model->n_layers; l++)
        for (int activations = 0; activations <= (l + 1 < model->n_layers); activations++) {
            char key[64];
            double *value;
            size_t n;
            if (ga_layer_values(&value, &n, activations ? GA_ACTIVATIONS : GA_WEIGHTS, l, model, in->ds[k],
                                (ga_range){ 0, in->ds[k]->n - 1 }, 1, st) != GA_OK)
                return o;
            json_t *d = json_object();
            set_distribution(d, value, n, activations ? 0 : NAN, activations && model->layer[0].activation != GA_RELU ? 1 : NAN);
            snprintf(key, sizeof key, "fc%zu.%s", l + 1, activations ? "activation" : "weight");
            json_object_set_new(o, key, d);
            free(value);
        }
    return o;
}

/* The last first: it is the largest. */
typedef struct {
    const study_inputs *in;
    const json_t *list; /* the networks' names */
    json_t **of;        /* what is made of each */
} distributions;

static const char *
name_at(const distributions *d, size_t k)
{
    return json_string_value(json_array_get(d->list, k));
}

static ga_code
make(void *data, void **made, size_t i, int threads, ga_status *st)
{
    const distributions *const d = data;
    const size_t k = json_array_size(d->list) - 1 - i;
    (void)threads;
    json_t *const o = network_distributions(d->in, study_network_index(d->in->study->json, name_at(d, k)), st);
    if (st->code == GA_OK)
        *made = o;
    else
        json_decref(o);
    return st->code;
}

static ga_code
finish(void *data, void *made, size_t i, ga_status *st)
{
    const distributions *const d = data;
    (void)st;
    d->of[json_array_size(d->list) - 1 - i] = made;
    return GA_OK;
}

static void
drop(void *data, void *made)
{
    (void)data;
    json_decref(made);
}

json_t *
distributions_json(const study_inputs *in, ga_status *st)
{
    json_t *const o = json_object();
    distributions d = { .in = in, .list = json_object_get(in->study->json, "distributions") };
    const size_t n = json_array_size(d.list);
    const deal_work work = { .n = n, .data = &d, .make = make, .finish = finish, .drop = drop };
    d.of = calloc(n + 1, sizeof *d.of);
    if (d.of != NULL)
        deal_run(&(deal){ .work = &work, .n = 1, .threads = in->threads }, st);
    else
        ga_fail(st, GA_NO_MEMORY, "out of memory for distributions");
    for (size_t k = 0; k < n && d.of != NULL; k++)
        json_object_set_new(o, name_at(&d, k), d.of[k]);
    free(d.of);
    return o;
}
