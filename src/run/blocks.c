/* SPDX-License-Identifier: Apache-2.0 */
/* blocks.c -- see blocks.h */
#include <stdlib.h>

#include "core/call.h"
#include "exact/engines.h"
#include "num/format.h"
#include "run/blocks.h"
#include "run/deal.h"

enum { SMALL_BLOCK = 64, SUMS_BLOCK = 128 /* of sums over images, each of which takes time for itself */, MOST_NUMBERS = 1 << 21 };

size_t
blocks_size_for(const ga_model *model, const ga_estimator *e, bool weights)
{
    program *const p = pass_program(model, e, weights);
    const size_t numbers = p != NULL ? program_numbers(p) : 0;
    size_t n = p != NULL ? GA_BLOCK : 0;
    while (n > 1 && numbers * n > MOST_NUMBERS)
        n /= 2;
    program_free(p);
    return n;
}

size_t
blocks_size(const ga_model *model)
{
    return blocks_size_for(model, &(ga_estimator){ .gain = 1, .logit_scale = 1 }, false);
}

/* Whether blocks are of the shape that bits depend on; what is proved does not. */
static bool
is_shaped(const blocks_job *job)
{
    return !format_is_reference(job->estimator.format) && (job->weights || !engine_rows_independent(&job->estimator));
}

/* Images that have numbers in common, aligned to their absolute index; 1 if each is by itself. A sum over images is of those that
   are asked for, and they alone are in its batches. */
static size_t
batch_of(const blocks_job *job)
{
    const int batch = job->estimator.format.recipe.batch;
    return batch > 1 && !job->weights ? (size_t)batch : 1;
}

/* A tape must not have fewer images: those of a batch, or of a block along a sum over images. */
static size_t
least_images(const blocks_job *job)
{
    const ga_precision_recipe *const r = &job->estimator.format.recipe;
    return r->scaling == GA_SCALED_BATCH ? (size_t)r->batch : r->scaling == GA_SCALED_BLOCKS && job->weights ? OP_BLOCK : 1;
}

static void
set_images(ga_block *b, const blocks_job *job, size_t block, double *x)
{
    const size_t size = job->size, start = block * size;
    const bool padded = is_shaped(job);
    b->first = start > job->range.first ? start : job->range.first;
    b->n = (start + size - 1 < job->range.last ? start + size - 1 : job->range.last) + 1 - b->first;
    b->row = padded ? b->first - start : 0;
    b->label = job->ds->label != NULL ? job->ds->label + b->first : NULL;
    const size_t rows = padded ? size : b->n, batch = batch_of(job), left = job->ds->n - start;
    const size_t from = b->row / batch * batch, end = (b->row + b->n - 1) / batch * batch + batch;
    const size_t to = batch == 1 ? b->row + b->n : end < left ? end : left; /* whole batches take part */
    b->ops->set_rows(b->engine, rows, from, to);
    if (b->ops->begin != NULL)
        b->ops->begin(b->engine, b->first - b->row);
    for (size_t row = 0; row < rows; row++) {
        const size_t image = b->first + row - b->row;
        const bool live = row >= from && row < to, asked = row >= b->row && row < b->row + b->n;
        if (!live && !job->weights)
            continue; /* it may hold anything */
        for (size_t i = 0; i < b->n_elements && !live; i++)
            x[i] = 0;
        if (asked && job->image != NULL)
            job->image(job->sink.data, x, image);
        else if (live)
            preprocessing_image(x, job->preprocessing, image);
        b->ops->set_image(b->engine, row, x, live && b->label != NULL ? job->ds->label[image] : 0);
        if (live && job->ds->target != NULL)
            b->ops->set_target(b->engine, row, dataset_target(job->ds, image));
    }
}

/* A pass that was told to end leaves nothing that may be used. */
static ga_code
finish_pass(ga_block *b, const blocks_job *job, ga_status *st)
{
    const bool made = job->end ? b->ops->end(b->engine) : job->forward_only || b->ops->backward(b->engine);
    if (call_ended() != GA_OK)
        return call_fail(st);
    if (!made)
        return ga_fail(st, GA_NO_MEMORY, "out of memory for a pass");
    return job->sink.parallel != NULL ? job->sink.parallel(job->sink.data, b, st) : GA_OK;
}

static ga_code
run_block(ga_block *b, const blocks_job *job, size_t block, ga_status *st)
{
    double *const x = malloc(b->n_elements * sizeof *x);
    if (b->engine == NULL || x == NULL) {
        free(x);
        return ga_fail(st, GA_NO_MEMORY, "out of memory for a pass");
    }
    set_images(b, job, block, x);
    free(x);
    ga_code code = GA_OK;
    if (job->n_others == 0) {
        b->ops->forward(b->engine);
        return finish_pass(b, job, st);
    }
    for (b->which = 0; b->which <= job->n_others && code == GA_OK; b->which++)
        code = b->ops->again(b->engine, job->program[b->which], b->which > 0)
                   ? finish_pass(b, job, st)
                   : ga_fail(st, GA_USAGE, "estimators of one run differ in more than gain and logit scale");
    return code;
}

static engine_key
key_of(const blocks_job *job)
{
    return (engine_key){ job->model, job->estimator, job->size, job->weights, job->tape, job->n_others > 0 };
}

static void
drop_block(void *data, void *made)
{
    const blocks_job *const job = data;
    ga_block *const b = made;
    const engine_key key = key_of(job);
    if (b != NULL)
        engine_pool_give(job->pool, &key, b->engine);
    free(b);
}

/* A block that nobody waits for in order gives its engine back at once. */
static ga_code
make_block(void *data, void **made, size_t piece, int threads, ga_status *st)
{
    const blocks_job *const job = data;
    const engine_key key = key_of(job);
    ga_block *const b = malloc(sizeof *b);
    (void)threads;
    if (b == NULL)
        return ga_fail(st, GA_NO_MEMORY, "out of memory for a pass");
    *b = (ga_block){ .ops = engine_find_for(job->estimator.format, job->weights), .n_elements = ga_model_inputs(job->model) };
    b->engine = engine_pool_take(job->pool, &key);
    const ga_code code = run_block(b, job, job->range.first / job->size + piece, st);
    if (code == GA_OK && job->sink.ordered != NULL)
        *made = b;
    else
        drop_block(data, b);
    return code;
}

static ga_code
finish_block(void *data, void *made, size_t piece, ga_status *st)
{
    const blocks_job *const job = data;
    (void)piece;
    const ga_code code = made != NULL ? job->sink.ordered(job->sink.data, made, st) : GA_OK;
    drop_block(data, made);
    return code;
}

size_t
blocks_images(const blocks_job *job)
{
    const bool blocks = job->estimator.format.recipe.scaling == GA_SCALED_BLOCKS; /* columns of windows take most of a tape */
    size_t n = blocks ? blocks_size_for(job->model, &job->estimator, job->weights) : blocks_size(job->model);
    const size_t most = job->weights ? SUMS_BLOCK : SMALL_BLOCK;
    while (n > 0 && !is_shaped(job) && (n > most || n / 2 > job->range.last - job->range.first))
        n /= 2; /* no larger than it takes */
    while (n > 0 && n < least_images(job))
        n *= 2;
    return n;
}

static void
close_programs(blocks_job *job)
{
    for (size_t i = 0; job->program != NULL && i <= job->n_others; i++)
        program_free(job->program[i]);
    free(job->program);
}

static bool
open_programs(blocks_job *job)
{
    if (job->n_others == 0)
        return true;
    bool ok = (job->program = calloc(job->n_others + 1, sizeof(program *))) != NULL;
    for (size_t i = 0; ok && i <= job->n_others; i++) {
        const ga_estimator e = i == 0 ? job->estimator : engine_estimator(job->other + i - 1, job->model);
        ok = (job->program[i] = pass_program(job->model, &e, job->weights)) != NULL;
    }
    return ok;
}

static ga_code
run(blocks_job *job, size_t n, ga_status *st)
{
    preprocessing in;
    ga_code code = preprocessing_open(&in, job->model, job->ds, st);
    if (code != GA_OK)
        return code;
    engine_pool *const own = job->pool == NULL || job->large ? engine_pool_new(0, job->pool) : NULL;
    job->preprocessing = &in;
    job->pool = own != NULL ? own : job->pool;
    const deal_work work = { .n = n, .data = job, .make = make_block, .finish = finish_block, .drop = drop_block };
    if (job->pool != NULL && open_programs(job))
        code = deal_run(&(deal){ .work = &work, .n = 1, .ordered = job->sink.ordered != NULL, .threads = job->threads,
                                 .progress = job->sink.progress, .progress_data = job->sink.data }, st);
    else
        code = ga_fail(st, GA_NO_MEMORY, "out of memory for a pass");
    close_programs(job);
    engine_pool_free(own);
    preprocessing_close(&in);
    return code;
}

ga_code
blocks_run(const blocks_job *asked, ga_status *st)
{
    blocks_job job = *asked;
    job.estimator = engine_estimator(&asked->estimator, asked->model);
    if (engine_find_for(job.estimator.format, job.weights) == NULL)
        return ga_fail(st, GA_USAGE, "there is no pass with this format");
    if ((job.size = blocks_images(&job)) == 0)
        return ga_fail(st, GA_NO_MEMORY, "out of memory for a pass");
    return run(&job, job.range.last / job.size - job.range.first / job.size + 1, st);
}

blocks_job
blocks_forward(const ga_model *model, const ga_dataset *ds, ga_range range, int threads)
{
    return (blocks_job){ .model = model, .ds = ds, .range = range, .threads = threads, .forward_only = true,
                         .estimator = { .format = format_of_dtype(model->dtype), .gain = 1, .logit_scale = 1 } };
}
