/* SPDX-License-Identifier: Apache-2.0 */
/* memory.c -- see memory.h */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <gmp.h>
#include <jansson.h>

#include <gradaudit/status.h>

#include "cli/memory.h"
#include "io/file.h"

/* In whatever thread and state: nothing here allocates or waits. */
static _Noreturn void
out_of_memory(void)
{
    static const char message[] = "gradaudit: out of memory\n";
    const ssize_t written = write(STDERR_FILENO, message, sizeof message - 1);
    (void)written;
    out_remove_all();
    _exit(GA_NO_MEMORY);
}

static void *
allocate(size_t size)
{
    void *p = malloc(size > 0 ? size : 1);
    if (p == NULL)
        out_of_memory();
    return p;
}

static void *
reallocate(void *old, size_t old_size, size_t size)
{
    (void)old_size;
    void *p = realloc(old, size > 0 ? size : 1);
    if (p == NULL)
        out_of_memory();
    return p;
}

static void
release(void *p, size_t size)
{
    (void)size;
    free(p);
}

void
memory_guard(void)
{
    mp_set_memory_functions(allocate, reallocate, release);
    json_set_alloc_funcs(allocate, free);
}
