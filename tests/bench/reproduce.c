/* SPDX-License-Identifier: Apache-2.0 */
/* reproduce.c -- `gradaudit reproduce` as a whole, once, given up after a while */
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"

extern char **environ;

enum { PATIENCE = 180 };

/* Waits for a process until it ends (true) or patience does: then it is killed. */
static bool
ended(pid_t child, int *status)
{
    const double start = bench_clock();
    const struct timespec pause = { 0, 20000000 };
    while (bench_clock() - start < PATIENCE) {
        if (waitpid(child, status, WNOHANG) == child)
            return true;
        nanosleep(&pause, NULL);
    }
    kill(child, SIGKILL);
    waitpid(child, status, 0);
    return false;
}

static double
run(void *data)
{
    const char *program = data;
    char out[] = "/tmp/gradaudit-bench-XXXXXX", target[64], remove[4096];
    char command[] = "reproduce", option[] = "-o", quiet[] = "--quiet", threads[] = "--threads", two[] = "2";
    posix_spawn_file_actions_t actions;
    pid_t child;
    int status = 0;
    if (mkdtemp(out) == NULL)
        bench_fail("no temporary directory");
    snprintf(target, sizeof target, "%s/out", out);
    char *argv[] = { data, command, option, target, threads, two, quiet, NULL };
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    const double start = bench_clock();
    if (posix_spawn(&child, program, &actions, NULL, argv, environ) != 0)
        bench_fail("%s does not start", program);
    posix_spawn_file_actions_destroy(&actions);
    const bool done = ended(child, &status);
    const double seconds = bench_clock() - start;
    snprintf(remove, sizeof remove, "rm -rf '%s'", out);
    if (system(remove) != 0 || (done && status != 0))
        bench_fail("%s reproduce failed with status %d", program, status);
    return done ? seconds : PATIENCE;
}

void
suite_reproduce(bench *b)
{
    char program[4200];
    const char *slash = strrchr(b->program, '/');
    snprintf(program, sizeof program, "%.*s/../../gradaudit", (int)(slash - b->program), b->program);
    if (b->quick)
        return;
    const bench_runner r = { "gradaudit reproduce, 2 threads", run, program, 1 };
    const double long_run = b->long_run;
    b->long_run = 5;
    bench_contest(b, "reproduce", "everything", 1, &r, 1);
    b->long_run = long_run;
}
