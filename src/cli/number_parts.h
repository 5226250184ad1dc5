/* SPDX-License-Identifier: Apache-2.0 */
/* number_parts.h -- numbers as NumPy arrays: of float32 or float64 if these hold the format's numbers, else sign, mantissa,
   exponent and state, as ga_numbers has them. */
#ifndef CLI_NUMBER_PARTS_H
#define CLI_NUMBER_PARTS_H

#include "core/gradient.h"
#include "io/npz.h"

enum { NUMBER_PARTS = 4 };

/* One of these arrays. */
typedef struct {
    const char *type, *suffix; /* NumPy's; what follows the array's name */
    size_t size;               /* bytes of a number */
    void (*set)(void *to, const ga_number *number);
} number_part;

/* The *n arrays of a format. */
const number_part *number_parts(size_t *n, ga_format format);

/* Adds an array, named as its numbers and the part. */
ga_code number_part_add(npz_writer *to, const number_part *p, const char *name, size_t n_dims, const size_t *dim, const void *data,
                        ga_status *st);

#endif
