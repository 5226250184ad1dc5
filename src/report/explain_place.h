/* SPDX-License-Identifier: Apache-2.0 */
/* explain_place.h -- the numbers of a pass by name, as `explain` prints them. */
#ifndef REPORT_EXPLAIN_PLACE_H
#define REPORT_EXPLAIN_PLACE_H

#include <stdio.h>

#include "audit/examine.h"

/* Whether the loss makes v; whether v is a gradient of the input, on the way to the element's or that; whether it is the gradient
   of a number as it is stored. */
bool explain_is_loss(const examination *x, value_id v);
bool explain_is_of_input(const blame_net *net, value_id v);
bool explain_is_of_stored(const blame_net *net, value_id v);

/* "element 5"; of an image "element 756 (channel 0, row 27, column 0)". */
void explain_place_element(FILE *out, const examination *x, size_t element);

/* "fc1, unit 3"; "gradient of fc1, unit 3"; of what the loss makes "class 2, the label"; of the input's gradient its element. */
void explain_where(FILE *out, const examination *x, blame_place at);

#endif
