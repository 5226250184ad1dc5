/* SPDX-License-Identifier: Apache-2.0 */
/* zip_mutator.h -- a mutation of a zip archive nearly always leaves a wrong check sum, and no reader looks further. For a target
   that includes this, seven mutants of eight get the check sums, and deflated members the sizes, that their bytes have. */
#ifndef GRADAUDIT_FUZZ_ZIP_MUTATOR_H
#define GRADAUDIT_FUZZ_ZIP_MUTATOR_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <zlib.h>

/* APPNOTE.TXT 4.3.7 and 4.3.12: where fields of the two headers of a member lie; the local one has no comment and no offset. */
enum {
    ZIP_LOCAL = 30,
    ZIP_LOCAL_METHOD = 8,
    ZIP_LOCAL_CRC = 14,
    ZIP_LOCAL_NAME = 26,
    ZIP_CENTRAL = 46,
    ZIP_CENTRAL_METHOD = 10,
    ZIP_CENTRAL_CRC = 16,
    ZIP_CENTRAL_PACKED = 20,
    ZIP_CENTRAL_OFFSET = 42,
    ZIP_MOST = 1 << 16 /* bytes of a member, unpacked */
};

static inline uint32_t
zip_get(const uint8_t *b, size_t n)
{
    uint32_t v = 0;
    while (n-- > 0)
        v = v << 8 | b[n];
    return v;
}

static inline void
zip_put(uint8_t *b, uint32_t v)
{
    for (size_t i = 0; i < 4; i++)
        b[i] = (uint8_t)(v >> 8 * i);
}

/* The member that the entry at central describes. */
static inline void
zip_mend(uint8_t *data, size_t size, uint8_t *central)
{
    static uint8_t unpacked[ZIP_MOST];
    const size_t offset = zip_get(central + ZIP_CENTRAL_OFFSET, 4), packed = zip_get(central + ZIP_CENTRAL_PACKED, 4);
    if (offset > size || size - offset < ZIP_LOCAL)
        return;
    uint8_t *const local = data + offset;
    const size_t names = ZIP_LOCAL + zip_get(local + ZIP_LOCAL_NAME, 2) + zip_get(local + ZIP_LOCAL_NAME + 2, 2);
    if (names > size - offset || packed > size - offset - names)
        return;
    uint32_t crc = (uint32_t)crc32(0, local + names, (uInt)packed), length = (uint32_t)packed;
    if (zip_get(central + ZIP_CENTRAL_METHOD, 2) == 8) {
        z_stream z = { .next_in = local + names, .avail_in = (uInt)packed, .next_out = unpacked, .avail_out = sizeof unpacked };
        if (inflateInit2(&z, -MAX_WBITS) != Z_OK)
            return;
        inflate(&z, Z_FINISH);
        length = (uint32_t)z.total_out;
        crc = (uint32_t)crc32(0, unpacked, (uInt)z.total_out);
        inflateEnd(&z);
    }
    zip_put(central + ZIP_CENTRAL_CRC, crc);
    zip_put(central + ZIP_CENTRAL_PACKED + 4, length);
    memmove(local + ZIP_LOCAL_CRC, central + ZIP_CENTRAL_CRC, 12); /* and both sizes; the two headers may overlap */
    memmove(local + ZIP_LOCAL_METHOD, central + ZIP_CENTRAL_METHOD, 2);
}

__attribute__((weak)) size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t room); /* libFuzzer's */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t room, unsigned seed);

size_t
LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t room, unsigned seed)
{
    const bool zip = size > ZIP_CENTRAL && memcmp(data, "PK\003\004", 4) == 0;
    const size_t at = size > 0 ? seed / 16 % size : 0, n = size - at < 64 ? size - at : 64;
    if (zip && (seed & 8) != 0) /* a few bytes, so that the others stay where the archive says that they are */
        LLVMFuzzerMutate(data + at, n, n);
    else
        size = LLVMFuzzerMutate(data, size, room);
    if (zip && seed % 8 != 0)
        for (size_t i = 0; i + ZIP_CENTRAL <= size; i++)
            if (memcmp(data + i, "PK\001\002", 4) == 0)
                zip_mend(data, size, data + i);
    return size;
}

#endif
