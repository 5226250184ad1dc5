/* SPDX-License-Identifier: Apache-2.0 */
/* pool.h -- idle engines, kept open between runs, and what engines share: to convert every weight and to clear a tape takes longer
   than the pass of one block of images. */
#ifndef RUN_POOL_H
#define RUN_POOL_H

#include "pass/engine.h"

typedef struct engine_pool engine_pool;

/* NULL if memory runs out; freeing it closes the engines in it. Any number of threads may take and give. At most so many engines
   are idle, and those given back last are kept; 0: any number. sharing: a pool with which it has in common what engines share, and
   which must live as long; or NULL. */
engine_pool *engine_pool_new(size_t most, engine_pool *sharing);
void engine_pool_free(engine_pool *pool);

/* An idle engine with this key, or a new one; NULL if memory runs out. */
void *engine_pool_take(engine_pool *pool, const engine_key *key);
void engine_pool_give(engine_pool *pool, const engine_key *key, void *engine);

#endif
