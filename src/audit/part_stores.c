/* SPDX-License-Identifier: Apache-2.0 */
/* part_stores.c -- an estimator that stores gradients, run with other loss scales and other formats to store in. */
#include <stdlib.h>
#include <string.h>

#include "audit/part_work.h"
#include "num/recipe.h"

typedef struct {
    part_work *b;
    const ga_estimator *e;
    uint8_t *cell;
    uint64_t *signs; /* NULL: cells are asked for */
} trying;

static bool
sign_is_right(const ga_number *g, const ga_truth *t)
{
    const bool number = g->klass == GA_ZERO || g->klass == GA_NORMAL || g->klass == GA_SUBNORMAL || g->klass == GA_INFINITE;
    return number && ((t->state == GA_TRUE_NONZERO && g->sign == t->sign) || (t->state == GA_TRUE_ZERO && g->klass == GA_ZERO));
}

static ga_code
keep(void *data, const ga_block *g, ga_status *st)
{
    const trying *const t = data;
    const part_work *const b = t->b;
    uint64_t signs = 0;
    ga_number *const row = malloc(b->n_elements * sizeof *row);
    if (row == NULL)
        return ga_fail(st, GA_NO_MEMORY, "out of memory for an image's gradient");
    for (size_t i = 0; i < g->n; i++) {
        const size_t at = (g->first + i - b->range.first) * b->n_elements;
        ga_block_row(row, g, i);
        for (size_t k = 0; k < b->n_elements; k++)
            if (t->signs != NULL)
                signs += sign_is_right(row + k, b->truth + at + k);
            else
                t->cell[at + k] = (uint8_t)ga_find(row + k, b->truth + at + k, t->e->format, b->p->job->options.tolerance).cell;
    }
    free(row);
    if (t->signs != NULL)
#pragma omp atomic
        *t->signs += signs;
    return GA_OK;
}

static ga_code
run(trying *t, const ga_estimator *e)
{
    part_work *const b = t->b;
    const blocks_job job = { .model = b->p->job->model, .ds = b->p->job->ds, .range = b->range, .estimator = *e,
                             .threads = b->threads, .pool = b->p->pool, .large = true, .sink = { .parallel = keep, .data = t } };
    t->e = e;
    return blocks_check_and_run(&job, b->st);
}

static ga_code
try_scales(trying *t, size_t e, uint8_t *least)
{
    part_work *const b = t->b;
    part_estimator *const sum = b->result->estimator + e;
    ga_estimator scaled = b->p->estimator[e].e;
    ga_code code = GA_OK;
    memset(least, PART_SCALES, b->all);
    for (int s = 0; s < PART_SCALES && code == GA_OK; s++) {
        scaled.format.recipe.loss_scale = s;
        code = run(t, &scaled);
        for (size_t i = 0; i < b->all && code == GA_OK; i++) {
            sum->scale_cell[s][t->cell[i]]++;
            if (least[i] == PART_SCALES && remedy_saves((ga_cell)t->cell[i]))
                least[i] = (uint8_t)s;
        }
    }
    for (size_t i = 0; i < b->all && code == GA_OK; i++)
        if (part_fault((ga_cell)b->cell[i]) >= 0)
            sum->scale_saves[part_fault((ga_cell)b->cell[i])][least[i]]++;
    return code;
}

ga_code
part_try_stores(part_work *b, size_t e)
{
    ga_format own;
    ga_code code = GA_OK;
    if (!recipe_stored(&own, b->p->estimator[e].e.format, GA_GRADIENT))
        return GA_OK;
    trying t = { .b = b, .cell = malloc(2 * b->all) };
    if (t.cell == NULL)
        return ga_fail(b->st, GA_NO_MEMORY, "out of memory for the cells of a part");
    code = try_scales(&t, e, t.cell + b->all);
    for (size_t i = 0; i < PART_STORES && code == GA_OK; i++) {
        ga_estimator other = b->p->estimator[e].e;
        recipe_store_in(&other.format, part_stores[i]);
        t.signs = &b->result->estimator[e].store_signs[i];
        code = run(&t, &other);
    }
    free(t.cell);
    return code;
}
