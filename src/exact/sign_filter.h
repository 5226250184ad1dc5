/* SPDX-License-Identifier: Apache-2.0 */
/* sign_filter.h -- signs of the true input gradient, proved in double with an error bound beside every number. Balls do what it
   cannot prove; an attack needs only signs, and these bounds decide all but a few images in a thousand, fifty times faster. */
#ifndef EXACT_SIGN_FILTER_H
#define EXACT_SIGN_FILTER_H

#include "pass/engine.h"

typedef struct sign_filter sign_filter;

/* For up to rows images at once; NULL if memory runs out, and for a network or a loss that has no bounds (bound_tape_new). Does not
   keep the model. */
sign_filter *sign_filter_new(const ga_model *model, const ga_estimator *e, size_t rows);
void sign_filter_free(sign_filter *f);

/* For n images, x[row n_inputs ..] and label[row]: decided[row] says whether the sign of every element is proved; if so,
   truth[row n_inputs ..] holds the signs, {0} for a proved zero, and meaningless mantissas. An image is undecided if an operation
   has no bound there, as ReLU where the sign of its argument is not proved. */
void sign_filter_run(bool *decided, ga_truth *truth, sign_filter *f, const double *x, const uint32_t *label, size_t n);

#endif
