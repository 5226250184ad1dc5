/* SPDX-License-Identifier: Apache-2.0 */
/* explain.h -- one element's story, to be read aloud: its path, what was computed and what is true, where it went wrong, what
   would have saved it. */
#ifndef GRADAUDIT_REPORT_EXPLAIN_H
#define GRADAUDIT_REPORT_EXPLAIN_H

#include <stdio.h>

#include "audit/remedy.h"
#include "audit/examine.h"

/* The whole story of an element, by an estimator that blame_check takes. GA_UNDECIDED once it is told, if the element remains
   undecided. */
ga_code explain(FILE *out, const ga_model *model, const ga_dataset *ds, size_t image, size_t element, const ga_estimator *e,
                double tolerance, ga_status *st);

/* Told of an examination. rescued[r]: the image's gradient under remedy r, or NULL to leave the remedies out. */
void explain_element(FILE *out, const examination *x, size_t image, size_t element, ga_number *const rescued[N_REMEDIES]);

#endif
