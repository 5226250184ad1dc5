/* SPDX-License-Identifier: Apache-2.0 */
/* dataset.h -- checks of images whose labels do not matter. */
#ifndef GRADAUDIT_MODEL_DATASET_H
#define GRADAUDIT_MODEL_DATASET_H

#include <gradaudit/dataset.h>

/* ga_dataset_check without labels. */
ga_code dataset_check_images(const ga_dataset *ds, const ga_model *model, ga_status *st);

#endif
