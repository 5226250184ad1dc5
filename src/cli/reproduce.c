/* SPDX-License-Identifier: Apache-2.0 */
/* reproduce.c -- gradaudit reproduce: a study's report, from networks and images that come with the program */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/render.h"
#include "cli/together.h"
#include "io/datadir.h"
#include "io/directory.h"
#include "io/file.h"
#include "report/provenance.h"
#include "study/audit.h"
#include "study/compute.h"
#include "study/study.h"

typedef struct {
    const char *study, *output, *data;
    study_file file;
    size_t first; /* 0: all images */
    bool train, seeds, list;
    int threads;
    ga_backend backend;
    int64_t accept;
    progress bar;
    int argc;
    char **argv;
} options;

static const option_row rows[] = {
    { "list", 0, NULL, "print the name and the title of each study, tab-separated", FLAG(options, list, true) },
    { "output", 'o', "DIR", "directory to make, or to replace if it holds a former reproduction and nothing else",
      INTO(read_text, options, output) },
    { "data-dir", 0, "DIR", "directory with models, images and studies' other files (the program's own)",
      INTO(read_text, options, data) },
    { "threads", 0, "N", "threads (all cores)", COUNT(options, threads, 1, 1024) },
    { "train", 0, NULL, "train the networks anew, by the recipes and the seed they came from", FLAG(options, train, true) },
    { "seeds", 0, NULL, "with --train: two more seeds, and the spread over the three", FLAG(options, seeds, true) },
    { "first", 0, "N", "only the first N test images, for a trial (all)", COUNT(options, first, 1, 10000) },
    { NULL, 0, "study", NULL, INTO(read_once, options, study) },
    { 0 }
};

static ga_code
check(void *into, ga_status *st)
{
    const options *const o = into;
    if (o->list)
        return GA_OK;
    if (o->output == NULL)
        return ga_fail(st, GA_USAGE, "where to? (-o DIR)");
    return !o->seeds || o->train ? GA_OK : ga_fail(st, GA_USAGE, "--seeds needs --train");
}

static void
show_progress(void *data, const char *what, size_t done, size_t total)
{
    progress_update(data, what, done, total);
}

static void
begin_progress(void *data)
{
    progress_start(data);
}

static ga_code
write_all(const char *directory, const study_file *study, const json_t *report, const options *o, time_t start, double seconds,
          ga_status *st)
{
    json_t *provenance = provenance_json(o->argc, o->argv, o->threads, o->backend, start, seconds);
    json_object_set_new(provenance, "study", json_pack("{s:s,s:s}", "name", study->name, "sha256", study->sha256));
    ga_code code = json_write(directory, "report.json", report, st);
    if (code == GA_OK)
        code = json_write(directory, "provenance.json", provenance, st);
    json_decref(provenance);
    return code == GA_OK ? render_study(directory, study, report, st) : code;
}

/* What the first process has computed. */
static ga_code
finish(const options *o, out_directory *out, const json_t *report, time_t start, double seconds, ga_status *st)
{
    ga_code code = write_all(out->temporary, &o->file, report, o, start, seconds, st);
    if (code == GA_OK)
        code = out_directory_commit(out, st);
    else
        out_directory_abort(out);
    if (code == GA_OK)
        code = study_text(stdout, &o->file, report, st);
    if (code != GA_OK)
        return code;
    const undecided_count undecided = undecided_of_study(report);
    return undecided_check(&undecided, o->accept, false, o->output, st);
}

static ga_code
compute(options *o, ga_team *team, const char *data, out_directory *out, ga_status *st)
{
    const time_t start = time(NULL);
    json_t *report = NULL;
    study_inputs in = { .study = &o->file, .train = o->train, .seeds = o->seeds, .first = o->first, .threads = o->threads,
                        .backend = o->backend, .team = team, .begin = begin_progress, .progress = show_progress,
                        .progress_data = &o->bar };
    ga_code code = study_run(&report, &in, data, out->temporary, st);
    if (report == NULL) {
        progress_stop(&o->bar);
        if (together_leads(team))
            out_directory_abort(out);
        return code;
    }
    const size_t images = (size_t)json_integer_value(json_object_get(json_object_get(report, "settings"), "images"));
    code = finish(o, out, report, start, progress_end(&o->bar, images, "image", o->threads), st);
    json_decref(report);
    return code;
}

static ga_code
run(void *into, ga_team *team, ga_status *st)
{
    options *const o = into;
    out_directory out = { .path = NULL };
    if (!ga_backend_usable(o->backend))
        return ga_fail(st, GA_USAGE, "this CPU, or this build, has no back end of products '%s'", ga_backend_name(o->backend));
    if (o->train && together_refuse(team, "--train", st) != GA_OK)
        return st->code;
    if (together_leads(team) && out_directory_open(&out, o->output, study_former, st) != GA_OK)
        return st->code;
    char *const data = o->data != NULL ? strdup(o->data) : datadir(st);
    const ga_code code = data != NULL ? compute(o, team, data, &out, st) : st->code;
    if (data == NULL && together_leads(team))
        out_directory_abort(&out);
    free(data);
    return code;
}

int
command_reproduce(int argc, char **argv)
{
    static const option_part parts[] = {
        { &backend_set, offsetof(options, backend) }, { &accept_set, offsetof(options, accept) },
        { &progress_set, offsetof(options, bar) }, { NULL, 0 }
    };
    static const command_line line = {
        rows, check, parts, "[STUDY] -o DIR\n--list",
        "Computes a study anew: a paper, or public reports, with the published numbers beside ours. STUDY is one of those that "
        "--list names; without it, Brendel & Bethge (2017): Table 1, Figures 1, 2 and S1, and whether the paper's explanation is "
        "right. Networks and test images are those that come with gradaudit. Prints tables and text, and makes DIR "
        "with index.html, report.json, provenance.json and, if the study has any, the figures (.svg, .png, .pdf, with their .gp "
        "and .tsv)."
        "\vExamples:\n"
        "  gradaudit reproduce -o reproduction\n"
        "  gradaudit reproduce thresholds -o thresholds\n"
        "  gradaudit reproduce --list"
    };
    options o = { .argc = argc, .argv = argv, .accept = ACCEPT_NONE };
    ga_status st = { 0 };
    command_parse(&line, argc, argv, &o);
    if (o.list)
        study_list(stdout, &st);
    else if (study_load(&o.file, o.study != NULL ? o.study : STUDY_DEFAULT, &st) == GA_OK)
        together_run(run, &o, &st);
    study_free(&o.file);
    return command_end(&st);
}
