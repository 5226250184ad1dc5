/* SPDX-License-Identifier: Apache-2.0 */
/* operation.h -- one operation of a pass, judged from its computed operands and its true result. */
#ifndef AUDIT_OPERATION_H
#define AUDIT_OPERATION_H

#include <mpfr.h>

#include "audit/origin.h"

/* r = a, rounded. */
void operation_set(mpfr_ptr r, const ga_number *a);

bool operation_is_finite(const ga_number *a);

/* Whether a computed value is proved to be off: not finite, of another sign, or of a relative error above the tolerance. */
bool operation_is_off(const ga_number *computed, const ga_truth *truth, double tolerance);

/* Why a computed 0 is 0 though the truth is not: a sum over the outputs of layer l at the given column of W_l; a derivative; a
   residual. */
origin_kind operation_zero_sum(const origin_image *image, size_t l, size_t column);
origin_kind operation_zero_derivative(const origin_image *image, size_t l, size_t unit);
origin_kind operation_zero_residual(const origin_image *image, size_t c);

/* Under GA_MARGIN: *c = the class whose residual is proved to be 1 but computed as 0. False if there is none, and for other
   losses. */
bool operation_class_flip(size_t *c, const origin_image *image);

/* Whether an overflow precedes a function (a derivative, a residual; else false): the earliest pre-activation that is infinite
   though its truth is in the format's range. It is the function's own; for a residual, any logit; or, if an argument is off, any of
   an earlier layer. */
bool operation_overflowed(size_t *layer, size_t *preactivation, const origin_image *image, engine_tensor tensor, size_t l,
                          size_t unit);

/* Whether a computed value is off, as above, and what its operation did. */
bool operation_fault(origin_kind *kind, const origin_image *image, engine_tensor tensor, size_t l, size_t unit);

/* How many operations that element j depends on are off though their operands are not; a softmax counts as one. */
size_t operation_faults(const origin_image *image, size_t j);

#endif
