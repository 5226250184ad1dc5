/* SPDX-License-Identifier: Apache-2.0 */
/* audit.h -- one network of a study, audited in memory: every attack, every element against the truth; as report.json has it. */
#ifndef STUDY_AUDIT_H
#define STUDY_AUDIT_H

#include "audit/part.h"
#include "audit/plan.h"
#include "report/undecided.h"
#include "run/deal.h"

/* The audit of a network with estimators by role, the exact gradients of their functions, and random controls. The first roles are
   naive-float and naive-double; the plan knows the one at a reduced gain or logit scale, if there is one. */
typedef struct {
    ga_audit_job job;
    plan p;
    deal_work work; /* its parts, to be dealt; the audit must not move meanwhile */
    size_t done;
    part **parts, *part; /* those, and all of them once they are merged */
    const json_t *roles; /* {"naive-float": "float,naive", …}, the caller's; in the plan's order */
    const char *words[GA_AUDIT_MOST_ESTIMATORS];
} network_audit;

/* job: model, ds, and of the options eps, seeds, threads and backend; the cost is of the work. The caller frees it with
   network_audit_free, also after a failure. */
ga_code network_audit_open(network_audit *a, const ga_audit_job *job, const json_t *roles, size_t cost, ga_status *st);
void network_audit_free(network_audit *a);

/* Once the work is done; then what follows. */
ga_code network_audit_merge(network_audit *a, ga_status *st);

/* The attacks by role: the estimators'; exact, and for other functions exact-ROLE of their first estimator; random-1, …; filled-1,
   … (the naive float signs, with zeros filled with the random ones of that seed). Each as counts_json, with the estimator's name
   and product. */
void network_audit_attacks(json_t *attacks, const network_audit *a);

/* What the elements say: "findings" of each estimator, "truth" of each exact gradient, "tests" between attacks, and with a reduced
   gain "split", which divides the loss of accuracy. */
ga_code network_audit_findings(json_t *network, network_audit *a, ga_status *st);

/* The counts and the percentages that follow from them; set_attack: by role, with what made the attack. product: NULL for none. */
json_t *counts_json(const ga_attack_counts *c);
void set_attack(json_t *attacks, const char *role, const ga_attack_counts *c, const char *estimator, const char *product);

/* JSON has no NaN: null stands for it. */
void set_count(json_t *object, const char *key, size_t value);
void set_real(json_t *object, const char *key, double value);
double percent(size_t some, size_t whole);

/* What a study's report leaves undecided, counted once; as a member "undecided" of a network: {"undecided", "undecided_bound",
   "cells"}. */
undecided_count undecided_of_study(const json_t *report);
void undecided_set(json_t *network, const undecided_count *u);

/* A histogram of a network's gradient in a format, as in report.json's "histograms". */
json_t *histogram_json(const ga_histogram *h, const char *network, const char *format);

#endif
