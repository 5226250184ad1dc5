/* SPDX-License-Identifier: Apache-2.0 */
/* reproduction_audit.h -- one network of a reproduction, audited in memory: every attack of Table 1, every element against the
   truth. */
#ifndef GRADAUDIT_REPORT_REPRODUCTION_AUDIT_H
#define GRADAUDIT_REPORT_REPRODUCTION_AUDIT_H

#include "audit/plan.h"
#include "audit/part.h"
#include "report/reproduction.h"

/* A network's audit: naive in float and in double, with a reduced gain (or logit scale) in float if stable is not NULL
   ("float,naive,gain=0.0003"); the exact gradient of each of these functions; REPRODUCTION_RANDOM_SEEDS random controls. */
typedef struct {
    ga_audit_job job;
    plan p;
    part *part;
    const char *words[3];
} network_audit;

/* progress: as ga_audit's, or NULL. The caller frees it with network_audit_free, also after a failure. */
ga_code network_audit_run(network_audit *a, const ga_model *model, const ga_dataset *ds, double eps, const char *stable,
                          int threads, ga_backend backend, ga_audit_progress progress, void *progress_data, ga_status *st);
void network_audit_free(network_audit *a);

/* The attacks by role: naive-float, naive-double, stable; exact, exact-stable; random-1, …, filled-1, … (the naive float signs,
   with zeros filled with the random ones of that seed). Each as counts_json, with the estimator's name and product. */
void network_audit_attacks(json_t *attacks, const network_audit *a);

/* What the elements say: "findings" of each estimator, "truth" of each exact gradient, "tests" between attacks, and "split",
   which divides the loss of accuracy. */
ga_code network_audit_findings(json_t *network, network_audit *a, ga_status *st);

/* The counts and the percentages that follow from them. */
json_t *counts_json(const ga_attack_counts *c);

/* JSON has no NaN: null stands for it. */
void set_count(json_t *object, const char *key, size_t value);
void set_real(json_t *object, const char *key, double value);
double percent(size_t some, size_t whole);

/* A histogram of a network's gradient in a format, as in report.json's "histograms". */
json_t *histogram_json(const ga_histogram *h, const char *network, const char *format);

#endif
