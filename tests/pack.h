/* SPDX-License-Identifier: Apache-2.0 */
/* pack.h -- gzip in memory, for tests of what unpacks it. */
#ifndef GRADAUDIT_PACK_H
#define GRADAUDIT_PACK_H

#include <stdint.h>
#include <stdlib.h>

#include <zlib.h>

/* data[0..n-1] as one gzip member of *size bytes, for the caller to free. */
static inline uint8_t *
pack_gzip(size_t *size, const void *data, size_t n)
{
    z_stream z = { .next_in = (Bytef *)(uintptr_t)data, .avail_in = (uInt)n };
    if (deflateInit2(&z, 9, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        exit(99);
    uLong room = deflateBound(&z, (uLong)n);
    uint8_t *packed = malloc(room);
    z.next_out = packed;
    z.avail_out = (uInt)room;
    if (packed == NULL || deflate(&z, Z_FINISH) != Z_STREAM_END)
        exit(99);
    *size = z.total_out;
    deflateEnd(&z);
    return packed;
}

#endif
