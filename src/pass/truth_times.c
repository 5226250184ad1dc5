/* SPDX-License-Identifier: Apache-2.0 */
/* truth_times.c -- a truth times another one, or divided by it; see truth.h */
#include <assert.h>

#include "pass/ball_truth.h"
#include "pass/truth_ends.h"

enum { BITS = 192 /* of the ends; those of decided truths are 2^-57 of them apart, or less */ };

/* The binary logarithm of what a truth's magnitude is at most, or one more. */
static int64_t
most(const ga_truth *t)
{
    return t->state == GA_TRUE_NONZERO ? t->exponent + 1 : t->bound;
}

/* Of two of which one is undecided: a product is bounded, and a quotient by one that is decided. */
static ga_truth
undecided(const ga_truth *a, const ga_truth *b, int power)
{
    const int64_t far = INT64_C(1) << 61; /* no sum of two overflows */
    const int64_t x = most(a), y = power > 0 ? most(b) : -b->exponent;
    const bool known = x < far && y < far && (power > 0 || b->state == GA_TRUE_NONZERO);
    return (ga_truth){ .state = GA_UNDECIDED_ELEMENT, .decade = GA_NO_DECADE,
                       .bound = known ? (x < -far ? -far : x) + (y < -far ? -far : y) : INT64_MAX };
}

ga_truth
truth_times(const ga_truth *a, const ga_truth *b, int power)
{
    const ga_format enough = { .kind = GA_EXACT, .bits = BITS, .signs = true };
    assert(power == 1 || power == -1);
    if (a->state == GA_TRUE_ZERO || (power > 0 && b->state == GA_TRUE_ZERO))
        return (ga_truth){ .state = GA_TRUE_ZERO };
    if (a->state == GA_UNDECIDED_ELEMENT || b->state != GA_TRUE_NONZERO)
        return undecided(a, b, power);
    ga_truth r;
    mpfr_t low, high, other[2];
    ball product;
    const exponents own = exponents_widen();
    mpfr_inits2(BITS, low, high, other[0], other[1], &product.mid, (mpfr_ptr)0);
    truth_magnitude_ends(low, high, a);
    truth_magnitude_ends(other[0], other[1], b);
    if (power > 0) {
        mpfr_mul(low, low, other[0], MPFR_RNDD);
        mpfr_mul(high, high, other[1], MPFR_RNDU);
    } else {
        mpfr_div(low, low, other[1], MPFR_RNDD);
        mpfr_div(high, high, other[0], MPFR_RNDU);
    }
    mpfr_add(&product.mid, low, high, MPFR_RNDN);
    mpfr_div_2ui(&product.mid, &product.mid, 1, MPFR_RNDN);
    mpfr_sub(low, &product.mid, low, MPFR_RNDU);
    mpfr_sub(high, high, &product.mid, MPFR_RNDU);
    product.rad = radius_above(mpfr_less_p(low, high) ? high : low);
    if (a->sign != b->sign)
        mpfr_neg(&product.mid, &product.mid, MPFR_RNDN);
    ball_truth(&r, &product, &enough);
    mpfr_clears(low, high, other[0], other[1], &product.mid, (mpfr_ptr)0);
    exponents_restore(own);
    return r;
}
