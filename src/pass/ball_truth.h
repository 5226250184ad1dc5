/* SPDX-License-Identifier: Apache-2.0 */
/* ball_truth.h -- what a ball proves of the number in it. */
#ifndef PASS_BALL_TRUTH_H
#define PASS_BALL_TRUTH_H

#include "core/gradient.h"

#include "num/ball.h"

/* Decided: {0}; or the sign is proved, the radius is at most 2^-reference_bits |midpoint| and 2^-57 |midpoint|, and both ends of
   the ball round to the same decimal digits, or to one more (ball_digits), if the format asks for digits. The enclosure of a
   decided truth contains the ball; its tail is the midpoint less mantissa 2^exponent, rounded, and its radius the ball's and that
   rounding's.

   Returns whether nothing is left to decide at a higher precision: the truth is decided and, unless the format asks for signs
   only, so are its binade, its decade, and whether it rounds to 0 and to infinity in float and in double. */
bool ball_truth(ga_truth *t, const ball *g, const ga_format *format);

#endif
