/* SPDX-License-Identifier: Apache-2.0 */
/* decimal.h -- numbers as decimal text, e.g. "-1.25e-1042": one digit before the point, no trailing zeros, any exponent;
   "0", "-0", "inf", "-inf", "nan". Correctly rounded to nearest. */
#ifndef NUM_DECIMAL_H
#define NUM_DECIMAL_H

#include <stddef.h>
#include <stdint.h>

#include <mpfr.h>

/* Both return the length as snprintf does, or a negative number when memory is out. digits 0 (MPFR only): as many as read
   back to the same number at its precision. */
int decimal_print_d(char *text, size_t size, double a, int digits);
int decimal_print_mpfr(char *text, size_t size, mpfr_srcptr a, int digits);

/* floor(log10 |a|) of a finite non-zero number, exact. */
int64_t decimal_decade(mpfr_srcptr a);
int64_t decimal_decade_d(double a);

#endif
