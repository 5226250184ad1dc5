/* SPDX-License-Identifier: Apache-2.0 */
/* mpfr_narrow.h -- one rounding of an MPFR number to a format of fewer bits, however that rounds. */
#ifndef NUM_MPFR_NARROW_H
#define NUM_MPFR_NARROW_H

#include <mpfr.h>

#include "core/gradient.h"

enum { MPFR_NARROW_MOST_BITS = 4096 + 64 /* of a */, MPFR_DRAW_BITS = 32, MPFR_ODD_BITS = 64 };

/* r = the largest number of a format with a range, or its negative; r has at least the format's bits. */
void mpfr_largest(mpfr_ptr r, const ga_format *f, int sign);

/* Whether a computed number is that or its negative. */
bool mpfr_is_largest(const ga_number *a, const ga_format *f);

/* r = a rounded to a format with a range, and then, to nearest, to the bits of r if those are fewer; a may be r. draw, of
   MPFR_DRAW_BITS bits, decides where the format rounds stochastically. MPFR's own range is the widest. */
void mpfr_narrow(mpfr_ptr r, mpfr_srcptr a, const ga_format *f, uint32_t draw);

/* Whether x > 0 is a positive, finite number once it is rounded to the format, whatever is drawn. */
bool mpfr_narrow_keeps(ga_format f, double x);

/* r as a result of a limited format is: 0 if a format with the least number 2^least rounds it to that, infinite from 2^greatest on.
   2^(least-1) is a tie and rounds to 0; mpfr_get_exp is e for numbers in [2^(e-1), 2^e). */
static inline void
mpfr_limit(mpfr_ptr r, mpfr_exp_t least, mpfr_exp_t greatest)
{
    if (!mpfr_regular_p(r))
        return;
    const mpfr_exp_t e = mpfr_get_exp(r);
    if (e < least || (e == least && mpfr_cmp_si_2exp(r, mpfr_sgn(r), least - 1) == 0))
        mpfr_set_zero(r, mpfr_sgn(r));
    else if (e > greatest)
        mpfr_set_inf(r, mpfr_sgn(r));
}

/* r = 2^-k times 2^k a as it is stored in a format, as one of MPFR's functions: with a range, as mpfr_narrow does, not
   stochastically; of any precision, rounded to its bits, and then limited if it is. r is what is asked for: 0, not inexact. */
int mpfr_store(mpfr_ptr r, mpfr_srcptr a, const ga_format *f, long k, mpfr_rnd_t rounding);

/* The same of the number that the toward-zero rounding a, of MPFR_ODD_BITS more than the format's, was made of; inexact: it was not
   a itself. */
void mpfr_narrow_odd(mpfr_ptr r, mpfr_ptr a, int inexact, const ga_format *f, uint32_t draw);

#endif
