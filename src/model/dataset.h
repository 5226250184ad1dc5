/* SPDX-License-Identifier: Apache-2.0 */
/* dataset.h -- a check of images whose labels do not matter, and what checks ask of a data set. */
#ifndef GRADAUDIT_MODEL_DATASET_H
#define GRADAUDIT_MODEL_DATASET_H

#include "core/dataset.h"

#include "model/scaling.h"

/* ga_dataset_check without labels. */
ga_code dataset_check_images(const ga_dataset *ds, const ga_model *model, ga_status *st);

/* ds->low and ds->high, or their defaults: numbers of the file. */
void dataset_raw_bounds(double *low, double *high, const ga_dataset *ds);

/* One number of a channel as an input of the type, by a scaling; NULL: without one. */
double dataset_scaled(const ga_dataset *ds, const scaling *s, size_t channel, double v, ga_dtype type);

static inline size_t
dataset_channels(const scaling *s)
{
    return s != NULL ? scaling_channels(s) : 1;
}

#endif
