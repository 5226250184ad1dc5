/* SPDX-License-Identifier: Apache-2.0 */
/* block.h -- the part of an audit that is one block of images, and its elements. */
#ifndef AUDIT_BLOCK_H
#define AUDIT_BLOCK_H

#include "audit/part.h"
#include "audit/plan.h"

/* One value per element of the block's images, for the arrays of --elements; NULL members: not wanted. */
typedef struct {
    double *mantissa;   /* functions x images x elements; NaN: undecided, its exponent then the bound */
    int64_t *exponent;
    double *gradient;   /* estimators x images x elements */
    uint8_t *cell;
    uint8_t *origin;    /* the first origin; 255: none */
} block_elements;

part_shape block_shape(const plan *p);

/* Audits the images of range, which lie in one block (plan.block); threads: for this block alone. *result is the caller's. */
ga_code block_audit(part **result, block_elements *elements, const plan *p, ga_range range, int threads, ga_status *st);

/* The most bytes that block_audit holds, engines apart; and those of its part. */
double block_bytes(const plan *p, size_t images);
double block_part_bytes(const plan *p, size_t images);

/* Seconds that a block of these images takes in one thread: *together in passes that threads can share, *alone in the rest. */
ga_code block_probe(double *alone, double *together, const plan *p, ga_range range, ga_status *st);

#endif
