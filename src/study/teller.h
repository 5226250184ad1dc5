/* SPDX-License-Identifier: Apache-2.0 */
/* teller.h -- what tells a study, or checks it.

   A study is checked by the functions that tell it: with `check` nothing is written, and every branch is gone into. */
#ifndef STUDY_TELLER_H
#define STUDY_TELLER_H

#include <stdbool.h>
#include <stdio.h>

#include <jansson.h>

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

/* Counts a step. False once there is a fault, or no end. */
bool teller_goes_on(teller *t);

/* Adds to `where`; teller_leave takes away what came behind the first n characters. `where` stays that of the first fault. */
size_t teller_enter(teller *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
void teller_leave(teller *t, size_t n);

/* Whether what may be "on" a page or in a text only is there; while checking all is. */
bool teller_shows(const teller *t, const json_t *part);

/* While checking: the members of an object, as in "name:text! file:path rows:list! *": each its type (types.c), and ! if it must be
   there; "*": others too. teller_study: those of the study. */
void teller_members(teller *t, const json_t *object, const char *members);
void teller_study(teller *t);

#endif
