/* SPDX-License-Identifier: Apache-2.0 */
/* truth_ends.h -- the ends of a truth's enclosure as MPFR numbers, for the comparisons that quick bounds leave open. */
#ifndef PASS_TRUTH_ENDS_H
#define PASS_TRUTH_ENDS_H

#include "pass/truth.h"

/* MPFR's exponent range at its widest, for numbers of any exponent; the caller's is restored. */
typedef struct {
    mpfr_exp_t least, greatest;
} exponents;

exponents exponents_widen(void);
void exponents_restore(exponents own);

/* r = m 2^e, rounded to nearest. */
void truth_set_scaled(mpfr_ptr r, double m, int64_t e);

/* Bits that exactly hold the sum of the enclosure's numbers and one of exponent e, up to 2^17. */
mpfr_prec_t truth_span(const ga_truth *t, int64_t e);

/* The ends of |truth|, as truth_ends. */
void truth_magnitude_ends(mpfr_ptr low, mpfr_ptr high, const ga_truth *t);

/* low <= high against a number, if both are on one side of it. */
truth_side truth_side_of(mpfr_srcptr low, mpfr_srcptr high, mpfr_srcptr at);

#endif
