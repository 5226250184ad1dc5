/* SPDX-License-Identifier: Apache-2.0 */
/* gradient.c -- gradients to the input, block by block; see core/gradient.h */

#include "run/blocks.h"

size_t
ga_block_first(const ga_block *b)
{
    return b->first;
}

size_t
ga_block_images(const ga_block *b)
{
    return b->n;
}

void
ga_undecided_add(ga_undecided *sum, ga_undecided more)
{
    if (more.n > 0 && (sum->n == 0 || more.bound > sum->bound))
        sum->bound = more.bound;
    sum->n += more.n;
}

size_t
ga_block_elements(const ga_block *b)
{
    return b->n_elements;
}

void
ga_block_row(ga_number *g, const ga_block *b, size_t i)
{
    b->ops->gradient(g, b->engine, b->row + i);
}

void
ga_block_decades(int64_t *decade, const ga_block *b, size_t i)
{
    b->ops->decades(decade, b->engine, b->row + i);
}

bool
ga_block_correct(const ga_block *b, size_t i)
{
    return b->label != NULL && b->ops->predicted(b->engine, b->row + i) == (int)b->label[i];
}

bool
ga_block_truth(ga_truth *truth, const ga_block *b, size_t i)
{
    size_t kinks;
    long bits;
    return b->ops->truth != NULL && b->ops->truth(truth, &kinks, &bits, b->engine, b->row + i);
}

size_t
ga_block_kinks(const ga_block *b, size_t i)
{
    size_t kinks = 0;
    long bits;
    if (b->ops->truth != NULL)
        b->ops->truth(NULL, &kinks, &bits, b->engine, b->row + i);
    return kinks;
}

long
ga_block_bits(const ga_block *b, size_t i)
{
    size_t kinks;
    long bits = 0;
    if (b->ops->truth != NULL)
        b->ops->truth(NULL, &kinks, &bits, b->engine, b->row + i);
    return bits;
}

int
ga_block_print(char *text, size_t size, const ga_block *b, size_t i, size_t e, int digits)
{
    return b->ops->print(text, size, b->engine, b->row + i, e, digits);
}

ga_code
blocks_check_range(const ga_dataset *ds, ga_range range, ga_status *st)
{
    if (range.first <= range.last && range.last < ds->n)
        return GA_OK;
    return ga_fail(st, GA_USAGE, "images %zu-%zu are not among the %zu there are", range.first, range.last, ds->n);
}

ga_code
blocks_check(const ga_model *model, const ga_dataset *ds, ga_range range, const ga_estimator *e, ga_status *st)
{
    const ga_code code = ga_estimator_check(e, model, st);
    if (code != GA_OK)
        return code;
    if (blocks_check_range(ds, range, st) != GA_OK)
        return GA_USAGE;
    const ga_code fits = ga_dataset_check(ds, model, st);
    return fits == GA_OK ? engine_check_labels(model, e->loss, ds, st) : fits;
}

ga_code
blocks_check_and_run(const blocks_job *job, ga_status *st)
{
    const ga_code code = blocks_check(job->model, job->ds, job->range, &job->estimator, st);
    return code == GA_OK ? blocks_run(job, st) : code;
}

ga_code
ga_gradient(const ga_model *model, const ga_dataset *ds, ga_range range, const ga_estimator *e, int threads, const ga_sink *sink,
            ga_status *st)
{
    const blocks_job job = { .model = model, .ds = ds, .range = range, .estimator = *e, .threads = threads, .sink = *sink };
    return blocks_check_and_run(&job, st);
}
