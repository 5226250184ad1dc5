/* SPDX-License-Identifier: Apache-2.0 */
/* reproduction_answer.h -- "Is the paper's explanation right?", answered from a reproduction's numbers, in words chosen by
   comparing them.

   answer_compute makes report.json's "answer": what the words need from the report's networks, for every seed if there are several.
   The table and the paragraphs are made from "answer" and "settings" and nothing else. */
#ifndef GRADAUDIT_REPORT_REPRODUCTION_ANSWER_H
#define GRADAUDIT_REPORT_REPRODUCTION_ANSWER_H

#include <stdbool.h>
#include <stdio.h>

#include <jansson.h>

/* What the numbers of one seed's network say about the paper's explanation. NO_FALL: the reduced gain lowers the accuracy by less
   than a point. RANDOM: the exact gradient does not beat both controls, random signs and the naive signs with their zeros filled,
   in paired tests at 1 %. Otherwise it depends on the share of the fall that the exact gradient already causes: ROUNDING at least
   90 %, SMOOTHING at most 10 %, BOTH in between. UNKNOWN: a number is missing. */
typedef enum { ANSWER_UNKNOWN, ANSWER_NO_FALL, ANSWER_RANDOM, ANSWER_ROUNDING, ANSWER_BOTH, ANSWER_SMOOTHING,
               N_ANSWERS } answer_kind;
extern const char *const answer_names[N_ANSWERS];
answer_kind answer_of(const json_t *network);

/* The report's "answer", for the caller to own. */
json_t *answer_compute(const json_t *report);

enum { ANSWER_PARAGRAPHS = 24 };
typedef struct {
    bool heading;
    char *text;
} answer_paragraph;

/* At most ANSWER_PARAGRAPHS, for the caller to answer_free; fewer if memory is out. */
size_t answer_write(answer_paragraph *paragraph, const json_t *report);
void answer_free(answer_paragraph *paragraph, size_t n);

/* A row of the answer's table: a text for each saturated network ("-" if there is none), or a heading (value[k][0] empty). */
typedef struct {
    const char *label;
    char value[2][48];
} answer_row;
enum { ANSWER_ROWS = 48 };
size_t answer_table(answer_row *row, const json_t *report);

/* Table and paragraphs in at most 80 columns. */
void answer_text(FILE *out, const json_t *report);
void answer_html(FILE *out, const json_t *report);

#endif
