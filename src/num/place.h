/* SPDX-License-Identifier: Apache-2.0 */
/* place.h -- the numbers of a format with a range that are not below 0, counted from 0 in order of size: number 0 is 0. Of those
   that are kept, subnormals come next, as 1, 2, ... units; in IEEE formats the place of a number is what its bits read as. */
#ifndef NUM_PLACE_H
#define NUM_PLACE_H

#include <gmp.h>
#include <mpfr.h>

#include "core/gradient.h"

/* x = number i; x has the format's bits or more. Numbers beyond the largest go on as if emax were larger. */
void place_number(mpfr_ptr x, mpz_srcptr i, const ga_format *f);

/* The same of a format whose numbers binary64 has, all of them below 2^63. */
double place_double(uint64_t i, const ga_format *f);

/* i = the place of the largest number of the format that is not above x >= 0, or of its largest; x may be infinite. */
void place_of(mpz_ptr i, mpfr_srcptr x, const ga_format *f);

#endif
