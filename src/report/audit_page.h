/* SPDX-License-Identifier: Apache-2.0 */
/* audit_page.h -- the parts of an audit's page, each rendered from a view of its report. */
#ifndef REPORT_AUDIT_PAGE_H
#define REPORT_AUDIT_PAGE_H

#include <jansson.h>

#include "core/audit.h"

#include "audit/part.h"
#include "io/escape.h"
#include "num/format.h"
#include "report/figure.h"

/* A report whose counts have been read and checked. The rest of it, percentages, names and digests, may be missing or of any kind;
   all its strings are hostile. */
typedef struct {
    const json_t *report, *head, *options;
    part *p;
    char label[GA_AUDIT_MOST_ESTIMATORS][96]; /* of estimators, reals rounded for reading */
    char function[GA_AUDIT_MOST_ESTIMATORS][96];
} audit_view;

/* GA_BAD_FILE if it cannot be rendered. The caller frees it with audit_view_free, also after a failure. */
ga_code audit_view_make(audit_view *v, const json_t *report, ga_status *st);
void audit_view_free(audit_view *v);
const json_t *audit_view_estimator(const audit_view *v, size_t e);
ga_format audit_view_format(const audit_view *v, size_t e); /* float's if the report names none that audits know */

/* Whether the errors of all estimators are in ulps of one format: that in which their elements are stored last. */
bool audit_view_one_ulp(const audit_view *v);
#define AUDIT_ULPS_DIFFER "Ulps of different formats differ in size: errors in ulp do not compare between them."

/* An estimator's or function's name with its reals as ga_estimator_name writes them, whatever wrote it: "float naive gain=1/2048"
   of "float naive gain=0.00048828125". */
void audit_view_label(char *label, size_t size, const char *name);
const json_t *audit_view_function(const audit_view *v, size_t f);

/* The function of an estimator; n_functions if it names none. */
size_t audit_view_function_of(const audit_view *v, size_t e);

/* The control's seeds: fooled images' mean, least, greatest; how many seeds. */
typedef struct {
    double mean;
    uint64_t least, greatest, correct;
    size_t seeds;
} audit_control;
audit_control audit_view_control(const audit_view *v, const char *name);

/* The answers at the top: each has a question, a sentence that answers it and what there is to add, as plain text. */
enum { AUDIT_ANSWERS = 7 };
typedef struct {
    const char *question;
    char *lead, *more; /* more may be ""; paragraph k of both, up to a newline, belongs together */
    bool whole;        /* the terminal has both, not the lead alone */
} audit_answer;
ga_code audit_words_make(audit_answer answer[AUDIT_ANSWERS], const audit_view *v, ga_status *st);
void audit_words_free(audit_answer answer[AUDIT_ANSWERS]);

/* Paragraph k of a lead, or of what more there is: "" if it has fewer. The caller frees it. NULL: no memory. */
char *audit_paragraph(const char *text, size_t k);

/* "layer 2"; of a graph its name, escaped. */
void audit_layer_words(FILE *out, const audit_view *v, size_t layer, escape_function *escape);

/* What an origin means, in a clause. */
const char *audit_origin_words(size_t kind);

/* Figures. The caller frees them with audit_figures_free, also after a failure. */
enum { AUDIT_FIGURES = 5 };
typedef struct {
    figure figure[AUDIT_FIGURES];
    const char *title[AUDIT_FIGURES], *caption[AUDIT_FIGURES];
    void *data[AUDIT_FIGURES];
    char words[AUDIT_FIGURES][600]; /* of captions that hold numbers */
} audit_figures;
ga_code audit_figures_make(audit_figures *f, const audit_view *v, ga_status *st);
void audit_figures_free(audit_figures *f);

/* What was audited: the page's title, in a line, and its head. */
void audit_title(FILE *out, const audit_view *v);
void audit_head_html(FILE *out, const audit_view *v);

/* Defines the terms that the page uses from its first sentences on. */
void audit_glossary_html(FILE *out, const audit_view *v);

/* Sections of the page. False: out of memory. */
void audit_tables_stores(FILE *out, const audit_view *v);
void audit_tables_html(FILE *out, const audit_view *v);
void audit_details_html(FILE *out, const audit_view *v);
bool audit_pictures_html(FILE *out, const audit_view *v);
void audit_method_html(FILE *out, const audit_view *v);

#endif
