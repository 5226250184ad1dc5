/* SPDX-License-Identifier: Apache-2.0 */
/* trainer.h -- one network being trained: a program of the project's own pass in binary32, one thread, with gains, penalties and
   dropout at its functions, whose factors the trainer sets; shifts of its images, and the optimisers' state. */
#ifndef TRAIN_TRAINER_H
#define TRAIN_TRAINER_H

#include "core/train.h"

#include "num/random.h"

typedef struct trainer trainer;

/* Sums over images: cross-entropy in nats, and psi over all hidden units. */
typedef struct {
    double loss, penalty;
} trainer_sums;

/* rows: the largest batch; dropout: stages may have some on hidden units. NULL if memory runs out. ds must live as long; model is
   copied. */
trainer *trainer_new(const ga_model *model, const ga_dataset *ds, size_t rows, bool dropout);
void trainer_free(trainer *t);

/* Resets optimisers, and gains to 1. */
void trainer_begin_stage(trainer *t);

/* Multiplies gains into weights and biases, and copies the network to the model. */
void trainer_end_stage(trainer *t, ga_model *model);

/* Forward and backward pass of one batch, the images index[0..n-1]: gradients of the loss of train.h with its lambda, as sums over
   the batch. Adds to *sums. */
void trainer_gradient(trainer_sums *sums, trainer *t, const ga_stage *stage, double lambda, const size_t *index, size_t n,
                      random_stream *random);

/* The same, then a step of the stage's optimiser, at a fraction of the stage. */
void trainer_step(trainer_sums *sums, trainer *t, const ga_stage *stage, double fraction, const size_t *index, size_t n,
                  random_stream *random);

/* logits (n rows) of the images first to first + n - 1; n is at most the largest batch. The array is the trainer's. */
const float *trainer_logits(trainer *t, size_t first, size_t n);

/* How many of the images first to end - 1 the network gets right (ties and NaN are wrong). */
size_t trainer_correct(trainer *t, size_t first, size_t end);

/* Whether every weight is finite. */
bool trainer_is_finite(const trainer *t);

/* The gains: one for each function, and one of the logits, the last, which no step moves. s of each, and dL/ds. */
size_t trainer_gains(const trainer *t);
float *trainer_log_gain(trainer *t);
const float *trainer_gain_gradient(const trainer *t);

/* The gradient of the graph's parameter k. */
const float *trainer_parameter_gradient(const trainer *t, size_t k);

#endif
