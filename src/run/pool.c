/* SPDX-License-Identifier: Apache-2.0 */
/* pool.c -- see pool.h */
#include <stdlib.h>
#include <string.h>

#include "exact/engines.h"
#include "run/pool.h"

typedef struct {
    engine_key key;
    void *engine;
} idle;

struct engine_pool {
    idle *idle; /* in the order in which they came */
    size_t n, room, most;
    shared *common, *own; /* NULL: another pool's */
};

engine_pool *
engine_pool_new(size_t most, engine_pool *sharing)
{
    engine_pool *const pool = calloc(1, sizeof *pool);
    if (pool == NULL)
        return NULL;
    pool->most = most;
    pool->own = sharing == NULL ? shared_new() : NULL;
    pool->common = sharing != NULL ? sharing->common : pool->own;
    if (pool->common != NULL)
        return pool;
    free(pool);
    return NULL;
}

static void
close_engine(const idle *e)
{
    engine_find_for(e->key.estimator.format, e->key.weights)->close(e->engine);
}

void
engine_pool_free(engine_pool *pool)
{
    if (pool == NULL)
        return;
    for (size_t i = 0; i < pool->n; i++)
        close_engine(pool->idle + i);
    if (pool->own != NULL)
        shared_free(pool->own);
    free(pool->idle);
    free(pool);
}

static bool
same_key(const engine_key *a, const engine_key *b)
{
    return a->model == b->model && a->rows == b->rows && a->weights == b->weights && a->tape == b->tape && a->again == b->again &&
           engine_same_estimator(&a->estimator, &b->estimator);
}

static void
remove_idle(engine_pool *pool, size_t i)
{
    memmove(pool->idle + i, pool->idle + i + 1, (--pool->n - i) * sizeof *pool->idle);
}

void *
engine_pool_take(engine_pool *pool, const engine_key *key)
{
    void *engine = NULL;
#pragma omp critical(engine_pool)
    for (size_t i = pool->n; i-- > 0 && engine == NULL;)
        if (same_key(&pool->idle[i].key, key)) {
            engine = pool->idle[i].engine;
            remove_idle(pool, i);
        }
    if (engine == NULL)
        engine = engine_find_for(key->estimator.format, key->weights)->open(key, pool->common);
    return engine;
}

/* What is to be closed: the one that has been idle longest, if there are too many, or e itself, if there is no memory for it. */
static idle
keep(engine_pool *pool, const idle *e)
{
    idle out = { .engine = NULL };
    if (pool->most > 0 && pool->n == pool->most) {
        out = pool->idle[0];
        remove_idle(pool, 0);
    }
    if (pool->n == pool->room) {
        idle *more = realloc(pool->idle, (pool->room + 16) * sizeof *more);
        if (more == NULL)
            return *e;
        pool->idle = more;
        pool->room += 16;
    }
    pool->idle[pool->n++] = *e;
    return out;
}

void
engine_pool_give(engine_pool *pool, const engine_key *key, void *engine)
{
    const idle e = { *key, engine };
    idle out = { .engine = NULL };
    if (engine == NULL)
        return;
#pragma omp critical(engine_pool)
    out = keep(pool, &e);
    if (out.engine != NULL)
        close_engine(&out);
}
