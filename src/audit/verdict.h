/* SPDX-License-Identifier: Apache-2.0 */
/* verdict.h -- does rounding hide an attack? Facts of images, three questions about all of them, and the verdict that follows.

   Success is counted over the n images classified correctly before. Intervals are at 95 %: Tango's of the difference of two attacks
   on the same images, and ga_mean_difference of an attack's success minus the share of a control's seeds that succeed.

   R: is the exact gradient's success minus the naive one's above the margin M?
   C: does the exact gradient beat every control: random signs, and the naive direction with its zeros filled at random? The latter
      is none where there is nothing to fill.
   S: is the success of the reduced gain or logit scale minus that of the better of exact and naive above M, and does it beat every
      control? No where there is no such estimator.

   An interval above the threshold (M, or 0 for controls) answers yes; one that reaches across it and is wider than
   VERDICT_WIDTH not decided; else no. Of several answers the weakest counts.

     R             C             S             verdict
     yes           yes                         masked
     yes           not decided                 too-few-images
     yes or no                   not decided   too-few-images, where C is no if R is yes
     yes or no                   yes           attackable-by-smoothing, likewise
     yes           no            no            no-evidence
     no                          no            rounding-harmless: R's interval lies within [-M, M]
                                               too-few-images: it reaches across -M and is wider than VERDICT_WIDTH
                                               no-evidence: else
     not decided                               too-few-images

   With fewer than VERDICT_LEAST_SEEDS seeds the verdict is too-few-seeds. */
#ifndef AUDIT_VERDICT_H
#define AUDIT_VERDICT_H

#include "audit/part.h"

enum { VERDICT_LEAST_SEEDS = 20,
       VERDICT_GUESS_FROM = 20,   /* images, from which to guess how many would do */
       VERDICT_LEAST_GUESS = 50 };
#define VERDICT_WIDTH 0.02

typedef enum { VERDICT_MASKED, VERDICT_SMOOTHING, VERDICT_HARMLESS, VERDICT_NO_EVIDENCE, VERDICT_FEW_IMAGES, VERDICT_FEW_SEEDS,
               N_VERDICTS } verdict_kind;
extern const char *const verdict_names[N_VERDICTS];

/* From the weakest to the strongest. */
typedef enum { REPLY_NO, REPLY_NOT_DECIDED, REPLY_YES, N_REPLIES } verdict_answer;
extern const char *const reply_names[N_REPLIES];

/* R; C, one for each control; S against the better attack and each control. */
typedef enum { ASK_ROUNDING, ASK_RANDOM, ASK_FILLED, ASK_REDUCED, ASK_REDUCED_RANDOM, ASK_REDUCED_FILLED,
               N_ASKED } verdict_question;

typedef struct {
    bool asked;
    double difference, low, high, threshold;
    size_t only_attack, only_other; /* images on which only one of the two succeeds; against a control 0 */
    verdict_answer answer;
} verdict_comparison;

typedef struct {
    verdict_kind kind;
    size_t correct;                 /* n */
    bool naive_is_better;           /* than the exact gradient: what the reduced scale is compared with */
    verdict_comparison asked[N_ASKED];
    size_t images_needed;           /* too-few-images: roughly how many would decide the rest, a guess; VERDICT_LEAST_GUESS
                                       if fewer than VERDICT_GUESS_FROM were audited; 0: not known */
} verdict;

/* margin: M, a share. Returns false if memory ran out. */
bool verdict_make(verdict *v, const part *p, double margin);

/* What the attacks do on an image. */
typedef enum { FACT_MISCLASSIFIED, FACT_BOTH_WORK, FACT_ONLY_NAIVE, FACT_ONLY_EXACT, FACT_ONLY_REDUCED, FACT_NONE,
               N_FACTS } image_fact;
extern const char *const image_fact_names[N_FACTS];
image_fact image_fact_of(const part_row *row, const part_shape *shape);

#endif
