/* SPDX-License-Identifier: Apache-2.0 */
/* part_cells.c -- the elements of a part's images by other estimators than those that are audited: remedies, other stores. */
#include <stdlib.h>

#include "audit/part_work.h"

typedef struct {
    const part_work *b;
    const ga_estimator *e;
    uint8_t *cell;   /* of every element, */
    uint64_t *signs; /* or, where there is none, how many signs are right */
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
            if (t->cell != NULL)
                t->cell[at + k] = (uint8_t)remedy_cell(row + k, b->truth + at + k, t->e, b->p->job->options.tolerance);
            else
                signs += sign_is_right(row + k, b->truth + at + k);
    }
    free(row);
    if (t->cell == NULL)
#pragma omp atomic
        *t->signs += signs;
    return GA_OK;
}

ga_code
part_cells(uint8_t *cell, part_work *b, const ga_estimator *e)
{
    trying t = { .b = b, .e = e, .cell = cell };
    return part_run(b, e, (part_sink){ .keep = keep, .data = &t, .large = true });
}

ga_code
part_right_signs(uint64_t *n, part_work *b, const ga_estimator *e)
{
    trying t = { .b = b, .e = e, .signs = n };
    *n = 0;
    return part_run(b, e, (part_sink){ .keep = keep, .data = &t, .large = true });
}
