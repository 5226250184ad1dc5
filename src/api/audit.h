/* SPDX-License-Identifier: Apache-2.0 */
/* audit.h -- what the functions about audits and reports share. */
#ifndef API_AUDIT_H
#define API_AUDIT_H

#include <jansson.h>

#include <gradaudit/report.h>

#include "api/api.h"

/* A report of the interface; json, which may be NULL if memory was out, is taken, on failure too. */
ga_code api_report(ga_report **report, json_t *json, ga_status *st);

/* api_end of a call that has made a report, or not: after a failure there is none. report may be NULL. */
ga_code api_end_report(ga_report **report, api_call *call, ga_status *own, ga_status *st);

#endif
