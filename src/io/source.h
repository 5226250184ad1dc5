/* SPDX-License-Identifier: Apache-2.0 */
/* source.h -- what a reader of any format is given: the file, the limits on its size and on memory, and where faults go. */
#ifndef GRADAUDIT_IO_SOURCE_H
#define GRADAUDIT_IO_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/model.h"

#include "io/file.h"

typedef struct {
    const char *path;
    const file_bytes *memory; /* the file's bytes, which path is only the name of; NULL: they are at path */
    const ga_load *options;
    size_t used; /* bytes of memory asked for, of options->max_memory */
    bool look;   /* a look at a mapped file, to refuse it before it takes memory: skips numbers, makes nothing */
    ga_status *st;
} tensors_source;

#define SOURCE_FAULT(source, ...) file_fail((source)->st, GA_BAD_FILE, (source)->path, __VA_ARGS__)

/* The options with their limits set; those of nobody. */
ga_load load_limits(const ga_load *asked);

/* Counts bytes against the memory limit before they are asked for; beyond it GA_NO_MEMORY, with the flag that raises it. */
ga_code source_take(tensors_source *source, size_t bytes);

/* file_map, or file_lend, of the source's file by its limits; counts its bytes. A mapped file is parsed twice: with source->look,
   only to refuse it, and after source_own, for good. */
ga_code source_map(file_view *file, tensors_source *source, file_packing packing, file_bound_function *bound);
ga_code source_own(file_view *file, tensors_source *source);

/* The little-endian number in n <= 8 bytes. */
static inline uint64_t
little_endian(const uint8_t *b, size_t n)
{
    uint64_t v = 0;
    while (n-- > 0)
        v = v << 8 | b[n];
    return v;
}

#endif
