/* SPDX-License-Identifier: Apache-2.0 */
/* judge.h -- one number of a pass, judged from its computed operands and its true value. */
#ifndef BLAME_JUDGE_H
#define BLAME_JUDGE_H

#include "blame/image.h"

/* Whether a computed value is proved to be off: not finite, of another sign, or of a relative error above the tolerance. */
bool judge_is_off(const ga_number *computed, const ga_truth *truth, double tolerance);
bool judge_off(const blame_image *image, blame_place at);

/* Why a computed 0 is 0 though the truth is not. */
origin_kind judge_zero(const blame_image *image, blame_place at);

/* Whether a computed value is off, as above, and what its operation did. */
bool judge_fault(origin_kind *kind, const blame_image *image, blame_place at);

/* A choice in the row that number `at` belongs to: *chosen = what is proved to be chosen but computed as not. False if there is
   none, and where nothing is chosen. */
bool judge_chosen(blame_place *chosen, const blame_image *image, blame_place at);

/* Whether an overflow precedes what is made as a group, such as a function's value (else false): *first = the earliest sum of the
   forward pass that is infinite though its truth is in the format's range, if an argument of the group is off. It is an argument
   itself, or what one depends on. */
bool judge_overflowed(blame_place *first, const blame_image *image, blame_place at);

/* How many operations that a number depends on are off though none of their operands is. What is made as a group counts as one. */
size_t judge_faults(const blame_image *image, blame_place at);

#endif
