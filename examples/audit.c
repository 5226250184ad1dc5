/* SPDX-License-Identifier: Apache-2.0 */
/* audit.c -- an audit into a directory, with progress, that Ctrl-C stops and that goes on where it stopped.

   audit DIRECTORY MODEL IMAGES LABELS [FIRST-LAST] writes the page, the report and the figures, and prints the summary. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include <gradaudit/gradaudit.h>

static volatile sig_atomic_t interrupted; /* the library installs no signal handlers: this program's own sets it */

static void
on_interrupt(int sig)
{
    interrupted = sig;
}

/* The library asks before each piece of work, from several threads: so it only reads. */
static int
stop(void *data)
{
    (void)data;
    return interrupted != 0;
}

static void
progress(void *data, double done, double all)
{
    (void)data;
    fprintf(stderr, "\r%3.0f %% of %.0f images", 100 * done / all, all);
}

int
main(int argc, char **argv)
{
    ga_model *model = NULL; /* NULL may be freed: the end is the same however far the program came */
    ga_dataset *ds = NULL;
    ga_audit *audit = NULL;
    ga_report *report = NULL;
    ga_status st;
    ga_code code;
    ga_audit_options options = GA_AUDIT_OPTIONS;
    ga_run run = GA_RUN;
    if (argc < 5)
        return fputs("Usage: audit DIRECTORY MODEL IMAGES LABELS [FIRST-LAST]\n", stderr), EXIT_FAILURE;
    options.images = argc > 5 ? argv[5] : NULL;
    run.progress = progress;
    run.stop = stop;
    signal(SIGINT, on_interrupt);
    if ((code = ga_model_open(&model, argv[2], NULL, &st)) == GA_OK &&
        (code = ga_dataset_open(&ds, argv[3], argv[4], NULL, &st)) == GA_OK &&
        (code = ga_audit_new(&audit, model, ds, &options, &st)) == GA_OK &&
        (code = ga_audit_run(&report, audit, argv[1], 1, &run, &st)) == GA_OK) /* 1: goes on if there is something */
        fprintf(stderr, "\n"), fputs(ga_report_text(report), stdout);
    else
        fprintf(stderr, "\naudit: %s\n%s", st.message, code == GA_INTERRUPTED ? "The same command goes on from here.\n" : "");
    ga_report_free(report), ga_audit_free(audit), ga_dataset_free(ds), ga_model_free(model);
    return code == GA_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
