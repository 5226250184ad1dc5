/* SPDX-License-Identifier: Apache-2.0 */
/* doubts_trial.h -- a sample of the images, and the network run on it as it is and with other --scale, --mean and --std; see
   doubts.h */
#ifndef AUDIT_DOUBTS_TRIAL_H
#define AUDIT_DOUBTS_TRIAL_H

#include "core/dataset.h"
#include "core/model.h"

#include "audit/doubts.h"

/* Options as the user types them. A NULL mean or std is none. */
enum { RESCALING_TEXT = 64 };
typedef struct {
    char scale[RESCALING_TEXT];
    const char *mean, *std;
    char own_mean[RESCALING_TEXT], own_std[RESCALING_TEXT]; /* what they point to, unless it is the user's */
} rescaling;

typedef struct {
    const ga_model *model;
    const ga_dataset *ds;
    int threads;
    size_t n, inputs, classes;
    bool labelled;
    rescaling own;             /* in use */
    double least, largest;     /* of the numbers in the file */
    double mean, std;          /* of all of them */
    double x_least, x_largest; /* of what the first layer gets */
    bool whole, of_255;        /* numbers are integers; are k/255, as far as their digits go */
    size_t common, n_common;   /* the commonest label, the least of several, and how many images have it */
} sample;

/* One pass over the sample. */
typedef struct {
    size_t correct, lost;  /* images that are right; that have no predicted class, */
    size_t nonfinite;      /* as a logit is infinite or NaN */
    double loss;           /* sum of cross-entropies, each at most MOST_LOSS */
    bool right[DOUBTS_IMAGES];
} trial;

#define MOST_LOSS 1e6

/* Looks at the numbers; labels, if any, are counted. GA_NO_MEMORY. */
ga_code sample_take(sample *s, const ga_model *model, const ga_dataset *ds, int threads, ga_status *st);

/* The network in its own format, the numbers scaled by r; r NULL: as they are. GA_NO_MEMORY. */
ga_code trial_run(trial *t, const sample *s, const rescaling *r, ga_status *st);

/* Whether a is right on more images than b by more than a share 1/parts of the sample, and not by chance: the images on which one
   alone is right would differ so once in 10^digits. */
bool trial_better(const trial *a, const trial *b, const sample *s, size_t parts, double digits);

/* The scale in use times a/b, no offsets changed. */
void rescaling_times(rescaling *r, const sample *s, unsigned long a, unsigned long b);

bool rescaling_same(const rescaling *a, const rescaling *b);

/* What to do to get r instead of what is in use: "say --scale 1/255 without --mean and --std". */
void rescaling_advice(char *text, size_t size, const rescaling *r, const sample *s);

#endif
