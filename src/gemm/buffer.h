/* SPDX-License-Identifier: Apache-2.0 */
/* buffer.h -- memory that is used again. */
#ifndef GEMM_BUFFER_H
#define GEMM_BUFFER_H

#include <stddef.h>

/* A growing buffer, aligned to 64 bytes; growth clobbers it. */
typedef struct {
    void *p;
    size_t size;
} buffer;

/* Room for n elements of the size; NULL: out of memory. */
void *buffer_grow(buffer *b, size_t n, size_t size);

#endif
