/* SPDX-License-Identifier: Apache-2.0 */
/* product_ways.h -- the contestants of a product. */
#ifndef BENCH_PRODUCT_WAYS_H
#define BENCH_PRODUCT_WAYS_H

#include "backend.h"
#include "product.h"
#include "rival.h"

enum { WAYS_MOST = 2 * BACKENDS_MOST + 2 + 5 * RIVALS };

/* One contestant: the case, how many rows of C it makes, and what it makes them with. */
typedef struct {
    const product *p;
    size_t rows;
    mat_mp c;
    ctx_mp *mp;
    struct crt_weights *weights;
    mat_ball c_ball;
    ctx_ball *ball;
    const rival_ops *ops;
    void *rival;
} contestant;

typedef struct {
    contestant c[WAYS_MOST];
    bench_runner runner[WAYS_MOST];
    double work[WAYS_MOST];
    size_t n;
} contest;

/* A back end's two products, where this CPU has it; MPFR's two ways on the first rows; a rival's. They keep p. */
void ways_add_backend(contest *t, const product *p, size_t which);
void ways_add_plain(contest *t, const product *p, size_t rows);
void ways_add_rival(contest *t, const product *p, const rival *r, size_t rows);

/* Fast and wrong is no result: elements of the first and last row against mpfr_sum, or the program ends. */
void ways_check(const contest *t, const product *p);
void ways_drop(contest *t);

#endif
