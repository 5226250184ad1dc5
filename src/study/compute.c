/* SPDX-License-Identifier: Apache-2.0 */
/* compute.c -- computes what a study asks for; see compute.h */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/thresholds.h"

#include "report/amount.h"
#include "report/table.h"
#include "run/agree.h"
#include "study/tasks.h"

/* ---- networks ---- */

/* The attacks that no audit has, by role. */
static void
add_attacks(json_t *attacks, const attack_task *a)
{
    const char *role;
    json_t *words;
    size_t i = 0;
    if (a == NULL)
        return;
    json_object_foreach(a->roles, role, words) {
        char name[GA_ESTIMATOR_NAME];
        ga_attack_name(name, sizeof name, a->attack + i);
        set_attack(attacks, role, a->counts + i, name, ga_product_name(&a->attack[i].estimator));
        i++;
    }
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

/* Plain accuracy, every attack and what the audit found, for a network; its magnitudes if the study wants them. */
static json_t *
network_json(const study_inputs *in, tasks *t, size_t k, json_t *histograms, ga_status *st)
{
    const json_t *const study = in->study->json;
    const char *const name = study_network_name(study, k);
    network_audit *const a = &t->audit[k];
    json_t *o = json_object(), *attacks = json_object();
    size_t correct = 0;
    const size_t n = in->ds[k]->n;
    json_object_set_new(o, "attacks", attacks);
    for (size_t i = 0; i < n; i++)
        correct += a->part->row[i].correct;
    set_count(o, "images", n);
    set_count(o, "correct", correct);
    set_real(o, "plain_percent", percent(correct, n));
    network_audit_attacks(attacks, a);
    add_attacks(attacks, tasks_attacks(t, k));
    network_audit_findings(o, a, st);
    if (histograms != NULL && is_listed(json_object_get(study, "histograms"), name))
        add_histograms(histograms, a, name);
    return o;
}

static json_t *
networks_json(const study_inputs *in, tasks *t, json_t *histograms, ga_status *st)
{
    json_t *networks = json_object();
    for (size_t k = 0; k < STUDY_MOST_NETWORKS && st->code == GA_OK; k++)
        if (t->audited[k])
            json_object_set_new(networks, study_network_name(in->study->json, k), network_json(in, t, k, histograms, st));
    return networks;
}

/* ---- sweeps ---- */

static json_t *
sweep_json(const study_inputs *in, const attack_task *a)
{
    json_t *points = json_array();
    for (size_t i = 0; i < a->n; i++) {
        json_t *point = counts_json(a->counts + i);
        set_real(point, "value", a->at[i]);
        json_array_append_new(points, point);
    }
    return json_pack("{s:s,s:s,s:s,s:o}", "network", study_network_name(in->study->json, a->network), "parameter",
                     amount_string(a->sweep, "parameter"), "format", a->format, "points", points);
}

static json_t *
scales_json(const study_inputs *in, const scale_task *s)
{
    table points = table_new(NULL, true);
    for (size_t i = 0; i < s->job.n; i++)
        table_tally(&points, s->at[i], s->tally + i);
    return json_pack("{s:s,s:s,s:s,s:o}", "network", study_network_name(in->study->json, s->network), "parameter",
                     amount_string(s->sweep, "parameter"), "format", s->format, "points", points.rows);
}

static json_t *
sweeps_json(const study_inputs *in, const tasks *t)
{
    json_t *sweeps = json_array();
    for (size_t i = 0; i < t->n_attacks; i++)
        if (t->attack[i].sweep != NULL)
            json_array_append_new(sweeps, sweep_json(in, t->attack + i));
    for (size_t i = 0; i < t->n_scales; i++)
        json_array_append_new(sweeps, scales_json(in, t->scale + i));
    return sweeps;
}

/* ---- the report ---- */

static json_t *
settings_json(const study_inputs *in)
{
    const json_t *const study = in->study->json;
    json_t *o = json_copy(in->settings);
    if (in->ds[0] != NULL)
        set_count(o, "images", in->ds[0]->n);
    if (json_object_get(study, "sweeps") != NULL)
        set_count(o, "exact_sweep_images", in->ds[0]->n);
    if (in->n_seeds > 0)
        set_count(o, "seed", (size_t)in->seed[0]);
    if (in->ds[0] != NULL)
        set_count(o, "random_seeds", tasks_random_seeds(study));
    return o;
}

static json_t *
thresholds_json(const json_t *study, ga_status *st)
{
    static const char *const becomes[] = { "0", "1", "infinite", "NaN", "wrong" };
    size_t i, n;
    const json_t *format;
    json_t *o = json_object();
    json_array_foreach(json_object_get(study, "thresholds"), i, format) {
        ga_threshold *t = NULL;
        json_t *rows = json_array();
        ga_format f;
        n = 0;
        if (st->code == GA_OK && ga_format_parse(&f, json_string_value(format), st) == GA_OK &&
            ga_thresholds_find(&t, &n, f, st) == GA_OK)
            for (size_t k = 0; k < n; k++) {
                json_t *row = json_pack("{s:s,s:s,s:s}", "quantity", t[k].quantity, "formulas",
                                        t[k].formulas == GA_NAIVE ? "naive" : "rewrite", "becomes", becomes[t[k].becomes]);
                set_real(row, "exact", mpfr_get_d(t[k].exact, MPFR_RNDN));
                set_real(row, "rounded", mpfr_get_d(t[k].rounded, MPFR_RNDN));
                set_real(row, "first", mpfr_get_d(t[k].first, MPFR_RNDN));
                set_real(row, "last", mpfr_get_d(t[k].last, MPFR_RNDN));
                json_array_append_new(rows, row);
            }
        ga_thresholds_free(t, n);
        json_object_set_new(o, json_string_value(format), rows);
    }
    return o;
}

/* What the study does not ask for is not in the report. */
static void
add(json_t *report, const json_t *study, const char *key, json_t *made)
{
    if (json_object_get(study, key) != NULL)
        json_object_set(report, key, made);
    json_decref(made);
}

static json_t *
report_json(const study_inputs *in, tasks *t, ga_status *st)
{
    const json_t *const study = in->study->json;
    json_t *report = json_pack("{s:i,s:s}", "schema_version", STUDY_REPORT_SCHEMA, "kind", "reproduction");
    json_t *histograms = json_array();
    if (strcmp(in->study->name, STUDY_DEFAULT) != 0)
        json_object_set_new(report, "study", json_string(in->study->name));
    json_object_set_new(report, "settings", settings_json(in));
    add(report, study, "networks", networks_json(in, t, histograms, st));
    add(report, study, "histograms", histograms);
    add(report, study, "sweeps", sweeps_json(in, t));
    if (st->code == GA_OK && json_object_get(study, "distributions") != NULL)
        add(report, study, "distributions", distributions_json(in, st));
    add(report, study, "thresholds", thresholds_json(study, st));
    add(report, study, "measured", json_incref(in->measured));
    return report;
}

json_t *
study_compute(const study_inputs *in, bool spread, ga_status *st)
{
    tasks t;
    bool go = false;
    json_t *o = NULL;
    if (tasks_open(&t, in, spread, st) != GA_OK)
        agree_not(in->team, st);
    else if (tasks_run(&go, &t, in, st) == GA_OK && go)
        o = spread ? networks_json(in, &t, NULL, st) : report_json(in, &t, st);
    tasks_close(&t);
    if (st->code == GA_OK)
        return o;
    json_decref(o);
    return NULL;
}
