/* SPDX-License-Identifier: Apache-2.0 */
/* alloc_fault.c -- for LD_PRELOAD: the allocation numbered GRADAUDIT_TEST_FAIL_ALLOCATION (from 1) fails, and with
   GRADAUDIT_TEST_FAIL_ALL all after it too; a program that knows alloc_fault can call it instead. Allocations by the program
   itself, GMP, MPFR, jansson, zlib and libzip count; those of the C library and the runtimes of threads and BLAS do not. At exit
   the file GRADAUDIT_TEST_ALLOCATIONS gets the number of allocations, then the number of each that was the first of its
   callers. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);

static atomic_ulong count;
static atomic_ulong fail_at;
static atomic_bool fail_all, ready;
static const char *count_file;

unsigned long alloc_fault(unsigned long at, bool all);

enum { STACKS = 1 << 14 /* a power of 2 */, DEPTH = 5 /* malloc here, who calls it, and who calls that */ };
static struct {
    uint64_t hash; /* of the callers' addresses */
    unsigned long first;
} stacks[STACKS];
static pthread_mutex_t stacks_lock = PTHREAD_MUTEX_INITIALIZER;

/* From now on the allocation numbered at, counted from here, fails, or none if that is 0. Returns how many there have been since
   the last time. */
unsigned long
alloc_fault(unsigned long at, bool all)
{
    fail_at = 0;
    const unsigned long n = atomic_exchange(&count, 0);
    fail_all = all;
    fail_at = at;
    return n;
}

static __attribute__((constructor)) void
start(void)
{
    const char *at = getenv("GRADAUDIT_TEST_FAIL_ALLOCATION");
    fail_at = at != NULL ? strtoul(at, NULL, 10) : 0;
    fail_all = getenv("GRADAUDIT_TEST_FAIL_ALL") != NULL;
    count_file = getenv("GRADAUDIT_TEST_ALLOCATIONS");
    ready = true;
}

static __attribute__((destructor)) void
end(void)
{
    FILE *f = count_file != NULL ? fopen(count_file, "w") : NULL;
    if (f != NULL) {
        fprintf(f, "%lu\n", (unsigned long)count);
        for (size_t i = 0; i < STACKS; i++)
            if (stacks[i].first != 0)
                fprintf(f, "%lu\n", stacks[i].first);
        fclose(f);
    }
}

static bool
is_ours(const void *caller)
{
    static const char *const libraries[] = { "libgmp.", "libmpfr.", "libjansson.", "libz.", "libzip." };
    Dl_info info;
    if (dladdr(caller, &info) == 0)
        return false;
    const char *slash = strrchr(info.dli_fname, '/'), *name = slash != NULL ? slash + 1 : info.dli_fname;
    for (size_t i = 0; i < sizeof libraries / sizeof *libraries; i++)
        if (strncmp(name, libraries[i], strlen(libraries[i])) == 0)
            return true;
    return strstr(name, "gradaudit") != NULL;
}

/* The addresses differ from run to run, but not which are the same. */
static void
note_callers(unsigned long n)
{
    void *frame[DEPTH];
    uint64_t hash = 14695981039346656037u; /* FNV-1a */
    const int depth = backtrace(frame, DEPTH);
    for (int i = 0; i < depth; i++)
        hash = (hash ^ (uintptr_t)frame[i]) * 1099511628211u;
    pthread_mutex_lock(&stacks_lock);
    size_t at = hash & (STACKS - 1);
    while (stacks[at].first != 0 && stacks[at].hash != hash)
        at = (at + 1) & (STACKS - 1);
    if (stacks[at].first == 0) {
        stacks[at].hash = hash;
        stacks[at].first = n;
    }
    pthread_mutex_unlock(&stacks_lock);
}

static bool
fails(const void *caller)
{
    if (!ready || !is_ours(caller))
        return false;
    const unsigned long n = atomic_fetch_add(&count, 1) + 1;
    if (count_file != NULL)
        note_callers(n);
    const unsigned long at = fail_at;
    if (at == 0 || n < at || (n > at && !fail_all))
        return false;
    errno = ENOMEM;
    return true;
}

void *
malloc(size_t size)
{
    return fails(__builtin_return_address(0)) ? NULL : __libc_malloc(size);
}

void *
calloc(size_t n, size_t size)
{
    return fails(__builtin_return_address(0)) ? NULL : __libc_calloc(n, size);
}

void *
realloc(void *p, size_t size)
{
    return fails(__builtin_return_address(0)) ? NULL : __libc_realloc(p, size);
}
