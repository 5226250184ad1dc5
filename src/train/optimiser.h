/* SPDX-License-Identifier: Apache-2.0 */
/* optimiser.h -- one step of momentum SGD or Adam on an array of weights. */
#ifndef TRAIN_OPTIMISER_H
#define TRAIN_OPTIMISER_H

#include <stdbool.h>
#include <stddef.h>

#include "core/train.h"

typedef struct {
    double lr, decay; /* w shrinks by the factor 1 - lr decay first */
    double scale;     /* the gradient is scale times the array given: 1/batch of a sum over the batch */
    double momentum;  /* SGD */
    double eps;       /* Adam */
    size_t count;     /* Adam: steps so far, this one included */
} optimiser_step;

/* m = mu m + g, w = w - lr m (Polyak; PyTorch's form). Arrays of n may not overlap. */
void optimiser_sgd(float *w, float *m, const float *g, size_t n, const optimiser_step *step);

/* m = b1 m + (1-b1) g, v = b2 v + (1-b2) g^2, w = w - lr (m / (1-b1^t)) / (sqrt(v / (1-b2^t)) + eps), b1 = 0.9, b2 = 0.999 (Kingma
   and Ba, arXiv:1412.6980, algorithm 1; decoupled weight decay: Loshchilov and Hutter, arXiv:1711.05101). */
void optimiser_adam(float *w, float *m, float *v, const float *g, size_t n, const optimiser_step *step);

/* First and second moments of an array of n weights, initially 0. False if memory runs out. */
typedef struct {
    float *m, *v;
    size_t n;
} optimiser_state;

bool optimiser_new(optimiser_state *state, size_t n);
void optimiser_clear(optimiser_state *state);
void optimiser_free(optimiser_state *state);

/* One of the two steps: GA_SGD or GA_ADAM. */
void optimiser_update(float *w, optimiser_state *state, const float *g, ga_optimiser optimiser, const optimiser_step *step);

#endif
