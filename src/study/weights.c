/* SPDX-License-Identifier: Apache-2.0 */
/* weights.c -- distributions of a network's weights and activations; see compute.h */
#include <math.h>
#include <omp.h>
#include <stdlib.h>

#include <gradaudit/distribution.h>

#include "report/amount.h"
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
            if (ga_layer_values(&value, &n, activations ? GA_ACTIVATIONS : GA_WEIGHTS, l, model, in->ds,
                                (ga_range){ 0, in->ds->n - 1 }, 1, st) != GA_OK)
                return o;
            json_t *d = json_object();
            set_distribution(d, value, n, activations ? 0 : NAN, activations && model->layer[0].activation != GA_RELU ? 1 : NAN);
            snprintf(key, sizeof key, "fc%zu.%s", l + 1, activations ? "activation" : "weight");
            json_object_set_new(o, key, d);
            free(value);
        }
    return o;
}

static const char *
name_at(const json_t *list, int i)
{
    return json_string_value(json_array_get(list, (size_t)i));
}

json_t *
distributions_json(const study_inputs *in, ga_status *st)
{
    const json_t *const list = json_object_get(in->study->json, "distributions");
    const int n = (int)json_array_size(list), threads = in->threads > 0 ? in->threads : omp_get_max_threads();
    json_t *o = json_object(), **of = calloc((size_t)n + 1, sizeof *of);
    ga_status *own = calloc((size_t)n + 1, sizeof *own);
    if (of == NULL || own == NULL)
        ga_fail(st, GA_NO_MEMORY, "out of memory for distributions");
    else {
#pragma omp parallel for num_threads(threads) schedule(dynamic)
        for (int i = n - 1; i >= 0; i--)
            of[i] = network_distributions(in, study_network_index(in->study->json, name_at(list, i)), own + i);
        for (int i = 0; i < n; i++) {
            json_object_set_new(o, name_at(list, i), of[i]);
            if (own[i].code != GA_OK && st->code == GA_OK)
                *st = own[i];
        }
    }
    free(of);
    free(own);
    return o;
}
