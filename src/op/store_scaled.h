/* SPDX-License-Identifier: Apache-2.0 */
/* store_scaled.h -- the rule of a scale. */
#ifndef OP_STORE_SCALED_H
#define OP_STORE_SCALED_H

#include "op/op.h"

/* k for the largest magnitude of what has the scale 2^k in common (store_scaled.c), by the attributes of the instruction. */
int store_scale(const ga_number *largest, const op_attributes *a);

#endif
