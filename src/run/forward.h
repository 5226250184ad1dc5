/* SPDX-License-Identifier: Apache-2.0 */
/* forward.h -- what a network computes from images: its own end (logits, or their softmax or log-softmax) and the class it
   predicts, by an estimator whose loss does not matter. */
#ifndef RUN_FORWARD_H
#define RUN_FORWARD_H

#include "core/gradient.h"

#include "pass/engine.h"

/* Runs the forward pass over the images of range, in blocks as ga_gradient does. Labels are ignored, and the model may have one
   output. GA_USAGE if the estimator or the range does not fit, GA_BAD_FILE if the images do not. */
ga_code forward_run(const ga_model *model, const ga_dataset *ds, ga_range range, const ga_estimator *e, int threads,
                    const ga_sink *sink, ga_status *st);

/* For image i of a block of forward_run: output c as ga_block_print prints elements; all of them as ga_block_row has elements; in
   binary64, NaN if the reference leaves one undecided; and the class of the largest logit, PREDICTED_NONE or PREDICTED_OPEN.
   Attacks and audits count an image as correct if that is its label (ga_block_correct). */
int forward_print(char *text, size_t size, const ga_block *b, size_t i, size_t c, int digits);
void forward_row(ga_number *number, const ga_block *b, size_t i);
void forward_values(double *value, const ga_block *b, size_t i);
int forward_predicted(const ga_block *b, size_t i);

/* The reference's truth for each output; false in other formats. */
bool forward_truth(ga_truth *truth, const ga_block *b, size_t i);

#endif
