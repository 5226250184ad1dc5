/* SPDX-License-Identifier: Apache-2.0 */
/* part_stores.c -- an estimator that stores gradients, run with other loss scales and other formats to store in. */
#include <stdlib.h>
#include <string.h>

#include "audit/part_work.h"
#include "num/recipe.h"

static ga_code
try_scales(part_work *b, size_t e, uint8_t *cell, uint8_t *least)
{
    part_estimator *const sum = b->result->estimator + e;
    ga_estimator scaled = b->p->estimator[e].e;
    ga_code code = GA_OK;
    memset(least, PART_SCALES, b->all);
    for (int s = 0; s < PART_SCALES && code == GA_OK; s++) {
        scaled.format.recipe.loss_scale = s;
        code = part_cells(cell, b, &scaled);
        for (size_t i = 0; i < b->all && code == GA_OK; i++) {
            sum->scale_cell[s][cell[i]]++;
            if (least[i] == PART_SCALES && remedy_saves((ga_cell)cell[i]))
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
    uint8_t *const cell = malloc(2 * b->all);
    if (cell == NULL)
        return ga_fail(b->st, GA_NO_MEMORY, "out of memory for the cells of a part");
    code = try_scales(b, e, cell, cell + b->all);
    for (size_t i = 0; i < PART_STORES && code == GA_OK; i++) {
        ga_estimator other = b->p->estimator[e].e;
        recipe_store_in(&other.format, part_stores[i]);
        code = part_right_signs(&b->result->estimator[e].store_signs[i], b, &other);
    }
    free(cell);
    return code;
}
