/* SPDX-License-Identifier: Apache-2.0 */
/* histogram.h -- how many gradient elements lie in each decade of magnitude, counted exactly. */
#ifndef GRADAUDIT_HISTOGRAM_H
#define GRADAUDIT_HISTOGRAM_H

#include <gradaudit/gradient.h>

/* count[i] elements have 10^(first+i) <= |g| < 10^(first+i+1); zeros (of either sign), infinities and NaN have bins of their own.
   Subnormal elements stand in their decades and are counted again in subnormal: elements = zero + infinite + nan + sum of count. */
typedef struct {
    int64_t first;
    size_t n;
    size_t *count;
    size_t elements, zero, negative_zero, subnormal, infinite, nan;
    double median; /* log10 of the median magnitude of the finite non-zero elements, to the middle of its decade; NaN: none */
} ga_histogram;

enum { GA_MAX_DECADES = 1 << 24 };

/* The histogram of dL/dx over the images of range. The caller frees it with ga_histogram_free, also after a failure.
   GA_NO_MEMORY when magnitudes span more than GA_MAX_DECADES. */
ga_code ga_histogram_make(ga_histogram *h, const ga_model *model, const ga_dataset *ds, ga_range range, const ga_estimator *e,
                          int threads, ga_status *st);
void ga_histogram_free(ga_histogram *h);

/* Counts n numbers; decade[k] = floor(log10 |g[k]|) where that is finite. GA_NO_MEMORY as above; the median is set by a merge. */
ga_code ga_histogram_add(ga_histogram *h, const ga_number *g, const int64_t *decade, size_t n, ga_status *st);

/* Adds b's counts to a's: the histogram of the union of two disjoint sets of images. */
ga_code ga_histogram_merge(ga_histogram *a, const ga_histogram *b, ga_status *st);

#endif
