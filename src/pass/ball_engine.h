/* SPDX-License-Identifier: Apache-2.0 */
/* ball_engine.h -- what a ball engine's tape proves. */
#ifndef PASS_BALL_ENGINE_H
#define PASS_BALL_ENGINE_H

#include "pass/engine.h"

/* The input gradient of a row, element by element, as ball_truth says. True when nothing is left to decide. */
bool ball_engine_truth(ga_truth *truth, const void *engine, size_t row, const ga_format *format);

/* The network's own end likewise. True when nothing is left to decide, the predicted class included. */
bool ball_engine_end_truth(ga_truth *truth, const void *engine, size_t row, const ga_format *format);

/* A value's numbers of a row likewise, each by itself: decided if its sign is proved and its radius is at most 2^-60 of it. */
void ball_engine_truths(ga_truth *truth, const void *engine, value_id v, size_t row);

/* The gradient of a parameter likewise, all of its numbers: of the images in the tape, or of those that were added to it. */
bool ball_engine_weight_truth(ga_truth *truth, const void *engine, size_t parameter, const ga_format *format);

/* Divides the gradients of all parameters by n. */
void ball_engine_divide_weights(void *engine, size_t n);

/* Whether a value of its program is the input gradient. */
bool ball_engine_is_gradient(const void *engine, value_id v);

/* Whether what the loss chooses is decided, the margin's class: then no residual of the row has a radius. True if it chooses
   nothing. */
bool ball_engine_class(const void *engine, size_t row);

/* How many numbers of a row lie exactly on a kink of what takes them (pass/op_ball.h); false if that is undecided of one. */
bool ball_engine_kinks(size_t *kinks, const void *engine, size_t row);

#endif
