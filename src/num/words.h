/* SPDX-License-Identifier: Apache-2.0 */
/* words.h -- words that a user may say: one list for each kind, matched case-insensitively, and the message for a word in none of
   them. */
#ifndef NUM_WORDS_H
#define NUM_WORDS_H

#include <stddef.h>

#include "core/status.h"

/* name[0..n-1], none NULL, are the words of a kind, the WHAT of "no WHAT is called '...'". */
typedef struct {
    const char *what;
    const char *const *name;
    size_t n;
} word_list;
#define WORD_LIST(what, names) { what, names, sizeof (names) / sizeof *(names) }

/* The index of a text among the names, -1 if it is none. A to Z equal a to z, in any locale. */
int word_find(const word_list *w, const char *text);

/* The index of the first name that a text begins with, -1 if there is none: of keys that stand before a value. */
int word_begins(const word_list *w, const char *text);

/* The first name of several words, joined by hyphens, of which a text has the initials; else the name at the least edit
   distance: how many letters are inserted, deleted, changed or swapped with their neighbour (optimal string alignment).
   Another first letter counts twice, so that gelu is not taken for relu; all that is missing after three letters or more
   counts once. NULL if that is more than one and more than a third of the text's letters, or all of them, or the text has
   more than 60. */
const char *word_nearest(const word_list *w, const char *text);

/* word_find; if that is -1, st is GA_USAGE: "no WHAT is called 'TEXT': a, b or c; did you mean 'b'?". */
int word_parse(const word_list *w, const char *text, ga_status *st);

/* "a, b or c", cut at size. */
void word_names(char *text, size_t size, const word_list *w);

/* "; did you mean 'b'?", or nothing. */
void word_hint(char *text, size_t size, const word_list *w, const char *said);

#endif
