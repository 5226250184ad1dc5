/* SPDX-License-Identifier: Apache-2.0 */
/* tallies.h -- the gradients of several estimators of one function against the true one, counted by cells, without origins. */
#ifndef AUDIT_TALLIES_H
#define AUDIT_TALLIES_H

#include "core/finding.h"

#include "run/fold.h"

typedef struct {
    const ga_estimator *estimator; /* with the same gain, logit scale and loss; audited formats */
    size_t n;
    double tolerance;
    const ga_model *model;
    const ga_dataset *ds;
    ga_range range;
    fold_way way; /* its team has agreed on all of this (run/agree.h) */
} tallies_job;

/* tally[i] of estimator[i], in process 0. GA_USAGE as ga_gradient, and for an estimator that is not audited. */
ga_code tallies_run(ga_tally *tally, const tallies_job *job, ga_status *st);

/* The same beside other work: what is to be dealt; tallies_close when that is done. The job, but for its way, must live as long. */
typedef struct tallies_deal tallies_deal;
ga_code tallies_open(tallies_deal **all, ga_tally *tally, const tallies_job *job, ga_status *st);
deal_work tallies_work(const tallies_deal *all);
void tallies_close(tallies_deal *all);

/* An estimator with a recipe at n loss scales, 2^first and the powers of two that follow, and these values. */
void tallies_scales(ga_estimator *e, double *value, const ga_estimator *of, int first, size_t n);

#endif
