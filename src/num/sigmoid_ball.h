/* SPDX-License-Identifier: Apache-2.0 */
/* sigmoid_ball.h -- s = sigma(z), d = sigma'(z), and t = tanh(z), d = 1 - t^2, in balls of the context's precision that contain the
   values at all points of z. s and d are exact at {0}; else their radii are at most 9 2^-p |mid| plus what z's radius adds. */
#ifndef NUM_SIGMOID_BALL_H
#define NUM_SIGMOID_BALL_H

#include "num/ball.h"

void sigmoid_ball(ball *s, ball *d, const ball *z, ctx_ball *ctx);
void tanh_ball(ball *t, ball *d, const ball *z, ctx_ball *ctx);

#endif
