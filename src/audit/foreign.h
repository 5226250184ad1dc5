/* SPDX-License-Identifier: Apache-2.0 */
/* foreign.h -- the factor on a gradient that was computed elsewhere. It is exact, so that each product is rounded once. */
#ifndef AUDIT_FOREIGN_H
#define AUDIT_FOREIGN_H

#include <stdbool.h>

#include <jansson.h>

#include "core/status.h"

/* Whether the n bytes at text may be what the gradient is called: at most 64 letters, digits and ._- */
bool foreign_is_name(const char *text, size_t n);

typedef struct foreign_scale foreign_scale;

/* Parses a positive number, a decimal or a ratio of two as rational_parse reads them; NULL is 1. GA_USAGE if it is none,
   GA_NO_MEMORY; *scale is then NULL. */
ga_code foreign_scale_new(foreign_scale **scale, const char *text, ga_status *st);
void foreign_scale_free(foreign_scale *scale);

/* value times the factor, rounded once to its type, binary32 or binary64: to nearest even, below the normal range too, and to
   infinity beyond it. Zeros, infinities and NaN stay as they are. */
double foreign_product(double value, const foreign_scale *scale, bool binary32);

/* The factor as a number, or as a string such as "1/10" if no binary64 equals it. */
json_t *foreign_scale_json(const foreign_scale *scale);

#endif
