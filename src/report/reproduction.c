/* SPDX-License-Identifier: Apache-2.0 */
/* reproduction.c -- computes the report; see reproduction.h */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <gradaudit/attack.h>
#include <gradaudit/distribution.h>
#include <gradaudit/histogram.h>

#include "report/reproduction.h"

const char *const network_names[N_NETWORKS] = {
    "vanilla-sigmoid", "saturated-sigmoid", "vanilla-relu", "saturated-relu", "penalty-sigmoid", "penalty-sigmoid-x300"
};

enum { BINS = 60, SWEEP_POINTS = 29 };

/* A computation under way: the first failure stops what follows. */
typedef struct {
    const reproduction_input *in;
    bool *correct; /* of the network at hand, before any attack */
    ga_status *st;
    size_t done, total;
} run;

static bool
failed(const run *r)
{
    return r->st->code != GA_OK;
}

static void
step(run *r, const char *what)
{
    if (r->in->progress != NULL)
        r->in->progress(r->in->progress_data, what, r->done, r->total);
    r->done++;
}

static ga_range
all_images(const run *r)
{
    return (ga_range){ 0, r->in->ds->n - 1 };
}

static ga_range
first_images(const run *r, size_t n)
{
    return (ga_range){ 0, (r->in->ds->n < n ? r->in->ds->n : n) - 1 };
}

static void
set_count(json_t *object, const char *key, size_t value)
{
    json_object_set_new(object, key, json_integer((json_int_t)value));
}

/* JSON has no NaN: null stands for it. */
static void
set_real(json_t *object, const char *key, double value)
{
    json_object_set_new(object, key, isfinite(value) ? json_real(value) : json_null());
}

static double
percent(size_t part, size_t whole)
{
    return whole > 0 ? 100 * (double)part / (double)whole : NAN;
}

static json_t *
counts_json(const ga_attack_counts *c)
{
    double low, high;
    json_t *o = json_object();
    set_count(o, "images", c->images);
    set_count(o, "correct", c->correct);
    set_count(o, "correct_after", c->correct_after);
    set_real(o, "accuracy_percent", percent(c->correct_after, c->images));
    set_count(o, "fooled", c->fooled);
    ga_wilson(&low, &high, c->fooled, c->correct);
    set_real(o, "success_percent", percent(c->fooled, c->correct));
    set_real(o, "success_low_percent", 100 * low);
    set_real(o, "success_high_percent", 100 * high);
    set_count(o, "all_zero_images", c->all_zero);
    set_real(o, "all_zero_percent", percent(c->all_zero, c->images));
    set_count(o, "moved_correct", c->moved_correct);
    set_count(o, "moved_wrong", c->moved_wrong);
    set_count(o, "moved_fooled", c->moved_fooled);
    set_real(o, "moved_wrong_percent", percent(c->moved_wrong, c->images - c->all_zero));
    set_real(o, "moved_fooled_percent", percent(c->moved_fooled, c->moved_correct));
    set_count(o, "elements", c->elements);
    set_count(o, "zero", c->zero);
    set_real(o, "zero_percent", percent(c->zero, c->elements));
    set_count(o, "subnormal", c->subnormal);
    set_count(o, "infinite", c->infinite);
    set_count(o, "nan", c->nan);
    return o;
}

static void
add_attack(run *r, json_t *attacks, const char *role, const char *words, const ga_model *model, ga_range range)
{
    char name[128];
    ga_attack attack;
    ga_attack_counts counts;
    if (failed(r) || ga_attack_parse(&attack, words, r->st) != GA_OK)
        return;
    attack.eps = r->in->eps;
    step(r, words);
    if (ga_attack_run(&counts, &attack, r->correct, model, r->in->ds, range, r->in->threads, r->st) != GA_OK)
        return;
    json_t *o = counts_json(&counts);
    ga_attack_name(name, sizeof name, &attack);
    json_object_set_new(o, "estimator", json_string(name));
    json_object_set_new(o, "product", attack.random ? json_null() : json_string(ga_product_name(&attack.estimator)));
    json_object_set_new(attacks, role, o);
}

static bool
is_relu(const ga_model *model)
{
    return model->n_layers > 1 && model->layer[0].activation == GA_RELU;
}

/* Plain accuracy and every column of Table 1 for one network. */
static json_t *
network_json(run *r, network_index k)
{
    const ga_model *model = r->in->model[k];
    char words[96];
    json_t *o = json_object(), *attacks = json_object();
    if (failed(r) || ga_classify(r->correct, model, r->in->ds, all_images(r), r->in->threads, r->st) != GA_OK) {
        json_decref(attacks);
        return o;
    }
    size_t correct = 0;
    for (size_t i = 0; i < r->in->ds->n; i++)
        correct += r->correct[i];
    set_count(o, "images", r->in->ds->n);
    set_count(o, "correct", correct);
    set_real(o, "plain_percent", percent(correct, r->in->ds->n));
    add_attack(r, attacks, "naive-float", "float,naive", model, all_images(r));
    add_attack(r, attacks, "naive-double", "double,naive", model, all_images(r));
    if (is_relu(model))
        snprintf(words, sizeof words, "float,naive,logit-scale=%.17g", r->in->logit_scale);
    else
        snprintf(words, sizeof words, "float,naive,gain=%.17g", r->in->gain);
    add_attack(r, attacks, "stable", words, model, all_images(r));
    for (int seed = 1; seed <= REPRODUCTION_RANDOM_SEEDS; seed++) {
        char role[32];
        snprintf(role, sizeof role, "random-%d", seed);
        snprintf(words, sizeof words, "random,seed=%d", seed);
        add_attack(r, attacks, role, words, model, all_images(r));
    }
    add_attack(r, attacks, "mpfr", "mpfr:256,rewrite", model, first_images(r, REPRODUCTION_MPFR_IMAGES));
    add_attack(r, attacks, "exact", "exact", model, first_images(r, REPRODUCTION_EXACT_IMAGES));
    json_object_set_new(o, "attacks", attacks);
    return o;
}

static json_t *
networks_json(run *r, size_t n)
{
    json_t *networks = json_object();
    for (size_t k = 0; k < n && !failed(r); k++)
        json_object_set_new(networks, network_names[k], network_json(r, (network_index)k));
    return networks;
}

static json_t *
histogram_json(run *r, network_index k, const char *format)
{
    ga_histogram h = { 0 };
    ga_estimator e = { .gain = 1, .logit_scale = 1 };
    json_t *o = json_object();
    step(r, "histogram");
    ga_format_parse(&e.format, format, NULL);
    ga_histogram_make(&h, r->in->model[k], r->in->ds, all_images(r), &e, r->in->threads, r->st);
    json_object_set_new(o, "network", json_string(network_names[k]));
    json_object_set_new(o, "format", json_string(format));
    set_count(o, "elements", h.elements);
    set_count(o, "zero", h.zero);
    set_count(o, "negative_zero", h.negative_zero);
    set_count(o, "subnormal", h.subnormal);
    set_count(o, "infinite", h.infinite);
    set_count(o, "nan", h.nan);
    set_real(o, "zero_percent", percent(h.zero, h.elements));
    set_real(o, "median_log10", h.median);
    json_object_set_new(o, "first_decade", json_integer(h.first));
    json_t *counts = json_array();
    for (size_t i = 0; i < h.n; i++)
        json_array_append_new(counts, json_integer((json_int_t)h.count[i]));
    json_object_set_new(o, "counts", counts);
    ga_histogram_free(&h);
    return o;
}

static json_t *
sweep_json(run *r, network_index k, const char *parameter, const char *format, double from, double to)
{
    double value[SWEEP_POINTS];
    ga_attack_counts counts[SWEEP_POINTS] = { { 0 } };
    ga_attack attack;
    json_t *o = json_object(), *points = json_array();
    step(r, "sweep");
    ga_attack_parse(&attack, format, NULL);
    attack.eps = r->in->eps;
    ga_log_space(value, SWEEP_POINTS, from, to);
    r->done += SWEEP_POINTS - 1;
    ga_sweep(counts, value, SWEEP_POINTS, strcmp(parameter, "gain") != 0, &attack, r->in->model[k], r->in->ds, all_images(r),
             r->in->threads, r->st);
    json_object_set_new(o, "network", json_string(network_names[k]));
    json_object_set_new(o, "parameter", json_string(parameter));
    json_object_set_new(o, "format", json_string(format));
    for (size_t i = 0; i < SWEEP_POINTS; i++) {
        json_t *point = counts_json(counts + i);
        set_real(point, "value", value[i]);
        json_array_append_new(points, point);
    }
    json_object_set_new(o, "points", points);
    return o;
}

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

/* Weights of every layer and activations of the hidden ones: Figure S1. */
static json_t *
distributions_json(run *r, network_index k)
{
    const ga_model *model = r->in->model[k];
    json_t *o = json_object();
    step(r, "distributions");
    for (size_t l = 0; l < model->n_layers; l++)
        for (int activations = 0; activations <= (l + 1 < model->n_layers) && !failed(r); activations++) {
            char key[64];
            double *value;
            size_t n;
            if (ga_layer_values(&value, &n, activations ? GA_ACTIVATIONS : GA_WEIGHTS, l, model, r->in->ds, all_images(r),
                                r->in->threads, r->st) != GA_OK)
                return o;
            json_t *d = json_object();
            set_distribution(d, value, n, activations ? 0 : NAN, activations && !is_relu(model) ? 1 : NAN);
            snprintf(key, sizeof key, "fc%zu.%s", l + 1, activations ? "activation" : "weight");
            json_object_set_new(o, key, d);
            free(value);
        }
    return o;
}

static json_t *
settings_json(const reproduction_input *in)
{
    json_t *o = json_object();
    set_real(o, "eps", in->eps);
    set_real(o, "gain", in->gain);
    set_real(o, "logit_scale", in->logit_scale);
    set_count(o, "images", in->ds->n);
    set_count(o, "mpfr_images", in->ds->n < REPRODUCTION_MPFR_IMAGES ? in->ds->n : REPRODUCTION_MPFR_IMAGES);
    set_count(o, "exact_images", in->ds->n < REPRODUCTION_EXACT_IMAGES ? in->ds->n : REPRODUCTION_EXACT_IMAGES);
    set_count(o, "random_seeds", REPRODUCTION_RANDOM_SEEDS);
    return o;
}

static json_t *
finish(run *r, json_t *report)
{
    free(r->correct);
    if (failed(r)) {
        json_decref(report);
        return NULL;
    }
    return report;
}

static bool
start(run *r, const reproduction_input *in, size_t total, ga_status *st)
{
    *r = (run){ .in = in, .st = st, .total = total, .correct = malloc(in->ds->n * sizeof *r->correct) };
    st->code = GA_OK;
    if (r->correct == NULL)
        ga_fail(st, GA_NO_MEMORY, "out of memory for the labels");
    return r->correct != NULL;
}

json_t *
reproduction_table(const reproduction_input *in, ga_status *st)
{
    run r;
    if (!start(&r, in, 10 * PENALTY_SIGMOID, st))
        return NULL;
    return finish(&r, networks_json(&r, PENALTY_SIGMOID));
}

json_t *
reproduction_compute(const reproduction_input *in, ga_status *st)
{
    static const char *const formats[] = { "float", "double" };
    run r;
    if (!start(&r, in, 10 * N_NETWORKS + 4 + 4 * SWEEP_POINTS + 4, st))
        return NULL;
    json_t *report = json_object(), *histograms = json_array(), *sweeps = json_array(), *distributions = json_object();
    json_object_set_new(report, "schema_version", json_integer(REPRODUCTION_SCHEMA));
    json_object_set_new(report, "kind", json_string("reproduction"));
    json_object_set_new(report, "settings", settings_json(in));
    json_object_set_new(report, "networks", networks_json(&r, N_NETWORKS));
    for (size_t k = VANILLA_SIGMOID; k <= SATURATED_SIGMOID; k++)
        for (size_t f = 0; f < 2 && !failed(&r); f++)
            json_array_append_new(histograms, histogram_json(&r, (network_index)k, formats[f]));
    for (size_t f = 0; f < 2 && !failed(&r); f++)
        json_array_append_new(sweeps, sweep_json(&r, SATURATED_SIGMOID, "gain", formats[f], 1e-6, 10));
    for (size_t f = 0; f < 2 && !failed(&r); f++)
        json_array_append_new(sweeps, sweep_json(&r, SATURATED_RELU, "logit-scale", formats[f], 1e-6, 10));
    for (size_t k = 0; k < PENALTY_SIGMOID && !failed(&r); k++)
        json_object_set_new(distributions, network_names[k], distributions_json(&r, (network_index)k));
    json_object_set_new(report, "histograms", histograms);
    json_object_set_new(report, "sweeps", sweeps);
    json_object_set_new(report, "distributions", distributions);
    return finish(&r, report);
}
