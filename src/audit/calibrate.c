/* SPDX-License-Identifier: Apache-2.0 */
/* calibrate.c -- see calibrate.h */
#include <math.h>
#include <stdlib.h>

#include "audit/calibrate.h"
#include "num/recipe.h"
#include "op/store_scaled.h"
#include "pass/engine.h"
#include "run/blocks.h"

typedef struct {
    const calibrate_job *job;
    calibrated *tensor;
    size_t n;
} calibration;

static void
tell(void *data, size_t done, size_t all)
{
    const calibrate_job *const job = ((const calibration *)data)->job;
    if (job->progress != NULL)
        job->progress(job->progress_data, done, all);
}

static calibrated *
find(const calibration *c, value_id v)
{
    for (size_t i = 0; i < c->n; i++)
        if (c->tensor[i].of.of.value == v)
            return c->tensor + i;
    return NULL;
}

/* Of the rows of a block that are asked for; of what belongs to the network all. NaN if a number is infinite or NaN. */
static ga_code
find_largest(double *largest, const ga_block *b, value_id v, ga_status *st)
{
    const op_value *const value = b->ops->program(b->engine)->value + v;
    const size_t n = value->cols, rows = value->rows > 0 ? value->rows : b->n, first = value->rows > 0 ? 0 : b->row;
    double *const x = malloc((n + 1) * sizeof *x);
    if (x == NULL)
        return ga_fail(st, GA_NO_MEMORY, "out of memory for a tensor");
    *largest = 0;
    for (size_t i = 0; i < rows; i++) {
        b->ops->values(x, b->engine, v, first + i);
        for (size_t k = 0; k < n; k++)
            *largest = !isfinite(x[k]) || isnan(*largest) ? (double)NAN : fabs(x[k]) > *largest ? fabs(x[k]) : *largest;
    }
    free(x);
    return GA_OK;
}

static ga_code
take_block(void *data, const ga_block *b, ga_status *st)
{
    const calibration *const c = data;
    const program *const p = b->ops->program(b->engine);
    ga_code code = GA_OK;
    for (size_t k = 0; k < p->n && code == GA_OK; k++) {
        const instruction *const i = p->code + k;
        calibrated *const to = i->op == OP_store_scaled ? find(c, p->value[i->out[0]].plain) : NULL;
        double largest = 0;
        if (to != NULL && (code = find_largest(&largest, b, i->in[0], st)) == GA_OK) {
#pragma omp critical(calibrate)
            to->largest = isnan(largest) || isnan(to->largest) ? (double)NAN : largest > to->largest ? largest : to->largest;
        }
    }
    return code;
}

static ga_code
list_tensors(calibration *c, const calibrate_job *job, ga_status *st)
{
    ga_estimator e = engine_estimator(&job->estimator, job->model);
    e.format.recipe = (ga_precision_recipe){ .row = 0 };
    program *const p = pass_program(job->model, &e, false);
    operand *const o = p != NULL ? program_operands(&c->n, p, job->model->graph, job->estimator.format) : NULL;
    program_free(p);
    if (o != NULL)
        c->tensor = calloc(c->n + 1, sizeof *c->tensor);
    for (size_t i = 0; c->tensor != NULL && i < c->n; i++)
        c->tensor[i].of = o[i];
    free(o);
    return c->tensor != NULL ? GA_OK : ga_fail(st, GA_NO_MEMORY, "out of memory for a pass's tensors");
}

/* The format that products round a tensor to, and so its scale. */
static ga_code
set_scale(calibrated *to, ga_format recipe, ga_status *st)
{
    op_attributes a = { .scaling = GA_SCALED_BATCH };
    int e;
    const double m = frexp(to->largest, &e);
    if (isnan(to->largest))
        return ga_fail(st, GA_USAGE, "'%s' has numbers that are infinite or NaN, and so no scale", to->of.name);
    recipe_operand(&a.format, recipe, to->of.of.class);
    to->exponent = store_scale(&(ga_number){ .klass = m > 0 ? GA_NORMAL : GA_ZERO, .mantissa = 2 * m, .exponent = e - 1 }, &a);
    return GA_OK;
}

ga_code
calibrate(calibrated **tensors, size_t *n, const calibrate_job *job, ga_status *st)
{
    calibration c = { .job = job };
    *tensors = NULL;
    *n = 0;
    const ga_precision_recipe *const r = &job->estimator.format.recipe;
    if (r->row == 0 || r->scaling != GA_SCALED_BATCH || r->rule != GA_SCALE_BATCH)
        return ga_fail(st, GA_USAGE, "scales are found for a recipe that scales tensors by batches: as fp8-hybrid does");
    ga_code code = blocks_check(job->model, job->ds, job->range, &job->estimator, st);
    if (code == GA_OK)
        code = list_tensors(&c, job, st);
    if (code == GA_OK)
        code = blocks_run(&(blocks_job){ .model = job->model, .ds = job->ds, .range = job->range, .estimator = job->estimator,
                                         .threads = job->threads, .tape = true,
                                         .sink = { .parallel = take_block, .data = &c, .progress = tell } }, st);
    for (size_t i = 0; i < c.n && code == GA_OK; i++)
        code = set_scale(c.tensor + i, job->estimator.format, st);
    *tensors = c.tensor;
    *n = c.n;
    return code;
}
