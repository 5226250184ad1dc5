/* SPDX-License-Identifier: Apache-2.0 */
/* report.c -- the result of an audit; see gradaudit/report.h */
#include <stdlib.h>
#include <string.h>

#include <gradaudit/report.h>

#include "api/audit.h"
#include "audit/verdict.h"
#include "io/file.h"
#include "report/amount.h"
#include "report/audit.h"
#include "report/audit_page.h"
#include "report/provenance.h"

/* Its texts are made with it, because several threads may ask for them. */
struct ga_report {
    json_t *json;
    audit_view view;
    char *text, *summary;
};

ga_code
api_end_report(ga_report **report, api_call *call, ga_status *own, ga_status *st)
{
    const ga_code code = api_end(call, own, st);
    if (code != GA_OK && report != NULL) {
        ga_report_free(*report);
        *report = NULL;
    }
    return code;
}

static ga_code
fill(ga_report *r, ga_status *st)
{
    size_t size;
    const ga_code code = audit_view_make(&r->view, r->json, st);
    if (code != GA_OK)
        return code;
    r->text = json_text(r->json);
    FILE *const out = open_memstream(&r->summary, &size);
    if (out != NULL)
        audit_text(out, r->json);
    const bool whole = out != NULL && ferror(out) == 0;
    return out != NULL && fclose(out) == 0 && whole && r->text != NULL ? GA_OK
               : ga_fail(st, GA_NO_MEMORY, "out of memory for the text of a report");
}

ga_code
api_report(ga_report **report, json_t *json, ga_status *st)
{
    ga_report *const r = json != NULL ? calloc(1, sizeof *r) : NULL;
    *report = NULL;
    if (r == NULL) {
        json_decref(json);
        return ga_fail(st, GA_NO_MEMORY, "out of memory for a report");
    }
    r->json = json;
    const ga_code code = fill(r, st);
    if (code == GA_OK)
        *report = r;
    else
        ga_report_free(r);
    return code;
}

static void
open_report(ga_report **report, const char *path, ga_status *st)
{
    char *const directory = path != NULL ? result_directory(path, st) : NULL;
    if (path == NULL)
        ga_fail(st, GA_USAGE, "which report? its path is NULL");
    if (directory == NULL)
        return;
    ga_status fault = { 0 };
    json_t *const json = audit_read(directory, st);
    if (json != NULL && api_report(report, json, &fault) != GA_OK)
        file_fail(st, fault.code, directory, "report.json: %s", fault.message);
    free(directory);
}

ga_code
ga_report_open(ga_report **report, const char *path, ga_status *st)
{
    ga_status own = { 0 };
    api_call call;
    ga_code code = api_given(st, "report", report);
    if (code != GA_OK)
        return code;
    *report = NULL;
    if ((code = api_enter(&call, NULL, st)) != GA_OK)
        return code;
    open_report(report, path, &own);
    return api_end_report(report, &call, &own, st);
}

void
ga_report_free(ga_report *report)
{
    if (report == NULL)
        return;
    audit_view_free(&report->view);
    json_decref(report->json);
    free(report->text);
    free(report->summary);
    free(report);
}

const char *
ga_report_json(const ga_report *report)
{
    return report->text;
}

const char *
ga_report_text(const ga_report *report)
{
    return report->summary;
}

const char *
ga_report_verdict(const ga_report *report)
{
    const char *const name = amount_string(json_object_get(report->json, "verdict"), "model");
    for (size_t v = 0; v < N_VERDICTS; v++)
        if (strcmp(verdict_names[v], name) == 0)
            return verdict_names[v];
    return NULL;
}

size_t
ga_report_estimators(const ga_report *report)
{
    return report->view.p->shape.n_estimators;
}

const char *
ga_report_estimator(const ga_report *report, size_t i)
{
    return i < ga_report_estimators(report) ? amount_string(audit_view_estimator(&report->view, i), "name") : NULL;
}

uint64_t
ga_report_count(const ga_report *report, size_t i, ga_cell cell)
{
    const bool there = i < ga_report_estimators(report) && (unsigned)cell < GA_CELLS;
    return there ? report->view.p->estimator[i].tally.cell[cell] : 0;
}

const char *
ga_cell_name(int cell)
{
    return cell >= 0 && cell < GA_CELLS ? ga_cell_names[cell] : NULL;
}

ga_code
ga_report_render(const ga_report *report, const char *directory, int *drawn, ga_status *st)
{
    ga_status own = { 0 };
    bool figures = false;
    api_call call;
    ga_code code = api_given(st, "report", report);
    if (code != GA_OK || (code = api_enter(&call, NULL, st)) != GA_OK)
        return code;
    if (directory == NULL)
        ga_fail(&own, GA_USAGE, "where to? the directory is NULL");
    else
        audit_render(directory, report->json, &figures, &own);
    if (drawn != NULL)
        *drawn = figures;
    return api_end(&call, &own, st);
}
