/* SPDX-License-Identifier: Apache-2.0 */
/* blame_check.h -- the networks for which origins and remedies are known. */
#ifndef AUDIT_BLAME_CHECK_H
#define AUDIT_BLAME_CHECK_H

#include <gradaudit/gradient.h>

/* GA_OK where origins are found for the model's gradient by e, GA_USAGE with what is not known else: formats other than float and
   double, activations other than sigmoid, tanh and ReLU, losses other than cross-entropy and margin, formulas other than naive and
   rewrite. A list of what is known: what is added to an enumeration is refused until it stands there too. */
ga_code blame_check(const ga_model *model, const ga_estimator *e, ga_status *st);

#endif
