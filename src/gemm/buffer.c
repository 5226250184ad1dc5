/* SPDX-License-Identifier: Apache-2.0 */
/* buffer.c -- see buffer.h */
#include <stdint.h>
#include <stdlib.h>

#include "gemm/buffer.h"

void *
buffer_grow(buffer *b, size_t n, size_t size)
{
    if (n > SIZE_MAX / 4 / size)
        return NULL;
    if (n * size > b->size || b->p == NULL) {
        free(b->p);
        b->size = (n * size + 64) / 64 * 64;
        if ((b->p = aligned_alloc(64, b->size)) == NULL)
            b->size = 0;
    }
    return b->p;
}
