/* SPDX-License-Identifier: Apache-2.0 */
/* truth.h -- the questions that findings ask of a true value, which is known as an enclosure (ga_truth); nobody else compares
   truths.

   The enclosure of a decided truth is [v - r, v + r], v = mantissa 2^exponent + tail + rest, r = radius; r = 0: v itself. An answer
   holds for every point of it, or is "open". Every comparison is exact: quick bounds in double where they decide, else MPFR
   numbers of as many bits as the operands span. */
#ifndef PASS_TRUTH_H
#define PASS_TRUTH_H

#include <mpfr.h>

#include <gradaudit/gradient.h>

typedef enum { TRUTH_BELOW = -1, TRUTH_AT, TRUTH_ABOVE, TRUTH_OPEN } truth_side;

/* The truth as a number: 0; mantissa 2^exponent, of class GA_NORMAL; or, where it is undecided, of class GA_UNKNOWN.
   For what needs a direction, not a proof. */
ga_number truth_number(const ga_truth *t);

/* |truth| against m 2^e, 1 <= m < 2 or m = 0, of a decided truth. No 53-bit number but mantissa 2^exponent can be in the
   enclosure, so that another lies on the side on which that lies; of the same number the tail decides, where it is above the
   radius. */
truth_side truth_against(const ga_truth *t, double m, int64_t e);

/* Whether the truth, decided or bounded, rounds to 0, to infinity in a format: TRUTH_AT yes, TRUTH_OPEN not known, else no.
   To nearest, ties to even: 0 up to half the least subnormal, that included; infinite from 2^emax+1 - 2^(emax-p) on, that included.
   MPFR formats have no range: nothing rounds so. */
truth_side truth_rounds_to_zero(const ga_truth *t, ga_format format);
truth_side truth_rounds_to_infinity(const ga_truth *t, ga_format format);

/* floor(log2 |truth|) of a decided truth that is not 0; false: the enclosure reaches across a power of two. */
bool truth_binade(int64_t *exponent, const ga_truth *t);

/* floor(log10 |truth|) of a decided truth that is not 0; GA_NO_DECADE: the enclosure reaches across a power of ten. What a
   truth has as its decade. */
int64_t truth_decade(const ga_truth *t);

/* |a| against |b|; TRUTH_AT: proved equal (both 0, or both points). TRUTH_OPEN where either is undecided. */
truth_side truth_order(const ga_truth *a, const ga_truth *b);

/* A total order of the magnitudes of enclosures' midpoints, for sorting, as qsort has it; what of it is proved truth_order says. */
int truth_sort(const ga_truth *a, const ga_truth *b);

/* computed - truth in units of 2^exponent of the truth, which is not 0: within slack of difference. slack is infinite where the
   two are more than 500 binades apart: then the larger is the difference, to within 2^-498 of it. Of a finite computed number. */
void truth_difference(double *difference, double *slack, const ga_truth *t, const ga_number *computed);

/* |computed - truth| against 2^e; of a finite computed number and a decided truth that is not 0. */
truth_side truth_distance(const ga_truth *t, const ga_number *computed, int64_t e);

/* |computed - truth| against tolerance |truth|, 0 <= tolerance; likewise. */
truth_side truth_relative_error(const ga_truth *t, const ga_number *computed, double tolerance);

/* log10 |computed / truth| against an edge, neither 0. Integral edges up to 10^4 are compared exactly. */
truth_side truth_log10_ratio(const ga_truth *t, const ga_number *computed, double edge);

/* The true value correctly rounded to so many decimal digits, as decimal_print_mpfr prints it, where both ends of the enclosure
   round alike; "0" for a proved 0; else, with fewer digits, down to one; "undecided:2^K", its bound, where the truth is
   undecided, "undecided" where there is none. Returns as snprintf does; -1 where not even one digit is proved, or memory is
   out. */
int truth_print(char *text, size_t size, const ga_truth *t, int digits);

/* low, high: the ends of the enclosure, rounded outwards to their precision. Of a decided truth. */
void truth_ends(mpfr_ptr low, mpfr_ptr high, const ga_truth *t);

#endif
