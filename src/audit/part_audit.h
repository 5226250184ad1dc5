/* SPDX-License-Identifier: Apache-2.0 */
/* part_audit.h -- the audit of one part of the images, and its elements. */
#ifndef AUDIT_PART_AUDIT_H
#define AUDIT_PART_AUDIT_H

#include "audit/plan.h"

/* One value per element of the part's images, for the arrays of --elements; NULL members: not wanted. */
typedef struct {
    double *mantissa;   /* functions x images x elements; NaN: undecided, its exponent then the bound */
    int64_t *exponent;
    double *gradient;   /* estimators x images x elements */
    uint8_t *cell;
    uint8_t *origin;    /* the first origin; 255: none */
} part_elements;

/* Audits the images of range, which lie in one block (plan.block); threads: for this part alone. *result is the caller's. */
ga_code part_audit(part **result, part_elements *elements, const plan *p, ga_range range, int threads, ga_status *st);

/* The most bytes that part_audit holds, engines apart; and those of its part. */
double part_audit_bytes(const plan *p, size_t images);
double part_result_bytes(const plan *p, size_t images);

/* Seconds that a part of these images takes in one thread: *together in passes that threads can share, *alone in the rest. */
ga_code part_probe(double *alone, double *together, const plan *p, ga_range range, ga_status *st);

#endif
