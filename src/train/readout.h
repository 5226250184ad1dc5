/* SPDX-License-Identifier: Apache-2.0 */
/* readout.h -- the stage that trains only a scalar gain e^s on the readout, on the logits of a fixed network. */
#ifndef TRAIN_READOUT_H
#define TRAIN_READOUT_H

#include "core/train.h"

typedef struct readout readout;

/* The logits o of n images, and their labels, n_classes a row; room for batches of rows. NULL if memory runs out. */
readout *readout_new(size_t n, size_t n_classes, size_t rows);
void readout_free(readout *r);
void readout_set(readout *r, size_t image, const float *logits, uint32_t label);

/* s = s - gain_lr sign(dL/ds), dL/ds = sum r e^s o over the batch, r = dL/do by the softmax in binary64 with
   r_y = -sum_{c != y} p_c: with p_y - 1 the gain stalls once p_y rounds to 1. Returns the batch's sum of the loss. */
double readout_step(double *s, readout *r, double gain_lr, const size_t *index, size_t n);

#endif
