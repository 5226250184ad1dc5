/* SPDX-License-Identifier: Apache-2.0 */
/* reproduction.c -- computes the report; see reproduction.h */
#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

#include <gradaudit/attack.h>
#include <gradaudit/distribution.h>

#include "report/reproduction_audit.h"

const char *const network_names[N_NETWORKS] = {
    "vanilla-sigmoid", "saturated-sigmoid", "vanilla-relu", "saturated-relu", "penalty-sigmoid", "penalty-sigmoid-x300"
};

enum { BINS = 60, SWEEP_POINTS = 29 };

/* An image's time, in about 0.01 ms: for the progress only. */
enum { COST_AUDIT = 200, COST_SIGNS = 10, COST_FLOAT = 2 };

/* A computation under way: the first failure stops the rest. */
typedef struct {
    const reproduction_sources *in;
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
show(const run *r, const char *what, size_t more)
{
    if (r->in->progress != NULL)
        r->in->progress(r->in->progress_data, what, r->done + more, r->total);
}

static ga_range
all_images(const run *r)
{
    return (ga_range){ 0, r->in->ds->n - 1 };
}

static bool
is_relu(const ga_model *model)
{
    return model->n_layers > 1 && model->layer[0].activation == GA_RELU;
}

/* "float,naive,gain=0.0003": the paper's stabilised gradient. */
static void
stable_words(char *words, size_t size, const run *r, const ga_model *model)
{
    snprintf(words, size, is_relu(model) ? "float,naive,logit-scale=%.17g" : "float,naive,gain=%.17g",
             is_relu(model) ? r->in->logit_scale : r->in->gain);
}

/* The stable attack if the audit lacks it: without its exact counterpart, which takes as long as all the rest. */
static void
add_stable(run *r, json_t *attacks, const char *words, const ga_model *model)
{
    char name[128];
    ga_attack attack;
    ga_attack_counts counts;
    if (ga_attack_parse(&attack, words, r->st) != GA_OK)
        return;
    attack.eps = r->in->eps;
    attack.estimator.backend = r->in->backend;
    if (ga_attack_run(&counts, &attack, r->correct, model, r->in->ds, all_images(r), r->in->threads, r->st) != GA_OK)
        return;
    json_t *o = counts_json(&counts);
    ga_attack_name(name, sizeof name, &attack);
    json_object_set_new(o, "estimator", json_string(name));
    json_object_set_new(o, "product", json_string(ga_product_name(&attack.estimator)));
    json_object_set_new(attacks, "stable", o);
}

typedef struct {
    run *r;
    const char *network;
} audit_progress;

static void
show_audit(void *data, size_t done, size_t images)
{
    const audit_progress *p = data;
    (void)images;
    show(p->r, p->network, done * COST_AUDIT);
}

/* Figure 1 shows the sigmoid networks. */
static void
add_histograms(json_t *histograms, const network_audit *a, const char *network)
{
    json_array_append_new(histograms, histogram_json(&a->part->estimator[0].decades, network, "float"));
    json_array_append_new(histograms, histogram_json(&a->part->estimator[1].decades, network, "double"));
    json_array_append_new(histograms, histogram_json(&a->part->function[0].decades, network, "exact"));
}

/* Plain accuracy, every column of Table 1 and what the audit found, for a network; its magnitudes if histograms is not NULL. */
static json_t *
network_json(run *r, network_index k, json_t *histograms)
{
    const ga_model *model = r->in->model[k];
    const bool saturated = k == SATURATED_SIGMOID || k == SATURATED_RELU;
    char words[96];
    network_audit a;
    audit_progress watch = { r, network_names[k] };
    json_t *o = json_object(), *attacks = json_object();
    json_object_set_new(o, "attacks", attacks);
    stable_words(words, sizeof words, r, model);
    ga_code code = network_audit_run(&a, model, r->in->ds, r->in->eps, saturated ? words : NULL, r->in->threads, r->in->backend,
                                     show_audit, &watch, r->st);
    size_t correct = 0;
    for (size_t i = 0; code == GA_OK && i < r->in->ds->n; i++)
        correct += r->correct[i] = a.part->row[i].correct;
    set_count(o, "images", r->in->ds->n);
    set_count(o, "correct", correct);
    set_real(o, "plain_percent", percent(correct, r->in->ds->n));
    if (code == GA_OK) {
        network_audit_attacks(attacks, &a);
        if (!saturated)
            add_stable(r, attacks, words, model);
        network_audit_findings(o, &a, r->st);
    }
    if (code == GA_OK && histograms != NULL && !is_relu(model) && k < PENALTY_SIGMOID)
        add_histograms(histograms, &a, network_names[k]);
    network_audit_free(&a);
    r->done += r->in->ds->n * COST_AUDIT;
    return o;
}

static json_t *
networks_json(run *r, size_t n, json_t *histograms)
{
    json_t *networks = json_object();
    for (size_t k = 0; k < n && !failed(r); k++)
        json_object_set_new(networks, network_names[k], network_json(r, (network_index)k, histograms));
    return networks;
}

/* The attack along a line of gains or logit scales. */
static json_t *
sweep_json(run *r, network_index k, const char *parameter, const char *format, double from, double to)
{
    double value[SWEEP_POINTS];
    ga_attack attack;
    const bool exact = strcmp(format, "exact") == 0;
    const ga_dataset *ds = r->in->ds;
    json_t *o = json_object(), *points = json_array();
    char what[96];
    ga_attack_parse(&attack, format, NULL);
    attack.eps = r->in->eps;
    attack.estimator.backend = r->in->backend;
    ga_log_space(value, SWEEP_POINTS, from, to);
    if (!failed(r))
        ga_classify(r->correct, r->in->model[k], ds, all_images(r), r->in->threads, r->st);
    snprintf(what, sizeof what, "%s, %s, %s", network_names[k], parameter, format);
    for (size_t i = 0; i < SWEEP_POINTS && !failed(r); i++) {
        ga_attack_counts counts = { 0 };
        show(r, what, 0);
        *(strcmp(parameter, "gain") == 0 ? &attack.estimator.gain : &attack.estimator.logit_scale) = value[i];
        ga_attack_run(&counts, &attack, r->correct, r->in->model[k], ds, all_images(r), r->in->threads, r->st);
        json_t *point = counts_json(&counts);
        set_real(point, "value", value[i]);
        json_array_append_new(points, point);
        r->done += ds->n * (exact ? COST_SIGNS : COST_FLOAT);
    }
    json_object_set_new(o, "network", json_string(network_names[k]));
    json_object_set_new(o, "parameter", json_string(parameter));
    json_object_set_new(o, "format", json_string(format));
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

/* Weights of every layer and activations of the hidden ones: Figure S1. On one thread: sorting takes most of it. */
static json_t *
network_distributions(const reproduction_sources *in, network_index k, ga_status *st)
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
            set_distribution(d, value, n, activations ? 0 : NAN, activations && !is_relu(model) ? 1 : NAN);
            snprintf(key, sizeof key, "fc%zu.%s", l + 1, activations ? "activation" : "weight");
            json_object_set_new(o, key, d);
            free(value);
        }
    return o;
}

/* For each of the paper's networks, side by side. */
static json_t *
distributions_json(run *r)
{
    json_t *o = json_object(), *of[PENALTY_SIGMOID] = { NULL };
    ga_status st[PENALTY_SIGMOID] = { { 0 } };
    const int threads = r->in->threads > 0 ? r->in->threads : omp_get_max_threads();
    if (failed(r))
        return o;
    show(r, "distributions", 0);
#pragma omp parallel for num_threads(threads) schedule(dynamic)
    for (int k = PENALTY_SIGMOID - 1; k >= 0; k--) /* the largest first */
        of[k] = network_distributions(r->in, (network_index)k, st + k);
    for (size_t k = 0; k < PENALTY_SIGMOID; k++) {
        json_object_set_new(o, network_names[k], of[k]);
        if (st[k].code != GA_OK && !failed(r))
            *r->st = st[k];
    }
    return o;
}

static json_t *
settings_json(const reproduction_sources *in)
{
    json_t *o = json_object();
    set_real(o, "eps", in->eps);
    set_real(o, "gain", in->gain);
    set_real(o, "logit_scale", in->logit_scale);
    set_count(o, "images", in->ds->n);
    set_count(o, "exact_sweep_images", in->ds->n);
    set_count(o, "seed", (size_t)in->seed[0]);
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
start(run *r, const reproduction_sources *in, size_t total, ga_status *st)
{
    *r = (run){ .in = in, .st = st, .total = total, .correct = malloc(in->ds->n * sizeof *r->correct) };
    st->code = GA_OK;
    if (r->correct == NULL)
        ga_fail(st, GA_NO_MEMORY, "out of memory for the labels");
    return r->correct != NULL;
}

json_t *
reproduction_table(const reproduction_sources *in, ga_status *st)
{
    run r;
    if (!start(&r, in, PENALTY_SIGMOID * in->ds->n * COST_AUDIT, st))
        return NULL;
    return finish(&r, networks_json(&r, PENALTY_SIGMOID, NULL));
}

json_t *
reproduction_compute(const reproduction_sources *in, ga_status *st)
{
    static const char *const formats[] = { "float", "double", "exact" };
    enum { FORMATS = 3 };
    const size_t sweeps_cost = 2 * SWEEP_POINTS * in->ds->n * (2 * COST_FLOAT + COST_SIGNS);
    run r;
    if (!start(&r, in, N_NETWORKS * in->ds->n * COST_AUDIT + sweeps_cost, st))
        return NULL;
    json_t *report = json_object(), *histograms = json_array(), *sweeps = json_array();
    json_object_set_new(report, "schema_version", json_integer(REPRODUCTION_SCHEMA));
    json_object_set_new(report, "kind", json_string("reproduction"));
    json_object_set_new(report, "settings", settings_json(in));
    json_object_set_new(report, "networks", networks_json(&r, N_NETWORKS, histograms));
    for (size_t f = 0; f < FORMATS && !failed(&r); f++)
        json_array_append_new(sweeps, sweep_json(&r, SATURATED_SIGMOID, "gain", formats[f], 1e-6, 10));
    for (size_t f = 0; f < FORMATS && !failed(&r); f++)
        json_array_append_new(sweeps, sweep_json(&r, SATURATED_RELU, "logit-scale", formats[f], 1e-6, 10));
    json_object_set_new(report, "histograms", histograms);
    json_object_set_new(report, "sweeps", sweeps);
    json_object_set_new(report, "distributions", distributions_json(&r));
    return finish(&r, report);
}
