/* SPDX-License-Identifier: Apache-2.0 */
/* attack.h -- the fast-gradient sign method (FGSM), x' = min(max(x + eps sign(g), 0), 1), with the gradient of an estimator or with
   random signs, and how the original network classifies x'.

   x' is formed in the model's dtype (eps rounded to it once, one addition rounded) and classified by the network at gain 1 in
   that format, with the default product. The class is the one largest logit: ties and NaN count as wrong. */
#ifndef CORE_ATTACK_H
#define CORE_ATTACK_H

#include "core/gradient.h"

typedef struct {
    bool random;            /* random signs instead of a gradient */
    uint64_t seed;          /* of the random signs; image i draws from (seed, i) */
    ga_estimator estimator; /* unless random */
    double eps;
} ga_attack;

/* Counts over images and over gradient elements; those of disjoint ranges add. */
typedef struct {
    size_t images;
    size_t correct;        /* before the attack */
    size_t correct_after;  /* 1 - correct_after/images is the paper's success */
    size_t fooled;         /* correct before, wrong after */
    size_t all_zero;       /* images in which no gradient element has a sign: FGSM leaves them as they are */
    size_t moved_correct;  /* correct before, among the others */
    size_t moved_wrong;    /* wrong after, among the others */
    size_t moved_fooled;   /* both */
    size_t elements, zero, subnormal, infinite, nan;
    ga_undecided undecided; /* elements whose sign the reference does not prove: the attack leaves their pixels as they are */
} ga_attack_counts;

/* correct[i - range.first] = whether the network names image i's label. */
ga_code ga_classify(bool *correct, const ga_model *model, const ga_dataset *ds, ga_range range, int threads, ga_status *st);

/* Attacks the images of range; correct as from ga_classify. eps must be 0, or positive and finite in the model's dtype. With 0 no
   image moves, and no attack succeeds. */
ga_code ga_attack_run(ga_attack_counts *counts, const ga_attack *attack, const bool *correct, const ga_model *model,
                      const ga_dataset *ds, ga_range range, int threads, ga_status *st);

/* Reads an estimator's words, separated by commas or spaces, in any order: a format (float), formulas (naive), a product, gain=G,
   logit-scale=S, each a decimal or a fraction, rounded once to binary64; of exact, max-bits=N and reference-bits=N; or random and
   seed=N. E.g. "double,rewrite", "float,gain=3e-4", "random,seed=2". Names are case-insensitive. GA_USAGE otherwise. Rounding a
   decimal once to binary32 is the caller's business: see core/gradient.h. */
ga_code ga_attack_parse(ga_attack *attack, const char *text, ga_status *st);

/* "float naive", …, or "random signs seed=1". */
void ga_attack_name(char *text, size_t size, const ga_attack *attack);

/* value[0..n-1] from first to last, equally spaced in the logarithm, ends exact; n >= 2. */
void ga_log_space(double *value, size_t n, double first, double last);

/* counts[i] of the attack with its gain, or its logit scale, set to value[i]. */
ga_code ga_sweep(ga_attack_counts *counts, const double *value, size_t n, bool logit_scale, const ga_attack *attack,
                 const ga_model *model, const ga_dataset *ds, ga_range range, int threads, ga_status *st);

/* The Wilson score interval of k successes in n trials at 95 % (Wilson, JASA 22, 1927); [0, 1] for n = 0. */
void ga_wilson(double *low, double *high, size_t k, size_t n);

/* Tango's score interval at 95 % (Statistics in Medicine 17, 1998) of the difference of two attacks' success rates on the same n
   images: only the first succeeds on b, only the second on c. It has the d that |(b-c)/n - d| > z sqrt(V/n) does not reject, V the
   variance of the likeliest distribution on {-1, 0, 1} with mean d. Within 1e-9; 3.84/(n + 3.84) on either side for b = c = 0;
   [-1, 1] for n = 0 and if b + c > n. */
void ga_tango(double *low, double *high, size_t b, size_t c, size_t n);

/* The same for differences other than -1, 0, 1: count[i] images have the difference (i - steps)/steps, i = 0, ..., 2 steps. An
   example is success (0 or 1) minus the share of steps seeds that succeed. V is the variance of the likeliest distribution on
   [-1, 1] with mean d. It may put weight on ends where nothing was observed: equal differences are no proof, however few they are.
   As a continuity correction, half the step between two sums of such differences, over n, is subtracted from |mean - d|: 1/n if
   only -1 and 1 occur, so that the interval is honest for small n too. Within 1e-9; [-1, 1] for no images. */
void ga_mean_difference(double *low, double *high, const size_t *count, size_t steps);

/* McNemar's exact one-sided test (Psychometrika 12, 1947) of two attacks on the same images: only the first succeeds on b, only the
   second on c. Returns log10 of P(X >= b), X ~ Binomial(b+c, 1/2), the probability of b or more if neither attack is better; 0 for
   b = 0. Within (1/2 + 2^-100) ulp: P, or 1 - P if b <= c, is at most 1/2 and summed in integers, so its logarithm has at most
   twice the relative error of its rounding to 192 bits. Takes time proportional to min(b, c) (b+c). */
double ga_mcnemar(size_t b, size_t c);

#endif
