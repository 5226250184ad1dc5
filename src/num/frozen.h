/* SPDX-License-Identifier: Apache-2.0 */
/* frozen.h -- the scales of tensors as a file has frozen them, for recipes with scale=FILE (io/frozen_file.h reads them). */
#ifndef NUM_FROZEN_H
#define NUM_FROZEN_H

#include "core/gradient.h"

typedef struct {
    char *tensor; /* its name (pass/operands.h) */
    int exponent; /* it is multiplied by 2^exponent */
} frozen_scale;

struct ga_frozen {
    char *path; /* for messages */
    char sha256[GA_SHA256]; /* of the file's bytes */
    char model[GA_SHA256];  /* the network's digest, as the file says; "": it says none */
    size_t n;
    frozen_scale *scale; /* sorted by name */
};

enum { FROZEN_DIGITS = 8 /* of the digest, in names */ };

/* That of a tensor; NULL: there is none. */
const frozen_scale *frozen_find(const ga_frozen *f, const char *tensor);

/* Sorts them by name; a name that two of them have, or NULL. */
const char *frozen_sort(ga_frozen *f);

/* Read from files of the same bytes; or both NULL. */
bool frozen_equal(const ga_frozen *a, const ga_frozen *b);

void frozen_free(const ga_frozen *f);

/* Frees the scales of a format, and leaves it none. */
void frozen_drop(ga_format *f);

#endif
