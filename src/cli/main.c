/* SPDX-License-Identifier: Apache-2.0 */
/* main.c -- the gradaudit program: finds the subcommand, and ends with its status. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/memory.h"
#include "cli/status.h"
#include "cli/team.h"
#include "cli/version.h"
#include "gemm/blas.h"
#include "num/guard.h"
#include "num/thread_state.h"

const command commands[] = {
    { "forward", command_forward, "print logits and predicted classes: is it my network?", false },
    { "gradient", command_gradient, "print gradients, element by element", true },
    { "histogram", command_histogram, "count gradient elements by magnitude", true },
    { "attack", command_attack, "FGSM with several estimators of the gradient", true },
    { "sweep", command_sweep, "FGSM and zeros against gain, logit or loss scale", true },
    { "inspect", command_inspect, "layers, weights and pre-activations of a model", false },
    { "convert", command_convert, "a model of another format as a safetensors file", false },
    { "audit", command_audit, "every element against the truth, every attack against controls", true },
    { "merge", command_merge, "audits of parts of the images into one", false },
    { "explain", command_explain, "where and why one gradient element went wrong", false },
    { "precision", command_precision, "how few bits each tensor can be stored in", false },
    { "scales", command_scales, "the scales of a recipe's tensors, to be frozen in a file", false },
    { "thresholds", command_thresholds, "where a format loses a factor", false },
    { "formats", command_formats, "the number formats, and what each can hold", false },
    { "train", command_train, "train a network by a recipe", false },
    { "reproduce", command_reproduce, "a paper's tables and figures, computed anew", true },
    { "report", command_report, "render a result anew from its report.json", false },
    { "help", command_help, "what a command does, with its options and an example", true },
    { NULL, NULL, NULL, false }
};

static void
print_usage(FILE *out)
{
    fputs("Usage: gradaudit COMMAND [OPTION...]\n"
          "Audits the numerical precision of neural-network gradients.\n\n", out);
    for (const command *c = commands; c->name != NULL; c++)
        fprintf(out, "  %-10s %s\n", c->name, c->summary);
    fputs("\ngradaudit COMMAND --help tells more, with an example.\n"
          "gradaudit --version prints the build, its libraries and its data directory.\n\n"
          "Exit status: 0 done, 1 a gate failed, 2 usage, 3 bad input file, 4 out of memory\n"
          "or over a limit, 5 I/O error, 6 undecided elements remain, 130/143 on signals.\n", out);
}

/* The run ends at its next block boundary and cleans up; a second signal ends it at once. */
static void
on_signal(int signal)
{
    ga_stop_requested = signal == SIGINT ? GA_INTERRUPTED : GA_TERMINATED;
}

static void
catch_signals(void)
{
    struct sigaction action = { .sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND };
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

/* Another program has shortened a mapped file. */
static void
on_bus_error(int signal)
{
    static const char fault[] = "gradaudit: a file was shortened while it was read\n";
    (void)signal;
    _exit(exit_status(write(STDERR_FILENO, fault, sizeof fault - 1) < 0 ? GA_IO_ERROR : GA_BAD_FILE));
}

static void
catch_shortened_files(void)
{
    struct sigaction action = { .sa_handler = on_bus_error };
    sigaction(SIGBUS, &action, NULL);
}

static const command *
find_command(const char *name)
{
    const command *c = commands;
    while (c->name != NULL && strcmp(name, c->name) != 0)
        c++;
    return c->name != NULL ? c : NULL;
}

/* In one line, with the nearest command or option. */
static ga_code
unknown_command(const char *name)
{
    char list[300], hint[100];
    const char *known[32];
    word_list all = { "command", known, 0 };
    ga_status st = { 0 };
    for (const command *c = commands; c->name != NULL; c++)
        known[all.n++] = c->name;
    word_names(list, sizeof list, &all);
    known[all.n++] = "--help";
    known[all.n++] = "--version";
    word_hint(hint, sizeof hint, &all, name);
    ga_fail(&st, GA_USAGE, "no command is called '%.100s': %s%s (see gradaudit --help)", name, list, hint);
    return (ga_code)command_end(&st);
}

static int
run_command(const command *c, int argc, char **argv)
{
    char name[64];
    snprintf(name, sizeof name, "gradaudit %s", c->name);
    argv[0] = name;
    return c->run(argc, argv);
}

int
command_help(int argc, char **argv)
{
    static const option_row rows[] = { { NULL, 0, "command", NULL, BY(read_once) }, { 0 } };
    static const command_line line = {
        rows, NULL, NULL, "[COMMAND]",
        "Prints what a command does, its options and an example; without COMMAND, what commands there are."
        "\vExample:\n"
        "  gradaudit help audit"
    };
    const char *name = NULL;
    char option[] = "--help";
    command_parse(&line, argc, argv, &name);
    if (name == NULL) {
        print_usage(stdout);
        return GA_OK;
    }
    const command *c = find_command(name);
    return c != NULL ? run_command(c, 2, (char *[]){ NULL, option, NULL }) : (int)unknown_command(name);
}

/* Of several processes only one speaks. Another that ends badly waits: a launcher then ends all, and the first has to say why. */
static void
be_silent(void)
{
    if (freopen("/dev/null", "w", stderr) == NULL || freopen("/dev/null", "w", stdout) == NULL)
        _exit(exit_status(GA_IO_ERROR));
}

static void
end_later(int status, void *data)
{
    (void)data;
    if (status != GA_OK)
        sleep(1);
}

/* As each call of the library does, but for good. */
static void
borrow_process(void)
{
    static thread_state host;
    thread_borrow(&host);
    blas_borrow(0, NULL);
}

static int
run(int argc, char **argv)
{
    size_t rank, size;
    team_place(&rank, &size);
    if (rank > 0) {
        be_silent();
        on_exit(end_later, NULL);
    }
    if (argc < 2) {
        print_usage(stderr);
        return GA_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        print_usage(stdout);
        return GA_OK;
    }
    if (strcmp(argv[1], "--version") == 0) {
        version_print(stdout);
        return GA_OK;
    }
    const command *c = find_command(argv[1]);
    if (c == NULL)
        return (int)unknown_command(argv[1]);
    const char *fault = guard_fault();
    if (fault != NULL) {
        fprintf(stderr, "gradaudit: %s: no result of this process could be trusted\n", fault);
        return GA_USAGE;
    }
    borrow_process();
    catch_signals();
    if (size > 1 && !c->shared) {
        fprintf(stderr, "gradaudit: %zu processes were started for %s, which does not share its work: start one\n", size, c->name);
        return GA_USAGE;
    }
    return run_command(c, argc - 1, argv + 1);
}

/* At exit, because --help ends the program too. A failed run has said so already. */
static void
close_stdout(int status, void *data)
{
    (void)data;
    if (status == GA_OK && command_close_stdout() != GA_OK)
        _exit(exit_status(GA_IO_ERROR));
}

int
main(int argc, char **argv)
{
    memory_guard();
    on_exit(close_stdout, NULL);
    catch_shortened_files();
    const ga_code code = (ga_code)run(argc, argv);
    if (code != GA_NO_MEMORY)
        return exit_status(code);
    fflush(NULL);
    _exit(exit_status(code)); /* exit would wait for OpenBLAS's own threads, which try for ever to get memory */
}
