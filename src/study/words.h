/* SPDX-License-Identifier: Apache-2.0 */
/* words.h -- sentences with the numbers of a report, chosen by conditions. data/studies/README.md has the language.

   A study is checked by the functions that tell it: with `check` nothing is written, and every branch is gone into. */
#ifndef STUDY_WORDS_H
#define STUDY_WORDS_H

#include <stdbool.h>
#include <stdio.h>

#include <jansson.h>

#include "study/value.h"

typedef struct {
    const json_t *study;
    FILE *out;
    bool page;       /* HTML; else text */
    bool check;
    bool blind;      /* while checking: within a list of the report, of which nothing is known yet */
    bool digits;     /* while checking: a text is no sentence, and may have any */
    bool begun;      /* something was written */
    size_t steps, deep;
    char where[128]; /* the section at hand */
    char fault[256]; /* the first fault; "" */
} teller;

/* Notes a fault, the first of all. */
void teller_fault(teller *t, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* While checking: the members of an object, as in "name:text! file:path rows:list! *": each its type (check.c), and ! if it must be
   there; "*": others too. teller_type: one thing, which key names in a fault. */
void teller_members(teller *t, const json_t *object, const char *members);
void teller_type(teller *t, const json_t *x, const char *type, const char *key);

/* The report's members, "study", and nothing else; the caller's. report may be NULL. */
json_t *words_scope(const json_t *study, const json_t *report);

/* Writes what the words say, as plain text; words_text: into a string for the caller to free, escaped for a terminal unless it goes
   on a page. NULL: out of memory. */
void words_tell(teller *t, const json_t *scope, const json_t *words);
char *words_text(teller *t, const json_t *scope, const json_t *words);

/* Whether a condition holds; NULL holds. */
bool words_hold(teller *t, const json_t *scope, const json_t *condition);

/* An expression's value. */
value words_value(teller *t, const json_t *scope, const char *expression);

/* Calls body for each element of a list, an array or the path of one, that fulfils the condition (or NULL), with the element's
   names in the scope. Returns how often. */
typedef void words_body(teller *t, const json_t *scope, size_t i, void *data);
size_t words_each(teller *t, const json_t *scope, const json_t *list, const json_t *condition, words_body *body, void *data);

#endif
