/* SPDX-License-Identifier: Apache-2.0 */
/* audit_words.h -- what the answers are about, and those that are in a file of their own. */
#ifndef REPORT_AUDIT_WORDS_H
#define REPORT_AUDIT_WORDS_H

#include "report/audit_page.h"

/* An audit's naive estimator and the exact gradient, read once. */
typedef struct {
    const audit_view *v;
    const part_estimator *naive;
    const json_t *attack;        /* of the naive gradient */
    const char *name, *format;   /* of the naive estimator; of its numbers */
    uint64_t elements, zeros, true_zeros, undecided, images;
    uint64_t fault[PART_FAULTS], faults; /* of the naive gradient, and their sum */
} audit_subject;

/* Each writes an answer's lead and what there is beyond it. */
void audit_words_where(FILE *lead, FILE *more, const audit_subject *s);
void audit_words_remedy(FILE *lead, FILE *more, const audit_subject *s);
void audit_words_attack(FILE *lead, FILE *more, const audit_subject *s);

#endif
