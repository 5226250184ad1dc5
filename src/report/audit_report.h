/* SPDX-License-Identifier: Apache-2.0 */
/* audit_report.h -- an audit's report.json: its head, its counts, and what follows from them and from the images' rows. */
#ifndef REPORT_AUDIT_REPORT_H
#define REPORT_AUDIT_REPORT_H

#include <jansson.h>

#include "audit/part.h"

/* The report of all images of p. NULL: out of memory. */
json_t *audit_report(const json_t *head, const part *p);

/* The shape that a head asks for; GA_BAD_FILE if it is none. */
ga_code audit_report_shape(part_shape *shape, const json_t *head, ga_status *st);

#endif
