/* SPDX-License-Identifier: Apache-2.0 */
/* png.c -- see png.h. The format is that of W3C's Portable Network Graphics: a signature and chunks, each with its length, name and
   check sum; zlib has the compression and the sums. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#include "report/png.h"

enum { CHUNK = 12, HEAD = 13, SIGNATURE = 8 }; /* bytes around a chunk's data; of IHDR's data; before the first chunk */

static uint8_t *
put_u32(uint8_t *to, size_t n)
{
    for (int shift = 24; shift >= 0; shift -= 8)
        *to++ = (uint8_t)(n >> shift);
    return to;
}

/* Adds length, name and check sum to n bytes of data that are at to + 8 already; returns the end. */
static uint8_t *
close_chunk(uint8_t *to, const char *name, size_t n)
{
    memcpy(put_u32(to, n), name, 4);
    return put_u32(to + 8 + n, crc32(0, to + 4, (uInt)(4 + n)));
}

static void
base64(FILE *out, const uint8_t *bytes, size_t n)
{
    static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < n; i += 3) {
        const unsigned second = i + 1 < n ? bytes[i + 1] : 0, third = i + 2 < n ? bytes[i + 2] : 0;
        const unsigned group = (unsigned)bytes[i] << 16 | second << 8 | third;
        fputc(digit[group >> 18], out);
        fputc(digit[group >> 12 & 63], out);
        fputc(i + 1 < n ? digit[group >> 6 & 63] : '=', out);
        fputc(i + 2 < n ? digit[group & 63] : '=', out);
    }
}

bool
png_uri(FILE *out, const uint8_t *rgb, size_t rows, size_t cols)
{
    static const uint8_t signature[SIGNATURE] = { 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n' };
    static const uint8_t kind[] = { 8, 2, 0, 0, 0 }; /* 8 bits, RGB, and the only compression, filters and order there are */
    assert(rows > 0 && cols > 0 && cols <= ((size_t)1 << 20) / rows);
    const size_t line = 1 + 3 * cols; /* a filter, 0: none, and its pixels */
    uLongf packed = compressBound(rows * line);
    uint8_t *const lines = calloc(rows, line), *const file = malloc(SIGNATURE + HEAD + 3 * CHUNK + packed);
    bool done = lines != NULL && file != NULL;
    for (size_t y = 0; done && y < rows; y++)
        memcpy(lines + y * line + 1, rgb + y * 3 * cols, 3 * cols);
    if (done) {
        memcpy(file, signature, SIGNATURE);
        memcpy(put_u32(put_u32(file + SIGNATURE + 8, cols), rows), kind, sizeof kind);
        uint8_t *end = close_chunk(file + SIGNATURE, "IHDR", HEAD);
        done = compress2(end + 8, &packed, lines, rows * line, Z_BEST_COMPRESSION) == Z_OK; /* it needs memory of its own */
        if (done) {
            end = close_chunk(close_chunk(end, "IDAT", packed), "IEND", 0);
            fputs("data:image/png;base64,", out);
            base64(out, file, (size_t)(end - file));
        }
    }
    free(lines);
    free(file);
    return done;
}
