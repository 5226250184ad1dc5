/* SPDX-License-Identifier: Apache-2.0 */
/* functions.h -- activations and softmax at given arguments, by an estimator's formulas at its precision, with all exponents. */
#ifndef AUDIT_FUNCTIONS_H
#define AUDIT_FUNCTIONS_H

#include <gradaudit/gradient.h>

/* The activation f of z and its derivative there; z within double's range. False, with nothing written, if memory is out or f is
   unknown. */
bool functions_activate(ga_number *a, ga_number *d, const ga_number *z, ga_activation f, const ga_estimator *e);

/* The n probabilities and residuals of e's loss at the n logits z, likewise; 1 for the margin's class. */
bool functions_softmax(ga_number *p, ga_number *r, const ga_number *z, size_t n, uint32_t label, const ga_estimator *e);

#endif
