/* SPDX-License-Identifier: Apache-2.0 */
/* tallies.c -- see tallies.h */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "audit/tallies.h"
#include "num/format.h"
#include "run/blocks.h"

struct tallies_deal {
    const tallies_job *job;
    ga_tally *sum;
    fold fold;
    engine_pool *pool;
    size_t left; /* pieces to be added */
};

/* A block's truths, and the tally of the estimator at hand. */
typedef struct {
    const tallies_job *job;
    size_t first, n_elements;
    ga_truth *truth;
    const ga_estimator *e;
    ga_tally *tally;
} piece;

static ga_code
keep_truths(void *data, const ga_block *b, ga_status *st)
{
    const piece *const p = data;
    (void)st;
    for (size_t i = 0; i < b->n; i++)
        ga_block_truth(p->truth + (b->first + i - p->first) * p->n_elements, b, i);
    return GA_OK;
}

static ga_code
count(void *data, const ga_block *b, ga_status *st)
{
    const piece *const p = data;
    ga_tally part = { .elements = 0 };
    ga_number *const g = malloc(p->n_elements * sizeof *g);
    if (g == NULL)
        return ga_fail(st, GA_NO_MEMORY, "out of memory for an image's gradient");
    for (size_t i = 0; i < b->n; i++) {
        const ga_truth *const t = p->truth + (b->first + i - p->first) * p->n_elements;
        ga_block_row(g, b, i);
        for (size_t k = 0; k < p->n_elements; k++) {
            const ga_finding f = ga_find(g + k, t + k, p->e->format, p->job->tolerance);
            ga_tally_add(&part, g + k, t + k, &f);
        }
    }
    free(g);
#pragma omp critical(tallies_piece)
    ga_tally_merge(p->tally, &part);
    return GA_OK;
}

static ga_code
make(void *data, deal_bytes *made, ga_range images, int threads, ga_status *st)
{
    const tallies_deal *const t = data;
    const tallies_job *const job = t->job;
    piece p = { .job = job, .first = images.first, .n_elements = ga_model_inputs(job->model) };
    ga_tally *const tally = calloc(job->n, sizeof *tally);
    p.truth = malloc((images.last - images.first + 1) * p.n_elements * sizeof *p.truth);
    blocks_job pass = { .model = job->model, .ds = job->ds, .range = images, .threads = threads, .pool = t->pool,
                        .sink = { .parallel = keep_truths, .data = &p } };
    pass.estimator = *job->estimator;
    pass.estimator.format = format_of_reference();
    pass.estimator.product = GA_PRODUCT_DEFAULT;
    ga_code code = tally != NULL && p.truth != NULL ? blocks_check_and_run(&pass, st)
                                                    : ga_fail(st, GA_NO_MEMORY, "out of memory for tallies");
    pass.sink.parallel = count;
    for (size_t i = 0; i < job->n && code == GA_OK; i++) {
        p.e = job->estimator + i;
        p.tally = tally + i;
        pass.estimator = *p.e;
        code = blocks_check_and_run(&pass, st);
    }
    free(p.truth);
    *made = (deal_bytes){ (char *)tally, job->n * sizeof *tally };
    return code;
}

/* Once every piece has been added no thread has an engine. */
static ga_code
add(void *data, const deal_bytes *made, ga_range images, ga_status *st)
{
    tallies_deal *const t = data;
    (void)images;
    if (made->n != t->job->n * sizeof *t->sum)
        return ga_fail(st, GA_BAD_FILE, "what another process sent are no tallies");
    for (size_t i = 0; i < t->job->n; i++) {
        ga_tally part;
        memcpy(&part, made->bytes + i * sizeof part, sizeof part);
        ga_tally_merge(t->sum + i, &part);
    }
    if (--t->left == 0) {
        engine_pool_free(t->pool);
        t->pool = NULL;
    }
    return GA_OK;
}

ga_code
tallies_open(tallies_deal **all, ga_tally *tally, const tallies_job *job, ga_status *st)
{
    *all = NULL;
    for (size_t i = 0; i < job->n; i++) {
        tally[i] = (ga_tally){ .elements = 0 };
        const ga_code code = blocks_check(job->model, job->ds, job->range, job->estimator + i, st);
        if (code != GA_OK)
            return code;
        if (!format_is_audited(job->estimator[i].format))
            return ga_fail(st, GA_USAGE, "gradients are compared with the true ones in " FORMAT_AUDITED_WORDS);
    }
    const size_t cases = blocks_size(job->model);
    tallies_deal *const t = malloc(sizeof *t);
    engine_pool *const pool = engine_pool_new(0, NULL);
    if (t == NULL || pool == NULL || cases == 0) {
        free(t);
        engine_pool_free(pool);
        return ga_fail(st, GA_NO_MEMORY, "out of memory for tallies");
    }
    *t = (tallies_deal){ .job = job, .sum = tally, .pool = pool, .fold = { job->range, cases, t, make, add } };
    t->left = fold_work(&t->fold).n;
    *all = t;
    return GA_OK;
}

deal_work
tallies_work(const tallies_deal *all)
{
    return fold_work(&all->fold);
}

void
tallies_close(tallies_deal *all)
{
    if (all != NULL)
        engine_pool_free(all->pool);
    free(all);
}

ga_code
tallies_run(ga_tally *tally, const tallies_job *job, ga_status *st)
{
    tallies_deal *all;
    ga_code code = tallies_open(&all, tally, job, st);
    if (code == GA_OK)
        code = fold_run(&all->fold, false, &job->way, st);
    tallies_close(all);
    return code;
}

void
tallies_scales(ga_estimator *e, double *value, const ga_estimator *of, int first, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        e[i] = *of;
        e[i].format.recipe.loss_scale = first + (int)i;
        value[i] = ldexp(1, first + (int)i);
    }
}
