/* SPDX-License-Identifier: Apache-2.0 */
/* smooth_formulas.h -- functions of num/smooth.h at a regular x, in MPFR with an error bound: what smooth_mpfr.c rounds. */
#ifndef NUM_SMOOTH_FORMULAS_H
#define NUM_SMOOTH_FORMULAS_H

#include <mpfr.h>

#include "num/smooth.h"

/* Numbers of w bits for one evaluation, and how far off y is at most: 2^error. */
typedef struct {
    mpfr_t y, e, a, b;
    mpfr_exp_t error;
} smooth_work;

/* Gives MPFR its range back, and brings r, rounded with that ternary value, into it. */
int smooth_in_range(mpfr_ptr r, int ternary, mpfr_exp_t emin, mpfr_exp_t emax, mpfr_rnd_t rounding);

/* r = l + tiny, or l - tiny, by the sign: more than 0 and less than an eighth of what separates any l of r's precision from a tie.
   */
int smooth_beside(mpfr_ptr r, mpfr_srcptr l, int sign, mpfr_rnd_t rounding);

/* y = f(x), y's precision is that of all. */
typedef void smooth_formula(smooth_work *t, mpfr_srcptr x);
smooth_formula smooth_softplus, smooth_sigma, smooth_silu, smooth_silu_slope, smooth_gelu, smooth_gelu_slope,
    smooth_gelu_tanh, smooth_gelu_tanh_slope, smooth_mish, smooth_mish_slope, smooth_erf_slope;

#endif
