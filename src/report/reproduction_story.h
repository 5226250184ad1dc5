/* SPDX-License-Identifier: Apache-2.0 */
/* reproduction_story.h -- paragraphs being written, with the numbers of an answer. */
#ifndef GRADAUDIT_REPORT_REPRODUCTION_STORY_H
#define GRADAUDIT_REPORT_REPRODUCTION_STORY_H

#include "report/reproduction.h"
#include "report/reproduction_answer.h"

/* A report being told. */
typedef struct {
    answer_paragraph *paragraph;
    size_t n;
    const json_t *report, *answer, *network; /* network: the answer for the current one */
    network_index k;
    size_t seeds;
    FILE *out; /* the current paragraph */
    char *text;
    size_t size;
} story;

/* Starts a paragraph; all text goes into it, until it ends. */
void story_begin(story *s, bool heading);
void story_end(story *s);
void story_say(const story *s, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Sets the network for the text from here on. */
void story_look_at(story *s, network_index k);

/* A number of its answer: NaN if it is not known. */
const json_t *story_value(const story *s, const char *key);
double story_mean(const story *s, const char *key);
double story_least(const story *s, const char *key);
double story_greatest(const story *s, const char *key);

/* How many seeds have this answer. */
size_t story_answers(const story *s, answer_kind kind);

/* "62.47 %", and with several seeds " (60.01 to 64.92)"; the same after words; and in points. */
void story_say_value(const story *s, const char *key, const char *unit);
void story_say_share(const story *s, const char *before, const char *key);
void story_say_points(const story *s, const char *before, const char *key);

/* "p < 1e-20": the greatest of the seeds. */
void story_say_p(const story *s, const char *before, const char *key);

#endif
