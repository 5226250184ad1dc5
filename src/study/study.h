/* SPDX-License-Identifier: Apache-2.0 */
/* study.h -- a paper or public report computed anew: studies/NAME.json in the data directory says what is computed and what is said
   (data/studies/README.md). report.json is computed from it once; page, figures and text are rendered from report.json and the
   study's words, and nothing else. */
#ifndef STUDY_STUDY_H
#define STUDY_STUDY_H

#include <stdio.h>

#include <jansson.h>

#include "core/gradient.h"
#include "core/model.h"
#include "core/status.h"

#include "io/digest.h"

enum { STUDY_SCHEMA = 1, STUDY_REPORT_SCHEMA = 3 };

/* What `gradaudit reproduce` computes unless another is named; its report alone does not say which study it is of. */
#define STUDY_DEFAULT "brendel-bethge-2017"

typedef struct {
    char name[64];
    char sha256[DIGEST_TEXT];
    json_t *json;
} study_file;

/* A study that comes with the program, checked; of_report: the one that a report is of. GA_USAGE if there is none of that name,
   GA_BAD_FILE with the first fault of its file. study_parse: of a text, whose file is called path in messages. */
ga_code study_load(study_file *s, const char *name, ga_status *st);
ga_code study_of_report(study_file *s, const json_t *report, ga_status *st);
ga_code study_parse(study_file *s, const char *path, const char *text, size_t size, ga_status *st);
void study_free(study_file *s);

/* A line "name TAB title" for each study. */
ga_code study_list(FILE *out, ga_status *st);

/* The report as text, at most 80 columns wide; the files of its figures, into directory (*drawn: as figures_make); and one
   self-contained page, with the figures' SVG if directory has them. */
ga_code study_text(FILE *out, const study_file *s, const json_t *report, ga_status *st);
ga_code study_figures(const char *directory, const study_file *s, const json_t *report, bool *drawn, ga_status *st);
ga_code study_page(FILE *out, const study_file *s, const json_t *report, const char *directory, ga_status *st);

/* For out_directory_open: GA_OK if a directory's report.json is a study's, and every file in it one that the study makes; else
   GA_USAGE with what is there. */
ga_code study_former(const char *directory, ga_status *st);

#endif
