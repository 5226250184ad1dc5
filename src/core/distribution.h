/* SPDX-License-Identifier: Apache-2.0 */
/* distribution.h -- what weights, pre-activations and activations look like. */
#ifndef CORE_DISTRIBUTION_H
#define CORE_DISTRIBUTION_H

#include "core/dataset.h"
#include "core/model.h"

enum { GA_QUANTILES = 7 };
extern const double ga_quantile_levels[GA_QUANTILES]; /* 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99 */

/* All but n and the three counts describe the finite values only: NaN if there are none. */
typedef struct {
    size_t n;        /* all values */
    size_t nan, minus_infinite, plus_infinite;
    double min, max, mean;
    double std;      /* sqrt(m2), with m_k the k-th central moment over the finite values */
    double kurtosis; /* m4/m2^2: 3 for a normal distribution; NaN when m2 = 0 */
    double quantile[GA_QUANTILES]; /* the value at index ceil(level m) - 1 of the m finite values, sorted */
} ga_distribution;

/* Sorts the values (n > 0) in place, -0 before 0, infinities at the ends and NaN after all, and describes them. No result depends
   on the order of the input: sums are taken after sorting. */
void ga_distribution_make(ga_distribution *d, double *value, size_t n);

/* count[i] += how many values lie in [low + i w, low + (i+1) w), w = (high-low)/bins, the last bin closed; others, and NaN, are
   left out. low <= high, both finite; if they are equal, values there are in the last bin. */
void ga_distribution_bins(size_t *count, size_t bins, double low, double high, const double *value, size_t n);

typedef enum { GA_WEIGHTS, GA_PREACTIVATIONS, GA_ACTIVATIONS } ga_layer_quantity;

/* The weights of layer l (biases left out), or its pre-activations z, or its activations (hidden layers) on the images of range,
   computed in the format of the model (float or double), in image order. *value is the caller's to free. */
ga_code ga_layer_values(double **value, size_t *n, ga_layer_quantity quantity, size_t l, const ga_model *model,
                        const ga_dataset *ds, ga_range range, int threads, ga_status *st);

#endif
