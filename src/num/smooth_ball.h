/* SPDX-License-Identifier: Apache-2.0 */
/* smooth_ball.h -- a = f(z), d = f'(z) of num/smooth.h in balls that contain the values at all points of z. */
#ifndef NUM_SMOOTH_BALL_H
#define NUM_SMOOTH_BALL_H

#include "num/ball.h"
#include "num/smooth.h"

/* At most |f''(x)| where l <= |x| <= h, h < 2^10; above 0. */
double smooth_bend(smooth_id f, double l, double h);

void smooth_ball(ball *a, ball *d, const ball *z, smooth_id f, ctx_ball *ctx);

#endif
