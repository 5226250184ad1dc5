/* SPDX-License-Identifier: Apache-2.0 */
/* factor.h -- a gain or logit scale as text. */
#ifndef NUM_FACTOR_H
#define NUM_FACTOR_H

#include <stddef.h>

/* A short text that decimal_read reads back as x > 0, of binary32 if x is a binary32 number: "0.0003", "1e-05", or "1/2048" where
   the decimal has more than six characters. Returns the length as snprintf does. */
int factor_text(char *text, size_t size, double x);

#endif
