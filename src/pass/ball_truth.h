/* SPDX-License-Identifier: Apache-2.0 */
/* ball_truth.h -- what a ball proves of the number in it. */
#ifndef PASS_BALL_TRUTH_H
#define PASS_BALL_TRUTH_H

#include <gradaudit/gradient.h>

#include "num/ball.h"

/* Decided: {0}; or of proved sign, with a radius of at most 2^-reference_bits |midpoint|, both ends of the ball rounding to the
   same binary64 mantissa and exponent (and, where the format asks for digits, to the same decimal digits); tail is the midpoint
   less that, rounded. */
void ball_truth(ga_truth *t, const ball *g, const ga_format *format);

#endif
