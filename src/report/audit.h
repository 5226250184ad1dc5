/* SPDX-License-Identifier: Apache-2.0 */
/* audit.h -- an audit's directory: what is in it, and how it is rendered. */
#ifndef REPORT_AUDIT_H
#define REPORT_AUDIT_H

#include <stdbool.h>

#include <jansson.h>

#include "audit/plan.h"

/* directory/name; GA_IO_ERROR if that is too long. */
ga_code audit_path(char *path, size_t size, const char *directory, const char *name, ga_status *st);

/* The directory of a result, given as such or by its report.json; the caller's to free. NULL: out of memory. */
char *result_directory(const char *path, ga_status *st);

/* GA_OK for a directory that is missing or empty. */
ga_code audit_check_empty(const char *directory, ga_status *st);

/* images.tsv, then report.json, which says that the audit is whole, then what is rendered from it. *report: what was written, or
   NULL; the caller's, also after a failure. */
ga_code audit_write_results(json_t **report, const char *directory, const json_t *head, const part *p, ga_status *st);

/* ga_audit_into of a job that is planned already, and ga_audit_merge, with the report: the caller's, also after a failure; NULL of
   a process that does not write. */
ga_code audit_planned(json_t **report, const char *directory, plan *p, bool resume, ga_status *st);
ga_code audit_merge(json_t **report, const char *directory, const char *const *parts, size_t n, ga_status *st);

/* The report alone of a job that is planned already: meanwhile its journal is in a temporary directory, which goes on every
   return. *report: as above. */
ga_code audit_unkept(json_t **report, plan *p, ga_status *st);

/* directory/report.json, an audit's; or one of n kinds. NULL with st set. */
typedef struct {
    const char *name;
    int schema;
} report_kind;
json_t *audit_read(const char *directory, ga_status *st);
json_t *report_read(const char *directory, const report_kind *kind, size_t n, ga_status *st);

/* report.html and figures/ from the report and nothing else; *drawn: whether gnuplot was there. GA_BAD_FILE if the report cannot be
   rendered. */
ga_code audit_render(const char *directory, const json_t *report, bool *drawn, ga_status *st);

/* Whether gnuplot has drawn the figures of the audit in directory. */
bool audit_is_drawn(const char *directory);

/* The result in about ten lines of at most 80 columns. */
void audit_text(FILE *out, const json_t *report);

#endif
