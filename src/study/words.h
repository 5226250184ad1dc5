/* SPDX-License-Identifier: Apache-2.0 */
/* words.h -- sentences with the numbers of a report, chosen by conditions. data/studies/README.md has the language. */
#ifndef STUDY_WORDS_H
#define STUDY_WORDS_H

#include "study/teller.h"
#include "study/value.h"

/* The report's members, "study", and nothing else; the caller's. report may be NULL. */
json_t *words_scope(const json_t *study, const json_t *report);

/* Writes what the words say, as plain text; words_text: into a string for the caller to free, escaped for a terminal unless it goes
   on a page. NULL: out of memory. */
void words_tell(teller *t, const json_t *scope, const json_t *words);
char *words_text(teller *t, const json_t *scope, const json_t *words);

/* Whether a condition holds; NULL holds. */
bool words_hold(teller *t, const json_t *scope, const json_t *condition);

/* A text with each $name replaced, for the caller to free; NULL: one is unknown. An expression's value. */
char *words_expand(teller *t, const json_t *scope, const char *text);
value words_value(teller *t, const json_t *scope, const char *expression);

/* Calls body for each element of a list, an array or the path of one, that fulfils the condition (or NULL), with the element's
   names in the scope. Returns how often. */
typedef void words_body(teller *t, const json_t *scope, size_t i, void *data);
size_t words_each(teller *t, const json_t *scope, const json_t *list, const json_t *condition, words_body *body, void *data);

#endif
