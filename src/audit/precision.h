/* SPDX-License-Identifier: Apache-2.0 */
/* precision.h -- the fewest bits and the narrowest range of exponents to store each tensor of a gradient's pass in. */
#ifndef AUDIT_PRECISION_H
#define AUDIT_PRECISION_H

#include "core/gradient.h"

#include "graph/stored.h"

/* One tensor: what the network makes, a gradient, or a parameter; by its value in the program without a recipe. Each number alone,
   all else stored as it is computed, keeps so large a share of the signs: the fewest bits; with those, the largest emin, and the
   smallest emax. */
typedef struct {
    value_id value;
    int class; /* GA_ACTIVATION, ... */
    long bits;
    int emin, emax;
} precision_tensor;

typedef struct {
    program *p; /* without a recipe: what the tensors are called */
    precision_tensor *tensor;
    size_t n;
    uint64_t elements, decided;      /* of the gradients; whose true sign is proved: */
    uint64_t plain, together;        /* of those, with the true sign as they are computed, and with all tensors stored at once, */
    int added_bits, added_binades;   /* after so many bits, and binades at both ends, were added to each tensor's */
} precision_result;

/* The share keep, 0 to 1, of elements whose true sign is proved are to have that sign. e: float or double, without a recipe; both
   formulas. progress (or NULL) is told how many passes of about so many are done. Free the result whatever this returns. */
typedef struct {
    const ga_model *model;
    const ga_dataset *ds;
    ga_range range;
    ga_estimator estimator;
    double keep;
    int threads;
    void (*progress)(void *data, size_t done, size_t all);
    void *progress_data;
} precision_job;
ga_code precision_find(precision_result *r, const precision_job *job, ga_status *st);
void precision_free(precision_result *r);

#endif
