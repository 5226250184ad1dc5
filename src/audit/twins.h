/* SPDX-License-Identifier: Apache-2.0 */
/* twins.h -- elements of a gradient whose true magnitudes are equal by construction. */
#ifndef AUDIT_TWINS_H
#define AUDIT_TWINS_H

#include <stdbool.h>
#include <stddef.h>

#include "core/model.h"

/* Elements with the same weights, or negated ones, are the same sum, or its negative, where the input goes into one matrix:
   twin[j] is the first of those that j is one of, j itself if it is alone. false: memory is out. */
bool twins_find(size_t *twin, const ga_model *model, size_t n_elements);

#endif
