/* SPDX-License-Identifier: Apache-2.0 */
/* magnitudes.h -- gradients of any magnitude on one axis, where 1e-5 and 1e-2000 must both be legible. */
#ifndef GRADAUDIT_REPORT_MAGNITUDES_H
#define GRADAUDIT_REPORT_MAGNITUDES_H

#include "report/figure.h"

/* A grid of panels, all with the same axis: x(d) = asinh(d/4) of the decade d = log10 |g|, linear near 1 and logarithmic in d far
   from it. What a format of 0 < least_decade cannot hold is drawn in the colour of its zeros. */
typedef struct {
    const char *title;
    const histogram_series *series; /* row by row */
    size_t n, cols;
    int float_decade; /* bars of exact panels below this decade are zeros in float; a line marks it */
    int double_decade;
} magnitude_figure;

/* Bars of joined decades, as wide as on the axis: low and high (powers of ten), count, per cent; zeros first. */
void magnitude_tsv(FILE *out, const void *data);
void magnitude_gp(FILE *out, const void *data);

/* The place of 10^d on the axis. */
double magnitude_place(double d);

/* One bar: decades [low, high) from index *next on, as many as make it width wide; false at the end. */
typedef struct {
    int64_t low, high;
    size_t count;
} magnitude_bar;
bool magnitude_next(magnitude_bar *bar, size_t *next, const ga_histogram *h, double width);

#endif
