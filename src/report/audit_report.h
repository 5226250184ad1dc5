/* SPDX-License-Identifier: Apache-2.0 */
/* audit_report.h -- an audit's report.json: its head, its counts, and what follows from them and from the images' rows. */
#ifndef REPORT_AUDIT_REPORT_H
#define REPORT_AUDIT_REPORT_H

#include <jansson.h>

#include "audit/part.h"

/* The seeds a verdict needs. */
enum { AUDIT_LEAST_SEEDS = 20 };

/* The report of all images of p. NULL: out of memory. */
json_t *audit_report(const json_t *head, const part *p);

/* The shape that a head asks for; GA_BAD_FILE where it is none. */
ga_code audit_report_shape(part_shape *shape, const json_t *head, ga_status *st);

/* What an image is called, by index in the verdict's "images". */
typedef enum { IMAGE_WRONG, IMAGE_NAIVE_WORKS, IMAGE_MASKED, IMAGE_SMOOTHING, IMAGE_NONE, N_IMAGE_VERDICTS } image_verdict;
extern const char *const image_verdict_names[N_IMAGE_VERDICTS];
image_verdict image_verdict_of(const part_row *row, const part_shape *shape);

#endif
