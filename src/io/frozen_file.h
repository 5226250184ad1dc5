/* SPDX-License-Identifier: Apache-2.0 */
/* frozen_file.h -- files of scales, for recipes with scale=FILE. */
#ifndef IO_FROZEN_FILE_H
#define IO_FROZEN_FILE_H

#include "core/status.h"

#include "num/frozen.h"

/* Reads one: JSON of up to 1 MiB, an object whose member "tensors" is an array of objects with "tensor", a name, and "scale", a
   power of two from 2^-126 to 2^126, and perhaps "model", an object with "sha256", the digest of the network they were made with;
   what else there is counts for nothing. GA_BAD_FILE for anything else, and for a tensor that
   is there twice. On failure *f is NULL; else it is to be freed with frozen_free. */
ga_code frozen_read(const ga_frozen **f, const char *path, ga_status *st);

#endif
