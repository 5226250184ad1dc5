/* SPDX-License-Identifier: Apache-2.0 */
/* pool.c -- see pool.h */
#include <stdlib.h>

#include "exact/engines.h"
#include "run/pool.h"

typedef struct {
    engine_key key;
    void *engine;
} idle;

struct engine_pool {
    idle *idle;
    size_t n, room;
    shared *common;
};

engine_pool *
engine_pool_new(void)
{
    engine_pool *const pool = calloc(1, sizeof *pool);
    if (pool != NULL && (pool->common = shared_new()) == NULL) {
        free(pool);
        return NULL;
    }
    return pool;
}

void
engine_pool_free(engine_pool *pool)
{
    if (pool == NULL)
        return;
    for (size_t i = 0; i < pool->n; i++)
        engine_find(pool->idle[i].key.estimator.format)->close(pool->idle[i].engine);
    shared_free(pool->common);
    free(pool->idle);
    free(pool);
}

static bool
same_key(const engine_key *a, const engine_key *b)
{
    return a->model == b->model && a->rows == b->rows && a->weights == b->weights && a->tape == b->tape &&
           engine_same_estimator(&a->estimator, &b->estimator);
}

void *
engine_pool_take(engine_pool *pool, const engine_key *key)
{
    void *engine = NULL;
#pragma omp critical(engine_pool)
    for (size_t i = 0; i < pool->n; i++)
        if (same_key(&pool->idle[i].key, key)) {
            engine = pool->idle[i].engine;
            pool->idle[i] = pool->idle[--pool->n];
            break;
        }
    if (engine == NULL)
        engine = engine_find(key->estimator.format)->open(key, pool->common);
    return engine;
}

static bool
keep(engine_pool *pool, const engine_key *key, void *engine)
{
    if (pool->n == pool->room) {
        idle *more = realloc(pool->idle, (pool->room + 16) * sizeof *more);
        if (more == NULL)
            return false;
        pool->idle = more;
        pool->room += 16;
    }
    pool->idle[pool->n++] = (idle){ *key, engine };
    return true;
}

void
engine_pool_give(engine_pool *pool, const engine_key *key, void *engine, bool large)
{
    bool kept = false;
    if (engine != NULL && !large)
#pragma omp critical(engine_pool)
        kept = keep(pool, key, engine);
    if (!kept && engine != NULL)
        engine_find(key->estimator.format)->close(engine);
}
