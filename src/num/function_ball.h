/* SPDX-License-Identifier: Apache-2.0 */
/* function_ball.h -- a = f(z), d = f'(z) of num/function.h in balls that contain the values at all points of z: the whole line
   where f is not defined, or not known to be, at one of them. c: the constant of those that have one, a point. */
#ifndef NUM_FUNCTION_BALL_H
#define NUM_FUNCTION_BALL_H

#include "num/ball.h"
#include "num/function.h"

void function_ball(ball *a, ball *d, const ball *z, function_id f, const ball *c, ctx_ball *ctx);

#endif
