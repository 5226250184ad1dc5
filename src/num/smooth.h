/* SPDX-License-Identifier: Apache-2.0 */
/* smooth.h -- the functions of smooth.def and their derivatives, each as one function: what formulas of many operations lose, where
   they overflow, cancel or underflow before the result does, is not lost.

   Order 0 is f(x), 1 is f'(x). Where f or f' goes to 0 as x goes to -infinite, 0 has the sign from which it goes there. */
#ifndef NUM_SMOOTH_H
#define NUM_SMOOTH_H

#include <mpfr.h>

#define SMOOTH(name, ...) SMOOTH_##name,
typedef enum {
#include "num/smooth.def"
    N_SMOOTH
} smooth_id;
#undef SMOOTH

/* Numbers in naive formulas: sqrt(1/2), 1/sqrt(2 pi), sqrt(2/pi), 2/sqrt(pi), 0.044715, and three times that. As doubles, and
   rounded once, as smooth_mpfr rounds. */
typedef enum { CONSTANT_SQRT1_2, CONSTANT_1_SQRT2PI, CONSTANT_SQRT2_PI, CONSTANT_2_SQRTPI, CONSTANT_GELU_CUBE,
               CONSTANT_GELU_CUBE_SLOPE, N_CONSTANTS } smooth_constant;
extern const double smooth_constants[N_CONSTANTS];
int smooth_mpfr_constant(mpfr_ptr r, smooth_constant c, mpfr_rnd_t rounding);

/* E(y), y >= 0: f and f' come to their limits as e^-E(|x|) does, up to a power of |x|; softsign as a power alone, E is 0. */
double smooth_decay(smooth_id f, double y);

/* r = f(x) or f'(x) rounded once; returns the ternary value. MPFR's range is that of the result. Where |x| is below
   2^-2000, and the result so near to a number or a tie, it may be taken for that. */
int smooth_mpfr(mpfr_ptr r, smooth_id f, int order, mpfr_srcptr x, mpfr_rnd_t rounding);

/* The same in C types, off by at most 2 ulp of double; of float by 0.51. tests/test_smooth.c measures it. */
float smoothf(smooth_id f, int order, float x);
double smooth(smooth_id f, int order, double x);

#endif
