/* SPDX-License-Identifier: Apache-2.0 */
/* truth.h -- the questions that findings ask of a true value, known as an enclosure (ga_truth); truths are compared nowhere else.

   The enclosure of a decided truth is [v - r, v + r], v = mantissa 2^exponent + tail + rest, r = radius; r = 0: v itself. An answer
   holds for every point of it, or is "open". Every comparison is exact: quick bounds in double if they decide, else MPFR numbers of
   as many bits as the operands span. */
#ifndef PASS_TRUTH_H
#define PASS_TRUTH_H

#include <mpfr.h>

#include "core/gradient.h"

typedef enum { TRUTH_BELOW = -1, TRUTH_AT, TRUTH_ABOVE, TRUTH_OPEN } truth_side;

/* The truth as a number: 0; mantissa 2^exponent, of class GA_NORMAL; or, if undecided, of class GA_UNKNOWN. For what needs a
   direction, not a proof. */
ga_number truth_number(const ga_truth *t);

/* The truth times 2^scale; its decade is not known then. */
ga_truth truth_scaled(const ga_truth *t, int scale);

/* a b, or a / b, as the power 1 or -1 of b says; undecided if an enclosure is too wide, or b may be 0 and divides. */
ga_truth truth_times(const ga_truth *a, const ga_truth *b, int power);

/* |truth|, decided, against m 2^e, 1 <= m < 2 or m = 0. No 53-bit number but mantissa 2^exponent can be in the enclosure, so the
   truth is on the same side of any other as that one; against that one the tail decides, if it is above the radius. */
truth_side truth_against(const ga_truth *t, double m, int64_t e);

/* Whether the truth, decided or bounded, rounds to 0 in a format, or beyond its largest number, to whatever it then has (format.h,
   format_stops_at_largest): TRUTH_AT yes, TRUTH_OPEN not known, else no. draw: what stochastic rounding drew. MPFR formats have no
   range: neither happens. */
truth_side truth_rounds_to_zero(const ga_truth *t, ga_format format, uint32_t draw);
truth_side truth_rounds_beyond(const ga_truth *t, ga_format format, uint32_t draw);

/* floor(log2 |truth|) of a decided truth that is not 0; false: the enclosure crosses a power of two. */
bool truth_binade(int64_t *exponent, const ga_truth *t);

/* floor(log10 |truth|) of a decided truth that is not 0; GA_NO_DECADE: the enclosure crosses a power of ten. This is the truth's
   decade. */
int64_t truth_decade(const ga_truth *t);

/* |a| against |b|; TRUTH_AT: proved equal (both 0, or both points). TRUTH_OPEN if either is undecided. */
truth_side truth_order(const ga_truth *a, const ga_truth *b);

/* A total order of the magnitudes of enclosures' midpoints, for qsort; truth_order says what of it is proved. */
int truth_sort(const ga_truth *a, const ga_truth *b);

/* computed - truth, computed finite and truth not 0, in units of 2^exponent of the truth: within slack of difference. slack is
   infinite if the two are over 500 binades apart: then the larger is the difference, to within 2^-498 of it. */
void truth_difference(double *difference, double *slack, const ga_truth *t, const ga_number *computed);

/* |computed - truth| against 2^e, for a finite computed number and a decided truth that is not 0. */
truth_side truth_distance(const ga_truth *t, const ga_number *computed, int64_t e);

/* |computed - truth| against tolerance |truth|, 0 <= tolerance; likewise. */
truth_side truth_relative_error(const ga_truth *t, const ga_number *computed, double tolerance);

/* log10 |computed / truth| against an edge, neither 0. Integral edges up to 10^4 are compared exactly. */
truth_side truth_log10_ratio(const ga_truth *t, const ga_number *computed, double edge);

/* The true value correctly rounded to this many decimal digits, as decimal_print_mpfr prints it, if both ends of the enclosure
   round alike; else to fewer, down to one. "0" for a proved 0; "undecided:2^K", its bound, for an undecided truth, "undecided" if
   there is none. Returns as snprintf does; -1 if not even one digit is proved, or memory runs out. */
int truth_print(char *text, size_t size, const ga_truth *t, int digits);

/* Whether that many digits were decided of the number, proved digits being those asked of the reference: the ball prints them. Sets
   the default of *digits, 17. */
bool truth_has_digits(const ga_truth *t, int *digits, long proved);

/* low, high: the ends of a decided truth's enclosure, rounded outwards to their precision. */
void truth_ends(mpfr_ptr low, mpfr_ptr high, const ga_truth *t);

#endif
