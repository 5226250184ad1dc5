/* SPDX-License-Identifier: Apache-2.0 */
/* report.c -- gradaudit report: renders a result anew from its report.json */
#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "cli/render.h"
#include "io/file.h"

ga_code
render_reproduction(const char *directory, const json_t *report, ga_status *st)
{
    char path[8192];
    out_file out;
    bool drawn = true;
    ga_code code = reproduction_figures(directory, report, &drawn, st);
    if (code == GA_OK && !drawn)
        fprintf(stderr, "gradaudit: gnuplot is not installed (Debian: gnuplot-nox): no figure was drawn\n");
    snprintf(path, sizeof path, "%s/index.html", directory);
    if (code != GA_OK || (code = out_open(&out, path, st)) != GA_OK)
        return code;
    reproduction_html(out.stream, report, directory);
    return out_commit(&out, st);
}

static error_t
parse(int key, char *arg, struct argp_state *state)
{
    const char **directory = state->input;
    switch (key) {
    case ARGP_KEY_ARG:
        if (*directory != NULL)
            usage_error(state, "one directory only");
        *directory = arg;
        return 0;
    case ARGP_KEY_END:
        if (*directory == NULL)
            argp_error(state, "which directory? (made by gradaudit reproduce)");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static ga_code
run(const char *directory, ga_status *st)
{
    char path[8192];
    json_error_t error;
    snprintf(path, sizeof path, "%s/report.json", directory);
    json_t *report = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
    const char *kind = json_string_value(json_object_get(report, "kind"));
    ga_code code = GA_OK;
    if (report == NULL)
        code = file_fail(st, GA_BAD_FILE, path, "%s", error.text);
    else if (kind == NULL || strcmp(kind, "reproduction") != 0 ||
             json_integer_value(json_object_get(report, "schema_version")) != REPRODUCTION_SCHEMA)
        code = file_fail(st, GA_BAD_FILE, path, "is no report of a reproduction, schema %d", REPRODUCTION_SCHEMA);
    if (code == GA_OK)
        code = render_reproduction(directory, report, st);
    if (code == GA_OK)
        reproduction_text(stdout, report);
    json_decref(report);
    return code;
}

int
command_report(int argc, char **argv)
{
    static const struct argp argp = {
        NULL, parse, "DIR",
        "Renders a result anew from the report.json in DIR: its figures and page, and the table on standard output."
        "\vExample:\n"
        "  gradaudit report reproduction",
        NULL, NULL, NULL
    };
    const char *directory = NULL;
    ga_status st = { 0 };
    command_parse(&argp, argc, argv, &directory);
    run(directory, &st);
    return command_end(&st);
}
