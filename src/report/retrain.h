/* SPDX-License-Identifier: Apache-2.0 */
/* retrain.h -- trains the report's networks anew, by their recipes. */
#ifndef GRADAUDIT_REPORT_RETRAIN_H
#define GRADAUDIT_REPORT_RETRAIN_H

#include <gradaudit/train.h>

#include "report/reproduction.h"

/* The networks of one seed; penalty-sigmoid-x300 is not trained and stays NULL. */
typedef struct {
    uint64_t seed;
    ga_model *model[N_NETWORKS];
} trained_networks;

/* Trains the networks of n seeds, sigmoid and ReLU families side by side in threads (0: all cores), each on one core. progress may
   be NULL. On failure the networks that were made are still the caller's to free. */
ga_code retrain(trained_networks *networks, size_t n, const ga_dataset *training, int threads,
                void (*progress)(void *data, const char *what, size_t done, size_t total), void *data, ga_status *st);

#endif
