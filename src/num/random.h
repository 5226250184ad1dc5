/* SPDX-License-Identifier: Apache-2.0 */
/* random.h -- reproducible random numbers: splitmix64 (Steele, Lea, Flood, OOPSLA 2014), one stream for each (seed, stream)
   pair, so that what an image draws depends on nothing but the seed and its index. */
#ifndef NUM_RANDOM_H
#define NUM_RANDOM_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
    uint64_t state;
} random_stream;

static inline uint64_t
random_next(random_stream *r)
{
    uint64_t z = r->state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static inline random_stream
random_start(uint64_t seed, uint64_t stream)
{
    random_stream r = { seed };
    r.state = random_next(&r) ^ (stream * UINT64_C(0xd1342543de82ef95));
    r.state = random_next(&r);
    return r;
}

/* Uniform in (0, 1), both ends excluded: odd multiples of 2^-53. */
static inline double
random_uniform(random_stream *r)
{
    return ((double)(random_next(r) >> 12) + 0.5) * 0x1p-52;
}

/* Standard normal (Box and Muller 1958). */
static inline double
random_normal(random_stream *r)
{
    const double length = sqrt(-2 * log(random_uniform(r)));
    return length * cos(6.283185307179586477 * random_uniform(r));
}

/* Uniform in 0, …, n-1 up to a bias below n 2^-64. */
static inline size_t
random_below(random_stream *r, size_t n)
{
    return (size_t)(((unsigned __int128)random_next(r) * n) >> 64);
}

/* Shuffles order[0..n-1] uniformly (Fisher and Yates). */
static inline void
random_shuffle(size_t *order, size_t n, random_stream *r)
{
    for (size_t i = n; i > 1; i--) {
        const size_t j = random_below(r, i), held = order[i - 1];
        order[i - 1] = order[j];
        order[j] = held;
    }
}

#endif
