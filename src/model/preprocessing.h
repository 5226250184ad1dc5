/* SPDX-License-Identifier: Apache-2.0 */
/* preprocessing.h -- what the first layer of a network gets from an image. A number v of the data file becomes the input
   x = a v + b, which the user chooses (ga_dataset_scale), and x becomes x' = c x + d by the network's own steps (ga_model.step).
   The first layer takes x' = c (a v + b) + d, composed exactly and rounded once to the network's type. Gradients are with respect
   to x'. */
#ifndef GRADAUDIT_MODEL_PREPROCESSING_H
#define GRADAUDIT_MODEL_PREPROCESSING_H

#include "core/dataset.h"

#include "model/scaling.h"

typedef struct {
    const ga_dataset *ds;
    ga_dtype type;
    scaling *whole; /* v -> x'; NULL: the network has no steps, and x' is x */
    scaling *steps; /* x -> x' */
} preprocessing;

/* Bytes that the exact steps of a model take while its preprocessing is open; its constants fit in memory. */
size_t preprocessing_memory(const ga_model *model);

/* For images that fit the model. GA_NO_MEMORY leaves nothing to close. Any number of threads may use it afterwards. */
ga_code preprocessing_open(preprocessing *in, const ga_model *model, const ga_dataset *ds, ga_status *st);
void preprocessing_close(preprocessing *in);

/* x'[0..n-1] of an image, exact in binary64; and one number of it. */
void preprocessing_image(double *x, const preprocessing *in, size_t image);
double preprocessing_number(const preprocessing *in, size_t image, size_t k);

/* x' of a finite x in place of input k, rounded once; and whether x' grows with x (1), falls (-1) or is constant (0). Both only if
   the network has steps. */
double preprocessing_moved(const preprocessing *in, size_t k, double x);
int preprocessing_direction(const preprocessing *in, size_t k);

#endif
