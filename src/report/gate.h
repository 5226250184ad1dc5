/* SPDX-License-Identifier: Apache-2.0 */
/* gate.h -- conditions on an audit's report that fail a build. */
#ifndef REPORT_GATE_H
#define REPORT_GATE_H

#include <stdbool.h>
#include <stdio.h>

#include <jansson.h>

#include "core/finding.h"

#include "audit/plan.h"

/* [ESTIMATOR:]METRIC COMPARISON [SIGN] NUMBER [%], without the spaces: the gate fails when the comparison holds. Or verdict=NAME, a
   name of verdict_names: it fails when that is the verdict; or verdict!=NAME: when it is another.

   METRIC is a count of
   - elements: a cell (ga_cell_names), or zeros: those computed as 0, whatever is true;
   - images: all-zero, those whose gradient is 0 or NaN in every element; and, of the audit as a whole, correct and the facts of
     image_fact_names (naive-fails-exact-works, ...);
   - success: images that FGSM makes the network err on, among those it classified correctly before.
   ESTIMATOR is a name in the report, blanks or commas between its words; else naive or stable, the roles of the verdict; without
   one it is naive. A function ("exact") has undecided, success and all-zero.
   COMPARISON is > >= < or <=. With % the number is per cent of all elements; of all images (all-zero, correct, misclassified); or
   of the images classified correctly before (success, the other facts); without it a count. With a sign it is compared with the
   difference to a baseline, in percentage points or counts. */
enum { GATE_MOST = 64, GATE_TEXT = 256 };
typedef enum { GATE_GREATER, GATE_GREATER_EQUAL, GATE_LESS, GATE_LESS_EQUAL } gate_comparison;
typedef struct {
    char text[GATE_TEXT];      /* as the user wrote it */
    char estimator[GATE_TEXT]; /* "" if none is named */
    int metric, verdict;
    bool unless;               /* verdict!=NAME */
    gate_comparison comparison;
    double limit;
    bool difference, percent;
} gate;

/* Whether gates reserve this name of an estimator: naive, stable, exact. */
bool gate_is_word(const char *name);

/* GA_USAGE with what is wrong. */
ga_code gate_parse(gate *g, const char *text, ga_status *st);

/* A baseline: the report.json FILE of an audit, or a directory that has one. NULL with st set: as audit_read. */
json_t *gate_baseline(const char *path, ga_status *st);

/* What the report of an audit will have of its estimators and options, before there is one; NULL with st set. */
json_t *gate_planned(plan *p, ga_status *st);

/* A difference has a baseline, which knows its estimator, and so does the report, which may be gate_planned. GA_USAGE if not. */
ga_code gates_check(const gate *g, size_t n, const json_t *report, const json_t *baseline, ga_status *st);

/* Prints a line for each gate that failed: the gate, the value, the limit. A gate without a value fails (success if no image was
   classified correctly; a damaged report). Returns how many failed. */
size_t gates_failed(FILE *out, const gate *g, size_t n, const json_t *report, const json_t *baseline);

/* A line on out where a gate on the verdict passed for want of images: verdict=masked, and the verdict is too-few-images. */
void gate_open(FILE *out, const gate *g, size_t n, const json_t *report);

/* Prints a line that names the differences between two audits, images and results apart: model, data, options, estimators, …;
   nothing if there are none. */
void gate_differences(FILE *out, const json_t *report, const json_t *baseline);

#endif
