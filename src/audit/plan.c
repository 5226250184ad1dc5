/* SPDX-License-Identifier: Apache-2.0 */
/* plan.c -- see plan.h */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "audit/blame_check.h"
#include "audit/plan.h"
#include "num/format.h"
#include "num/frozen.h"
#include "num/recipe.h"
#include "run/blocks.h"

const audit_options ga_audit_defaults = { .eps = 0.25, .tolerance = 0.01, .verdict_margin = 5, .seeds = 20,
                                             .max_bits = GA_REFERENCE_MAX_BITS, .reference_bits = GA_REFERENCE_BITS,
                                             .remedies = true };

static void __attribute__((format(printf, 4, 5)))
add_remark(plan *p, const char *words, bool left_out, const char *format, ...)
{
    if (p->n_remarks == GA_AUDIT_MOST_ESTIMATORS)
        return;
    plan_remark *const made = p->remark + p->n_remarks++;
    va_list args;
    snprintf(made->words, sizeof made->words, "%s", words);
    made->left_out = left_out;
    va_start(args, format);
    vsnprintf(made->text, sizeof made->text, format, args);
    va_end(args);
}

/* Sets what is automatic: the loss scale last, of the gradient that the others make. */
static ga_code
resolve(plan_worded *w, plan *p, const char *words, ga_status *st)
{
    ga_estimator *const e = &w->e;
    ga_code code = w->auto_gain ? automatic_gain(&e->gain, &p->automatic, p->job, st) : GA_OK;
    if (code == GA_OK && w->auto_logit_scale) {
        code = automatic_logit_scale(&e->logit_scale, &p->automatic, e->gain, p->job, st);
        if (code == GA_OK && p->automatic.nonfinite > 0)
            add_remark(p, words, false, "its logit scale is that of the finite logits: %zu of %zu are not",
                       p->automatic.nonfinite, p->automatic.logits);
    }
    if (code != GA_OK || !w->auto_loss_scale || (code = automatic_loss_scale(e, p->job, st)) != GA_OK)
        return code;
    add_remark(p, words, false, "its loss scale is 2^%d, the largest up to 2^%d with which no gradient of the data file's %zu "
                                "images has an infinite or NaN element", e->format.recipe.loss_scale, AUTOMATIC_MOST_LOSS_SCALE,
               p->job->ds->n);
    return GA_OK;
}

static bool
same_function(const ga_estimator *a, const ga_estimator *b)
{
    return a->loss == b->loss && a->number == b->number && a->gain == b->gain && a->logit_scale == b->logit_scale;
}

static bool
same_estimator(const ga_estimator *a, const ga_estimator *b)
{
    return same_function(a, b) && format_equal(a->format, b->format) && a->formulas == b->formulas && a->product == b->product;
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

/* The index of e's function, which is added if it is new. */
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
        made->e.format = format_of_reference();
        made->e.format.bits = p->job->options.max_bits;
        made->e.format.reference_bits = p->job->options.reference_bits;
        ga_estimator_name(made->name, sizeof made->name, &made->e);
    }
    return f;
}

/* Adds what it is, or leaves p as it is where it is there, or left out. */
static ga_code
add_worded(plan *p, plan_worded *worded, const char *words, ga_status *st)
{
    const bool gain = worded->auto_gain, logit_scale = worded->auto_logit_scale;
    ga_estimator *const e = &worded->e;
    ga_code code;
    ga_status why = { 0 };
    e->backend = p->job->options.backend;
    if (p->job->options.batch > 0 && recipe_set_batch(&e->format, p->job->options.batch))
        p->batches = true;
    const ga_frozen *const frozen = e->format.recipe.frozen;
    if (frozen != NULL && frozen->model[0] != '\0' && p->job->model->sha256[0] != '\0' &&
        strcmp(frozen->model, p->job->model->sha256) != 0)
        add_remark(p, words, false, "the scales of %.100s are those of another network, or of other weights: SHA-256 %.12s, not "
                                    "%.12s", frozen->path, frozen->model, p->job->model->sha256);
    if (e->gain != 1 && pass_check_gain(p->job->model, "logit-scale=S", &why) != GA_OK) {
        add_remark(p, words, true, "left out: %s", why.message);
        return GA_OK;
    }
    if ((code = resolve(worded, p, words, st)) != GA_OK ||
        (code = ga_estimator_check(e, p->job->model, st)) != GA_OK ||
        (code = engine_check_attacked(p->job->model, e->loss, st)) != GA_OK ||
        (code = engine_check_labels(p->job->model, e->loss, p->job->ds, st)) != GA_OK)
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
        if (same_estimator(&p->estimator[i].e, &made->e)) {
            if (gain || logit_scale)
                add_remark(p, words, true, "left out: its %s would be 1, which makes it the same as %s",
                           gain ? "gain" : "logit scale", p->estimator[i].name);
            return GA_OK;
        }
        if (same_files(p->estimator[i].name, made->name))
            return ga_fail(st, GA_USAGE, "two estimators would be called %s", made->name);
    }
    p->n_estimators++;
    return GA_OK;
}

/* function[0] is that of the network itself: its cross-entropy, or, where no estimator has that, the binary ones. */
static void
find_functions(plan *p)
{
    ga_estimator itself = { .gain = 1, .logit_scale = 1, .backend = p->job->options.backend };
    bool own = false, binary = false;
    for (size_t i = 0; i < p->n_estimators; i++) {
        own = own || p->estimator[i].e.loss == GA_CROSS_ENTROPY;
        binary = binary || p->estimator[i].e.loss == GA_BCE;
    }
    itself.loss = binary && !own ? GA_BCE : GA_CROSS_ENTROPY;
    function_of(p, &itself);
    for (size_t i = 0; i < p->n_estimators; i++) {
        plan_estimator *const e = p->estimator + i;
        e->function = function_of(p, &e->e);
        e->remedies = p->job->options.remedies && e->function == 0 && e->e.formulas == GA_NAIVE;
    }
}

static ga_code
add_estimator(plan *p, const char *words, ga_status *st)
{
    plan_worded worded;
    const size_t n = p->n_estimators;
    ga_code code = plan_words(&worded, words, p->job->model, st);
    if (code != GA_OK)
        return code;
    code = add_worded(p, &worded, words, st);
    if (p->n_estimators == n)
        frozen_drop(&worded.e.format);
    return code;
}

static ga_code
add_foreign(plan *p, const ga_foreign *f, ga_status *st)
{
    const npy *array = f->array;
    ga_code code = GA_OK;
    if (p->n_estimators == GA_AUDIT_MOST_ESTIMATORS)
        return ga_fail(st, GA_USAGE, "at most %d estimators", GA_AUDIT_MOST_ESTIMATORS);
    for (size_t i = 0; i < p->n_estimators; i++)
        if (same_files(p->estimator[i].name, f->name))
            return ga_fail(st, GA_USAGE, "two gradients would be called %s", f->name);
    if (f->path != NULL) {
        code = npy_read(p->foreign + p->n_estimators, f->path, st);
        array = p->foreign[p->n_estimators];
    }
    if (code != GA_OK)
        return code;
    plan_estimator *made = p->estimator + p->n_estimators;
    snprintf(made->name, sizeof made->name, "%s", f->name);
    made->e = (ga_estimator){ .gain = 1, .logit_scale = 1 };
    made->e.format = format_of_dtype(array->dtype == NPY_F32 ? GA_F32 : GA_F64);
    made->foreign = array;
    if ((code = foreign_scale_new(p->scale + p->n_estimators, f->scale, st)) != GA_OK)
        return code;
    made->scale = p->scale[p->n_estimators++];
    return plan_foreign(array, f->path != NULL ? f->path : f->name, p->job->model, p->job->ds, st);
}

/* Naive and rewritten, the naive one with reduced gain or logit scale, and the margin's; each in the formats of models' types that
   hold the weights; of one output there is no margin. The latter two are left out if they cannot be formed. */
static ga_code
add_usual(plan *p, ga_status *st)
{
    const ga_model *m = p->job->model;
    const char *const ways[] = { "naive", "rewrite", pass_takes_gain(m) ? "naive,gain=auto" : "naive,logit-scale=auto",
                                 "naive,margin" };
    ga_code code = GA_OK;
    for (size_t i = 0; i < 8 && code == GA_OK; i++) {
        ga_status why = { 0 };
        char words[FORMAT_NAME + 32];
        char name[FORMAT_NAME];
        const ga_format format = format_of_dtype(i % 2 == 0 ? GA_F32 : GA_F64);
        if (!format_holds(format, m->dtype) || (i / 2 == 3 && ga_model_classes(m) == 1))
            continue;
        format_name(name, sizeof name, format);
        snprintf(words, sizeof words, "%s,%s", name, ways[i / 2]);
        code = add_estimator(p, words, &why);
        if (code == GA_USAGE && i / 2 >= 2) {
            add_remark(p, words, true, "left out: %s", why.message);
            code = GA_OK;
        } else if (code != GA_OK && st != NULL)
            *st = why;
    }
    return code;
}

/* The first naive estimator in the model's own format, and the first at a smaller scale there. */
static void
find_roles(plan *p)
{
    const ga_format_kind own = format_of_dtype(p->job->model->dtype).kind;
    p->naive = p->stable = p->n_estimators;
    for (size_t i = p->n_estimators; i-- > 0;) {
        const plan_estimator *e = p->estimator + i;
        if (e->foreign != NULL || e->e.format.kind != own || e->e.loss != p->function[0].e.loss)
            continue;
        if (e->function == 0 && e->e.formulas == GA_NAIVE)
            p->naive = i;
        if (e->e.gain < 1 || e->e.logit_scale < 1)
            p->stable = i;
    }
}

static ga_code
make(plan *p, ga_status *st)
{
    const ga_audit_job *job = p->job;
    const audit_options *o = &job->options;
    if (plan_options(o, st) != GA_OK)
        return GA_USAGE;
    ga_code code = ga_dataset_check(job->ds, job->model, st);
    if (code == GA_OK && o->estimators == NULL)
        code = add_usual(p, st);
    for (size_t i = 0; i < o->n_estimators && code == GA_OK; i++)
        code = add_estimator(p, o->estimators[i], st);
    if (code == GA_OK && o->batch > 0 && !p->batches)
        code = ga_fail(st, GA_USAGE, "a batch of %d images needs a recipe that scales by batches, such as fp8-hybrid: none was "
                                     "given", o->batch);
    if (code == GA_OK)
        find_functions(p);
    for (size_t i = 0; i < o->n_foreign && code == GA_OK; i++)
        code = add_foreign(p, o->foreign + i, st);
    for (size_t i = 1; i < p->n_functions && code == GA_OK; i++)
        for (size_t k = 0; k < i && code == GA_OK; k++)
            if (same_files(p->function[i].name, p->function[k].name))
                code = ga_fail(st, GA_USAGE, "two functions would be called %s", p->function[i].name);
    for (size_t i = 0; i < p->n_estimators && code == GA_OK; i++)
        code = blame_check(job->model, &p->estimator[i].e, st);
    find_roles(p);
    if (code == GA_OK && p->naive == p->n_estimators) {
        char own[32];
        format_name(own, sizeof own, format_of_dtype(job->model->dtype));
        code = ga_fail(st, GA_USAGE, "an audit needs the naive estimator in the model's own format, too: add %s,naive%s", own,
                       p->function[0].e.loss == GA_BCE ? ",bce" : "");
    }
    if (code == GA_OK && (p->block = blocks_size(job->model)) == 0)
        code = ga_fail(st, GA_NO_MEMORY, "out of memory for a pass");
    p->part_images = p->block / 2 < MOST_PART_IMAGES ? (p->block + 1) / 2 : MOST_PART_IMAGES;
    for (size_t i = 0; i < p->n_estimators && code == GA_OK; i++) { /* tapes of origins are larger still */
        const ga_estimator *const e = &p->estimator[i].e;
        const size_t n = e->format.recipe.scaling == GA_SCALED_BLOCKS ? blocks_size_for(job->model, e, false) : GA_BLOCK;
        p->part_images = n / 2 < p->part_images ? (n + 1) / 2 : p->part_images;
    }
    if (code == GA_OK)
        p->pool = engine_pool_new(0, NULL);
    return code;
}

static double
seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

ga_code
plan_make(plan *p, const ga_audit_job *job, ga_status *st)
{
    const double start = seconds_now();
    *p = (plan){ .job = job, .origins = true };
    const ga_code code = make(p, st);
    p->seconds = seconds_now() - start;
    return code;
}

part_shape
plan_part_shape(const plan *p)
{
    return (part_shape){ .n_functions = p->n_functions, .n_estimators = p->n_estimators,
                         .n_layers = graph_n_layers(p->job->model->graph), .n_elements = ga_model_inputs(p->job->model),
                         .seeds = p->job->options.seeds, .naive = p->naive, .stable = p->stable };
}

void
plan_free(plan *p)
{
    for (size_t i = 0; i < GA_AUDIT_MOST_ESTIMATORS; i++) {
        npy_free(p->foreign[i]);
        foreign_scale_free(p->scale[i]);
    }
    for (size_t i = 0; i < p->n_estimators; i++)
        frozen_drop(&p->estimator[i].e.format);
    engine_pool_free(p->pool);
    json_decref(p->head);
    *p = (plan){ 0 };
}
