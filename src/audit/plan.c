/* SPDX-License-Identifier: Apache-2.0 */
/* plan.c -- see plan.h */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attack/names.h"
#include "audit/blame_check.h"
#include "audit/plan.h"
#include "graph/op_graph.h"
#include "io/file.h"
#include "num/format.h"
#include "run/blocks.h"

#define LEAST_GAIN 0x1p-126 /* normal in binary32 */

const ga_audit_options ga_audit_defaults = { .eps = 0.25, .tolerance = 0.01, .verdict_margin = 5, .seeds = 20,
                                             .max_bits = GA_REFERENCE_MAX_BITS, .reference_bits = GA_REFERENCE_BITS,
                                             .remedies = true };

/* "float,naive,gain=auto": removes the word KEY=auto. */
static bool
take_auto(char *words, const char *key)
{
    const char separators[] = ", ";
    char *found = strcasestr(words, key);
    if (found == NULL || (found > words && strchr(separators, found[-1]) == NULL) || strchr(separators, found[strlen(key)]) == NULL)
        return false;
    memset(found, ' ', strlen(key));
    return true;
}

/* The largest power of two, at most 1, that brings the largest argument within the target. Every step is exact. */
static double
scale_to(double target, double largest)
{
    double scale = 1;
    while (scale * largest > target)
        scale /= 2;
    return scale;
}

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

enum { LOGIT_TARGET = 8 };

/* Over images: the largest finite |argument| of each node that is asked for, and how many are not finite. */
typedef struct {
    bool logits;     /* the logits, as node 0; else arguments that saturate, until one is not finite or beyond its target */
    double *largest; /* of each node */
    size_t n, nonfinite;
} arguments;

static ga_code
look_at(arguments *a, size_t node, value_id v, double target, const ga_block *b, ga_status *st)
{
    const size_t n = b->ops->program(b->engine)->value[v].cols;
    double *const z = malloc(n * sizeof *z), largest = 0;
    size_t nonfinite = 0;
    if (z == NULL)
        return ga_fail(st, GA_NO_MEMORY, "out of memory for the arguments of a layer");
    for (size_t i = 0; i < b->n; i++) {
        b->ops->values(z, b->engine, v, b->row + i);
        for (size_t k = 0; k < n; k++) {
            nonfinite += !isfinite(z[k]);
            largest = isfinite(z[k]) && fabs(z[k]) > largest ? fabs(z[k]) : largest;
        }
    }
    free(z);
#pragma omp critical(plan_largest)
    {
        a->largest[node] = largest > a->largest[node] ? largest : a->largest[node];
        a->n += b->n * n;
        a->nonfinite += nonfinite;
    }
    return !a->logits && (nonfinite > 0 || largest > target) ? GA_GATE_FAILED : GA_OK;
}

static ga_code
keep_largest(void *data, const ga_block *b, ga_status *st)
{
    arguments *a = data;
    const program *const p = b->ops->program(b->engine);
    ga_code code = a->logits ? look_at(a, 0, p->logits, LOGIT_TARGET, b, st) : GA_OK;
    for (size_t k = p->n_once; k < p->n_forward && !a->logits && code == GA_OK; k++) {
        const double target = op_graph_of(p->code[k].op)->saturates;
        if (target > 0)
            code = look_at(a, p->code[k].node, p->code[k].in[0], target, b, st);
    }
    return code;
}

/* Runs the network at this gain, in its own format, on all images of the data file. GA_GATE_FAILED, without a message: an argument
   exceeds its target, and a covers only some images. */
static ga_code
find_arguments(arguments *a, bool logits, double gain, const ga_audit_job *job, ga_status *st)
{
    const ga_range all = { 0, job->ds->n - 1 };
    blocks_job pass = blocks_forward(job->model, job->ds, all, job->options.threads);
    pass.estimator.gain = gain;
    pass.tape = true;
    pass.sink = (ga_sink){ .parallel = keep_largest, .data = a };
    *a = (arguments){ .logits = logits, .largest = a->largest };
    for (size_t k = 0; k < job->model->graph->n_nodes; k++)
        a->largest[k] = 0;
    return blocks_run(&pass, st);
}

/* The argument of the first node that saturates is the gain times a constant: no gain above the one that suits this node need be
   tried. */
static ga_code
find_gain(double *gain, arguments *a, const ga_audit_job *job, ga_status *st)
{
    const ga_graph *const g = job->model->graph;
    size_t first = 0;
    while (first < g->n_nodes && op_graph_of(g->node[first].op)->saturates == 0)
        first++;
    for (*gain = 1; first < g->n_nodes && *gain >= LEAST_GAIN;) {
        ga_status stopped = { 0 };
        const ga_code code = find_arguments(a, false, *gain, job, &stopped);
        if (code != GA_GATE_FAILED) {
            if (code != GA_OK && st != NULL)
                *st = stopped;
            return code;
        }
        *gain *= fmin(0.5, scale_to(op_graph_of(g->node[first].op)->saturates, a->largest[first]));
    }
    if (first == g->n_nodes)
        return GA_OK;
    return ga_fail(st, GA_USAGE, "no gain from 1 down to 2^-126 keeps every argument finite and within 16 (sigmoid), 8 (tanh)");
}

/* The rule of "auto", over all images of the data file, whichever of them are audited, and never from what an attack does. The
   gain is the largest power of two g, 2^-126 <= g <= 1, with which every argument of a sigmoid is finite and within 16 (float's
   sigma becomes 1 at 16.64) and every one of a tanh within 8 (1-t^2 becomes 0 at 9.01): the arguments z = g u of the network at
   that gain, which need not fall with it. The logit scale s is the largest power of two, at most 1, with s |o| <= 8 for every
   finite logit at the estimator's gain, so that no two differ by more than 16 (float's p_y becomes 1 there). No scale makes an
   infinite logit finite; a remark says if there are any. GA_USAGE if there is no such gain, or no finite logit. */
static ga_code
resolve_with(arguments *a, ga_estimator *e, bool gain, bool logit_scale, plan *p, const char *words, ga_status *st)
{
    ga_code code = GA_OK;
    if (gain && p->automatic_gain == 0)
        code = find_gain(&p->automatic_gain, a, p->job, st);
    if (code != GA_OK) {
        p->automatic_gain = 0;
        return code;
    }
    if (gain)
        e->gain = p->automatic_gain;
    if (!logit_scale || (code = find_arguments(a, true, e->gain, p->job, st)) != GA_OK)
        return code;
    if (a->nonfinite == a->n)
        return ga_fail(st, GA_USAGE, "no logit is finite in the model's type, and so there is no logit scale to be found");
    if (a->nonfinite > 0)
        add_remark(p, words, false, "its logit scale is that of the finite logits: %zu of %zu are not", a->nonfinite, a->n);
    e->logit_scale = scale_to(LOGIT_TARGET, a->largest[0]);
    return GA_OK;
}

static ga_code
resolve_auto(ga_estimator *e, bool gain, bool logit_scale, plan *p, const char *words, ga_status *st)
{
    arguments a = { .largest = calloc(p->job->model->graph->n_nodes, sizeof *a.largest) };
    const ga_code code = a.largest != NULL ? resolve_with(&a, e, gain, logit_scale, p, words, st)
                                           : ga_fail(st, GA_NO_MEMORY, "out of memory for the arguments of a network");
    free(a.largest);
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

static ga_code
add_estimator(plan *p, const char *words, ga_status *st)
{
    ga_attack attack;
    char *copy = strdup(words);
    if (copy == NULL)
        return ga_fail(st, GA_NO_MEMORY, "out of memory for an estimator's name");
    const bool gain = take_auto(copy, "gain=auto"), logit_scale = take_auto(copy, "logit-scale=auto");
    ga_code code = attack_parse(&attack, copy, p->job->model->dtype, st);
    free(copy);
    if (code != GA_OK)
        return code;
    ga_estimator *e = &attack.estimator;
    e->backend = p->job->options.backend;
    if (attack.random || !format_is_audited(e->format)) {
        char list[100];
        format_list(list, sizeof list, format_is_audited, "and");
        return ga_fail(st, GA_USAGE, "an audit is of estimators in %s, not '%s'%s", list, words,
                       attack.random                      ? "; random signs are in every audit"
                       : format_is_reference(e->format) ? "; the exact gradient is in every audit" : "");
    }
    ga_status why = { 0 };
    if (e->gain != 1 && pass_check_gain(p->job->model, "logit-scale=S", &why) != GA_OK) {
        add_remark(p, words, true, "left out: %s", why.message);
        return GA_OK;
    }
    if ((code = resolve_auto(e, gain, logit_scale, p, words, st)) != GA_OK ||
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
        if (same_estimator(&p->estimator[i].e, &made->e)) {
            if (gain || logit_scale)
                add_remark(p, words, true, "left out: its %s would be 1, which makes it the same as %s",
                           gain ? "gain" : "logit scale", p->estimator[i].name);
            return GA_OK;
        }
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
    made->e.format = format_of_dtype(array->dtype == NPY_F32 ? GA_F32 : GA_F64);
    made->foreign = array;
    if ((code = foreign_scale_new(p->scale + p->n_estimators, f->scale, st)) != GA_OK)
        return code;
    made->scale = p->scale[p->n_estimators++];
    if (array->dtype != NPY_F32 && array->dtype != NPY_F64)
        return file_fail(st, GA_BAD_FILE, f->path, "a gradient is of float32 or float64");
    const size_t n = p->job->ds->n, n_elements = ga_model_inputs(p->job->model);
    if (array->dim[0] != n || array->n / n != n_elements)
        return file_fail(st, GA_BAD_FILE, f->path, "%zu rows of %zu numbers, not %zu images of %zu elements", array->dim[0],
                         array->n / array->dim[0], n, n_elements);
    return GA_OK;
}

/* Naive and rewritten, the naive one with reduced gain or logit scale, and the margin's; each in the formats of models' types that
   hold the weights. The latter two are left out if they cannot be formed. */
static ga_code
add_usual(plan *p, ga_status *st)
{
    const ga_model *m = p->job->model;
    const char *const ways[] = { "naive", "rewrite", pass_takes_gain(m) ? "naive,gain=auto" : "naive,logit-scale=auto",
                                 "naive,margin" };
    ga_code code = GA_OK;
    for (size_t i = 0; i < 8 && code == GA_OK; i++) {
        ga_status why = { 0 };
        char words[64];
        char name[32];
        const ga_format format = format_of_dtype(i % 2 == 0 ? GA_F32 : GA_F64);
        if (!format_holds(format, m->dtype))
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
    if (!(o->eps >= 0) || !isfinite(o->eps) || !(o->tolerance > 0) || !(o->tolerance < 1) ||
        !(o->verdict_margin > 0) || !(o->verdict_margin < 100) || o->seeds > GA_AUDIT_MOST_SEEDS)
        return ga_fail(st, GA_USAGE, "eps must not be negative, tolerance be between 0 and 1, the verdict's margin between 0 and "
                                     "100 points, seeds at most %d", GA_AUDIT_MOST_SEEDS);
    const ga_estimator itself = { .gain = 1, .logit_scale = 1, .backend = o->backend };
    function_of(p, &itself);
    ga_code code = engine_check_outputs(job->model, GA_CROSS_ENTROPY, st);
    if (code == GA_OK)
        code = ga_dataset_check(job->ds, job->model, st);
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
    for (size_t i = 0; i < p->n_estimators && code == GA_OK; i++)
        code = blame_check(job->model, &p->estimator[i].e, st);
    find_roles(p);
    if (code == GA_OK && p->naive == p->n_estimators) {
        char own[32];
        format_name(own, sizeof own, format_of_dtype(job->model->dtype));
        code = ga_fail(st, GA_USAGE, "an audit needs the naive estimator in the model's own format: %s,naive", own);
    }
    if (code == GA_OK && (p->block = blocks_size(job->model)) == 0)
        code = ga_fail(st, GA_NO_MEMORY, "out of memory for a pass");
    p->part_images = p->block / 2 < MOST_PART_IMAGES ? (p->block + 1) / 2 : MOST_PART_IMAGES;
    if (code == GA_OK)
        p->pool = engine_pool_new(0, NULL);
    return code;
}

void
plan_free(plan *p)
{
    for (size_t i = 0; i < GA_AUDIT_MOST_ESTIMATORS; i++) {
        npy_free(p->foreign[i]);
        foreign_scale_free(p->scale[i]);
    }
    engine_pool_free(p->pool);
    *p = (plan){ 0 };
}
