/* SPDX-License-Identifier: Apache-2.0 */
/* decimal.h -- numbers as decimal text, e.g. "-1.25e-1042": one digit before the point, no trailing zeros, any exponent;
   "0", "-0", "inf", "-inf", "nan". Correctly rounded to nearest. */
#ifndef NUM_DECIMAL_H
#define NUM_DECIMAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mpfr.h>

/* Both return the length as snprintf does, or a negative number if memory runs out. digits 0 (MPFR only): as many as read back to
   the same number at its precision. */
int decimal_print_d(char *text, size_t size, double a, int digits);
int decimal_print_mpfr(char *text, size_t size, mpfr_srcptr a, int digits);

/* Whether both, neither 0, round to the same so many digits, and so all between them. False if memory runs out. */
bool decimal_alike(mpfr_srcptr low, mpfr_srcptr high, int digits);

/* a in hexadecimal, as "%a" has doubles that are not subnormal: "-0x1.8p-3", "0x0p+0", "inf". Of up to 4096 bits, DECIMAL_HEX bytes
   hold it. Returns the length as snprintf does. */
enum { DECIMAL_HEX = 1100 };
int decimal_print_hex(char *text, size_t size, mpfr_srcptr a);

/* The shortest decimal that reads back as a, a binary32 or binary64 number, styled as "%g": "0.1", "-1.5e-42", "inf". Returns the
   length as snprintf does. */
int decimal_shortest(char *text, size_t size, double a, bool binary32);

/* The number in a text, "3e-4", "0x1p-3" or the fraction "8/255", rounded once to binary32 or binary64, to nearest even, below the
   normal range too, whatever the locale. If binary32 makes it 0 or infinite, the binary64 number is kept for messages: rounded
   again, it is that 0 or infinity. False, *x unset, for other texts, "inf" and "nan" included, and for numbers that binary64 makes
   infinite. A fraction is two decimals that rational_parse reads. */
bool decimal_read(double *x, const char *text, bool binary32);

/* The same of 1 over the number in a text, which must be positive. */
bool decimal_read_inverse(double *x, const char *text, bool binary32);

/* floor(log10 |a|) of a finite non-zero number, exact. */
int64_t decimal_decade(mpfr_srcptr a);
int64_t decimal_decade_d(double a);

#endif
