/* SPDX-License-Identifier: Apache-2.0 */
/* value.h -- what a path names in a report, and how it is printed. data/studies/README.md has the language.

   A scope is an object: the members of the report, "study", and names that lists give. */
#ifndef STUDY_VALUE_H
#define STUDY_VALUE_H

#include <stdbool.h>
#include <stdio.h>

#include <jansson.h>

typedef struct {
    const json_t *json;        /* what the path names; NULL: nothing, or several things */
    double x, least, greatest; /* a number, or the mean and the range of several; NaN: none */
} value;

/* An expression "A - B …" of paths and numbers. value_next: takes the first off; false if it is too long. */
enum { VALUE_PATH = 512 };
value value_of(const json_t *scope, const char *expression);
bool value_next(char path[VALUE_PATH], const char **expression);
bool value_known(const value *v);

/* The text with each $name replaced by what the scope has of that name, for the caller to free; NULL: out of memory, or *missing,
   which is not in the scope. */
char *value_expand(const json_t *scope, const char *text, char missing[64]);

/* Mean, least and greatest of the numbers of n that are not NaN, as an object; null if there are none. */
json_t *value_spread(const double *x, size_t n);

/* Prints the value in a format; votes: the study's answers, for that format. */
bool format_pattern_known(const char *format);
void format_print(FILE *out, const value *v, const char *format, const json_t *votes);

/* Whether it is one of the words of a list, as in "page text". */
bool value_is_one_of(const char *word, const char *words);

#endif
