/* SPDX-License-Identifier: Apache-2.0 */
/* tasks.h -- the audits, attacks and sweeps of a study, dealt together to threads and processes. */
#ifndef STUDY_TASKS_H
#define STUDY_TASKS_H

#include "attack/attacks.h"
#include "audit/tallies.h"
#include "study/audit.h"
#include "study/compute.h"

/* Attacks on one network: those of its audit's "attacks", by role, or those of a sweep in one format. */
typedef struct {
    size_t network;
    const json_t *sweep; /* NULL: those by role */
    const char *format;  /* of the sweep */
    json_t *roles;       /* {"stable": "float,naive,gain=0.0003", …} */
    double *at;          /* the sweep's values */
    ga_attack *attack;
    ga_attack_counts *counts;
    size_t n;
    attacks_job job;
    attack_deal *open;
} attack_task;

/* Cells of the gradients of one network along a sweep of loss scales, of one recipe. */
typedef struct {
    size_t network;
    const json_t *sweep;
    const char *format;
    double *at; /* the loss scales */
    ga_estimator *estimator;
    ga_tally *tally;
    tallies_job job;
    tallies_deal *open;
} scale_task;

typedef struct {
    bool audited[STUDY_MOST_NETWORKS];
    network_audit audit[STUDY_MOST_NETWORKS];
    json_t *roles[STUDY_MOST_NETWORKS]; /* of the audit's estimators */
    attack_task *attack;
    size_t n_attacks;
    scale_task *scale;
    size_t n_scales;
} tasks;

/* Plans all of a study; spread: only the networks that are trained again, and no sweeps. The caller frees it with tasks_close, also
   after a failure. */
ga_code tasks_open(tasks *t, const study_inputs *in, bool spread, ga_status *st);
void tasks_close(tasks *t);

/* Computes all; *go: this process has the results. It has not if another leads the team, or if the processes do not agree. */
ga_code tasks_run(bool *go, tasks *t, const study_inputs *in, ga_status *st);

/* The other attacks of a network; NULL: none. */
const attack_task *tasks_attacks(const tasks *t, size_t network);

/* The attack's random seeds, as the study says, or 20. */
size_t tasks_random_seeds(const json_t *study);

#endif
