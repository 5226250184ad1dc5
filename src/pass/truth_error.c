/* SPDX-License-Identifier: Apache-2.0 */
/* truth_error.c -- a computed number against the true value: their difference, relative error and ratio; see truth.h */
#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "num/mpfr_vec.h"
#include "num/power.h"
#include "pass/truth_ends.h"

static bool
is_finite(const ga_number *a)
{
    return a->klass == GA_ZERO || a->klass == GA_SUBNORMAL || a->klass == GA_NORMAL;
}

/* In units of 2^exponent; what is below 2^-800 of them is added to slack instead. */
static double
in_units(double *slack, ga_scaled s, int64_t exponent)
{
    if (s.m == 0 || s.e == exponent)
        return s.m;
    const int64_t k = s.e - exponent;
    if (k >= -850)
        return times_power(s.m, k); /* exact: |s.m| is a ball's radius, or a tail, between 2^-100 and 2 */
    *slack += 0x1p-800;
    return 0;
}

/* The first difference is exact if the numbers are within a factor of 2 (Sterbenz), else rounded once; so is the second, and that
   of the rests, if the computed number has one, whose second part is below 2^-52 of its first. 2^-52 of each covers a rounding of
   2^-53 and those of the slack's own sums. */
void
truth_difference(double *difference, double *slack, const ga_truth *t, const ga_number *computed)
{
    assert(t->state == GA_TRUE_NONZERO && is_finite(computed));
    const bool zero = computed->klass == GA_ZERO;
    const int64_t k = zero ? 0 : computed->exponent - t->exponent;
    *difference = 0;
    *slack = INFINITY;
    if (k > 500 || k < -500)
        return;
    const double x = zero ? 0 : times_power(computed->mantissa, k), first = x - t->mantissa;
    double rest = 0;
    const double own = zero ? 0 : times_power(computed->rest[0], k), tail = in_units(&rest, t->tail, t->exponent);
    const double rests = own - tail;
    const bool exact = zero || (x / t->mantissa >= 0.5 && x / t->mantissa <= 2);
    *difference = first + rests;
    const double radius = in_units(&rest, t->radius, t->exponent), more = fabs(in_units(&rest, t->rest, t->exponent));
    *slack = rest + more + radius + (exact ? 0 : 0x1p-52 * fabs(first)) + (rests == 0 ? 0 : 0x1p-52 * fabs(*difference)) +
             (own == 0 ? 0 : 0x1p-52 * (fabs(own) + fabs(rests)));
}

static truth_side
exact_distance(const ga_truth *t, const ga_number *computed, int64_t e)
{
    mpfr_t low, high, c, at;
    const exponents own = exponents_widen();
    mpfr_inits2(truth_span(t, computed->klass == GA_ZERO ? t->exponent : computed->exponent), low, high, (mpfr_ptr)0);
    mpfr_inits2(GA_NUMBER_BITS, c, at, (mpfr_ptr)0);
    truth_ends(low, high, t);
    mpfr_vec_set_number(c, computed);
    truth_set_scaled(at, 1, e);
    mpfr_sub(low, low, c, MPFR_RNDD);
    mpfr_sub(high, high, c, MPFR_RNDU);
    truth_side side = TRUTH_OPEN;
    if (mpfr_sgn(high) <= 0) {
        mpfr_swap(low, high);
        mpfr_neg(low, low, MPFR_RNDN);
        mpfr_neg(high, high, MPFR_RNDN);
    }
    if (mpfr_sgn(low) >= 0)
        side = truth_side_of(low, high, at);
    else if (mpfr_cmpabs(low, at) < 0 && mpfr_cmpabs(high, at) < 0)
        side = TRUTH_BELOW; /* the difference may be 0 */
    mpfr_clears(low, high, c, at, (mpfr_ptr)0);
    exponents_restore(own);
    return side;
}

/* For a computed number 500 binades above the truth: if not 2^e, it is farther from that than the truth is from 0; else the truth's
   sign decides. */
static truth_side
far_distance(const ga_truth *t, const ga_number *computed, int64_t e)
{
    if (computed->exponent != e || fabs(computed->mantissa) != 1 || computed->rest[0] != 0)
        return computed->exponent < e ? TRUTH_BELOW : TRUTH_ABOVE;
    return computed->sign == t->sign ? TRUTH_BELOW : TRUTH_ABOVE;
}

truth_side
truth_distance(const ga_truth *t, const ga_number *computed, int64_t e)
{
    double difference, slack;
    truth_difference(&difference, &slack, t, computed);
    const int64_t k = e - t->exponent;
    const double at = times_power(1, k), size = fabs(difference);
    if (isinf(slack)) {
        const int64_t larger = computed->exponent > t->exponent ? computed->exponent : t->exponent;
        if (larger > e || larger < e - 2)
            return larger > e ? TRUTH_ABOVE : TRUTH_BELOW;
        if (larger == computed->exponent)
            return far_distance(t, computed, e);
    } else if (k >= 1000) /* the difference is below 2^502 */
        return TRUTH_BELOW;
    else if (k > -1000 && (size - slack > at || size + slack < at))
        return size > at ? TRUTH_ABOVE : TRUTH_BELOW;
    return exact_distance(t, computed, e);
}

/* With both signs turned so that the truth is positive: |c - t| > T t exactly if c > (1 + T) t or c < (1 - T) t. No t has both, so
   if every point of an enclosure has one, it is the same one everywhere. */
static truth_side
exact_relative_error(const ga_truth *t, const ga_number *computed, double tolerance)
{
    enum { FACTOR_BITS = 1100 }; /* 1 + T of any double T, exact */
    mpfr_t end[2], product, factor, c;
    const exponents own = exponents_widen();
    const mpfr_prec_t bits = truth_span(t, t->exponent);
    mpfr_inits2(bits, end[0], end[1], (mpfr_ptr)0);
    mpfr_init2(product, bits + FACTOR_BITS);
    mpfr_init2(factor, FACTOR_BITS);
    mpfr_init2(c, GA_NUMBER_BITS);
    truth_magnitude_ends(end[0], end[1], t);
    mpfr_vec_set_number(c, computed);
    if (t->sign < 0)
        mpfr_neg(c, c, MPFR_RNDN);
    int order[2][2]; /* of c and the upper, then the lower limit, at each end */
    for (int upper = 1; upper >= 0; upper--)
        for (int i = 0; i < 2; i++) {
            mpfr_set_si(factor, 1, MPFR_RNDN);
            (upper ? mpfr_add_d : mpfr_sub_d)(factor, factor, tolerance, MPFR_RNDN);
            mpfr_mul(product, end[i], factor, MPFR_RNDN);
            order[!upper][i] = mpfr_cmp(c, product);
        }
    mpfr_clears(end[0], end[1], product, factor, c, (mpfr_ptr)0);
    exponents_restore(own);
    if ((order[0][0] > 0 && order[0][1] > 0) || (order[1][0] < 0 && order[1][1] < 0))
        return TRUTH_ABOVE;
    if (order[0][0] < 0 && order[0][1] < 0 && order[1][0] > 0 && order[1][1] > 0)
        return TRUTH_BELOW;
    const bool point = t->radius.m == 0;
    return point && (order[0][0] == 0 || order[1][0] == 0) ? TRUTH_AT : TRUTH_OPEN;
}

/* tolerance |truth| is within 2^-51 of tolerance |mantissa|. */
truth_side
truth_relative_error(const ga_truth *t, const ga_number *computed, double tolerance)
{
    double difference, slack;
    assert(tolerance >= 0);
    truth_difference(&difference, &slack, t, computed);
    const double size = fabs(difference), at = tolerance * fabs(t->mantissa);
    if (isinf(slack) && (computed->exponent > t->exponent ? tolerance < 0x1p400 : tolerance < 1))
        return TRUTH_ABOVE; /* the relative error is above 2^498, or within 2^-498 of 1 */
    if (size - slack > at * (1 + 0x1p-50))
        return TRUTH_ABOVE;
    if (size + slack < at * (1 - 0x1p-50))
        return TRUTH_BELOW;
    return exact_relative_error(t, computed, tolerance);
}

/* r = the sign of |c| - |t| 10^k, k integral, at both ends of |t|. */
static truth_side
against_power(mpfr_srcptr c, mpfr_srcptr low, mpfr_srcptr high, long k)
{
    enum { POWER_BITS = 4 };
    mpfr_t ten, product, value;
    mpfr_init2(ten, POWER_BITS * (mpfr_prec_t)labs(k) + 64);
    mpfr_ui_pow_ui(ten, 10, (unsigned long)labs(k), MPFR_RNDN); /* exact: 10^k < 16^k */
    mpfr_init2(product, mpfr_get_prec(ten) + mpfr_get_prec(low) + GA_NUMBER_BITS);
    mpfr_init2(value, mpfr_get_prec(product));
    int order[2];
    for (int i = 0; i < 2; i++) {
        if (k < 0) {
            mpfr_mul(product, c, ten, MPFR_RNDN);
            mpfr_set(value, i == 0 ? low : high, MPFR_RNDN);
        } else {
            mpfr_set(product, c, MPFR_RNDN);
            mpfr_mul(value, i == 0 ? low : high, ten, MPFR_RNDN);
        }
        order[i] = mpfr_cmp(product, value);
    }
    mpfr_clears(ten, product, value, (mpfr_ptr)0);
    return order[1] > 0 ? TRUTH_ABOVE : order[0] < 0 ? TRUTH_BELOW : order[0] == 0 && order[1] == 0 ? TRUTH_AT : TRUTH_OPEN;
}

/* log10 c - log10 t between its bounds, for a non-integral edge: 10^edge is then irrational, and no ratio equals it. */
static truth_side
against_edge(mpfr_srcptr c, mpfr_srcptr low, mpfr_srcptr high, double edge)
{
    enum { LOG_BITS = 320 };
    mpfr_t a, b;
    int order[2];
    mpfr_inits2(LOG_BITS, a, b, (mpfr_ptr)0);
    for (int upper = 0; upper < 2; upper++) {
        mpfr_log10(a, c, upper ? MPFR_RNDU : MPFR_RNDD);
        mpfr_log10(b, upper ? low : high, upper ? MPFR_RNDD : MPFR_RNDU);
        mpfr_sub(a, a, b, upper ? MPFR_RNDU : MPFR_RNDD);
        order[upper] = mpfr_cmp_d(a, edge);
    }
    mpfr_clears(a, b, (mpfr_ptr)0);
    return order[0] > 0 ? TRUTH_ABOVE : order[1] < 0 ? TRUTH_BELOW : TRUTH_OPEN;
}

truth_side
truth_log10_ratio(const ga_truth *t, const ga_number *computed, double edge)
{
    enum { MOST_POWER = 10000 };
    assert(t->state == GA_TRUE_NONZERO && is_finite(computed) && computed->klass != GA_ZERO);
    mpfr_t end[2], c;
    const exponents own = exponents_widen();
    mpfr_inits2(truth_span(t, t->exponent), end[0], end[1], (mpfr_ptr)0);
    mpfr_init2(c, GA_NUMBER_BITS);
    truth_magnitude_ends(end[0], end[1], t);
    mpfr_vec_set_number(c, computed);
    mpfr_abs(c, c, MPFR_RNDN);
    const truth_side side = edge == floor(edge) && fabs(edge) <= MOST_POWER ? against_power(c, end[0], end[1], (long)edge)
                                                                            : against_edge(c, end[0], end[1], edge);
    mpfr_clears(end[0], end[1], c, (mpfr_ptr)0);
    exponents_restore(own);
    return side;
}
