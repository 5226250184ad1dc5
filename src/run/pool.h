/* SPDX-License-Identifier: Apache-2.0 */
/* pool.h -- idle engines, kept open between runs, and what engines share: to convert every weight and to clear a tape takes longer
   than the pass of one block of images. */
#ifndef RUN_POOL_H
#define RUN_POOL_H

#include "pass/engine.h"

typedef struct engine_pool engine_pool;

/* NULL if memory runs out; freeing it closes the engines in it. Any number of threads may take and give. */
engine_pool *engine_pool_new(void);
void engine_pool_free(engine_pool *pool);

/* An idle engine with this key, or a new one; NULL if memory runs out. Given back, it stays open, or is closed if it is large:
   what it shares stays. */
void *engine_pool_take(engine_pool *pool, const engine_key *key);
void engine_pool_give(engine_pool *pool, const engine_key *key, void *engine, bool large);

#endif
