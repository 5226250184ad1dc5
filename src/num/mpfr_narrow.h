/* SPDX-License-Identifier: Apache-2.0 */
/* mpfr_narrow.h -- one rounding of an MPFR number to a format of fewer bits. */
#ifndef NUM_MPFR_NARROW_H
#define NUM_MPFR_NARROW_H

#include <mpfr.h>

/* r = a rounded as by narrow_double (narrow.h), once and from all of a's bits, and then to the precision of r: the ternary value is
   that of this. r is a number of the format, infinite from `beyond` on, whichever rounding leads there. r may be a. The format's
   numbers lie in MPFR's exponent range. */
int mpfr_narrow(mpfr_ptr r, mpfr_srcptr a, int bits, int emin, double beyond);

#endif
