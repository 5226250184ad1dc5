/* SPDX-License-Identifier: Apache-2.0 */
/* plan.c -- see plan.h */
#include "config.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gmp.h>
#include <gnu/libc-version.h>
#include <mpfr.h>

#include <gradaudit/distribution.h>

#include "audit/plan.h"
#include "gemm/blas.h"
#include "io/digest.h"
#include "io/file.h"
#include "pass/engine.h"

const ga_audit_options ga_audit_defaults = { .eps = 0.25, .tolerance = 0.01, .level = 0.01, .seeds = 20,
                                             .max_bits = GA_REFERENCE_MAX_BITS, .reference_bits = GA_REFERENCE_BITS,
                                             .remedies = true };

/* "float,naive,gain=auto": the word KEY=auto is taken out. */
static bool
take_auto(char *words, const char *key)
{
    const char separators[] = ", ";
    char *found = strstr(words, key);
    if (found == NULL || (found > words && strchr(separators, found[-1]) == NULL) || strchr(separators, found[strlen(key)]) == NULL)
        return false;
    memset(found, ' ', strlen(key));
    return true;
}

/* The largest power of two, at most 1, with which the largest argument comes to lie within the target. Every step is exact. */
static double
scale_to(double target, double largest)
{
    double scale = 1;
    while (scale * largest > target)
        scale /= 2;
    return scale;
}

static ga_code
largest_value(double *largest, const ga_audit_job *job, size_t l, ga_status *st)
{
    double *value;
    size_t n;
    const ga_range all = { 0, job->ds->n - 1 };
    const ga_code code = ga_layer_values(&value, &n, GA_PREACTIVATIONS, l, job->model, job->ds, all, job->options.threads, st);
    if (code != GA_OK)
        return code;
    *largest = 0;
    for (size_t i = 0; i < n; i++)
        *largest = fabs(value[i]) <= *largest ? *largest : fabs(value[i]); /* a NaN stays */
    free(value);
    if (isfinite(*largest))
        return GA_OK;
    return ga_fail(st, GA_USAGE, "a scale is not found by auto where the arguments of layer %zu are not finite", l + 1);
}

/* The rule of "auto", over all images of the data file, whichever of them are audited, and never from what an attack does: the
   largest power of two g <= 1 with g |z| <= 16 for every pre-activation of a sigmoid (float's sigma becomes 1 at 16.64), 8 for tanh
   (1-t^2 becomes 0 at 9.01); the logit scale s with s |o| <= 8 for every logit, so that no two differ by more than 16 (float's p_y
   becomes 1 there). Arguments are those of the network itself. */
static ga_code
resolve_auto(ga_estimator *e, bool gain, bool logit_scale, const ga_audit_job *job, ga_status *st)
{
    const ga_model *m = job->model;
    ga_code code = GA_OK;
    double largest;
    if (gain)
        e->gain = 1;
    for (size_t l = 0; gain && l + 1 < m->n_layers && code == GA_OK; l++)
        if (m->layer[l].activation != GA_RELU && (code = largest_value(&largest, job, l, st)) == GA_OK)
            e->gain = fmin(e->gain, scale_to(m->layer[l].activation == GA_TANH ? 8 : 16, largest));
    if (logit_scale && code == GA_OK && (code = largest_value(&largest, job, m->n_layers - 1, st)) == GA_OK)
        e->logit_scale = scale_to(8, largest);
    return code;
}

static bool
same_function(const ga_estimator *a, const ga_estimator *b)
{
    return a->loss == b->loss && a->gain == b->gain && a->logit_scale == b->logit_scale;
}

static bool
same_estimator(const ga_estimator *a, const ga_estimator *b)
{
    return same_function(a, b) && a->format.kind == b->format.kind && a->formulas == b->formulas && a->product == b->product;
}

void
plan_file_name(char *text, size_t size, const char *name)
{
    snprintf(text, size, "%s", name);
    for (char *c = text; *c != '\0'; c++)
        if (strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-", *c) == NULL)
            *c = '-';
}

static bool
same_files(const char *a, const char *b)
{
    char x[PLAN_NAME], y[PLAN_NAME];
    plan_file_name(x, sizeof x, a);
    plan_file_name(y, sizeof y, b);
    return strcmp(x, y) == 0;
}

/* The index of e's function, which is added where it is new. */
static size_t
function_of(plan *p, const ga_estimator *e)
{
    size_t f = 0;
    while (f < p->n_functions && !same_function(&p->function[f].e, e))
        f++;
    if (f == p->n_functions) {
        plan_function *made = p->function + p->n_functions++;
        made->e = *e;
        made->e.product = GA_PRODUCT_DEFAULT;
        made->e.formulas = GA_REWRITE;
        ga_format_parse(&made->e.format, "exact", NULL);
        made->e.format.bits = p->job->options.max_bits;
        made->e.format.reference_bits = p->job->options.reference_bits;
        ga_estimator_name(made->name, sizeof made->name, &made->e);
    }
    return f;
}

static ga_code
add_estimator(plan *p, const char *words, ga_status *st)
{
    ga_attack attack;
    char *copy = strdup(words);
    if (copy == NULL)
        return ga_fail(st, GA_NO_MEMORY, "out of memory for an estimator's name");
    const bool gain = take_auto(copy, "gain=auto"), logit_scale = take_auto(copy, "logit-scale=auto");
    ga_code code = ga_attack_parse(&attack, copy, st);
    free(copy);
    if (code != GA_OK)
        return code;
    ga_estimator *e = &attack.estimator;
    if (attack.random || (e->format.kind != GA_FLOAT && e->format.kind != GA_DOUBLE))
        return ga_fail(st, GA_USAGE, "an audit is of estimators in float and double, not '%s'; random signs and the exact gradient "
                                     "are in every audit", words);
    if ((code = resolve_auto(e, gain, logit_scale, p->job, st)) != GA_OK ||
        (code = ga_estimator_check(e, p->job->model, st)) != GA_OK)
        return code;
    if (p->n_estimators == GA_AUDIT_MOST_ESTIMATORS)
        return ga_fail(st, GA_USAGE, "at most %d estimators", GA_AUDIT_MOST_ESTIMATORS);
    plan_estimator *made = p->estimator + p->n_estimators;
    made->e = engine_estimator(e, p->job->model);
    ga_estimator_name(made->name, sizeof made->name, &made->e);
    ga_estimator usual = made->e;
    usual.product = GA_PRODUCT_DEFAULT;
    if (engine_estimator(&usual, p->job->model).product != made->e.product)
        snprintf(made->name + strlen(made->name), sizeof made->name - strlen(made->name), " %s", ga_product_name(&made->e));
    for (size_t i = 0; i < p->n_estimators; i++) {
        if (same_estimator(&p->estimator[i].e, &made->e))
            return GA_OK; /* auto came out as 1, or it was asked for twice */
        if (same_files(p->estimator[i].name, made->name))
            return ga_fail(st, GA_USAGE, "two estimators would be called %s", made->name);
    }
    made->function = function_of(p, &made->e);
    made->remedies = p->job->options.remedies && made->function == 0 && made->e.formulas == GA_NAIVE;
    p->n_estimators++;
    return GA_OK;
}

static ga_code
add_foreign(plan *p, const ga_foreign *f, ga_status *st)
{
    npy *array;
    if (p->n_estimators == GA_AUDIT_MOST_ESTIMATORS)
        return ga_fail(st, GA_USAGE, "at most %d estimators", GA_AUDIT_MOST_ESTIMATORS);
    for (size_t i = 0; i < p->n_estimators; i++)
        if (same_files(p->estimator[i].name, f->name))
            return ga_fail(st, GA_USAGE, "two gradients would be called %s", f->name);
    ga_code code = npy_read(&array, f->path, st);
    if (code != GA_OK)
        return code;
    plan_estimator *made = p->estimator + p->n_estimators;
    p->foreign[p->n_estimators] = array;
    snprintf(made->name, sizeof made->name, "%s", f->name);
    made->e = (ga_estimator){ .gain = 1, .logit_scale = 1 };
    ga_format_parse(&made->e.format, array->dtype == NPY_F32 ? "float" : "double", NULL);
    made->foreign = array;
    made->scale = f->scale;
    p->n_estimators++;
    if (array->dtype != NPY_F32 && array->dtype != NPY_F64)
        return file_fail(st, GA_BAD_FILE, f->path, "a gradient is of float32 or float64");
    const size_t n = p->job->ds->n, n_elements = ga_model_inputs(p->job->model);
    if (array->dim[0] != n || array->n / n != n_elements)
        return file_fail(st, GA_BAD_FILE, f->path, "%zu rows of %zu numbers, not %zu images of %zu elements", array->dim[0],
                         array->n / array->dim[0], n, n_elements);
    return GA_OK;
}

/* Naive and rewritten, the naive one with gain or logit scale reduced, and the margin's; each in float and double. */
static ga_code
add_usual(plan *p, ga_status *st)
{
    const ga_model *m = p->job->model;
    bool saturates = false;
    for (size_t l = 0; l + 1 < m->n_layers; l++)
        saturates = saturates || m->layer[l].activation != GA_RELU;
    const char *const ways[] = { "naive", "rewrite", saturates ? "naive,gain=auto" : "naive,logit-scale=auto", "naive,margin" };
    ga_code code = GA_OK;
    for (size_t i = 0; i < 8 && code == GA_OK; i++) {
        char words[64];
        if (i % 2 == 0 && m->dtype == GA_F64)
            continue; /* float has no place on binary64 weights */
        snprintf(words, sizeof words, "%s,%s", i % 2 == 0 ? "float" : "double", ways[i / 2]);
        code = add_estimator(p, words, st);
    }
    return code;
}

/* The first naive estimator of the model's own format, and the first of a smaller scale there. */
static void
find_roles(plan *p)
{
    const ga_format_kind own = p->job->model->dtype == GA_F32 ? GA_FLOAT : GA_DOUBLE;
    p->naive = p->stable = p->n_estimators;
    for (size_t i = p->n_estimators; i-- > 0;) {
        const plan_estimator *e = p->estimator + i;
        if (e->foreign != NULL || e->e.format.kind != own || e->e.loss != GA_CROSS_ENTROPY)
            continue;
        if (e->function == 0 && e->e.formulas == GA_NAIVE)
            p->naive = i;
        if (e->e.gain < 1 || e->e.logit_scale < 1)
            p->stable = i;
    }
}

ga_code
plan_make(plan *p, const ga_audit_job *job, ga_status *st)
{
    const ga_audit_options *o = &job->options;
    *p = (plan){ .job = job, .origins = true };
    if (!(o->eps > 0) || !isfinite(o->eps) || !(o->tolerance > 0) || !(o->tolerance < 1) || !(o->level > 0) || !(o->level < 1) ||
        o->seeds > GA_AUDIT_MOST_SEEDS)
        return ga_fail(st, GA_USAGE, "eps must be positive, tolerance and level between 0 and 1, seeds at most %d",
                       GA_AUDIT_MOST_SEEDS);
    const ga_estimator itself = { .gain = 1, .logit_scale = 1 };
    function_of(p, &itself);
    ga_code code = ga_dataset_check(job->ds, job->model, st);
    if (code == GA_OK && o->estimators == NULL)
        code = add_usual(p, st);
    for (size_t i = 0; i < o->n_estimators && code == GA_OK; i++)
        code = add_estimator(p, o->estimators[i], st);
    for (size_t i = 0; i < o->n_foreign && code == GA_OK; i++)
        code = add_foreign(p, o->foreign + i, st);
    for (size_t i = 1; i < p->n_functions && code == GA_OK; i++)
        for (size_t k = 0; k < i && code == GA_OK; k++)
            if (same_files(p->function[i].name, p->function[k].name))
                code = ga_fail(st, GA_USAGE, "two functions would be called %s", p->function[i].name);
    find_roles(p);
    if (code == GA_OK && p->naive == p->n_estimators)
        code = ga_fail(st, GA_USAGE, "an audit needs the naive estimator in the model's own format: %s",
                       job->model->dtype == GA_F32 ? "float,naive" : "double,naive");
    return code;
}

void
plan_free(plan *p)
{
    for (size_t i = 0; i < GA_AUDIT_MOST_ESTIMATORS; i++)
        npy_free(p->foreign[i]);
    *p = (plan){ 0 };
}

static json_t *
digest_json(const char *path, ga_status *st)
{
    char text[DIGEST_TEXT];
    if (path == NULL)
        return json_null();
    return digest_file(text, path, st) == GA_OK ? json_string(text) : NULL;
}

static json_t *
arithmetic_json(void)
{
    json_t *o = json_object();
    json_object_set_new(o, "program", json_string(PACKAGE_STRING));
    json_object_set_new(o, "compiler", json_string(__VERSION__));
    json_object_set_new(o, "flags", json_string(GA_BUILD_FLAGS));
    json_object_set_new(o, "openblas", json_string(blas_config()));
    json_object_set_new(o, "openblas_core", json_string(blas_core()));
    json_object_set_new(o, "libc", json_string(gnu_get_libc_version()));
    json_object_set_new(o, "mpfr", json_string(mpfr_get_version()));
    return o;
}

static json_t *
model_json(const ga_audit_job *job, ga_status *st)
{
    const ga_model *m = job->model;
    json_t *o = json_object(), *layers = json_array(), *digest = digest_json(job->model_path, st);
    if (digest == NULL) {
        json_decref(o);
        json_decref(layers);
        return NULL;
    }
    json_object_set_new(o, "sha256", digest);
    json_object_set_new(o, "dtype", json_string(m->dtype == GA_F32 ? "F32" : "F64"));
    json_object_set_new(o, "rounded", json_boolean(job->round_model));
    for (size_t l = 0; l < m->n_layers; l++) {
        json_t *layer = json_object();
        json_object_set_new(layer, "inputs", json_integer((json_int_t)m->layer[l].n_in));
        json_object_set_new(layer, "outputs", json_integer((json_int_t)m->layer[l].n_out));
        json_object_set_new(layer, "activation", json_string(ga_activation_name(m->layer[l].activation)));
        json_array_append_new(layers, layer);
    }
    json_object_set_new(o, "layers", layers);
    return o;
}

static json_t *
data_json(const ga_audit_job *job, ga_status *st)
{
    json_t *images = digest_json(job->images_path, st), *labels = images != NULL ? digest_json(job->labels_path, st) : NULL;
    json_t *o = json_object();
    if (labels == NULL) {
        json_decref(images);
        json_decref(o);
        return NULL;
    }
    json_object_set_new(o, "images_sha256", images);
    json_object_set_new(o, "labels_sha256", labels);
    json_object_set_new(o, "images", json_integer((json_int_t)job->ds->n));
    json_object_set_new(o, "rows", json_integer((json_int_t)job->ds->rows));
    json_object_set_new(o, "columns", json_integer((json_int_t)job->ds->cols));
    return o;
}

static json_t *
options_json(const ga_audit_job *job)
{
    const ga_audit_options *o = &job->options;
    json_t *json = json_object();
    json_object_set_new(json, "eps", json_real(job->model->dtype == GA_F32 ? (float)o->eps : o->eps));
    json_object_set_new(json, "tolerance", json_real(o->tolerance));
    json_object_set_new(json, "level", json_real(o->level));
    json_object_set_new(json, "seeds", json_integer((json_int_t)o->seeds));
    json_object_set_new(json, "max_bits", json_integer(o->max_bits));
    json_object_set_new(json, "reference_bits", json_integer(o->reference_bits));
    json_object_set_new(json, "remedies", json_boolean(o->remedies));
    json_object_set_new(json, "elements", json_boolean(o->elements));
    return json;
}

static json_t *
scales_json(const char *name, const ga_estimator *e)
{
    json_t *o = json_object();
    json_object_set_new(o, "name", json_string(name));
    json_object_set_new(o, "loss", json_string(e->loss == GA_MARGIN ? "margin" : "cross-entropy"));
    json_object_set_new(o, "gain", json_real(e->gain));
    json_object_set_new(o, "logit_scale", json_real(e->logit_scale));
    return o;
}

static json_t *
estimator_json(const plan *p, size_t i, ga_status *st)
{
    const plan_estimator *e = p->estimator + i;
    json_t *o = scales_json(e->name, &e->e);
    json_object_set_new(o, "function", json_integer((json_int_t)e->function));
    json_object_set_new(o, "format", json_string(e->e.format.kind == GA_FLOAT ? "float" : "double"));
    json_object_set_new(o, "formulas", e->foreign != NULL ? json_null()
                                                          : json_string(e->e.formulas == GA_NAIVE ? "naive" : "rewrite"));
    json_object_set_new(o, "product", e->foreign != NULL ? json_null() : json_string(ga_product_name(&e->e)));
    json_object_set_new(o, "remedies", json_boolean(e->remedies));
    if (e->foreign == NULL)
        return o;
    const ga_audit_options *options = &p->job->options;
    json_t *digest = digest_json(options->foreign[i - (p->n_estimators - options->n_foreign)].path, st);
    if (digest == NULL) {
        json_decref(o);
        return NULL;
    }
    json_object_set_new(o, "foreign_sha256", digest);
    json_object_set_new(o, "scale", json_real(e->scale));
    return o;
}

json_t *
plan_head(const plan *p, ga_status *st)
{
    json_t *head = json_object(), *functions = json_array(), *estimators = json_array();
    bool ok = true;
    json_object_set_new(head, "arithmetic", arithmetic_json());
    json_object_set_new(head, "options", options_json(p->job));
    for (size_t f = 0; f < p->n_functions; f++)
        json_array_append_new(functions, scales_json(p->function[f].name, &p->function[f].e));
    for (size_t e = 0; e < p->n_estimators && ok; e++)
        ok = json_array_append_new(estimators, estimator_json(p, e, st)) == 0;
    json_object_set_new(head, "functions", functions);
    json_object_set_new(head, "estimators", estimators);
    json_object_set_new(head, "naive", json_integer((json_int_t)p->naive));
    json_object_set_new(head, "stable", json_integer((json_int_t)p->stable));
    ok = ok && json_object_set_new(head, "model", model_json(p->job, st)) == 0;
    ok = ok && json_object_set_new(head, "data", data_json(p->job, st)) == 0;
    if (ok)
        return head;
    json_decref(head);
    if (st->code == GA_OK)
        ga_fail(st, GA_NO_MEMORY, "out of memory for the head of an audit");
    return NULL;
}

/* The first key of a whose value is not b's, or of b that a does not have; NULL: none. */
static const char *
differing_key(const json_t *a, const json_t *b)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)a, key, value)
        if (!json_equal(value, json_object_get(b, key)))
            return key;
    json_object_foreach((json_t *)(uintptr_t)b, key, value)
        if (json_object_get(a, key) == NULL)
            return key;
    return NULL;
}

void
plan_difference(char *text, size_t size, const json_t *a, const json_t *b)
{
    const char *key = differing_key(a, b);
    const char *inner = key != NULL ? differing_key(json_object_get(a, key), json_object_get(b, key)) : NULL;
    if (inner != NULL)
        snprintf(text, size, "%s (%s)", key, inner);
    else
        snprintf(text, size, "%s", key != NULL ? key : "");
}
