/* SPDX-License-Identifier: Apache-2.0 */
/* compute.c -- computes what a study asks for; see compute.h */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <gradaudit/attack.h>
#include <gradaudit/thresholds.h>

#include "report/amount.h"
#include "study/audit.h"
#include "study/compute.h"
#include "study/words.h"

enum { RANDOM_SEEDS = 20 };

/* An image's time, in about 0.01 ms: for the progress only. */
enum { COST_AUDIT = 200, COST_SIGNS = 10, COST_FLOAT = 2 };

/* A computation under way: the first failure stops the rest. */
typedef struct {
    const study_inputs *in;
    const json_t *study;
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

static size_t
random_seeds(const json_t *study)
{
    const json_t *const seeds = json_object_get(study, "random_seeds");
    return seeds != NULL ? (size_t)json_integer_value(seeds) : RANDOM_SEEDS;
}

/* ---- networks ---- */

/* The estimators of an audit by role, with the settings in their words: the caller's. */
static json_t *
roles_of(run *r, const char *audit, const char *kind)
{
    const char *role;
    json_t *words, *roles = json_object(), *settings = json_pack("{s:O}", "settings", r->in->settings);
    json_t *scope = words_scope(r->study, settings);
    teller t = { .study = r->study };
    json_object_foreach(json_object_get(json_object_get(json_object_get(r->study, "audits"), audit), kind), role, words) {
        char *const text = words_text(&t, scope, words);
        ga_attack attack;
        ga_status own = { 0 };
        if (!failed(r) && text != NULL && strstr(text, "=auto") == NULL && ga_attack_parse(&attack, text, &own) != GA_OK)
            ga_fail(r->st, GA_BAD_FILE, "study %s, estimator %s '%s': %s", r->in->study->name, role, text, own.message);
        json_object_set_new(roles, role, json_string(text != NULL ? text : ""));
        free(text);
    }
    json_decref(scope);
    json_decref(settings);
    return roles;
}

/* An attack without an audit: its exact counterpart takes as long as all the rest. */
static void
add_attack(run *r, json_t *attacks, const char *role, const char *words, const ga_model *model)
{
    char name[128];
    ga_attack attack;
    ga_attack_counts counts;
    if (failed(r) || ga_attack_parse(&attack, words, r->st) != GA_OK)
        return;
    attack.eps = amount_number(r->in->settings, "eps");
    attack.estimator.backend = r->in->backend;
    if (ga_attack_run(&counts, &attack, r->correct, model, r->in->ds, all_images(r), r->in->threads, r->st) != GA_OK)
        return;
    json_t *o = counts_json(&counts);
    ga_attack_name(name, sizeof name, &attack);
    json_object_set_new(o, "estimator", json_string(name));
    json_object_set_new(o, "product", json_string(ga_product_name(&attack.estimator)));
    json_object_set_new(attacks, role, o);
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

static bool
is_listed(const json_t *list, const char *name)
{
    size_t i;
    const json_t *one;
    json_array_foreach(list, i, one)
        if (json_is_string(one) && strcmp(json_string_value(one), name) == 0)
            return true;
    return false;
}

/* Of the network itself, in each format: the first two estimators, and exact. */
static void
add_histograms(json_t *histograms, const network_audit *a, const char *network)
{
    json_array_append_new(histograms, histogram_json(&a->part->estimator[0].decades, network, "float"));
    json_array_append_new(histograms, histogram_json(&a->part->estimator[1].decades, network, "double"));
    json_array_append_new(histograms, histogram_json(&a->part->function[0].decades, network, "exact"));
}

static ga_code
audit_network(network_audit *a, run *r, size_t k, const json_t *roles, audit_progress *watch)
{
    ga_audit_job job = { .model = r->in->model[k], .ds = r->in->ds, .options = ga_audit_defaults, .progress = show_audit,
                         .progress_data = watch };
    job.options.eps = amount_number(r->in->settings, "eps");
    job.options.seeds = random_seeds(r->study);
    job.options.threads = r->in->threads;
    job.options.backend = r->in->backend;
    return network_audit_run(a, &job, roles, r->st);
}

/* Plain accuracy, every attack and what the audit found, for a network; its magnitudes if the study wants them. */
static json_t *
network_json(run *r, size_t k, json_t *histograms)
{
    const char *const name = study_network_name(r->study, k), *role;
    const char *const audit = amount_string(study_network_at(r->study, k), "audit");
    network_audit a = { .part = NULL };
    audit_progress watch = { r, name };
    json_t *o = json_object(), *attacks = json_object(), *words;
    json_t *roles = roles_of(r, audit, "estimators"), *others = roles_of(r, audit, "attacks");
    size_t correct = 0;
    const size_t n = r->in->ds->n;
    json_object_set_new(o, "attacks", attacks);
    ga_code code = failed(r) ? r->st->code : audit_network(&a, r, k, roles, &watch);
    for (size_t i = 0; code == GA_OK && i < n; i++)
        correct += r->correct[i] = a.part->row[i].correct;
    set_count(o, "images", n);
    set_count(o, "correct", correct);
    set_real(o, "plain_percent", percent(correct, n));
    if (code == GA_OK) {
        network_audit_attacks(attacks, &a);
        json_object_foreach(others, role, words)
            add_attack(r, attacks, role, json_string_value(words), r->in->model[k]);
        network_audit_findings(o, &a, r->st);
    }
    if (code == GA_OK && histograms != NULL && is_listed(json_object_get(r->study, "histograms"), name))
        add_histograms(histograms, &a, name);
    network_audit_free(&a);
    json_decref(roles);
    json_decref(others);
    r->done += n * COST_AUDIT;
    return o;
}

/* ---- sweeps ---- */

/* The attack along a line of gains or logit scales. */
static json_t *
sweep_json(run *r, size_t k, const json_t *sweep, const char *format)
{
    const size_t n = (size_t)json_integer_value(json_object_get(sweep, "points"));
    const char *const parameter = amount_string(sweep, "parameter"), *const name = study_network_name(r->study, k);
    double *at = malloc(n * sizeof *at);
    ga_attack attack;
    const ga_dataset *ds = r->in->ds;
    json_t *o = json_object(), *points = json_array();
    char what[192];
    ga_attack_parse(&attack, format, NULL);
    attack.eps = amount_number(r->in->settings, "eps");
    attack.estimator.backend = r->in->backend;
    if (at == NULL)
        ga_fail(r->st, GA_NO_MEMORY, "out of memory for a sweep");
    else
        ga_log_space(at, n, amount_number(sweep, "from"), amount_number(sweep, "to"));
    if (!failed(r))
        ga_classify(r->correct, r->in->model[k], ds, all_images(r), r->in->threads, r->st);
    snprintf(what, sizeof what, "%s, %s, %s", name, parameter, format);
    for (size_t i = 0; i < n && !failed(r); i++) {
        ga_attack_counts counts = { 0 };
        show(r, what, 0);
        *(strcmp(parameter, "gain") == 0 ? &attack.estimator.gain : &attack.estimator.logit_scale) = at[i];
        ga_attack_run(&counts, &attack, r->correct, r->in->model[k], ds, all_images(r), r->in->threads, r->st);
        json_t *point = counts_json(&counts);
        set_real(point, "value", at[i]);
        json_array_append_new(points, point);
        r->done += ds->n * (strcmp(format, "exact") == 0 ? COST_SIGNS : COST_FLOAT);
    }
    free(at);
    json_object_set_new(o, "network", json_string(name));
    json_object_set_new(o, "parameter", json_string(parameter));
    json_object_set_new(o, "format", json_string(format));
    json_object_set_new(o, "points", points);
    return o;
}

static json_t *
sweeps_json(run *r)
{
    size_t i, f;
    const json_t *sweep, *format;
    json_t *sweeps = json_array();
    json_array_foreach(json_object_get(r->study, "sweeps"), i, sweep)
        json_array_foreach(json_object_get(sweep, "formats"), f, format)
            if (!failed(r))
                json_array_append_new(sweeps, sweep_json(r, study_network_index(r->study, amount_string(sweep, "network")), sweep,
                                                         json_string_value(format)));
    return sweeps;
}

static size_t
sweeps_cost(const run *r)
{
    size_t i, f, cost = 0;
    const json_t *sweep, *format;
    json_array_foreach(json_object_get(r->study, "sweeps"), i, sweep)
        json_array_foreach(json_object_get(sweep, "formats"), f, format)
            cost += (size_t)json_integer_value(json_object_get(sweep, "points")) * r->in->ds->n *
                    (strcmp(json_string_value(format), "exact") == 0 ? COST_SIGNS : COST_FLOAT);
    return cost;
}

/* ---- the report ---- */

static json_t *
settings_json(const run *r)
{
    const study_inputs *in = r->in;
    json_t *o = json_copy(in->settings);
    if (in->ds != NULL)
        set_count(o, "images", in->ds->n);
    if (json_object_get(r->study, "sweeps") != NULL)
        set_count(o, "exact_sweep_images", in->ds->n);
    if (in->n_seeds > 0)
        set_count(o, "seed", (size_t)in->seed[0]);
    if (in->ds != NULL)
        set_count(o, "random_seeds", random_seeds(r->study));
    return o;
}

static json_t *
networks_json(run *r, json_t *histograms, bool spread)
{
    json_t *networks = json_object();
    for (size_t k = 0; k < study_networks(r->study) && !failed(r); k++)
        if (!spread || json_is_true(json_object_get(study_network_at(r->study, k), "spread")))
            json_object_set_new(networks, study_network_name(r->study, k), network_json(r, k, histograms));
    return networks;
}

static json_t *
thresholds_json(run *r)
{
    static const char *const becomes[] = { "0", "1", "infinite", "NaN", "wrong" };
    size_t i, n;
    const json_t *format;
    json_t *o = json_object();
    json_array_foreach(json_object_get(r->study, "thresholds"), i, format) {
        ga_threshold *t = NULL;
        json_t *rows = json_array();
        const bool wide = strcmp(json_string_value(format), "double") == 0;
        if (!failed(r) && ga_thresholds_find(&t, &n, wide ? GA_DOUBLE : GA_FLOAT, r->st) == GA_OK)
            for (size_t k = 0; k < n; k++) {
                json_t *row = json_object();
                json_object_set_new(row, "quantity", json_string(t[k].quantity));
                json_object_set_new(row, "formulas", json_string(t[k].formulas == GA_NAIVE ? "naive" : "rewrite"));
                json_object_set_new(row, "becomes", json_string(becomes[t[k].becomes]));
                set_real(row, "exact", t[k].exact);
                set_real(row, "rounded", t[k].rounded);
                set_real(row, "first", t[k].first);
                set_real(row, "last", t[k].last);
                json_array_append_new(rows, row);
            }
        free(t);
        json_object_set_new(o, json_string_value(format), rows);
    }
    return o;
}

static bool
start(run *r, const study_inputs *in, ga_status *st)
{
    const size_t n = in->ds != NULL ? in->ds->n : 0;
    *r = (run){ .in = in, .study = in->study->json, .st = st, .correct = malloc(n + 1) };
    r->total = study_networks(r->study) * n * COST_AUDIT + sweeps_cost(r);
    st->code = GA_OK;
    if (r->correct == NULL)
        ga_fail(st, GA_NO_MEMORY, "out of memory for the labels");
    return r->correct != NULL;
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

json_t *
study_compute_spread(const study_inputs *in, ga_status *st)
{
    run r;
    return start(&r, in, st) ? finish(&r, networks_json(&r, NULL, true)) : NULL;
}

/* What the study does not ask for is not in the report. */
static void
add(json_t *report, const run *r, const char *key, json_t *made)
{
    if (json_object_get(r->study, key) != NULL)
        json_object_set(report, key, made);
    json_decref(made);
}

json_t *
study_compute(const study_inputs *in, ga_status *st)
{
    run r;
    if (!start(&r, in, st))
        return NULL;
    json_t *report = json_object(), *histograms = json_array();
    json_object_set_new(report, "schema_version", json_integer(STUDY_REPORT_SCHEMA));
    json_object_set_new(report, "kind", json_string("reproduction"));
    if (strcmp(in->study->name, STUDY_DEFAULT) != 0)
        json_object_set_new(report, "study", json_string(in->study->name));
    json_object_set_new(report, "settings", settings_json(&r));
    add(report, &r, "networks", networks_json(&r, histograms, false));
    json_t *const sweeps = sweeps_json(&r);
    add(report, &r, "histograms", histograms);
    add(report, &r, "sweeps", sweeps);
    if (!failed(&r) && json_object_get(r.study, "distributions") != NULL) {
        show(&r, "distributions", 0);
        add(report, &r, "distributions", distributions_json(in, st));
    }
    add(report, &r, "thresholds", thresholds_json(&r));
    add(report, &r, "measured", json_incref(in->measured));
    return finish(&r, report);
}
