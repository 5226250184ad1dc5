/* SPDX-License-Identifier: Apache-2.0 */
/* options.h -- a command's options as rows of tables: its help is made from them, and its command line is read by them. */
#ifndef GRADAUDIT_CLI_OPTIONS_H
#define GRADAUDIT_CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "core/model.h"

#include "num/words.h"

typedef struct option_row option_row;

/* Sets what the option stands for in the struct at into; text is NULL if it takes no value. GA_USAGE with a fault in one line. */
typedef ga_code option_reader(void *into, const option_row *row, const char *text, ga_status *st);

/* A row. With a help text alone (HEADING) it begins a group of the help; with neither name nor help it reads each argument that
   is no option, and value is what messages call it. */
struct option_row {
    const char *name;  /* without its dashes */
    char letter;       /* of the short option; 0: none */
    const char *value; /* as the help calls it; NULL: it takes none */
    const char *help;
    option_reader *read;
    size_t offset, size;    /* of its field in the struct, for readers of one field */
    long least, most;       /* of a count; least: what a flag sets, or what the first of the words stands for */
    const word_list *words;
};
#define HEADING(text) { .help = text }

/* How a row's text is read: into a field, or by a function that knows the struct. */
#define FIELD(type, member) offsetof(type, member), sizeof ((type *)0)->member
#define INTO(reader, type, member) reader, FIELD(type, member), 0, 0, NULL
#define BY(reader) reader, 0, 0, 0, 0, NULL
#define FLAG(type, member, value) read_flag, FIELD(type, member), value, 0, NULL                      /* bool */
#define COUNT(type, member, least, most) read_count, FIELD(type, member), least, most, NULL           /* int, long or size_t */
#define WORD(type, member, words, first) read_word, FIELD(type, member), (long)(first), 0, words      /* bool or an enum */
#define PLAIN_WORD(type, member, words, first) read_plain_word, FIELD(type, member), (long)(first), 0, words

/* A positive number, a decimal or a fraction such as 8/255, rounded once from its text to each type that a model may have; if
   binary32 makes it 0 or infinite it is as in binary64. DECIMAL(0.25) is the constant. */
typedef struct {
    double binary32, binary64;
} decimal;
#define DECIMAL(x) { .binary32 = x##f, .binary64 = x }
double decimal_of(decimal x, const ga_model *model);

option_reader read_flag, read_count, read_word,
    read_plain_word, /* whose faults name the kind of word, not the option */
    read_text,       /* const char *: any */
    read_once,       /* const char *: any, but a second one */
    read_positive,   /* double */
    read_fraction,   /* double: positive and below 1 */
    read_decimal,    /* decimal: positive */
    read_step;       /* decimal: 0 too */

/* For other readers: the row's field; and a code, once the option's name stands before the message of a fault. */
void *option_field(void *into, const option_row *row);
ga_code option_named(const option_row *row, ga_code code, ga_status *st);

/* The options of one struct, ended by a row of zeros; and what to check of them together, once all are read. */
typedef ga_code option_check(void *into, ga_status *st);
typedef struct option_set {
    const option_row *rows;
    int place;                     /* in the help */
    option_check *check;           /* or NULL */
    const struct option_set *next; /* more rows for the same struct, or NULL */
} option_set;

enum { PLACE_HELP = -1, PLACE_INPUTS = 1, PLACE_CLIP, PLACE_IMAGES, PLACE_MODEL, PLACE_ESTIMATOR, PLACE_OWN, PLACE_JSON,
       PLACE_GATES, PLACE_BACKEND, PLACE_ACCEPT, PLACE_PROGRESS };

/* Options that commands share, and where their struct is in the command's; ends with a NULL set. */
typedef struct {
    const option_set *set;
    size_t at;
} option_part;

typedef struct {
    const option_row *rows;            /* the command's own, or NULL */
    option_check *check;           /* after those of the parts, in their order; or NULL */
    const option_part *parts;      /* or NULL */
    const char *arguments, *about; /* in the help, as argp has them */
} command_line;

/* Reads argv into the command's struct; --help, -h and --usage, which every command has, print and end the program. A fault, such
   as an unknown option, is said in one line, hostile text escaped, and ends it with GA_USAGE. All options are read before the
   other arguments, faults of their names first. */
void command_parse(const command_line *line, int argc, char **argv, void *options);

#endif
