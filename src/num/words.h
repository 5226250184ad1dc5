/* SPDX-License-Identifier: Apache-2.0 */
/* words.h -- words that a user may say: one list for each kind, found in whatever case they are written, and what is said where
   a word is none of them. */
#ifndef NUM_WORDS_H
#define NUM_WORDS_H

#include <stddef.h>

#include <gradaudit/status.h>

/* name[0..n-1] are what a user may say for "no WHAT is called '...'", none of them NULL. */
typedef struct {
    const char *what;
    const char *const *name;
    size_t n;
} word_list;
#define WORD_LIST(what, names) { what, names, sizeof (names) / sizeof *(names) }

/* The place of a text among the names, -1: it is none of them. A to Z are a to z, in any locale. */
int word_find(const word_list *w, const char *text);

/* The name of the least edit distance to a text: how many letters are to be put in, left out, changed or swapped with their
   neighbour (optimal string alignment). Another first letter counts twice, so that gelu is not taken for relu; all that is missing
   behind three letters or more counts once. NULL where that is more than one and more than a third of the text's letters, or all of
   them, or the text has more than 60. */
const char *word_nearest(const word_list *w, const char *text);

/* word_find; where that is -1, st is GA_USAGE: "no WHAT is called 'TEXT': a, b or c; did you mean 'b'?". */
int word_parse(const word_list *w, const char *text, ga_status *st);

/* "a, b or c", cut at size. */
void word_names(char *text, size_t size, const word_list *w);

/* "; did you mean 'b'?", or nothing. */
void word_hint(char *text, size_t size, const word_list *w, const char *said);

#endif
