/* SPDX-License-Identifier: Apache-2.0 */
/* blocks.c -- see blocks.h */
#include <omp.h>
#include <stdlib.h>

#include "exact/engines.h"
#include "gemm/blas.h"
#include "num/format.h"
#include "num/mpfr_vec.h"
#include "run/blocks.h"

enum { SMALL_BLOCK = 64, MOST_NUMBERS = 1 << 21 };

size_t
blocks_size(const ga_model *model)
{
    program *const p = pass_program(model, &(ga_estimator){ .gain = 1, .logit_scale = 1 }, false);
    const size_t numbers = p != NULL ? program_numbers(p) : 0;
    size_t n = p != NULL ? GA_BLOCK : 0;
    while (n > 1 && numbers * n > MOST_NUMBERS)
        n /= 2;
    program_free(p);
    return n;
}

/* Whether blocks are of the shape that bits depend on. */
static bool
is_shaped(const blocks_job *job)
{
    return job->weights || !engine_rows_independent(&job->estimator);
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
    const size_t rows = padded ? size : b->n;
    b->ops->set_rows(b->engine, rows, b->row, b->row + b->n);
    for (size_t row = 0; row < rows; row++) {
        const size_t image = b->first + row - b->row;
        const bool live = row >= b->row && row < b->row + b->n;
        if (!live && !job->weights)
            continue; /* it may hold anything */
        for (size_t i = 0; i < b->n_elements && !live; i++)
            x[i] = 0;
        if (live && job->image != NULL)
            job->image(job->sink.data, x, image);
        else if (live)
            preprocessing_image(x, job->preprocessing, image);
        b->ops->set_image(b->engine, row, x, live && b->label != NULL ? job->ds->label[image] : 0);
    }
}

static ga_code
run_block(ga_block *b, const blocks_job *job, size_t block, double *x, ga_status *st)
{
    set_images(b, job, block, x);
    b->ops->forward(b->engine);
    if (job->end ? !b->ops->end(b->engine) : !job->forward_only && !b->ops->backward(b->engine))
        return ga_fail(st, GA_NO_MEMORY, "out of memory for a pass");
    return job->sink.parallel != NULL ? job->sink.parallel(job->sink.data, b, st) : GA_OK;
}

/* What the threads of one run share: the first failure. */
typedef struct {
    ga_code code;
    ga_status status;
} outcome;

static ga_code
current(outcome *out)
{
    ga_code code;
#pragma omp atomic read
    code = out->code;
    return code != GA_OK ? code : (ga_code)ga_stop_requested;
}

static void
fail(outcome *out, ga_code code, const ga_status *st)
{
#pragma omp critical(blocks_outcome)
    if (out->code == GA_OK) {
        out->status = *st;
        out->status.code = code;
#pragma omp atomic write
        out->code = code;
    }
}

static void
run_thread(const blocks_job *job, size_t first_block, size_t n_blocks, outcome *out)
{
    mpfr_vec_widest_range();
    ga_status st = { 0 };
    ga_block b = { .ops = engine_find(job->estimator.format), .n_elements = ga_model_inputs(job->model) };
    const engine_key key = { job->model, job->estimator, job->size, job->weights, job->tape };
    double *x = malloc(b.n_elements * sizeof *x);
    b.engine = x != NULL ? engine_pool_take(job->pool, &key) : NULL;
    if (b.engine == NULL) {
        ga_fail(&st, GA_NO_MEMORY, "out of memory for a pass");
        fail(out, GA_NO_MEMORY, &st);
    }
#pragma omp for ordered schedule(dynamic, 1)
    for (size_t i = 0; i < n_blocks; i++) {
        ga_code code = current(out);
        if (code == GA_OK && (code = run_block(&b, job, first_block + i, x, &st)) != GA_OK)
            fail(out, code, &st);
#pragma omp ordered
        if (code == GA_OK && job->sink.ordered != NULL && current(out) == GA_OK &&
            (code = job->sink.ordered(job->sink.data, &b, &st)) != GA_OK)
            fail(out, code, &st);
    }
    engine_pool_give(job->pool, &key, b.engine, job->large);
    free(x);
    mpfr_free_cache();
}

ga_code
blocks_run(const blocks_job *asked, ga_status *st)
{
    blocks_job job = *asked;
    job.estimator = engine_estimator(&asked->estimator, asked->model);
    if (engine_find(job.estimator.format) == NULL)
        return ga_fail(st, GA_USAGE, "there is no pass with this format");
    if ((job.size = blocks_size(job.model)) == 0)
        return ga_fail(st, GA_NO_MEMORY, "out of memory for a pass");
    while (!is_shaped(&job) && (job.size > SMALL_BLOCK || job.size / 2 > job.range.last - job.range.first))
        job.size /= 2; /* no larger than it takes */
    const size_t first_block = job.range.first / job.size, n_blocks = job.range.last / job.size - first_block + 1;
    int threads = job.threads > 0 ? job.threads : omp_get_max_threads();
    if ((size_t)threads > n_blocks)
        threads = (int)n_blocks;
    outcome out = { GA_OK, { 0 } };
    preprocessing in;
    ga_code code = blas_prepare(threads, st);
    if (code != GA_OK || (code = preprocessing_open(&in, job.model, job.ds, st)) != GA_OK)
        return code;
    job.preprocessing = &in;
    engine_pool *const own = job.pool == NULL ? engine_pool_new() : NULL;
    if (job.pool == NULL && (job.pool = own) == NULL)
        out.code = ga_fail(&out.status, GA_NO_MEMORY, "out of memory for a pass");
    else
#pragma omp parallel num_threads(threads)
        run_thread(&job, first_block, n_blocks, &out);
    engine_pool_free(own);
    preprocessing_close(&in);
    if (out.code == GA_OK && ga_stop_requested != 0)
        ga_fail(&out.status, out.code = (ga_code)ga_stop_requested, "stopped by a signal");
    if (out.code != GA_OK && st != NULL)
        *st = out.status;
    return out.code;
}

blocks_job
blocks_forward(const ga_model *model, const ga_dataset *ds, ga_range range, int threads)
{
    return (blocks_job){ .model = model, .ds = ds, .range = range, .threads = threads, .forward_only = true,
                         .estimator = { .format = format_of_dtype(model->dtype), .gain = 1, .logit_scale = 1 } };
}
