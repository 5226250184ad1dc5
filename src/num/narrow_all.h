/* SPDX-License-Identifier: Apache-2.0 */
/* narrow_all.h -- many numbers rounded to a format of fewer bits, in vectors: to = down times up from, rounded. */
#ifndef NUM_NARROW_ALL_H
#define NUM_NARROW_ALL_H

#include <stddef.h>

#include "num/narrow.h"

/* Whether narrow_floats has the format: it rounds to nearest or toward zero, flushes nothing, and narrow32_of has its
   numbers. */
bool narrow_has_floats(ga_format f);

/* up and down are powers of two, one the inverse of the other, with which down times a number of the format, and up times a number
   that does not overflow in it, are exact in the C type, or too small to count. to may be from. */
void narrow_floats(float *to, const float *from, size_t n, const narrow32 *rules, ga_rounding rounding, float up, float down);

#endif
