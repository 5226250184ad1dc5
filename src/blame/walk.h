/* SPDX-License-Identifier: Apache-2.0 */
/* walk.h -- the walks of origin.h, from element j of the gradient back. Each adds what it finds to found[0..*n-1], which has room
   for MOST_ORIGINS. */
#ifndef BLAME_WALK_H
#define BLAME_WALK_H

#include "blame/origin.h"

/* Of a computed 0, past entries that are 0 or of the wrong sign. */
void walk_to_zeros(origin *found, size_t *n, const blame_image *image, size_t j);

/* On the path of the largest true terms; where nothing is off there, along the largest errors. */
void walk_to_first_fault(origin *found, size_t *n, const blame_image *image, size_t j);

/* Along the largest errors, to operations whose operands there are not off; the element is off. */
void walk_to_errors(origin *found, size_t *n, const blame_image *image, size_t j);

/* From one number that is not finite to the next, to the first whose operands are. */
void walk_to_not_finite(origin *found, size_t *n, const blame_image *image, size_t j);

#endif
