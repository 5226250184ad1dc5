/* SPDX-License-Identifier: Apache-2.0 */
/* mpfr_narrow.h -- one rounding of an MPFR number to a format of fewer bits, however that rounds. */
#ifndef NUM_MPFR_NARROW_H
#define NUM_MPFR_NARROW_H

#include <mpfr.h>

#include "core/gradient.h"

enum { MPFR_NARROW_MOST_BITS = 4096 + 64 /* of a */, MPFR_DRAW_BITS = 32, MPFR_ODD_BITS = 64 };

/* r = the largest number of a format with a range, or its negative; r has at least the format's bits. */
void mpfr_largest(mpfr_ptr r, const ga_format *f, int sign);

/* r = a rounded to a format with a range, and then, to nearest, to the bits of r if those are fewer; a may be r. draw, of
   MPFR_DRAW_BITS bits, decides where the format rounds stochastically. MPFR's own range is the widest. */
void mpfr_narrow(mpfr_ptr r, mpfr_srcptr a, const ga_format *f, uint32_t draw);

/* The same as one of MPFR's functions, for formats that do not round stochastically. r is what is asked for: 0, not inexact. */
static inline int
mpfr_store(mpfr_ptr r, mpfr_srcptr a, const ga_format *f, mpfr_rnd_t rounding)
{
    (void)rounding;
    mpfr_narrow(r, a, f, 0);
    return 0;
}

/* The same of the number that the toward-zero rounding a, of MPFR_ODD_BITS more than the format's, was made of; inexact: it was not
   a itself. */
void mpfr_narrow_odd(mpfr_ptr r, mpfr_ptr a, int inexact, const ga_format *f, uint32_t draw);

#endif
