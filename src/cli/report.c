/* SPDX-License-Identifier: Apache-2.0 */
/* report.c -- gradaudit report: renders a result anew from its report.json */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "cli/render.h"
#include "io/file.h"
#include "report/audit.h"

typedef struct {
    const char *path; /* of the directory, or of its report.json */
    gates gates;
} options;

static const option_row rows[] = { { NULL, 0, "directory", NULL, INTO(read_once, options, path) }, { 0 } };

static ga_code
check(void *into, ga_status *st)
{
    return ((const options *)into)->path != NULL ? GA_OK
           : ga_fail(st, GA_USAGE, "which directory? (made by gradaudit audit, merge or reproduce)");
}

static ga_code
render_audit(const char *directory, const json_t *report, ga_status *st)
{
    bool drawn = true;
    const ga_code code = audit_render(directory, report, &drawn, st);
    if (code == GA_OK) {
        render_warn(drawn, "the figures are drawn as SVG only");
        render_words(report);
        render_wrote(directory, NULL);
    }
    return code;
}

/* The words are those of the study as it is now. */
static ga_code
render_reproduction(const char *directory, const json_t *report, ga_status *st)
{
    study_file study;
    ga_code code = study_of_report(&study, report, st);
    if (code == GA_OK)
        code = render_study(directory, &study, report, st);
    if (code == GA_OK)
        code = study_text(stdout, &study, report, st);
    study_free(&study);
    return code;
}

static ga_code
render(const char *directory, const json_t *report, ga_status *st)
{
    const bool audit = strcmp(json_string_value(json_object_get(report, "kind")), "audit") == 0;
    return audit ? render_audit(directory, report, st) : render_reproduction(directory, report, st);
}

/* With gates it is an audit: everything is rendered, whether they fail or not. */
static ga_code
run(options *o, ga_status *st)
{
    static const report_kind kinds[] = { { "audit", GA_AUDIT_SCHEMA }, { "reproduction", STUDY_REPORT_SCHEMA } };
    const bool gated = o->gates.n > 0 || o->gates.baseline_path != NULL;
    char *directory = result_directory(o->path, st);
    if (directory == NULL)
        return st->code;
    json_t *report = gated ? audit_read(directory, st) : report_read(directory, kinds, sizeof kinds / sizeof *kinds, st);
    ga_code code = report == NULL ? st->code : gated ? gates_open(&o->gates, report, st) : GA_OK;
    if (code == GA_OK)
        code = render(directory, report, st);
    if (code == GA_OK && gated)
        code = gates_close(&o->gates, report, false, st);
    json_decref(report);
    gates_free(&o->gates);
    free(directory);
    return code;
}

int
command_report(int argc, char **argv)
{
    static const option_part parts[] = { { &gates_set, offsetof(options, gates) }, { NULL, 0 } };
    static const command_line line = {
        rows, check, parts, "DIR|DIR/report.json",
        "Renders a result anew from the report.json in DIR, which may itself be named instead: its figures and page; of a "
        "reproduction also the table, on standard output; of an audit its result in words, and the paths of the page "
        "(report.html) and the figures (figures/), on standard error."
        "\vExamples:\n"
        "  gradaudit report reproduction\n"
        "  gradaudit report audit --fail-on 'lost>1%' --fail-on verdict=masked\n"
    };
    static options o;
    ga_status st = { 0 };
    command_parse(&line, argc, argv, &o);
    run(&o, &st);
    return command_end(&st);
}
