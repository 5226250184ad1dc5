/* SPDX-License-Identifier: Apache-2.0 */
/* blame_check.h -- the networks for which origins and remedies are known. */
#ifndef AUDIT_BLAME_CHECK_H
#define AUDIT_BLAME_CHECK_H

#include "core/gradient.h"

/* GA_OK if origins can be found for the model's gradient by e, else GA_USAGE with what is unknown: a format without origins
   (num/formats.def), an operation or a loss without terms (blame/op_blame.h), formulas other than naive and rewrite. This lists
   what is allowed: a new enumerator is refused until it is added here. */
ga_code blame_check(const ga_model *model, const ga_estimator *e, ga_status *st);

#endif
