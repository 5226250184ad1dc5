/* SPDX-License-Identifier: Apache-2.0 */
/* memory.h -- memory of GMP's allocator, which does not return if there is none: what is found must not depend on it. */
#ifndef BLAME_MEMORY_H
#define BLAME_MEMORY_H

#include <gmp.h>

static inline void *
blame_take(size_t size)
{
    void *(*get)(size_t);
    mp_get_memory_functions(&get, NULL, NULL);
    return get(size);
}

static inline void
blame_give(void *memory, size_t size)
{
    void (*give_back)(void *, size_t);
    mp_get_memory_functions(NULL, NULL, &give_back);
    if (memory != NULL)
        give_back(memory, size);
}

#endif
