/* SPDX-License-Identifier: Apache-2.0 */
/* truth_ends.c -- see truth_ends.h */
#include <assert.h>

#include "pass/truth_ends.h"

enum { MOST_BITS = 1 << 17 }; /* twice the reference's highest precision: sums of what it proves are exact */

exponents
exponents_widen(void)
{
    const exponents own = { mpfr_get_emin(), mpfr_get_emax() };
    mpfr_set_emin(mpfr_get_emin_min());
    mpfr_set_emax(mpfr_get_emax_max());
    return own;
}

void
exponents_restore(exponents own)
{
    mpfr_set_emin(own.least);
    mpfr_set_emax(own.greatest);
}

void
truth_set_scaled(mpfr_ptr r, double m, int64_t e)
{
    mpfr_set_d(r, m, MPFR_RNDN);
    mpfr_mul_2si(r, r, (long)e, MPFR_RNDN);
}

mpfr_prec_t
truth_span(const ga_truth *t, int64_t e)
{
    const ga_scaled part[] = { t->tail, t->rest, t->radius };
    int64_t low = t->exponent < e ? t->exponent : e, high = t->exponent < e ? e : t->exponent;
    for (size_t i = 0; i < sizeof part / sizeof *part; i++)
        if (part[i].m != 0) {
            low = part[i].e < low ? part[i].e : low;
            high = part[i].e > high ? part[i].e : high;
        }
    /* A double's m can be as small as 2^-1074, with 53 bits. */
    return (uint64_t)high - (uint64_t)low < MOST_BITS - 1300 ? (mpfr_prec_t)(high - low) + 1300 : MOST_BITS;
}

void
truth_ends(mpfr_ptr low, mpfr_ptr high, const ga_truth *t)
{
    mpfr_t sum, part;
    const exponents own = exponents_widen();
    assert(t->state != GA_UNDECIDED_ELEMENT);
    if (t->state == GA_TRUE_ZERO) {
        mpfr_set_zero(low, 1);
        mpfr_set_zero(high, 1);
        exponents_restore(own);
        return;
    }
    mpfr_init2(sum, truth_span(t, t->exponent));
    mpfr_init2(part, 53);
    for (int side = 0; side < 2; side++) {
        const mpfr_rnd_t outwards = side == 0 ? MPFR_RNDD : MPFR_RNDU;
        truth_set_scaled(sum, t->mantissa, t->exponent);
        truth_set_scaled(part, t->tail.m, t->tail.e);
        mpfr_add(sum, sum, part, outwards);
        truth_set_scaled(part, t->rest.m, t->rest.e);
        mpfr_add(sum, sum, part, outwards);
        truth_set_scaled(part, t->radius.m, t->radius.e);
        (side == 0 ? mpfr_sub : mpfr_add)(sum, sum, part, outwards);
        mpfr_set(side == 0 ? low : high, sum, outwards);
    }
    mpfr_clears(sum, part, (mpfr_ptr)0);
    exponents_restore(own);
}

void
truth_magnitude_ends(mpfr_ptr low, mpfr_ptr high, const ga_truth *t)
{
    truth_ends(low, high, t);
    if (t->sign < 0) {
        mpfr_swap(low, high);
        mpfr_neg(low, low, MPFR_RNDN);
        mpfr_neg(high, high, MPFR_RNDN);
    }
}

truth_side
truth_side_of(mpfr_srcptr low, mpfr_srcptr high, mpfr_srcptr at)
{
    const int below = mpfr_cmp(low, at), above = mpfr_cmp(high, at);
    return above < 0 ? TRUTH_BELOW : below > 0 ? TRUTH_ABOVE : below == 0 && above == 0 ? TRUTH_AT : TRUTH_OPEN;
}
