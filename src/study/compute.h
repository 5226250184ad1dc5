/* SPDX-License-Identifier: Apache-2.0 */
/* compute.h -- report.json of a study. */
#ifndef STUDY_COMPUTE_H
#define STUDY_COMPUTE_H

#include "core/team.h"

#include "study/networks.h"
#include "study/study.h"

/* What a study is computed from, and how. The networks are those of one seed of their training. */
typedef struct {
    const study_file *study;
    bool train, seeds; /* train the networks anew; also with the other seeds */
    size_t first;      /* only so many images; 0: all */
    ga_model *model[STUDY_MOST_NETWORKS]; /* in the study's order */
    ga_dataset *ds[STUDY_MOST_NETWORKS];  /* the test images of each; several may share them */
    json_t *settings;                     /* numbers */
    json_t *measured;                     /* what others measured, by name */
    json_t *digests;                      /* SHA-256 of each file that was read */
    uint64_t seed[STUDY_MOST_SEEDS];      /* of the training: the chosen one, then others for the spread */
    size_t n_seeds;
    int threads;
    ga_backend backend; /* of exact products */
    ga_team *team;      /* NULL: this process is alone; not with train */
    void (*begin)(void *data); /* before training, and before computing; or NULL */
    void (*progress)(void *data, const char *what, size_t done, size_t total); /* or NULL */
    void *progress_data;
} study_inputs;

/* Computes the report: the caller's, also after a failure; NULL in other processes than the first of a team. Reads from a data
   directory, and writes networks that it trains into output. */
ga_code study_run(json_t **report, study_inputs *in, const char *data, const char *output, ga_status *st);

/* Reads what the study names from a data directory: the choices, the test images and what others measured; then the networks,
   unless they are trained. On failure st names the file; study_inputs_free frees what was read. */
ga_code study_inputs_read(study_inputs *in, const char *data, ga_status *st);
ga_code study_inputs_read_models(study_inputs *in, const char *data, ga_status *st);
void study_inputs_free(study_inputs *in);

/* Images of each network of a study, of which those with the same are one. */
void study_images_free(ga_dataset **ds, const json_t *study);

/* Makes the networks that are others with their hidden layers times a number, once those are there. */
ga_code study_inputs_derive(ga_model **model, const study_file *s, ga_status *st);

/* The report without the spread over seeds, the answer and the inputs; spread: only its "networks", of those that are trained again
   for the spread. The caller's; NULL with st set on failure, or in a process that does not lead. */
json_t *study_compute(const study_inputs *in, bool spread, ga_status *st);

/* Its "distributions": weights of every layer, and activations of the hidden ones. */
json_t *distributions_json(const study_inputs *in, ga_status *st);

/* The report's "answer", over all seeds; NULL if the study asks nothing. */
json_t *study_answer(const json_t *study, const json_t *report);

#endif
