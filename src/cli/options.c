/* SPDX-License-Identifier: Apache-2.0 */
/* options.c -- a command line, read by the rows of its command's options; see options.h */
#include <argp.h>
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/options.h"
#include "cli/status.h"
#include "io/escape.h"

enum { MOST_OPTIONS = 128, MOST_SETS = 16 };

/* The words are gone over once for each, so that a fault of an option's name is said before one of a value. */
typedef enum { NAMES, VALUES, ARGUMENTS, N_STAGES } stage;

typedef struct {
    char *command; /* "gradaudit NAME" */
    stage stage;
    size_t n; /* options, and the structs that have their fields */
    const option_row *row[MOST_OPTIONS];
    void *into[MOST_OPTIONS];
    const option_row *argument; /* the row of words that are no options, or NULL */
    void *argument_into;
    size_t n_shown, n_sets; /* of the help */
    int n_headings;
    struct argp_option shown[MOST_OPTIONS];
    struct argp set[MOST_SETS], all;
    struct argp_child child[MOST_SETS + 1];
} parser;

/* ---- faults, in one line ---------------------------------------------------------------------------------------- */

static _Noreturn void
end_usage(const parser *p, const char *fault)
{
    char *shown = escape_copy(escape_terminal, fault);
    fprintf(stderr, "%s: %s (see %s --help)\n", p->command, shown != NULL ? shown : "out of memory for a message", p->command);
    free(shown);
    exit(exit_status(GA_USAGE));
}

/* said is the beginning of NAME[=...], without its dashes. */
static _Noreturn void
unknown_option(const parser *p, const char *dashes, const char *said, const char *name)
{
    char fault[300], hint[100];
    const char *known[MOST_OPTIONS];
    word_list all = { "option", known, 0 };
    for (size_t i = 0; i < p->n; i++)
        if (p->row[i]->name != NULL)
            known[all.n++] = p->row[i]->name;
    const char *const nearest = word_nearest(&all, name);
    snprintf(hint, sizeof hint, nearest != NULL ? "; did you mean '--%s'?" : "", nearest);
    snprintf(fault, sizeof fault, "no option is called '%s%.100s'%s", dashes, said, hint);
    end_usage(p, fault);
}

/* ---- the rows of a command -------------------------------------------------------------------------------------- */

static option_reader show_help;

static const option_row help_rows[] = {
    { "help", 'h', NULL, "give this help list", show_help, 0, 0, ARGP_HELP_STD_HELP, 0, NULL },
    { NULL, '?', NULL, NULL, show_help, 0, 0, ARGP_HELP_STD_HELP, 0, NULL },
    { "usage", 0, NULL, "give a short usage message", show_help, 0, 0, ARGP_HELP_USAGE, 0, NULL },
    { 0 }
};

static ga_code
show_help(void *into, const option_row *o, const char *text, ga_status *st)
{
    const parser *p = into;
    (void)text, (void)st;
    argp_help(&p->all, stdout, (unsigned)o->least, p->command);
    exit(exit_status(GA_OK));
}

/* Each table is an argp of its own, because argp sorts the options of one by name; the group of --help is -1 whatever we say. */
static void
add_rows(parser *p, const option_row *rows, int place, void *into)
{
    const size_t first = p->n_shown;
    for (const option_row *o = rows; o->name != NULL || o->letter != '\0' || o->help != NULL || o->value != NULL; o++) {
        assert(p->n_shown + 2 < MOST_OPTIONS);
        p->n_headings += o->name == NULL && o->help != NULL;
        if (o->help != NULL)
            p->shown[p->n_shown++] = (struct argp_option){ o->name, o->letter, o->value, 0, o->help,
                                                           place == PLACE_HELP ? -1 : p->n_headings };
        if (o->name != NULL || o->letter != '\0') {
            p->row[p->n] = o;
            p->into[p->n++] = into;
        } else if (o->help == NULL) {
            p->argument = o;
            p->argument_into = into;
        }
    }
    if (p->n_shown == first)
        return; /* argp would not free an empty table */
    assert(p->n_sets < MOST_SETS);
    p->set[p->n_sets].options = p->shown + first;
    p->child[p->n_sets] = (struct argp_child){ p->set + p->n_sets, 0, NULL, place };
    p->n_sets++;
    p->n_shown++; /* the row of zeros */
}

static void
add_command(parser *p, const command_line *line, void *options)
{
    add_rows(p, help_rows, PLACE_HELP, p);
    if (line->rows != NULL)
        add_rows(p, line->rows, PLACE_OWN, options);
    for (const option_part *part = line->parts; part != NULL && part->set != NULL; part++)
        for (const option_set *s = part->set; s != NULL; s = s->next)
            add_rows(p, s->rows, s->place, (char *)options + part->at);
    p->all = (struct argp){ .args_doc = line->arguments, .doc = line->about, .children = p->child };
}

/* ---- the words of a command line -------------------------------------------------------------------------------- */

static void
read_value(const parser *p, const option_row *o, void *into, const char *text)
{
    ga_status st = { 0 };
    if (o->read(into, o, text, &st) != GA_OK)
        end_usage(p, st.message);
}

/* Option i, said in this way with a value in its own word, or NULL. Whether its value is the next word instead, NULL if there is
   none. */
static bool
read_option(const parser *p, size_t i, const char *said, const char *value, const char *next)
{
    const option_row *const o = p->row[i];
    char fault[300] = "";
    if (o->value == NULL && value != NULL)
        snprintf(fault, sizeof fault, "'%.100s' takes no value", said);
    else if (o->value != NULL && value == NULL && next == NULL)
        snprintf(fault, sizeof fault, "'%.100s' needs a value, %s", said, o->value);
    if (fault[0] != '\0')
        end_usage(p, fault);
    if (p->stage == VALUES)
        read_value(p, o, p->into[i], o->value == NULL || value != NULL ? value : next);
    return o->value != NULL && value == NULL;
}

/* --NAME, --NAME=VALUE, or any unambiguous beginning of the name. */
static bool
read_long(const parser *p, const char *word, const char *next)
{
    char name[128], fault[300];
    const size_t length = strcspn(word + 2, "=");
    size_t found = 0, begun = 0;
    snprintf(name, sizeof name, "%.*s", (int)(length < 127 ? length : 127), word + 2);
    for (size_t i = 0; i < p->n; i++) {
        const char *const own = p->row[i]->name;
        if (own == NULL || strncmp(own, name, strlen(name)) != 0)
            continue;
        begun++;
        found = i;
        if (strcmp(own, name) == 0) {
            begun = 1;
            break;
        }
    }
    if (begun == 0)
        unknown_option(p, "--", name, name);
    if (begun > 1) {
        snprintf(fault, sizeof fault, "'--%.100s' begins several options", name);
        end_usage(p, fault);
    }
    snprintf(name, sizeof name, "--%s", p->row[found]->name);
    return read_option(p, found, name, word[2 + length] == '=' ? word + 2 + length + 1 : NULL, next);
}

/* -x, -xVALUE, or several without values. */
static bool
read_short(const parser *p, const char *word, const char *next)
{
    for (const char *c = word + 1; *c != '\0'; c++) {
        const char said[] = { '-', *c, '\0' };
        size_t i = 0;
        while (i < p->n && p->row[i]->letter != *c)
            i++;
        if (i == p->n)
            unknown_option(p, "", said, word + 1);
        const bool takes = p->row[i]->value != NULL;
        if (read_option(p, i, said, takes && c[1] != '\0' ? c + 1 : NULL, next))
            return true;
        if (takes)
            break;
    }
    return false;
}

static void
read_argument(const parser *p, const char *word)
{
    char fault[1024];
    if (p->argument != NULL)
        read_value(p, p->argument, p->argument_into, word);
    else {
        snprintf(fault, sizeof fault, "no argument is expected, not '%s'", word);
        end_usage(p, fault);
    }
}

/* Behind "--" nothing is an option; "-" is none. */
static void
read_words(const parser *p, int argc, char **argv)
{
    bool options = true;
    for (int i = 1; i < argc; i++) {
        const char *const word = argv[i], *const next = i + 1 < argc ? argv[i + 1] : NULL;
        if (options && strcmp(word, "--") == 0)
            options = false;
        else if (options && word[0] == '-' && word[1] != '\0')
            i += (word[1] == '-' ? read_long : read_short)(p, word, next);
        else if (p->stage == ARGUMENTS)
            read_argument(p, word);
    }
}

void
command_parse(const command_line *line, int argc, char **argv, void *options)
{
    static parser p;
    ga_status st = { 0 };
    p = (parser){ .command = argv[0] };
    add_command(&p, line, options);
    for (p.stage = NAMES; p.stage < N_STAGES; p.stage++)
        read_words(&p, argc, argv);
    for (const option_part *part = line->parts; part != NULL && part->set != NULL && st.code == GA_OK; part++)
        if (part->set->check != NULL)
            part->set->check((char *)options + part->at, &st);
    if (st.code == GA_OK && line->check != NULL)
        line->check(options, &st);
    if (st.code != GA_OK)
        end_usage(&p, st.message);
}
