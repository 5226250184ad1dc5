/* SPDX-License-Identifier: Apache-2.0 */
/* progress.h -- how far a long command has come, on stderr: a bar on a terminal, lines elsewhere. */
#ifndef GRADAUDIT_CLI_PROGRESS_H
#define GRADAUDIT_CLI_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "cli/options.h"

typedef enum { PROGRESS_AUTO, PROGRESS_BAR, PROGRESS_PLAIN, PROGRESS_NONE } progress_style;

typedef struct {
    progress_style style;
    struct timespec start, last;
    size_t done_before; /* steps already done when a resumed run started */
    bool shown, quiet;
    bool terminal_only; /* unless a style is asked for: for commands with data on stdout */
} progress;

/* --quiet and --progress, into a progress. */
extern const option_set progress_set;

void progress_start(progress *p);

/* done of total steps are finished; what names the current one. Prints every 0.1 s (lines: every 2 s) at most. */
void progress_update(progress *p, const char *what, size_t done, size_t total);

/* Clears the bar and says what was done: "10000 images in 3.5 s, 2 threads, at most 62 MiB". threads 0: all cores. Returns the
   seconds since the start. */
double progress_end(progress *p, size_t n, const char *what, int threads);

/* Clears the bar of an unfinished run. */
void progress_stop(progress *p);

/* "62 MiB", "1.5 GiB". */
void progress_size(char *text, size_t size, double bytes);

#endif
