/* SPDX-License-Identifier: Apache-2.0 */
/* idx.c -- images and labels from IDX files: a big-endian magic number, one 32-bit size for each dimension, the bytes. */
#include <stdbool.h>

#include "core/dataset.h"

#include "io/data.h"

/* The magic number is 0, 0, the type (8: unsigned byte), the number of dimensions. */
enum { MAGIC_BYTES = 0x0800, LABEL_DIMS = 1, IMAGE_DIMS = 3 };

/* Trailing bytes that are counted before reading stops. */
enum { IDX_MORE = 1 << 20 };

static uint32_t
big_endian(const uint8_t *b)
{
    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

/* Checks a whole IDX file of n_dims dimensions: dim[0..n_dims-1], and the length that they promise. */
static ga_code
check_layout(size_t *dim, unsigned n_dims, const file_bytes *b, const char *path, ga_status *st)
{
    size_t header = 4 + 4 * (size_t)n_dims, length = 1;

    if (b->size >= 4 && big_endian(b->data) != (MAGIC_BYTES | n_dims))
        return file_fail(st, GA_BAD_FILE, path, "not an IDX file of %s: its magic number is 0x%08x, not 0x%08x",
                         n_dims == IMAGE_DIMS ? "images" : "labels", big_endian(b->data), MAGIC_BYTES | n_dims);
    if (b->size < header)
        return file_fail(st, GA_BAD_FILE, path, "truncated: %zu bytes are less than an IDX header of %zu", b->size, header);
    for (unsigned d = 0; d < n_dims; d++) {
        dim[d] = big_endian(b->data + 4 + 4 * d);
        if (dim[d] == 0)
            return file_fail(st, GA_BAD_FILE, path, "dimension %u is 0", d + 1);
        if (__builtin_mul_overflow(length, dim[d], &length))
            return file_fail(st, GA_BAD_FILE, path, "the product of its dimensions overflows");
    }
    if (b->size - header < length)
        return file_fail(st, GA_BAD_FILE, path, "truncated: its header promises %zu bytes, %zu follow", length,
                         b->size - header);
    if (b->size - header > length)
        return file_fail(st, GA_BAD_FILE, path, "%zu trailing bytes", b->size - header - length);
    return GA_OK;
}

bool
idx_is(const file_bytes *b)
{
    return b->size >= 4 && b->data[0] == 0 && b->data[1] == 0;
}

size_t
idx_bound(const uint8_t *bytes, size_t n)
{
    size_t length = 1;
    if (n < 4)
        return SIZE_MAX;
    if (big_endian(bytes) != (MAGIC_BYTES | LABEL_DIMS) && big_endian(bytes) != (MAGIC_BYTES | IMAGE_DIMS))
        return 0; /* check_layout says so */
    if (n < 4 + 4 * (size_t)bytes[3])
        return SIZE_MAX;
    for (size_t d = 0; d < bytes[3]; d++)
        if (__builtin_mul_overflow(length, big_endian(bytes + 4 + 4 * d), &length))
            return 0;
    return __builtin_add_overflow(length, 4 + 4 * (size_t)bytes[3] + IDX_MORE, &length) ? SIZE_MAX : length;
}

ga_code
idx_array(data_array *a, tensors_source *source, file_view *file, bool labels)
{
    const unsigned n_dims = labels ? LABEL_DIMS : IMAGE_DIMS;
    const ga_code code = check_layout(a->dim, n_dims, &file->bytes, source->path, source->st);
    if (code != GA_OK || source->look)
        return code;
    a->n_dims = n_dims;
    a->pixel = file_take(file, 4 + 4 * n_dims);
    return GA_OK;
}
