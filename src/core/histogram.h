/* SPDX-License-Identifier: Apache-2.0 */
/* histogram.h -- how many gradient elements lie in each decade of magnitude, counted exactly. */
#ifndef CORE_HISTOGRAM_H
#define CORE_HISTOGRAM_H

#include "core/gradient.h"

/* count[i] > 0 elements have 10^decade[i] <= |g| < 10^(decade[i]+1); only decades that occur, ascending. Zeros (of either sign),
   infinities and NaN have bins of their own, and so do elements whose value or decade the reference does not prove. Subnormal
   elements are counted in their decades and again in subnormal: elements = zero + infinite + nan + undecided.n + sum of count. */
typedef struct {
    size_t n;
    int64_t *decade;
    size_t *count;
    size_t elements, zero, negative_zero, subnormal, infinite, nan;
    ga_undecided undecided;
    double median; /* log10 of the median magnitude of what has a decade: the middle of its decade; NaN: none */
} ga_histogram;

/* The histogram of dL/dx over the images of range. The caller frees it with ga_histogram_free, also after a failure. */
ga_code ga_histogram_make(ga_histogram *h, const ga_model *model, const ga_dataset *ds, ga_range range, const ga_estimator *e,
                          int threads, ga_status *st);
void ga_histogram_free(ga_histogram *h);

/* Counts n numbers; decade[k] as ga_block_decades gives it, read if g[k] is normal or subnormal. After GA_NO_MEMORY the counts mean
   nothing; the median is set by a merge. */
ga_code ga_histogram_add(ga_histogram *h, const ga_number *g, const int64_t *decade, size_t n, ga_status *st);

/* Adds b's counts to a's: the histogram of the union of two disjoint sets of elements. On GA_NO_MEMORY a is unchanged. */
ga_code ga_histogram_merge(ga_histogram *a, const ga_histogram *b, ga_status *st);

#endif
