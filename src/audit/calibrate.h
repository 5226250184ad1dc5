/* SPDX-License-Identifier: Apache-2.0 */
/* calibrate.h -- the scales that a recipe's tensors have on given images, to be frozen (num/frozen.h). */
#ifndef AUDIT_CALIBRATE_H
#define AUDIT_CALIBRATE_H

#include "pass/operands.h"

typedef struct {
    operand of;
    double largest; /* magnitude */
    int exponent;   /* of the largest power of two with which that does not overflow */
} calibrated;

/* The estimator is of a recipe that scales tensors by batches (GA_SCALE_BATCH). */
typedef struct {
    const ga_model *model;
    const ga_dataset *ds;
    ga_range range;
    ga_estimator estimator;
    int threads;
    void (*progress)(void *data, size_t done, size_t all); /* or NULL: of blocks */
    void *progress_data;
} calibrate_job;

/* Of each tensor that products take, in the order of the pass, the largest magnitude over the images of the range, in the pass that
   the estimator makes, where each batch has the scales of its own; and the scale of that. Images outside the range count for
   nothing but what their batch makes of the others. To be freed whatever this returns. GA_USAGE for another estimator, or if a
   tensor has a number that is infinite or NaN. */
ga_code calibrate(calibrated **tensors, size_t *n, const calibrate_job *job, ga_status *st);

#endif
