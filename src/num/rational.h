/* SPDX-License-Identifier: Apache-2.0 */
/* rational.h -- decimal numbers and fractions as exact rationals, and their rounding to binary32 and binary64. */
#ifndef NUM_RATIONAL_H
#define NUM_RATIONAL_H

#include <stdbool.h>

#include <gmp.h>

/* Sets q, which is initialised, to the rational in a text: "1.5", "-2e-3", "1/255". False for other texts, more than 200
   characters, exponents beyond 400. */
bool rational_parse(mpq_t q, const char *text);

/* q rounded once to binary32 or binary64, to nearest even, exact in binary64; infinite beyond the type's range. */
double rational_round(const mpq_t q, bool binary32);

#endif
