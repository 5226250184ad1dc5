/* SPDX-License-Identifier: Apache-2.0 */
/* mpr.h -- selects MPFR with the exponent range of an IEEE format: any precision, but a result that the format would round to 0
   becomes 0, and one beyond its largest power of two infinite. This isolates a wider significand; there are no subnormal roundings.
   MPFR's own exponent range stays as it is. */
#undef num
#undef NUM
#undef OP
#undef MPFR_FINISH
#define num __mpfr_struct
#define NUM(name) name##_mpr
#define OP(name) mpr_##name
#define MPFR_FINISH(r, ternary, ctx) ((void)(ternary), mpr_limit(r, (ctx)->least, (ctx)->greatest))

#ifndef NUM_MPR_H
#define NUM_MPR_H

#include <mpfr.h>

/* 2^(least-1), half the least subnormal 2^least, is a tie and rounds to 0; mpfr_get_exp is e for numbers in [2^(e-1), 2^e). */
static inline void
mpr_limit(mpfr_ptr r, mpfr_exp_t least, mpfr_exp_t greatest)
{
    if (!mpfr_regular_p(r))
        return;
    const mpfr_exp_t e = mpfr_get_exp(r);
    if (e < least || (e == least && mpfr_cmp_si_2exp(r, mpfr_sgn(r), least - 1) == 0))
        mpfr_set_zero(r, mpfr_sgn(r));
    else if (e > greatest)
        mpfr_set_inf(r, mpfr_sgn(r));
}

#include "num/mpfr_ops.h"
#endif
