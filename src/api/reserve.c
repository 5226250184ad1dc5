/* SPDX-License-Identifier: Apache-2.0 */
/* reserve.c -- see reserve.h. A heap of blocks side by side: a free one is joined with free ones behind it when it is looked at. */
#include <pthread.h>
#include <stdint.h>

#include "api/reserve.h"

/* Numbers have at most 2^16 bits, so that what GMP and MPFR have in a thread at once is below 1 MiB (tests/gradaudit_memory.c). */
enum { UNIT = 16, UNITS = 1 << 20 };

typedef struct {
    uint32_t units; /* this one included */
    uint32_t taken;
    uint64_t padding; /* to a unit */
} head;
_Static_assert(sizeof(head) == UNIT, "a head is a unit");

/* Nobody touches it as long as memory is there, and then it is none. */
static _Alignas(UNIT) head heap[UNITS];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static size_t used, peak; /* units */

/* With the lock. */
static head *
find(size_t units)
{
    if (heap[0].units == 0)
        heap[0].units = UNITS;
    for (size_t at = 0; at < UNITS; at += heap[at].units) {
        head *const h = heap + at;
        while (!h->taken && at + h->units < UNITS && !h[h->units].taken)
            h->units += h[h->units].units;
        if (!h->taken && h->units >= units)
            return h;
    }
    return NULL;
}

static void
cut(head *h, size_t units)
{
    if (h->units > units)
        h[units] = (head){ .units = (uint32_t)(h->units - units) };
    h->units = (uint32_t)units;
    h->taken = 1;
    used += units;
    peak = used > peak ? used : peak;
}

void *
reserve_take(size_t size)
{
    const size_t units = size / UNIT + 2;
    head *h = NULL;
    if (units > UNITS)
        return NULL;
    pthread_mutex_lock(&lock);
    h = find(units);
    if (h != NULL)
        cut(h, units);
    pthread_mutex_unlock(&lock);
    return h != NULL ? h + 1 : NULL;
}

void
reserve_give(void *block)
{
    head *const h = (head *)block - 1;
    pthread_mutex_lock(&lock);
    h->taken = 0;
    used -= h->units;
    pthread_mutex_unlock(&lock);
}

bool
reserve_has(const void *block)
{
    return (uintptr_t)block - (uintptr_t)heap < sizeof heap;
}

size_t
reserve_used(void)
{
    pthread_mutex_lock(&lock);
    const size_t n = used;
    pthread_mutex_unlock(&lock);
    return n * UNIT;
}

size_t
reserve_peak(void)
{
    pthread_mutex_lock(&lock);
    const size_t n = peak;
    pthread_mutex_unlock(&lock);
    return n * UNIT;
}
