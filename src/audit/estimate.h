/* SPDX-License-Identifier: Apache-2.0 */
/* estimate.h -- what an audit would take, measured on a few of its images. */
#ifndef AUDIT_ESTIMATE_H
#define AUDIT_ESTIMATE_H

#include "audit/plan.h"

/* The cost of the planned audit. */
ga_code plan_estimate(ga_audit_estimate *estimate, const plan *p, ga_status *st);

#endif
