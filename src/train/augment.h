/* SPDX-License-Identifier: Apache-2.0 */
/* augment.h -- what an image goes through before and within a batch: shift and dropout. */
#ifndef TRAIN_AUGMENT_H
#define TRAIN_AUGMENT_H

#include "core/dataset.h"

#include "num/random.h"

/* x = pixel/255 of an image, rounded once, moved down and right by two integers drawn from -shift, …, shift; zeros fill in. random
   may be NULL when shift is 0. */
void augment_place(float *x, const ga_dataset *ds, size_t image, size_t shift, random_stream *random);

/* Each a[i] becomes 0 with probability p (rounded to a multiple of 2^-16), else is multiplied by 1/(1-p), keeping its mean
   (Srivastava et al., JMLR 15, 2014, sec. 10). Ones become a mask of OP_drop. */
void augment_drop(float *a, size_t n, double p, random_stream *random);

#endif
