/* SPDX-License-Identifier: Apache-2.0 */
/* examine.h -- one image under one estimator and under the reference: gradients, truths, findings and both tapes. */
#ifndef AUDIT_EXAMINE_H
#define AUDIT_EXAMINE_H

#include "blame/origin.h"

typedef struct {
    const ga_model *model;
    blame_image view; /* what origin_find wants; its net and tapes are owned here */
    uint32_t label;
    size_t n;          /* elements of the gradient */
    ga_number *gradient;
    ga_truth *truth;
    ga_finding *finding;
    double tolerance; /* of the findings; view's, of operations, may be larger */
    size_t kinks;
    long bits; /* the precision the reference needed */
} examination;

/* Computes image's gradient by e, in float or double, in its own block as every command does, and by the reference at the same
   gain and logit scale. The caller frees it with examination_free, also after a failure. */
ga_code examine(examination *x, const ga_model *model, const ga_dataset *ds, size_t image, const ga_estimator *e, double tolerance,
                ga_status *st);
void examination_free(examination *x);

#endif
