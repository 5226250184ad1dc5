/* SPDX-License-Identifier: Apache-2.0 */
/* audit_words.h -- what the answers are about, and those in files of their own. */
#ifndef REPORT_AUDIT_WORDS_H
#define REPORT_AUDIT_WORDS_H

#include "report/audit_page.h"

/* An estimator's gradient, and what is wrong with it: its faults (indices of part_faults), the most frequent first. */
typedef struct {
    const part_estimator *e;
    const char *name; /* "float naive" */
    char format[FORMAT_NAME]; /* "float", that of its numbers */
    int loss_scale;           /* its binary logarithm */
    bool narrow;              /* an ulp there may well be more than the tolerance */
    uint64_t count[PART_FAULTS], wrong; /* and their sum */
    size_t order[PART_FAULTS], n_faults;
} audit_damage;

typedef struct {
    const audit_view *v;
    audit_damage naive;
    const json_t *attack; /* of the naive gradient */
    uint64_t images, correct;
} audit_subject;

audit_damage audit_damage_of(const audit_view *v, size_t estimator);

/* "Of 640 elements of the float naive gradient 310 (48.4 %) have the wrong sign, … and 12 (1.9 %) are right.", the most frequent
   fault first. */
void audit_damage_words(FILE *out, const audit_subject *s, const audit_damage *d);

/* "wrong sign", "lost zero", …: a noun. */
const char *audit_fault_noun(size_t fault);

/* Whether 0 or infinity is the correctly rounded answer. */
bool audit_out_of_range(size_t fault);

/* Each writes an answer's lead and what there is to add. */
void audit_words_verdict(FILE *lead, FILE *more, const audit_subject *s);
void audit_words_where(FILE *lead, FILE *more, const audit_subject *s);
void audit_words_most(FILE *out, const audit_subject *s, const audit_damage *d); /* the most frequent origin of another gradient */
void audit_words_remedy(FILE *lead, FILE *more, const audit_subject *s);
void audit_words_stores(FILE *lead, FILE *more, const audit_damage *d); /* of what is stored: what it would take; no more: NULL */
void audit_words_attack(FILE *lead, FILE *more, const audit_subject *s);

/* "reduced gain" or "reduced logit scale": what the stable estimator has. */
const char *audit_words_reduced(const audit_view *v);

/* "This verdict rests on R and C." Nothing for a verdict without questions. */
void audit_words_rests(FILE *out, const audit_view *v);

/* Beside what becomes of elements with several loss scales. */
#define AUDIT_SCALES_WORDS \
    "The share that is inaccurate may grow with the scale though the elements come nearer to " \
    "the truth: with a small scale many of them are stored below the normal range, where an ulp " \
    "is coarse, and an error of at most an ulp counts as right, even one above the tolerance. " \
    "Compare first how many are lost, below the range, of the wrong sign or nonfinite."

#endif
