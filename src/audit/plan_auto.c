/* SPDX-License-Identifier: Apache-2.0 */
/* plan_auto.c -- see plan_auto.h */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "audit/plan_auto.h"
#include "graph/op_graph.h"
#include "num/recipe.h"
#include "run/blocks.h"

#define LEAST_GAIN 0x1p-126 /* normal in binary32 */
enum { LOGIT_TARGET = 8 };

bool
automatic_take(char *words, const char *key)
{
    const char separators[] = ", ", before[] = ", :"; /* "store:loss-scale=auto" */
    char *found = strcasestr(words, key);
    if (found == NULL || (found > words && strchr(before, found[-1]) == NULL) || strchr(separators, found[strlen(key)]) == NULL)
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

/* Runs the network at this gain, in its own format, on all images of the data file. The caller frees a->largest. GA_GATE_FAILED,
   without a message: an argument exceeds its target, and a covers only some images. */
static ga_code
find_arguments(arguments *a, bool logits, double gain, const ga_audit_job *job, ga_status *st)
{
    const ga_range all = { 0, job->ds->n - 1 };
    blocks_job pass = blocks_forward(job->model, job->ds, all, job->options.threads);
    pass.estimator.gain = gain;
    pass.tape = true;
    pass.sink = (ga_sink){ .parallel = keep_largest, .data = a };
    *a = (arguments){ .logits = logits, .largest = calloc(job->model->graph->n_nodes, sizeof *a->largest) };
    return a->largest != NULL ? blocks_run(&pass, st) : ga_fail(st, GA_NO_MEMORY, "out of memory for the arguments of a network");
}

/* The argument of the first node that saturates is the gain times a constant: no gain above the one that suits this node need be
   tried. */
static ga_code
find_gain(double *gain, const ga_audit_job *job, ga_status *st)
{
    const ga_graph *const g = job->model->graph;
    size_t first = 0;
    while (first < g->n_nodes && op_graph_of(g->node[first].op)->saturates == 0)
        first++;
    for (*gain = 1; first < g->n_nodes && *gain >= LEAST_GAIN;) {
        ga_status stopped = { 0 };
        arguments a;
        const ga_code code = find_arguments(&a, false, *gain, job, &stopped);
        const double largest = a.largest != NULL ? a.largest[first] : 0;
        free(a.largest);
        if (code != GA_GATE_FAILED) {
            if (code != GA_OK)
                *st = stopped;
            return code;
        }
        *gain *= fmin(0.5, scale_to(op_graph_of(g->node[first].op)->saturates, largest));
    }
    if (first == g->n_nodes)
        return GA_OK;
    return ga_fail(st, GA_USAGE, "no gain from 1 down to 2^-126 keeps every argument finite and within 16 (sigmoid), 8 (tanh)");
}

ga_code
automatic_gain(double *gain, automatic_scales *a, const ga_audit_job *job, ga_status *st)
{
    if (!a->has_gain)
        find_gain(&a->gain, job, &a->no_gain);
    a->has_gain = true;
    *gain = a->gain;
    if (a->no_gain.code != GA_OK && st != NULL)
        *st = a->no_gain;
    return a->no_gain.code;
}

ga_code
automatic_logit_scale(double *scale, automatic_scales *a, double gain, const ga_audit_job *job, ga_status *st)
{
    if (!a->has_logits || a->gain_of_logits != gain) {
        arguments found;
        const ga_code code = find_arguments(&found, true, gain, job, st);
        a->largest_logit = code == GA_OK ? found.largest[0] : 0;
        free(found.largest);
        if (code != GA_OK)
            return code;
        a->has_logits = true;
        a->gain_of_logits = gain;
        a->logits = found.n;
        a->nonfinite = found.nonfinite;
    }
    if (a->nonfinite == a->logits)
        return ga_fail(st, GA_USAGE, "no logit is finite in the model's type, and so there is no logit scale to be found");
    *scale = scale_to(LOGIT_TARGET, a->largest_logit);
    return GA_OK;
}

/* Ends the run at the first element that is not finite. */
static ga_code
need_finite(void *data, const ga_block *b, ga_status *st)
{
    const size_t n = b->n_elements;
    ga_number *const g = malloc(n * sizeof *g);
    bool finite = g != NULL;
    (void)data;
    for (size_t i = 0; i < b->n && finite; i++) {
        ga_block_row(g, b, i);
        for (size_t k = 0; k < n && finite; k++)
            finite = g[k].klass != GA_INFINITE && g[k].klass != GA_NAN;
    }
    free(g);
    if (g == NULL)
        return ga_fail(st, GA_NO_MEMORY, "out of memory for an image's gradient");
    return finite ? GA_OK : GA_GATE_FAILED;
}

ga_code
automatic_loss_scale(ga_estimator *e, const ga_audit_job *job, ga_status *st)
{
    ga_format g;
    blocks_job pass = { .model = job->model, .ds = job->ds, .range = { 0, job->ds->n - 1 }, .threads = job->options.threads,
                        .sink = { .parallel = need_finite } };
    if (recipe_stored(&g, e->format, GA_GRADIENT) && g.overflow == GA_TO_LARGEST)
        return ga_fail(st, GA_USAGE, "loss-scale=auto is of gradients that overflow, and here they saturate: say a number");
    for (int s = AUTOMATIC_MOST_LOSS_SCALE; s >= 0; s--) {
        ga_status stopped = { 0 };
        e->format.recipe.loss_scale = s;
        pass.estimator = *e;
        const ga_code code = blocks_check_and_run(&pass, &stopped);
        if (code != GA_GATE_FAILED) {
            if (code != GA_OK)
                *st = stopped;
            return code;
        }
    }
    return ga_fail(st, GA_USAGE, "with no loss scale from 1 to 2^%d every gradient is finite: say loss-scale= with a number",
                   AUTOMATIC_MOST_LOSS_SCALE);
}
