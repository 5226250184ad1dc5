/* SPDX-License-Identifier: Apache-2.0 */
/* crt_store.c -- the weights of a network as integers, looked up by their address; see crt.h */
#include <stdlib.h>

#include "gemm/crt.h"

typedef struct {
    const void *address;
    crt_weights *weights;
} entry;

struct crt_store {
    crt *engine;
    entry *entry;
    size_t n;
};

bool
crt_store_add(crt_store **store, ga_backend backend, const void *address, crt_numbers numbers, size_t rows, size_t cols)
{
    crt_store *s = *store;
    if (s == NULL && (s = *store = calloc(1, sizeof *s)) == NULL)
        return false;
    if (s->engine == NULL && (s->engine = crt_new(backend)) == NULL)
        return false;
    entry *more = realloc(s->entry, (s->n + 1) * sizeof *more);
    if (more == NULL)
        return false;
    s->entry = more;
    crt_weights *w = crt_weights_new(numbers, rows, cols);
    if (w != NULL)
        s->entry[s->n++] = (entry){ address, w };
    return true;
}

void
crt_store_free(void *store)
{
    crt_store *s = store;
    if (s == NULL)
        return;
    for (size_t i = 0; i < s->n; i++)
        crt_weights_free(s->entry[i].weights);
    crt_free(s->engine);
    free(s->entry);
    free(s);
}

crt_weights *
crt_store_find(const crt_store *store, const void *address)
{
    for (size_t i = 0; store != NULL && i < store->n; i++)
        if (store->entry[i].address == address)
            return store->entry[i].weights;
    return NULL;
}

crt *
crt_store_engine(crt_store *store)
{
    return store->engine;
}
