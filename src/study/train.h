/* SPDX-License-Identifier: Apache-2.0 */
/* train.h -- trains a study's networks anew, by their recipes. */
#ifndef STUDY_TRAIN_H
#define STUDY_TRAIN_H

#include "core/train.h"

#include "study/compute.h"

/* The networks of one seed, in the study's order. */
typedef struct {
    uint64_t seed;
    ga_model *model[STUDY_MOST_NETWORKS];
} trained_networks;

/* Trains the networks of n of the inputs' seeds, side by side in threads, each on one core; networks with a seed of their own only
   for the first. training: the images of each network, in the study's order. Derives the others. On failure the networks that were
   made are still the caller's to free. */
ga_code study_train(trained_networks *networks, size_t n, const study_inputs *in, ga_dataset *const *training, ga_status *st);

#endif
