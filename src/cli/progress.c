/* SPDX-License-Identifier: Apache-2.0 */
/* progress.c -- see progress.h */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/progress.h"
#include "io/escape.h"
#include "num/memory.h"
#include "run/deal.h"

enum { BAR = 20 };

static const char *const style_names[] = { [PROGRESS_AUTO] = "auto", "bar", "plain", "none" };
static const word_list styles = WORD_LIST("progress", style_names);

static ga_code
read_quiet(void *into, const option_row *row, const char *text, ga_status *st)
{
    progress *const p = into;
    (void)row, (void)text, (void)st;
    p->quiet = true;
    p->style = PROGRESS_NONE;
    return GA_OK;
}

static const option_row rows[] = {
    HEADING("Progress:"),
    { "quiet", 'q', NULL, "say nothing on stderr but errors", BY(read_quiet) },
    { "progress", 0, "STYLE", "bar, plain or none (bar on a terminal)", WORD(progress, style, &styles, PROGRESS_AUTO) },
    { 0 }
};
const option_set progress_set = { rows, PLACE_PROGRESS, NULL, NULL };

static double
since(const struct timespec *start)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - start->tv_sec) + 1e-9 * (double)(now.tv_nsec - start->tv_nsec);
}

void
progress_start(progress *p)
{
    if (p->style == PROGRESS_AUTO)
        p->style = isatty(STDERR_FILENO) ? PROGRESS_BAR : p->terminal_only ? PROGRESS_NONE : PROGRESS_PLAIN;
    clock_gettime(CLOCK_MONOTONIC, &p->start);
    p->shown = false;
}

void
progress_update(progress *p, const char *what, size_t done, size_t total)
{
    const double seconds = since(&p->start);
    if (p->style == PROGRESS_NONE || (p->shown && done < total && since(&p->last) < (p->style == PROGRESS_BAR ? 0.1 : 2)))
        return;
    clock_gettime(CLOCK_MONOTONIC, &p->last);
    if (!p->shown)
        p->done_before = done;
    p->shown = true;
    char left[48] = "";
    if (done > p->done_before && seconds > 0) {
        const double rate = (double)(done - p->done_before) / seconds;
        const long s = (long)((double)(total - done) / rate + 0.5);
        snprintf(left, sizeof left, "%.*f/s, %ld:%02ld left, ", rate < 1 ? 2 : rate < 10 ? 1 : 0, rate, s / 60, s % 60);
    }
    if (p->style == PROGRESS_BAR) {
        const int filled = total > 0 ? (int)(BAR * done / total) : 0;
        fprintf(stderr, "\r\033[K[%.*s%*s] %zu/%zu %s", filled, "####################", BAR - filled, "", done, total, left);
    } else
        fprintf(stderr, "gradaudit: %zu/%zu, %s", done, total, left);
    escape_terminal(stderr, what);
    if (p->style == PROGRESS_PLAIN)
        fputc('\n', stderr);
    fflush(stderr);
}

void
progress_stop(progress *p)
{
    if (p->shown && p->style == PROGRESS_BAR)
        fputs("\r\033[K", stderr);
    p->shown = false;
}

void
progress_size(char *text, size_t size, double bytes)
{
    snprintf(text, size, bytes < 0x1p30 ? "%.0f MiB" : "%.1f GiB", bytes < 0x1p30 ? ceil(bytes / 0x1p20) : bytes / 0x1p30);
}

double
progress_end(progress *p, size_t n, const char *what, int threads)
{
    char memory[32];
    const double seconds = since(&p->start);
    const int all = deal_threads(threads);
    progress_stop(p);
    if (p->style == PROGRESS_NONE)
        return seconds;
    progress_size(memory, sizeof memory, memory_peak());
    fputs("gradaudit: ", stderr);
    if (n > 0)
        fprintf(stderr, "%zu %s%s in ", n, what, n != 1 ? "s" : "");
    fprintf(stderr, "%.*f s, %d thread%s, at most %s\n", seconds < 100 ? 1 : 0, seconds, all, all != 1 ? "s" : "", memory);
    return seconds;
}
