/* SPDX-License-Identifier: Apache-2.0 */
/* render.c -- see render.h */
#include <stdio.h>
#include <string.h>

#include "cli/render.h"
#include "io/escape.h"
#include "io/file.h"
#include "report/amount.h"
#include "report/audit.h"

void
render_warn(bool drawn, const char *what)
{
    if (!drawn)
        fprintf(stderr, "gradaudit: gnuplot is not installed (Debian: gnuplot-nox): %s\n", what);
}

void
render_remark(const char *estimator, const char *text)
{
    fputs("gradaudit: ", stderr);
    escape_terminal(stderr, estimator);
    fputs(": ", stderr);
    escape_terminal(stderr, text);
    fputc('\n', stderr);
}

void
render_words(const json_t *report)
{
    size_t i;
    const json_t *one;
    json_array_foreach(json_object_get(json_object_get(report, "head"), "remarks"), i, one)
        render_remark(amount_string(one, "estimator"), amount_string(one, "text"));
    audit_text(stderr, report);
}

static void
print_path(const char *directory, const char *name)
{
    escape_terminal(stderr, directory);
    fprintf(stderr, "%s%s", *directory == '\0' || directory[strlen(directory) - 1] == '/' ? "" : "/", name);
}

void
render_wrote(const char *directory, const char *const results[])
{
    fputs("Page:    ", stderr);
    print_path(directory, "report.html");
    fputs("\nFigures: ", stderr);
    print_path(directory, "figures/");
    for (size_t i = 0; results != NULL && results[i] != NULL; i++) {
        fputs(i == 0 ? "\nResults: " : ", ", stderr);
        print_path(directory, results[i]);
    }
    fputc('\n', stderr);
}

ga_code
render_study(const char *directory, const study_file *study, const json_t *report, ga_status *st)
{
    char path[8192];
    out_file out;
    bool drawn = true;
    ga_code code = study_figures(directory, study, report, &drawn, st);
    if (code == GA_OK)
        render_warn(drawn, "no figure was drawn");
    snprintf(path, sizeof path, "%s/index.html", directory);
    if (code != GA_OK || (code = out_open(&out, path, st)) != GA_OK)
        return code;
    if ((code = study_page(out.stream, study, report, directory, st)) == GA_OK)
        return out_commit(&out, st);
    out_abort(&out);
    return code;
}
