/* SPDX-License-Identifier: Apache-2.0 */
/* contains.h -- whether a ball contains a number, for tests. */
#ifndef GRADAUDIT_CONTAINS_H
#define GRADAUDIT_CONTAINS_H

#include "num/ball.h"

/* b contains x up to x's own error, which is below 2^-(slack) |b's magnitude|. */
static inline bool
contains(const ball *b, mpfr_srcptr x, long slack)
{
    mpfr_t distance, room, rad;
    mpfr_init2(distance, 4096);
    mpfr_init2(room, 4096);
    mpfr_init2(rad, RADIUS_BITS);
    radius_get(rad, b->rad);
    mpfr_sub(distance, x, &b->mid, MPFR_RNDA);
    mpfr_abs(distance, distance, MPFR_RNDU);
    mpfr_abs(room, x, MPFR_RNDD);
    mpfr_div_2si(room, room, slack, MPFR_RNDD);
    mpfr_add(room, room, rad, MPFR_RNDD);
    const bool inside = mpfr_lessequal_p(distance, room);
    mpfr_clears(distance, room, rad, (mpfr_ptr)0);
    return inside;
}

#endif
