/* SPDX-License-Identifier: Apache-2.0 */
/* forward.c -- see forward.h */
#include "exact/engines.h"
#include "model/dataset.h"
#include "run/blocks.h"
#include "run/forward.h"

ga_code
forward_run(const ga_model *model, const ga_dataset *ds, ga_range range, const ga_estimator *e, int threads, const ga_sink *sink,
            ga_status *st)
{
    ga_dataset images = *ds; /* without labels, which need not be this model's classes */
    images.label = NULL;
    ga_code code = engine_check_forward(e, model, st);
    if (code != GA_OK || (code = blocks_check_range(ds, range, st)) != GA_OK ||
        (code = dataset_check_images(ds, model, st)) != GA_OK)
        return code;
    return blocks_run(&(blocks_job){ .model = model, .ds = &images, .range = range, .estimator = *e, .threads = threads,
                                     .end = true, .sink = *sink }, st);
}

int
forward_print(char *text, size_t size, const ga_block *b, size_t i, size_t c, int digits)
{
    return b->ops->print_end(text, size, b->engine, b->row + i, c, digits);
}

void
forward_row(ga_number *number, const ga_block *b, size_t i)
{
    b->ops->end_numbers(number, b->engine, b->row + i);
}

void
forward_values(double *value, const ga_block *b, size_t i)
{
    b->ops->end_values(value, b->engine, b->row + i);
}

int
forward_predicted(const ga_block *b, size_t i)
{
    return b->ops->predicted(b->engine, b->row + i);
}

bool
forward_truth(ga_truth *truth, const ga_block *b, size_t i)
{
    if (b->ops->end_truth == NULL)
        return false;
    b->ops->end_truth(truth, b->engine, b->row + i);
    return true;
}
