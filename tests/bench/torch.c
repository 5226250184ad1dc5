/* SPDX-License-Identifier: Apache-2.0 */
/* torch.c -- see torch.h */
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"
#include "torch.h"

extern char **environ;

struct torch {
    pid_t child;
    FILE *to, *from;
    char version[256];
};

static bool
start(torch *t, char **argv)
{
    int to[2], from[2];
    posix_spawn_file_actions_t actions;
    if (pipe(to) != 0 || pipe(from) != 0)
        return false;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, to[0], 0);
    posix_spawn_file_actions_adddup2(&actions, from[1], 1);
    posix_spawn_file_actions_addclose(&actions, to[1]);
    posix_spawn_file_actions_addclose(&actions, from[0]);
    const int error = posix_spawnp(&t->child, argv[0], &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    close(to[0]);
    close(from[1]);
    t->to = fdopen(to[1], "w");
    t->from = fdopen(from[0], "r");
    return error == 0 && t->to != NULL && t->from != NULL;
}

torch *
torch_open(const char *source, const char *model, const char *images, const char *labels)
{
    const char *python = getenv("PYTHON");
    char program[4096], script[4096], *copy[] = { strdup(model), strdup(images), strdup(labels) };
    torch *t = bench_alloc(1, sizeof *t);
    signal(SIGPIPE, SIG_IGN);
    snprintf(script, sizeof script, "%s/tests/bench/torch_pass.py", source);
    if (python == NULL)
        python = access("/usr/bin/python3", X_OK) == 0 ? "/usr/bin/python3" : "python3";
    snprintf(program, sizeof program, "%s", python);
    char *argv[] = { program, script, copy[0], copy[1], copy[2], NULL };
    const bool started = start(t, argv) && fgets(t->version, sizeof t->version, t->from) != NULL;
    for (size_t i = 0; i < 3; i++)
        free(copy[i]);
    t->version[strcspn(t->version, "\n")] = '\0';
    if (started)
        return t;
    printf("PyTorch: not found\n");
    torch_close(t);
    return NULL;
}

void
torch_close(torch *t)
{
    if (t == NULL)
        return;
    if (t->to != NULL)
        fclose(t->to);
    if (t->from != NULL)
        fclose(t->from);
    if (t->child > 0)
        waitpid(t->child, NULL, 0);
    free(t);
}

const char *
torch_version(const torch *t)
{
    return t->version;
}

double
torch_pass(void *data)
{
    const torch_job *job = data;
    char line[64];
    if (fprintf(job->t->to, "%s %d %zu\n", job->type, job->ready, job->n) < 0 || fflush(job->t->to) != 0 ||
        fgets(line, sizeof line, job->t->from) == NULL)
        bench_fail("PyTorch stopped");
    return strtod(line, NULL);
}
