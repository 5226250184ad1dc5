/* SPDX-License-Identifier: Apache-2.0 */
/* parse.c -- parses a subcommand's command line, and reports a wrong one; see command.h */
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "io/escape.h"
#include "num/words.h"

enum { OPTION_USAGE = 2048, MOST_OPTIONS = 128 };

/* In one line. name: "gradaudit NAME". */
static _Noreturn void
say_usage(const char *name, const char *fault)
{
    char *shown = escape_copy(escape_terminal, fault);
    fprintf(stderr, "%s: %s (see %s --help)\n", name, shown != NULL ? shown : "out of memory for a message", name);
    free(shown);
    exit(GA_USAGE);
}

void
usage_error(const struct argp_state *state, const char *format, ...)
{
    char fault[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(fault, sizeof fault, format, args);
    va_end(args);
    say_usage(state->name, fault);
}

/* ---- every command has these ------------------------------------------------------------------------------------ */

static const struct argp_option help_options[] = {
    { "help", 'h', NULL, 0, "give this help list", -1 },
    { NULL, '?', NULL, OPTION_ALIAS | OPTION_HIDDEN, NULL, 0 },
    { "usage", OPTION_USAGE, NULL, 0, "give a short usage message", 0 },
    { 0 }
};

static error_t
parse_help(int key, char *arg, struct argp_state *state)
{
    (void)arg;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = state->input;
        return 0;
    case 'h':
    case '?':
        argp_state_help(state, stdout, ARGP_HELP_STD_HELP);
        return 0;
    case OPTION_USAGE:
        argp_state_help(state, stdout, ARGP_HELP_USAGE | ARGP_HELP_EXIT_OK);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* ---- unknown options -------------------------------------------------------------------------------------------- */

/* All options of a command, and the long names among them, in the same order. */
typedef struct {
    const char *command;
    const struct argp_option *option[MOST_OPTIONS];
    const char *name[MOST_OPTIONS];
    size_t n, n_names;
} option_list;

static void
collect(option_list *l, const struct argp *argp)
{
    const struct argp_option *o = argp->options;
    for (; o != NULL && (o->name != NULL || o->key != 0 || o->doc != NULL); o++)
        if (l->n < MOST_OPTIONS && (o->name != NULL || o->key != 0)) {
            l->option[l->n++] = o;
            if (o->name != NULL)
                l->name[l->n_names++] = o->name;
        }
    for (const struct argp_child *c = argp->children; c != NULL && c->argp != NULL; c++)
        collect(l, c->argp);
}

/* said is the beginning of NAME[=...], without its dashes. */
static _Noreturn void
unknown_option(const option_list *l, const char *dashes, const char *said, const char *name)
{
    char fault[300];
    const word_list all = { "option", l->name, l->n_names };
    const char *const nearest = word_nearest(&all, name);
    snprintf(fault, sizeof fault, "no option is called '%s%.100s'%s%s%s", dashes, said, nearest != NULL ? "; did you mean '--" : "",
             nearest != NULL ? nearest : "", nearest != NULL ? "'?" : "");
    say_usage(l->command, fault);
}

/* Whether the option takes the next word for its value, which must be there; value: what follows it in its own word, NULL:
   nothing. */
static bool
takes_next(const option_list *l, const struct argp_option *o, const char *said, const char *value, bool is_last)
{
    char fault[300] = "";
    if (o->arg == NULL && value != NULL)
        snprintf(fault, sizeof fault, "'%.100s' takes no value", said);
    else if (o->arg != NULL && value == NULL && is_last)
        snprintf(fault, sizeof fault, "'%.100s' needs a value, %s", said, o->arg);
    if (fault[0] != '\0')
        say_usage(l->command, fault);
    return o->arg != NULL && value == NULL;
}

/* --NAME, --NAME=VALUE, or any unambiguous beginning of the name. */
static bool
check_long(const option_list *l, const char *word, bool is_last)
{
    char name[128], fault[300];
    const size_t length = strcspn(word + 2, "=");
    const struct argp_option *found = NULL;
    size_t begun = 0;
    snprintf(name, sizeof name, "%.*s", (int)(length < 127 ? length : 127), word + 2);
    for (size_t i = 0; i < l->n; i++) {
        const char *const own = l->option[i]->name;
        if (own == NULL || strncmp(own, name, strlen(name)) != 0)
            continue;
        begun++;
        found = l->option[i];
        if (strcmp(own, name) == 0) {
            begun = 1;
            break;
        }
    }
    if (begun == 0)
        unknown_option(l, "--", name, name);
    if (begun > 1) {
        snprintf(fault, sizeof fault, "'--%.100s' begins several options", name);
        say_usage(l->command, fault);
    }
    snprintf(name, sizeof name, "--%s", found->name);
    return takes_next(l, found, name, word[2 + length] == '=' ? word + 2 + length + 1 : NULL, is_last);
}

/* -x, -xVALUE, or several without values. */
static bool
check_short(const option_list *l, const char *word, bool is_last)
{
    for (const char *c = word + 1; *c != '\0'; c++) {
        const char said[] = { '-', *c, '\0' };
        size_t i = 0;
        while (i < l->n && l->option[i]->key != (unsigned char)*c)
            i++;
        if (i == l->n)
            unknown_option(l, "", said, word + 1);
        if (l->option[i]->arg != NULL)
            return takes_next(l, l->option[i], said, c[1] != '\0' ? c + 1 : NULL, is_last);
    }
    return false;
}

/* Goes over the words as getopt will, which has several lines for an unknown one, and shows them as they are. */
static void
check_options(const struct argp *argp, int argc, char **argv)
{
    option_list l = { .command = argv[0] };
    collect(&l, argp);
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (argv[i][0] == '-' && argv[i][1] != '\0')
            i += (argv[i][1] == '-' ? check_long : check_short)(&l, argv[i], i + 1 == argc);
}

void
command_parse(const struct argp *argp, int argc, char **argv, void *input)
{
    const struct argp_child children[] = { { argp, 0, NULL, 0 }, { 0 } };
    const struct argp all = { help_options, parse_help, NULL, NULL, children, NULL, NULL };
    argp_err_exit_status = GA_USAGE;
    check_options(&all, argc, argv);
    if (argp_parse(&all, argc, argv, ARGP_NO_HELP, NULL, input) != 0)
        exit(GA_USAGE);
}
