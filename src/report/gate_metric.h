/* SPDX-License-Identifier: Apache-2.0 */
/* gate_metric.h -- what a gate is of: a metric, and the estimator or function that owns it. */
#ifndef REPORT_GATE_METRIC_H
#define REPORT_GATE_METRIC_H

#include "audit/verdict.h"
#include "report/gate.h"

/* After the cells, in gate_metric_name's order; the facts of images follow. The verdict is no number. */
enum { METRIC_ZEROS = GA_CELLS, METRIC_SUCCESS, METRIC_ALL_ZERO, METRIC_CORRECT, METRIC_FACT, N_METRICS = METRIC_FACT + N_FACTS,
       METRIC_VERDICT };
const char *gate_metric_name(int metric);

/* Others are of the audit as a whole. */
static inline bool
gate_has_estimator(int metric)
{
    return metric <= METRIC_ALL_ZERO;
}

/* What a gate may name instead of an estimator, beside the names in the report: the naive estimator, the stable one, and the
   function of the network itself. */
enum { GATE_OWNER_WORDS = 3 };
extern const char *const gate_owner_words[GATE_OWNER_WORDS];

/* Commas between an estimator's words become blanks. */
void gate_blanks(char *name);

/* The estimator of a gate among the report's; or the function, which has no cells. NULL: none. */
const json_t *gate_owner(const gate *g, const json_t *report);

#endif
