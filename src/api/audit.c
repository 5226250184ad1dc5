/* SPDX-License-Identifier: Apache-2.0 */
/* audit.c -- audits of models and data in memory; see gradaudit/audit.h */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <gradaudit/audit.h>

#include "core/audit.h"

#include "api/audit.h"
#include "attack/names.h"
#include "audit/plan.h"
#include "num/frozen.h"
#include "pass/engine.h"
#include "report/audit.h"
#include "report/gate.h"
#include "report/provenance.h"

/* A job whose words, names and arrays are its own. */
struct ga_audit {
    ga_audit_job job;
    const char *estimator[GA_AUDIT_MOST_ESTIMATORS];
    ga_foreign foreign[GA_AUDIT_MOST_ESTIMATORS];
};

static ga_code
settle(audit_options *o, const ga_audit_options *asked, const ga_model *model, ga_status *st)
{
    *o = ga_audit_defaults;
    if (asked->tolerance != 0)
        o->tolerance = asked->tolerance;
    if (asked->verdict_margin != 0)
        o->verdict_margin = asked->verdict_margin;
    if (asked->seeds != 0)
        o->seeds = asked->seeds;
    if (asked->max_bits != 0)
        o->max_bits = asked->max_bits;
    if (asked->reference_bits != 0)
        o->reference_bits = asked->reference_bits;
    o->remedies = !asked->no_remedies;
    o->elements = asked->elements != 0;
    o->batch = asked->batch;
    ga_code code = asked->eps != NULL ? attack_step(&o->eps, asked->eps, model->dtype, "eps", st) : GA_OK;
    if (code == GA_OK && asked->backend != NULL)
        code = ga_backend_parse(&o->backend, asked->backend, st);
    return code == GA_OK ? plan_options(o, st) : code;
}

static ga_code
make(ga_audit *a, const ga_audit_options *options, ga_status *st)
{
    ga_audit_options own;
    if (a->job.model == NULL || a->job.ds == NULL)
        return ga_fail(st, GA_USAGE, "an audit is of a model on a data set: one of them is NULL");
    if (a->job.ds->target != NULL)
        return ga_fail(st, GA_USAGE, "an audit takes labels: %s are for gradients",
                       a->job.ds->upstream ? "upstream gradients" : "targets");
    ga_code code = api_options(&own, sizeof own, options, "ga_audit_options", st);
    if (code == GA_OK)
        code = settle(&a->job.options, &own, a->job.model, st);
    if (code == GA_OK)
        code = ga_range_parse(&a->job.range, own.images, a->job.ds, st);
    return code == GA_OK ? ga_dataset_check(a->job.ds, a->job.model, st) : code;
}

ga_code
ga_audit_new(ga_audit **audit, const ga_model *model, const ga_dataset *ds, const ga_audit_options *options, ga_status *st)
{
    ga_status own = { 0 };
    api_call call;
    ga_code code = api_given(st, "audit", audit);
    if (code != GA_OK)
        return code;
    *audit = NULL;
    if ((code = api_enter(&call, NULL, st)) != GA_OK)
        return code;
    ga_audit *const a = calloc(1, sizeof *a);
    if (a == NULL)
        ga_fail(&own, GA_NO_MEMORY, "out of memory for an audit");
    else {
        a->job = (ga_audit_job){ .model = model, .ds = ds };
        if (make(a, options, &own) == GA_OK)
            *audit = a;
        else
            ga_audit_free(a);
    }
    if (api_end(&call, &own, st) == GA_OK)
        return GA_OK;
    ga_audit_free(*audit);
    *audit = NULL;
    return own.code;
}

static void
free_foreign(ga_foreign *f)
{
    free((char *)(uintptr_t)f->name);
    free((char *)(uintptr_t)f->scale);
    npy_free((npy *)(uintptr_t)f->array);
    *f = (ga_foreign){ NULL };
}

void
ga_audit_free(ga_audit *audit)
{
    if (audit == NULL)
        return;
    for (size_t i = 0; i < GA_AUDIT_MOST_ESTIMATORS; i++) {
        free((char *)(uintptr_t)audit->estimator[i]);
        free_foreign(audit->foreign + i);
    }
    free(audit);
}

/* What a plan would say of these words, as far as that is known before all images have been looked at. */
static ga_code
check_words(const ga_audit_job *job, const char *words, ga_status *st)
{
    plan_worded w;
    ga_code code = plan_words(&w, words, job->model, st);
    if (code != GA_OK)
        return code;
    w.e.backend = job->options.backend;
    if (w.e.gain == 1 || pass_check_gain(job->model, "logit-scale=S", NULL) == GA_OK) /* else it is left out */
        code = ga_estimator_check(&w.e, job->model, st);
    frozen_drop(&w.e.format);
    return code;
}

static void
add(ga_audit *a, const char *words, ga_status *st)
{
    audit_options *const o = &a->job.options;
    if (words == NULL)
        ga_fail(st, GA_USAGE, "which estimator? its words are NULL");
    else if (o->n_estimators == GA_AUDIT_MOST_ESTIMATORS)
        ga_fail(st, GA_USAGE, "at most %d estimators", GA_AUDIT_MOST_ESTIMATORS);
    else if (check_words(&a->job, words, st) == GA_OK && (a->estimator[o->n_estimators] = strdup(words)) == NULL)
        ga_fail(st, GA_NO_MEMORY, "out of memory for an estimator's name");
    if (st->code != GA_OK)
        return;
    o->n_estimators++;
    o->estimators = a->estimator;
}

ga_code
ga_audit_add(ga_audit *audit, const char *words, ga_status *st)
{
    ga_status own = { 0 };
    api_call call;
    ga_code code = api_given(st, "audit", audit);
    if (code != GA_OK || (code = api_enter(&call, NULL, st)) != GA_OK)
        return code;
    add(audit, words, &own);
    return api_end(&call, &own, st);
}

static ga_code
check_name(const ga_audit_job *job, const char *name, ga_status *st)
{
    if (name == NULL || !foreign_is_name(name, strlen(name)))
        return ga_fail(st, GA_USAGE, "the name of a foreign gradient is of at most 64 letters, digits and ._-, not '%.100s'",
                       name != NULL ? name : "");
    if (gate_is_word(name))
        return ga_fail(st, GA_USAGE, "'%s' has a meaning in gates: choose another name", name);
    return job->options.n_foreign < GA_AUDIT_MOST_ESTIMATORS ? GA_OK
               : ga_fail(st, GA_USAGE, "at most %d foreign gradients", GA_AUDIT_MOST_ESTIMATORS);
}

static ga_code
make_foreign(ga_foreign *f, const ga_audit_job *job, const char *name, const ga_array *gradient, const char *scale, ga_status *st)
{
    foreign_scale *factor;
    npy *array;
    ga_code code = foreign_scale_new(&factor, scale, st);
    foreign_scale_free(factor);
    if (code != GA_OK)
        return code;
    if (gradient == NULL)
        return ga_fail(st, GA_USAGE, "which gradient? the array of '%s' is NULL", name);
    if ((code = npy_of_array(&array, gradient, name, st)) != GA_OK)
        return code;
    *f = (ga_foreign){ strdup(name), NULL, scale != NULL ? strdup(scale) : NULL, array };
    if (f->name == NULL || (scale != NULL && f->scale == NULL))
        return ga_fail(st, GA_NO_MEMORY, "out of memory for a name");
    return plan_foreign(array, name, job->model, job->ds, st);
}

ga_code
ga_audit_add_foreign(ga_audit *audit, const char *name, const ga_array *gradient, const char *scale, ga_status *st)
{
    ga_status own = { 0 };
    api_call call;
    ga_code code = api_given(st, "audit", audit);
    if (code != GA_OK || (code = api_enter(&call, NULL, st)) != GA_OK)
        return code;
    audit_options *const o = &audit->job.options;
    if (check_name(&audit->job, name, &own) == GA_OK) {
        ga_foreign *const f = audit->foreign + o->n_foreign;
        if (make_foreign(f, &audit->job, name, gradient, scale, &own) == GA_OK) {
            o->n_foreign++;
            o->foreign = audit->foreign;
        } else
            free_foreign(f);
    }
    return api_end(&call, &own, st);
}

static void
show_progress(void *data, double done, size_t images, size_t parts_done, size_t parts)
{
    const ga_run *const run = data;
    (void)parts_done, (void)parts;
    run->progress(run->data, done, (double)images);
}

/* No command was run: what else there is to know of how the results came about. */
static ga_code
write_provenance(const char *directory, const ga_audit_job *job, time_t start, double seconds, ga_status *st)
{
    char library[] = "library", *command[] = { library };
    json_t *const json = provenance_json(1, command, job->options.threads, job->options.backend, start, seconds);
    const ga_code code = json_write(directory, "provenance.json", json, st);
    json_decref(json);
    return code;
}

static double
seconds_since(const struct timespec *start)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - start->tv_sec) + 1e-9 * (double)(now.tv_nsec - start->tv_nsec);
}

static ga_code
run_job(json_t **json, const ga_audit_job *job, const char *directory, bool resume, ga_status *st)
{
    struct timespec start;
    plan p;
    clock_gettime(CLOCK_MONOTONIC, &start);
    const time_t began = time(NULL);
    ga_code code = directory != NULL && !resume ? audit_check_empty(directory, st) : GA_OK;
    if (code != GA_OK)
        return code;
    if ((code = plan_make(&p, job, st)) == GA_OK)
        code = directory != NULL ? audit_planned(json, directory, &p, resume, st) : audit_unkept(json, &p, st);
    plan_free(&p);
    return code == GA_OK && directory != NULL ? write_provenance(directory, job, began, seconds_since(&start), st) : code;
}

/* json, which is taken, as a report if it is wanted and there was no failure. */
static void
hand_over(ga_report **report, json_t *json, ga_status *st)
{
    if (st->code == GA_OK && report != NULL)
        api_report(report, json, st);
    else
        json_decref(json);
}

ga_code
ga_audit_run(ga_report **report, ga_audit *audit, const char *directory, int resume, const ga_run *run, ga_status *st)
{
    ga_status own = { 0 };
    json_t *json = NULL;
    api_call call;
    if (report != NULL)
        *report = NULL;
    ga_code code = api_given(st, "audit", audit);
    if (code != GA_OK || (code = api_enter(&call, run, st)) != GA_OK)
        return code;
    ga_audit_job job = audit->job;
    job.options.threads = call.run.threads;
    job.work = call.run.progress != NULL ? show_progress : NULL;
    job.progress_data = &call.run;
    run_job(&json, &job, directory, resume != 0, &own);
    hand_over(report, json, &own);
    return api_end_report(report, &call, &own, st);
}

ga_code
ga_audit_join(ga_report **report, const char *directory, const char *const *parts, size_t n, ga_status *st)
{
    ga_status own = { 0 };
    json_t *json = NULL;
    api_call call;
    if (report != NULL)
        *report = NULL;
    const ga_code code = api_enter(&call, NULL, st);
    if (code != GA_OK)
        return code;
    bool named = directory != NULL && (parts != NULL || n == 0);
    for (size_t i = 0; named && i < n; i++)
        named = parts[i] != NULL;
    if (named)
        audit_merge(&json, directory, parts, n, &own);
    else
        ga_fail(&own, GA_USAGE, "which audits, and where to? one of the paths is NULL");
    hand_over(report, json, &own);
    return api_end_report(report, &call, &own, st);
}
