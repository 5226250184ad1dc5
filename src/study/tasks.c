/* SPDX-License-Identifier: Apache-2.0 */
/* tasks.c -- see tasks.h */
#include <stdlib.h>
#include <string.h>

#include "report/amount.h"
#include "run/agree.h"
#include "study/scales.h"
#include "study/tasks.h"
#include "study/words.h"

enum { RANDOM_SEEDS = 20 };

/* The time of a part of an audit, of a block of images attacked by the reference's signs, and by floats, and of one counted by
   cells at one loss scale, in about ms: for the progress. */
enum { COST_PART = 500, COST_SIGNS = 25, COST_FLOAT = 5, COST_CELLS = 40 };

size_t
tasks_random_seeds(const json_t *study)
{
    const json_t *const seeds = json_object_get(study, "random_seeds");
    return seeds != NULL ? (size_t)json_integer_value(seeds) : RANDOM_SEEDS;
}

/* The estimators of a network's audit by role, or its other attacks, with the settings in their words: the caller's. */
static json_t *
roles_of(const study_inputs *in, size_t k, const char *kind, ga_status *st)
{
    const char *role;
    const json_t *const study = in->study->json;
    const char *const name = amount_string(study_network_at(study, k), "audit");
    const json_t *const audit = json_object_get(json_object_get(study, "audits"), name);
    json_t *words, *roles = json_object(), *settings = json_pack("{s:O}", "settings", in->settings);
    json_t *scope = words_scope(study, settings);
    teller t = { .study = study };
    json_object_foreach(json_object_get(audit, kind), role, words) {
        char *const text = words_text(&t, scope, words);
        ga_attack attack;
        ga_status own = { 0 };
        if (st->code == GA_OK && text != NULL && strstr(text, "=auto") == NULL && ga_attack_parse(&attack, text, &own) != GA_OK)
            ga_fail(st, GA_BAD_FILE, "study %s, estimator %s '%s': %s", in->study->name, role, text, own.message);
        json_object_set_new(roles, role, json_string(text != NULL ? text : ""));
        free(text);
    }
    json_decref(scope);
    json_decref(settings);
    return roles;
}

/* ---- opening ---------------------------------------------------------------------------------------------------- */

static ga_code
open_audit(tasks *t, const study_inputs *in, size_t k, ga_status *st)
{
    ga_audit_job job = { .model = in->model[k], .ds = in->ds[k], .options = ga_audit_defaults };
    job.options.eps = amount_number(in->settings, "eps");
    job.options.seeds = tasks_random_seeds(in->study->json);
    job.options.threads = in->threads;
    job.options.backend = in->backend;
    t->roles[k] = roles_of(in, k, "estimators", st);
    if (st->code != GA_OK)
        return st->code;
    t->audited[k] = true;
    return network_audit_open(&t->audit[k], &job, t->roles[k], COST_PART, st);
}

/* An attack with the study's step, and exact products of the asked back end. */
static void
settle(ga_attack *attack, const study_inputs *in)
{
    attack->eps = amount_number(in->settings, "eps");
    attack->estimator.backend = in->backend;
}

static ga_code
open_attacks(attack_task *a, const study_inputs *in, size_t cost, ga_status *st)
{
    a->job = (attacks_job){ .attack = a->attack, .n = a->n, .model = in->model[a->network], .ds = in->ds[a->network],
                            .range = { 0, in->ds[a->network]->n - 1 }, .way = { .threads = in->threads } };
    return attacks_open(&a->open, a->counts, &a->job, cost, st);
}

static ga_code
make_room(attack_task *a, size_t n, ga_status *st)
{
    a->n = n;
    a->at = calloc(n, sizeof *a->at);
    a->attack = calloc(n, sizeof *a->attack);
    a->counts = calloc(n, sizeof *a->counts);
    return a->at != NULL && a->attack != NULL && a->counts != NULL ? GA_OK
                                                                   : ga_fail(st, GA_NO_MEMORY, "out of memory for %zu attacks", n);
}

/* Attacks without an audit: their exact counterparts take as long as all the rest. */
static ga_code
open_others(tasks *t, const study_inputs *in, size_t k, ga_status *st)
{
    const char *role;
    json_t *words;
    attack_task *const a = t->attack + t->n_attacks;
    *a = (attack_task){ .network = k, .roles = roles_of(in, k, "attacks", st) };
    const size_t n = json_object_size(a->roles);
    if (n == 0 || st->code != GA_OK) {
        json_decref(a->roles);
        return st->code;
    }
    t->n_attacks++;
    size_t i = 0;
    ga_code code = make_room(a, n, st);
    json_object_foreach(a->roles, role, words)
        if (code == GA_OK && (code = ga_attack_parse(a->attack + i, json_string_value(words), st)) == GA_OK)
            settle(a->attack + i++, in);
    return code == GA_OK ? open_attacks(a, in, COST_FLOAT, st) : code;
}

/* Along a line of gains or logit scales. */
static ga_code
open_sweep(tasks *t, const study_inputs *in, const json_t *sweep, const char *format, ga_status *st)
{
    const bool gain = strcmp(amount_string(sweep, "parameter"), "gain") == 0;
    attack_task *const a = t->attack + t->n_attacks++;
    *a = (attack_task){ .network = study_network_index(in->study->json, amount_string(sweep, "network")), .sweep = sweep,
                        .format = format };
    ga_code code = make_room(a, (size_t)json_integer_value(json_object_get(sweep, "points")), st);
    if (code != GA_OK)
        return code;
    ga_log_space(a->at, a->n, amount_number(sweep, "from"), amount_number(sweep, "to"));
    for (size_t i = 0; i < a->n; i++) {
        ga_attack_parse(a->attack + i, format, NULL);
        settle(a->attack + i, in);
        *(gain ? &a->attack[i].estimator.gain : &a->attack[i].estimator.logit_scale) = a->at[i];
    }
    return open_attacks(a, in, strcmp(format, "exact") == 0 ? COST_SIGNS : COST_FLOAT, st);
}

/* Along the powers of two from one loss scale to another. */
static ga_code
open_scales(tasks *t, const study_inputs *in, const json_t *sweep, const char *format, ga_status *st)
{
    int first;
    const size_t n = scales_count(&first, sweep);
    ga_attack attack;
    scale_task *const s = t->scale + t->n_scales++;
    *s = (scale_task){ .network = study_network_index(in->study->json, amount_string(sweep, "network")), .sweep = sweep,
                       .format = format, .at = calloc(n, sizeof *s->at), .estimator = calloc(n, sizeof *s->estimator),
                       .tally = calloc(n, sizeof *s->tally) };
    if (s->at == NULL || s->estimator == NULL || s->tally == NULL)
        return ga_fail(st, GA_NO_MEMORY, "out of memory for %zu loss scales", n);
    ga_attack_parse(&attack, format, NULL);
    settle(&attack, in);
    tallies_scales(s->estimator, s->at, &attack.estimator, first, n);
    s->job = (tallies_job){ .estimator = s->estimator, .n = n, .tolerance = ga_audit_defaults.tolerance,
                            .model = in->model[s->network], .ds = in->ds[s->network],
                            .range = { 0, in->ds[s->network]->n - 1 } };
    return tallies_open(&s->open, s->tally, &s->job, st);
}

static size_t
most_attacks(const json_t *study)
{
    size_t i, n = study_networks(study);
    const json_t *sweep;
    json_array_foreach(json_object_get(study, "sweeps"), i, sweep)
        n += json_array_size(json_object_get(sweep, "formats"));
    return n;
}

ga_code
tasks_open(tasks *t, const study_inputs *in, bool spread, ga_status *st)
{
    const json_t *const study = in->study->json, *sweep, *format;
    size_t i, f;
    ga_code code = GA_OK;
    *t = (tasks){ .attack = calloc(most_attacks(study) + 1, sizeof *t->attack),
                  .scale = calloc(most_attacks(study) + 1, sizeof *t->scale) };
    st->code = GA_OK;
    if (t->attack == NULL || t->scale == NULL)
        return ga_fail(st, GA_NO_MEMORY, "out of memory for a study");
    for (size_t k = 0; k < study_networks(study) && code == GA_OK; k++)
        if ((!spread || json_is_true(json_object_get(study_network_at(study, k), "spread"))) &&
            (code = open_audit(t, in, k, st)) == GA_OK)
            code = open_others(t, in, k, st);
    json_array_foreach(json_object_get(study, "sweeps"), i, sweep)
        json_array_foreach(json_object_get(sweep, "formats"), f, format)
            if (!spread && code == GA_OK)
                code = (scales_are_swept(sweep) ? open_scales : open_sweep)(t, in, sweep, json_string_value(format), st);
    return code;
}

void
tasks_close(tasks *t)
{
    for (size_t k = 0; k < STUDY_MOST_NETWORKS; k++) {
        if (t->audited[k])
            network_audit_free(&t->audit[k]);
        json_decref(t->roles[k]);
    }
    for (size_t i = 0; i < t->n_attacks; i++) {
        attacks_close(t->attack[i].open);
        json_decref(t->attack[i].roles);
        free(t->attack[i].at);
        free(t->attack[i].attack);
        free(t->attack[i].counts);
    }
    free(t->attack);
    for (size_t i = 0; i < t->n_scales; i++) {
        tallies_close(t->scale[i].open);
        free(t->scale[i].at);
        free(t->scale[i].estimator);
        free(t->scale[i].tally);
    }
    free(t->scale);
}

const attack_task *
tasks_attacks(const tasks *t, size_t network)
{
    for (size_t i = 0; i < t->n_attacks; i++)
        if (t->attack[i].sweep == NULL && t->attack[i].network == network)
            return t->attack + i;
    return NULL;
}

/* ---- running ---------------------------------------------------------------------------------------------------- */

static void
show(void *data, size_t done, size_t all)
{
    const study_inputs *const in = data;
    in->progress(in->progress_data, in->study->name, done, all);
}

/* What all processes must have read and been asked for. */
static json_t *
said(const study_inputs *in)
{
    const size_t images = in->ds[0] != NULL ? in->ds[0]->n : 0;
    return json_pack("{s:o,s:s,s:O,s:O,s:I}", "arithmetic", agree_arithmetic(true), "study", in->study->sha256, "inputs",
                     in->digests, "settings", in->settings, "images", (json_int_t)images);
}

static ga_code
deal_all(const tasks *t, const study_inputs *in, ga_status *st)
{
    size_t n = 0, room = STUDY_MOST_NETWORKS + t->n_scales;
    for (size_t i = 0; i < t->n_attacks; i++)
        room += t->attack[i].n;
    deal_work *const work = calloc(room, sizeof *work);
    if (work == NULL) {
        deal_run(&(deal){ .team = in->team }, NULL); /* the others have nothing to do */
        return ga_fail(st, GA_NO_MEMORY, "out of memory for a study");
    }
    for (size_t k = 0; k < STUDY_MOST_NETWORKS; k++)
        if (t->audited[k])
            work[n++] = t->audit[k].work;
    for (size_t i = 0; i < t->n_attacks; i++) {
        size_t kinds;
        const deal_work *const kind = attacks_work(&kinds, t->attack[i].open);
        memcpy(work + n, kind, kinds * sizeof *work);
        n += kinds;
    }
    for (size_t i = 0; i < t->n_scales; i++) {
        work[n] = tallies_work(t->scale[i].open);
        work[n++].cost = COST_CELLS * t->scale[i].job.n;
    }
    const ga_code code = deal_run(&(deal){ .work = work, .n = n, .threads = in->threads, .team = in->team,
                                           .progress = in->progress != NULL ? show : NULL,
                                           .progress_data = (void *)(uintptr_t)in }, st);
    free(work);
    return code;
}

ga_code
tasks_run(bool *go, tasks *t, const study_inputs *in, ga_status *st)
{
    ga_code code = agree(go, in->team, in->team != NULL ? said(in) : NULL, st);
    const bool leads = in->team == NULL || in->team->rank == 0;
    if (*go)
        code = deal_all(t, in, st);
    *go = *go && leads && code == GA_OK;
    for (size_t k = 0; k < STUDY_MOST_NETWORKS && *go; k++)
        if (t->audited[k] && (code = network_audit_merge(&t->audit[k], st)) != GA_OK)
            *go = false;
    return code;
}
