/* SPDX-License-Identifier: Apache-2.0 */
/* reproduction_story.h -- paragraphs being written, and the numbers of an answer in them. */
#ifndef GRADAUDIT_REPORT_REPRODUCTION_STORY_H
#define GRADAUDIT_REPORT_REPRODUCTION_STORY_H

#include "report/reproduction.h"
#include "report/reproduction_answer.h"

/* A report being told. */
typedef struct {
    answer_paragraph *paragraph;
    size_t n;
    const json_t *report, *answer, *network; /* network: the answer of the one that is spoken of */
    network_index k;
    size_t seeds;
    FILE *out; /* the paragraph under way */
    char *text;
    size_t size;
} story;

/* A new paragraph; what is said goes into it, until it ends. */
void story_begin(story *s, bool heading);
void story_end(story *s);
void story_say(const story *s, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The network that is spoken of from here on. */
void story_look_at(story *s, network_index k);

/* A number of its answer: NaN where it is not known. */
const json_t *story_value(const story *s, const char *key);
double story_mean(const story *s, const char *key);
double story_least(const story *s, const char *key);
double story_greatest(const story *s, const char *key);

/* How many seeds have this answer. */
size_t story_answers(const story *s, answer_kind kind);

/* "62.47 %", and with several seeds " (60.01 to 64.92)"; so with the words before; and in points. */
void story_say_value(const story *s, const char *key, const char *unit);
void story_say_share(const story *s, const char *before, const char *key);
void story_say_points(const story *s, const char *before, const char *key);

/* "p < 1e-20": the greatest of the seeds. */
void story_say_p(const story *s, const char *before, const char *key);

#endif
