/* SPDX-License-Identifier: Apache-2.0 */
/* memory.c -- what GMP, MPFR and jansson do in a call of the library when memory is out: they get it from the reserve, and the call
   ends at the next piece of work, with GA_NO_MEMORY. Nothing is cut short, so nothing is lost and nothing half made. See
   gradaudit/run.h. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gmp.h>
#include <jansson.h>
#include <mpfr.h>

#include "api/api.h"
#include "api/reserve.h"

/* NULL: the calling thread is in no call, or the reserve is out too. */
static void *
from_reserve(size_t size)
{
    call_state *const c = call_current();
    if (c == NULL)
        return NULL;
    call_end(c, GA_NO_MEMORY);
    return reserve_take(size);
}

/* ---- GMP and MPFR ----------------------------------------------------------------------------------------------- */

/* As GMP does. */
static _Noreturn void
no_way_out(size_t size)
{
    fprintf(stderr, "GNU MP: Cannot allocate memory (size=%zu)\n", size);
    abort();
}

static void *
allocate(size_t size)
{
    void *p = malloc(size > 0 ? size : 1);
    if (p == NULL && (p = from_reserve(size)) == NULL)
        no_way_out(size);
    return p;
}

static void
release(void *p, size_t size)
{
    (void)size;
    if (reserve_has(p))
        reserve_give(p);
    else
        free(p);
}

static void *
reallocate(void *old, size_t old_size, size_t size)
{
    void *p = reserve_has(old) ? NULL : realloc(old, size > 0 ? size : 1);
    if (p == NULL) {
        p = allocate(size);
        memcpy(p, old, old_size < size ? old_size : size);
        release(old, old_size);
    }
    return p;
}

/* GMP's own functions have no name. Nobody else may be using GMP meanwhile. */
static bool
are_its_own(void)
{
    void *(*a)(size_t), *(*own_a)(size_t), *(*r)(void *, size_t, size_t), *(*own_r)(void *, size_t, size_t);
    void (*f)(void *, size_t), (*own_f)(void *, size_t);
    mp_get_memory_functions(&a, &r, &f);
    mp_set_memory_functions(NULL, NULL, NULL);
    mp_get_memory_functions(&own_a, &own_r, &own_f);
    mp_set_memory_functions(a, r, f);
    return a == own_a && r == own_r && f == own_f;
}

ga_code
ga_own_gmp_memory(ga_status *st)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    void *(*now)(size_t);
    ga_code code = GA_OK;
    pthread_mutex_lock(&lock);
    mp_get_memory_functions(&now, NULL, NULL);
    if (now != allocate && !are_its_own())
        code = ga_fail(st, GA_USAGE, "the process has set GMP's memory functions itself (mp_set_memory_functions)");
    else if (now != allocate) {
        mpfr_mp_memory_cleanup();
        mp_set_memory_functions(allocate, reallocate, release);
    }
    pthread_mutex_unlock(&lock);
    return code;
}

/* ---- jansson ---------------------------------------------------------------------------------------------------- */

/* It leaves out what it cannot store. */
static json_malloc_t host_malloc;
static json_free_t host_free;

static void *
json_allocate(size_t size)
{
    void *const p = host_malloc(size);
    return p != NULL ? p : from_reserve(size);
}

static void
json_release(void *p)
{
    if (p != NULL && reserve_has(p))
        reserve_give(p);
    else
        host_free(p);
}

static void
put_before_jansson(void)
{
    json_get_alloc_funcs(&host_malloc, &host_free);
    json_set_alloc_funcs(json_allocate, json_release);
}

void
memory_watch(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, put_before_jansson);
}
