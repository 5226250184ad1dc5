/* SPDX-License-Identifier: Apache-2.0 */
/* levels.h -- the reference and its levels: ball engines of rising precision.

   Level 0 computes all images of a block with GA_REFERENCE_MIN_BITS; images with an undecided element, sign of a ReLU
   pre-activation, or class of the margin go on to level 1 with twice the bits, and so on up to the limit. An image is read from the
   last level that computed it. What is decided at a level stays true: balls contain the exact result at any precision. At each
   level a sum is as narrow as its own terms allow (gemm_ball.c), whatever else is in its row: more bits are for cancellation and
   for large arguments, never for a large neighbour. The levels of the network's own end (engine.h) are the same; they decide each
   output and the predicted class. If only signs are asked for, the sign filter comes before level 0, which is opened if the filter
   leaves something. */
#ifndef EXACT_LEVELS_H
#define EXACT_LEVELS_H

#include "exact/sign_filter.h"
#include "pass/engine.h"

enum { LEVELS = 16 };

typedef struct {
    size_t level, index; /* the level whose tape holds the image, and the row there */
} place;

typedef struct {
    const ga_model *model;
    ga_estimator e;
    shared *common, *own; /* what its levels share; own: not with others */
    bool tape; /* its numbers are asked for */
    size_t capacity, rows, n_elements;
    double *x;      /* capacity x inputs: the images, for the higher levels */
    uint32_t *label;
    const double **target; /* of each image, or NULL */
    sign_filter *filter; /* or NULL */
    bool forward;        /* level 0 holds the forward pass of all images */
    bool *by_filter;     /* the filter decided the image */
    void *level[LEVELS]; /* ball engines, opened when they are needed */
    place *place;
    ga_truth *truth; /* capacity x n_elements */
    ga_truth *end;   /* capacity x classes */
    size_t *kinks;
} reference;

/* The precision of a level of a format of the reference. */
long levels_bits(const ga_format *format, size_t level);

/* That of its numbers: one bit less at level 0, since MPFR is faster where two limbs are not full. */
long levels_precision(const ga_format *format, size_t level);

void *levels_open(const reference *r, size_t level); /* NULL: out of memory */

/* The forward pass of the given rows at a level. */
void levels_forward(reference *r, size_t level, const size_t *row, size_t n);

/* The rest of the pass, and the same for the network's own end; of the *rows rows those that are still open move to the head of
   row[]. False if memory runs out, or the pass was told to end (call_ended). */
bool levels_backward(reference *r, size_t level, size_t *row, size_t *rows);
bool levels_end(reference *r, size_t level, size_t *row, size_t *rows);

/* Level after level, those of the n given rows that rest, one of these two, leaves open. Likewise false. */
bool levels_climb(reference *r, size_t *row, size_t n, bool (*rest)(reference *, size_t level, size_t *row, size_t *n));

#endif
