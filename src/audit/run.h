/* SPDX-License-Identifier: Apache-2.0 */
/* run.h -- runs an audit's parts in parallel into its journal and its arrays of elements. */
#ifndef AUDIT_RUN_H
#define AUDIT_RUN_H

#include "audit/journal.h"
#include "audit/plan.h"

/* What a run leaves: all parts merged, the head, and the open journal. */
typedef struct {
    part *result;
    json_t *head;
    journal journal;
} audit_run;

/* Computes what the journal in directory lacks of the plan's images. The caller frees it with audit_run_free, also after a failure,
   which leaves the journal to resume from. */
ga_code audit_run_parts(audit_run *r, const char *directory, plan *p, bool resume, ga_status *st);
void audit_run_free(audit_run *r);

#endif
