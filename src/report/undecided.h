/* SPDX-License-Identifier: Apache-2.0 */
/* undecided.h -- what a report leaves undecided, counted once. */
#ifndef REPORT_UNDECIDED_H
#define REPORT_UNDECIDED_H

#include <jansson.h>

#include "core/gradient.h"

/* elements: of the exact gradients, with an unproved value or decade. cells: of estimators, where the truth is known, but not its
   side of a threshold. */
typedef struct {
    ga_undecided elements;
    size_t functions; /* that these are the elements of, each with a gradient of its own; 0: not counted */
    size_t cells;
} undecided_count;

undecided_count undecided_of_audit(const json_t *report);

#endif
