/* SPDX-License-Identifier: Apache-2.0 */
/* sign_filter.h -- signs of the true input gradient, proved in double with an error bound beside every number. What it cannot prove
   is left to balls; an attack needs no more than signs, and these decide all but a few images of a thousand, fifty times faster. */
#ifndef EXACT_SIGN_FILTER_H
#define EXACT_SIGN_FILTER_H

#include "pass/engine.h"

typedef struct sign_filter sign_filter;

/* For up to rows images at once; NULL when memory is out, and for what it has no bounds for: weights of binary64 (a product with
   one could underflow), hidden layers of other functions than sigmoid and ReLU, losses other than the cross-entropy. Does not keep
   the model. */
sign_filter *sign_filter_new(const ga_model *model, const ga_estimator *e, size_t rows);
void sign_filter_free(sign_filter *f);

/* Of n images, x[row n_inputs ..] and label[row]: decided[row] says whether the sign of every element is proved; then
   truth[row n_inputs ..] holds the signs, {0} for a proved zero, and mantissas that mean nothing. An image with a ReLU
   pre-activation whose sign is not proved is not decided. */
void sign_filter_run(bool *decided, ga_truth *truth, sign_filter *f, const double *x, const uint8_t *label, size_t n);

#endif
