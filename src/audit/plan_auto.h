/* SPDX-License-Identifier: Apache-2.0 */
/* plan_auto.h -- the rule of "auto": the gain and the logit scale that keep what saturates within its range. It looks at all images
   of the data file, whichever of them are audited, and never at what an attack does. */
#ifndef AUDIT_PLAN_AUTO_H
#define AUDIT_PLAN_AUTO_H

#include "core/audit.h"

/* What was found; each is looked for once. */
typedef struct {
    bool has_gain, has_logits;
    double gain;
    ga_status no_gain;         /* why there is none */
    double gain_of_logits, largest_logit; /* the largest finite |logit| at this gain */
    size_t logits, nonfinite;  /* how many there are, and how many are not finite */
} automatic_scales;

/* Takes the word KEY=auto out of "float,naive,gain=auto"; whether it was there. */
bool automatic_take(char *words, const char *key);

/* The largest power of two g, 2^-126 <= g <= 1, with which every argument of a sigmoid is finite and within 16 (float's sigma
   becomes 1 at 16.64) and every one of a tanh within 8 (1-t^2 becomes 0 at 9.01): the arguments z = g u of the network at that
   gain, which need not fall with it. GA_USAGE if there is none. */
ga_code automatic_gain(double *gain, automatic_scales *a, const ga_audit_job *job, ga_status *st);

/* The largest power of two s, at most 1, with s |o| <= 8 for every finite logit at the gain, so that no two differ by more than 16
   (float's p_y becomes 1 there). No scale makes an infinite logit finite: a then has how many there are. GA_USAGE if no logit is
   finite. */
ga_code automatic_logit_scale(double *scale, automatic_scales *a, double gain, const ga_audit_job *job, ga_status *st);

/* Sets the loss scale of e, a recipe: the largest power of two, from 1 to 2^24, with which no element of any image's gradient is
   infinite or NaN. GA_USAGE if there is none, or where what is stored saturates, which hides what overflows. */
enum { AUTOMATIC_MOST_LOSS_SCALE = 24 };
ga_code automatic_loss_scale(ga_estimator *e, const ga_audit_job *job, ga_status *st);

#endif
