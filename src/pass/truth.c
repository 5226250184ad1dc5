/* SPDX-License-Identifier: Apache-2.0 */
/* truth.c -- see truth.h */
#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "num/decimal.h"
#include "num/format.h"
#include "pass/truth.h"

/* MPFR's exponent range at its widest, for numbers of any exponent; the caller's is restored. */
typedef struct {
    mpfr_exp_t least, greatest;
} range;

static range
widen(void)
{
    const range own = { mpfr_get_emin(), mpfr_get_emax() };
    mpfr_set_emin(mpfr_get_emin_min());
    mpfr_set_emax(mpfr_get_emax_max());
    return own;
}

static void
restore(range own)
{
    mpfr_set_emin(own.least);
    mpfr_set_emax(own.greatest);
}

ga_number
truth_number(const ga_truth *t)
{
    switch (t->state) {
    case GA_TRUE_ZERO:
        return (ga_number){ .klass = GA_ZERO };
    case GA_TRUE_NONZERO:
        return (ga_number){ .klass = GA_NORMAL, .sign = t->sign, .mantissa = t->mantissa, .exponent = t->exponent };
    case GA_UNDECIDED_ELEMENT:
        break;
    }
    return (ga_number){ .klass = GA_UNKNOWN, .mantissa = NAN, .exponent = t->bound };
}

/* ---- exact comparisons ------------------------------------------------------------------------------------------ */

static void
set_scaled(mpfr_ptr r, double m, int64_t e)
{
    mpfr_set_d(r, m, MPFR_RNDN);
    mpfr_mul_2si(r, r, (long)e, MPFR_RNDN);
}

enum { MOST_BITS = 1 << 17 }; /* twice the reference's highest precision: sums of what it proves are exact */

/* Bits that exactly hold the sum of the enclosure's numbers and one of exponent e, or MOST_BITS. */
static mpfr_prec_t
span(const ga_truth *t, int64_t e)
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
    const range own = widen();
    assert(t->state != GA_UNDECIDED_ELEMENT);
    if (t->state == GA_TRUE_ZERO) {
        mpfr_set_zero(low, 1);
        mpfr_set_zero(high, 1);
        restore(own);
        return;
    }
    mpfr_init2(sum, span(t, t->exponent));
    mpfr_init2(part, 53);
    for (int side = 0; side < 2; side++) {
        const mpfr_rnd_t outwards = side == 0 ? MPFR_RNDD : MPFR_RNDU;
        set_scaled(sum, t->mantissa, t->exponent);
        set_scaled(part, t->tail.m, t->tail.e);
        mpfr_add(sum, sum, part, outwards);
        set_scaled(part, t->rest.m, t->rest.e);
        mpfr_add(sum, sum, part, outwards);
        set_scaled(part, t->radius.m, t->radius.e);
        (side == 0 ? mpfr_sub : mpfr_add)(sum, sum, part, outwards);
        mpfr_set(side == 0 ? low : high, sum, outwards);
    }
    mpfr_clears(sum, part, (mpfr_ptr)0);
    restore(own);
}

/* The ends of |truth|. */
static void
magnitude_ends(mpfr_ptr low, mpfr_ptr high, const ga_truth *t)
{
    truth_ends(low, high, t);
    if (t->sign < 0) {
        mpfr_swap(low, high);
        mpfr_neg(low, low, MPFR_RNDN);
        mpfr_neg(high, high, MPFR_RNDN);
    }
}

/* low <= high against a number, if both are on one side of it. */
static truth_side
side_of(mpfr_srcptr low, mpfr_srcptr high, mpfr_srcptr at)
{
    const int below = mpfr_cmp(low, at), above = mpfr_cmp(high, at);
    return above < 0 ? TRUTH_BELOW : below > 0 ? TRUTH_ABOVE : below == 0 && above == 0 ? TRUTH_AT : TRUTH_OPEN;
}

/* ---- thresholds ------------------------------------------------------------------------------------------------- */

/* The sign of the truth's magnitude less |mantissa| 2^exponent: that of the tail, if it is above the radius; the rest is at most
   half an ulp of it. */
static truth_side
beyond(const ga_truth *t)
{
    if (t->tail.m == 0)
        return t->radius.m == 0 ? TRUTH_AT : TRUTH_OPEN;
    const bool outward = (t->tail.m > 0) == (t->mantissa > 0);
    if (t->radius.m != 0) {
        int tail, radius; /* |tail| > radius, from the exponents alone or, where these are alike, from the significands */
        const double a = frexp(fabs(t->tail.m) * (1 - 0x1p-52), &tail), b = frexp(t->radius.m, &radius);
        const int64_t x = t->tail.e + tail, y = t->radius.e + radius;
        if (x < y || (x == y && a <= b))
            return TRUTH_OPEN;
    }
    return outward ? TRUTH_ABOVE : TRUTH_BELOW;
}

truth_side
truth_against(const ga_truth *t, double m, int64_t e)
{
    assert(t->state != GA_UNDECIDED_ELEMENT && (m == 0 || (m >= 1 && m < 2)));
    if (t->state == GA_TRUE_ZERO)
        return m == 0 ? TRUTH_AT : TRUTH_BELOW;
    if (m == 0)
        return TRUTH_ABOVE;
    const double own = fabs(t->mantissa);
    if (t->exponent != e || own != m)
        return t->exponent < e || (t->exponent == e && own < m) ? TRUTH_BELOW : TRUTH_ABOVE;
    return beyond(t);
}

bool
truth_binade(int64_t *exponent, const ga_truth *t)
{
    assert(t->state == GA_TRUE_NONZERO);
    const truth_side side = fabs(t->mantissa) == 1 ? beyond(t) : TRUTH_ABOVE;
    *exponent = t->exponent - (side == TRUTH_BELOW);
    return side != TRUTH_OPEN;
}

/* With the exponent e and 1 <= m < 2 of the mantissa, m - 1 <= log2 m <= m - 1 + 0.0861 (log2 is concave): that usually settles it.
   An enclosure is relatively narrower than 2^-18, which 1e-5 covers; products with log10 2 are relatively off by 1e-15. */
int64_t
truth_decade(const ga_truth *t)
{
    assert(t->state == GA_TRUE_NONZERO);
    if (t->exponent > -(1 << 30) && t->exponent < 1 << 30) {
        const double low = ((double)t->exponent + fabs(t->mantissa) - 1) * 0.30102999566398119521 - 1e-5,
                     high = low + 0.02593 + 2e-5;
        if (floor(low) == floor(high))
            return (int64_t)floor(low);
    }
    mpfr_t low, high;
    const range own = widen();
    mpfr_inits2(span(t, t->exponent), low, high, (mpfr_ptr)0);
    truth_ends(low, high, t);
    const int64_t first = decimal_decade(low), last = decimal_decade(high);
    mpfr_clears(low, high, (mpfr_ptr)0);
    restore(own);
    return first == last ? first : GA_NO_DECADE;
}

truth_side
truth_rounds_to_zero(const ga_truth *t, ga_format format)
{
    if (!format_has_range(format))
        return t->state == GA_TRUE_ZERO ? TRUTH_AT : t->state == GA_TRUE_NONZERO ? TRUTH_ABOVE : TRUTH_OPEN;
    const int64_t half = format_least_exponent(format) - 1;
    if (t->state == GA_UNDECIDED_ELEMENT)
        return t->bound <= half ? TRUTH_AT : TRUTH_OPEN;
    const truth_side side = truth_against(t, 1, half);
    return side == TRUTH_BELOW ? TRUTH_AT : side;
}

/* Against (2 - 2^-p) 2^emax, of p + 1 bits, from which on the format rounds to infinity. For p = 53 (2^1024 - 2^970) what rounds to
   one of its neighbours of 53 bits is compared with it exactly. */
static truth_side
against_end(const ga_truth *t, ga_format format)
{
    const double own = fabs(t->mantissa);
    const int64_t emax = format_emax(format);
    assert(format.bits <= 53);
    if (format.bits < 53)
        return truth_against(t, 2 - ldexp(1, -(int)format.bits), emax);
    const bool near =
        t->state == GA_TRUE_NONZERO && ((t->exponent == emax + 1 && own == 1) || (t->exponent == emax && own == 2 - 0x1p-52));
    if (!near)
        return truth_against(t, 1, emax + 1);
    mpfr_t low, high, edge;
    const range own_range = widen();
    mpfr_inits2(span(t, t->exponent), low, high, (mpfr_ptr)0);
    mpfr_init2(edge, 54);
    magnitude_ends(low, high, t);
    set_scaled(edge, 1, emax + 1);
    mpfr_nextbelow(edge); /* of 54 bits */
    const truth_side side = side_of(low, high, edge);
    mpfr_clears(low, high, edge, (mpfr_ptr)0);
    restore(own_range);
    return side;
}

truth_side
truth_rounds_to_infinity(const ga_truth *t, ga_format format)
{
    if (!format_has_range(format))
        return t->state == GA_UNDECIDED_ELEMENT ? TRUTH_OPEN : TRUTH_BELOW;
    if (t->state == GA_UNDECIDED_ELEMENT)
        return t->bound <= format_emax(format) ? TRUTH_BELOW : TRUTH_OPEN;
    const truth_side side = against_end(t, format);
    return side == TRUTH_ABOVE ? TRUTH_AT : side;
}

/* If both are decided and round to different 53-bit numbers, these decide; else the ends of the enclosures. */
truth_side
truth_order(const ga_truth *a, const ga_truth *b)
{
    if (a->state == GA_UNDECIDED_ELEMENT || b->state == GA_UNDECIDED_ELEMENT)
        return TRUTH_OPEN;
    if (b->state == GA_TRUE_ZERO)
        return truth_against(a, 0, 0);
    const double m = fabs(b->mantissa);
    const truth_side side = truth_against(a, m, b->exponent);
    if (a->state == GA_TRUE_ZERO || a->exponent != b->exponent || fabs(a->mantissa) != m)
        return side;
    mpfr_t end[4];
    const range own = widen();
    const mpfr_prec_t bits = span(a, b->exponent) > span(b, a->exponent) ? span(a, b->exponent) : span(b, a->exponent);
    for (size_t i = 0; i < 4; i++)
        mpfr_init2(end[i], bits);
    magnitude_ends(end[0], end[1], a);
    magnitude_ends(end[2], end[3], b);
    const bool points = a->radius.m == 0 && b->radius.m == 0;
    const truth_side order = mpfr_less_p(end[1], end[2])                 ? TRUTH_BELOW
                             : mpfr_greater_p(end[0], end[3])            ? TRUTH_ABOVE
                             : points && mpfr_equal_p(end[0], end[2]) ? TRUTH_AT
                                                                         : TRUTH_OPEN;
    for (size_t i = 0; i < 4; i++)
        mpfr_clear(end[i]);
    restore(own);
    return order;
}

/* A part of the truth, its sign turned so that the mantissa is positive, as m 2^e with 1/2 <= |m| < 1. */
static ga_scaled
outward(const ga_truth *t, ga_scaled part)
{
    int e = 0;
    const double m = frexp(t->mantissa < 0 ? -part.m : part.m, &e);
    return (ga_scaled){ m, part.e + e };
}

static int
sort_scaled(ga_scaled u, ga_scaled v)
{
    const int s = (u.m > 0) - (u.m < 0), t = (v.m > 0) - (v.m < 0);
    if (s != t || s == 0)
        return s - t;
    if (u.e != v.e)
        return u.e < v.e ? -s : s;
    return (u.m > v.m) - (u.m < v.m);
}

int
truth_sort(const ga_truth *a, const ga_truth *b)
{
    const bool x = a->state == GA_TRUE_NONZERO, y = b->state == GA_TRUE_NONZERO;
    if (!x || !y)
        return x - y;
    if (a->exponent != b->exponent)
        return a->exponent < b->exponent ? -1 : 1;
    const double p = fabs(a->mantissa), q = fabs(b->mantissa);
    if (p != q)
        return p < q ? -1 : 1;
    const int tails = sort_scaled(outward(a, a->tail), outward(b, b->tail));
    return tails != 0 ? tails : sort_scaled(outward(a, a->rest), outward(b, b->rest));
}

/* ---- errors ----------------------------------------------------------------------------------------------------- */

static void
set_number(mpfr_ptr r, const ga_number *a)
{
    set_scaled(r, a->mantissa, a->klass == GA_NORMAL || a->klass == GA_SUBNORMAL ? a->exponent : 0);
}

static bool
is_finite(const ga_number *a)
{
    return a->klass == GA_ZERO || a->klass == GA_SUBNORMAL || a->klass == GA_NORMAL;
}

/* x 2^k, saturating: exponents are int64. */
static double
scale(double x, int64_t k)
{
    return ldexp(x, k > 5000 ? 5000 : k < -5000 ? -5000 : (int)k);
}

/* In units of 2^exponent; what is below 2^-800 of them is added to slack instead. */
static double
in_units(double *slack, ga_scaled s, int64_t exponent)
{
    if (s.m == 0 || s.e == exponent)
        return s.m;
    const int64_t k = s.e - exponent;
    if (k >= -850)
        return scale(s.m, k); /* exact: |s.m| is a ball's radius, or a tail, between 2^-100 and 2 */
    *slack += 0x1p-800;
    return 0;
}

/* The first difference is exact if the numbers are within a factor of 2 (Sterbenz), else rounded once; so is the second. 2^-52 of
   each covers a rounding of 2^-53 and those of the slack's own sums. */
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
    const double x = zero ? 0 : scale(computed->mantissa, k), first = x - t->mantissa;
    double rest = 0;
    const double tail = in_units(&rest, t->tail, t->exponent);
    const bool exact = zero || (x / t->mantissa >= 0.5 && x / t->mantissa <= 2);
    *difference = first - tail;
    const double radius = in_units(&rest, t->radius, t->exponent), more = fabs(in_units(&rest, t->rest, t->exponent));
    *slack = rest + more + radius + (exact ? 0 : 0x1p-52 * fabs(first)) + (tail == 0 ? 0 : 0x1p-52 * fabs(*difference));
}

static truth_side
exact_distance(const ga_truth *t, const ga_number *computed, int64_t e)
{
    mpfr_t low, high, c, at;
    const range own = widen();
    mpfr_inits2(span(t, computed->klass == GA_ZERO ? t->exponent : computed->exponent), low, high, (mpfr_ptr)0);
    mpfr_inits2(53, c, at, (mpfr_ptr)0);
    truth_ends(low, high, t);
    set_number(c, computed);
    set_scaled(at, 1, e);
    mpfr_sub(low, low, c, MPFR_RNDD);
    mpfr_sub(high, high, c, MPFR_RNDU);
    truth_side side = TRUTH_OPEN;
    if (mpfr_sgn(high) <= 0) {
        mpfr_swap(low, high);
        mpfr_neg(low, low, MPFR_RNDN);
        mpfr_neg(high, high, MPFR_RNDN);
    }
    if (mpfr_sgn(low) >= 0)
        side = side_of(low, high, at);
    else if (mpfr_cmpabs(low, at) < 0 && mpfr_cmpabs(high, at) < 0)
        side = TRUTH_BELOW; /* the difference may be 0 */
    mpfr_clears(low, high, c, at, (mpfr_ptr)0);
    restore(own);
    return side;
}

/* For a computed number 500 binades above the truth: if not 2^e, it is farther from that than the truth is from 0; else the truth's
   sign decides. */
static truth_side
far_distance(const ga_truth *t, const ga_number *computed, int64_t e)
{
    if (computed->exponent != e || fabs(computed->mantissa) != 1)
        return computed->exponent < e ? TRUTH_BELOW : TRUTH_ABOVE;
    return computed->sign == t->sign ? TRUTH_BELOW : TRUTH_ABOVE;
}

truth_side
truth_distance(const ga_truth *t, const ga_number *computed, int64_t e)
{
    double difference, slack;
    truth_difference(&difference, &slack, t, computed);
    const int64_t k = e - t->exponent;
    const double at = scale(1, k), size = fabs(difference);
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
    const range own = widen();
    const mpfr_prec_t bits = span(t, t->exponent);
    mpfr_inits2(bits, end[0], end[1], (mpfr_ptr)0);
    mpfr_init2(product, bits + FACTOR_BITS);
    mpfr_init2(factor, FACTOR_BITS);
    mpfr_init2(c, 53);
    magnitude_ends(end[0], end[1], t);
    set_number(c, computed);
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
    restore(own);
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
    mpfr_init2(product, mpfr_get_prec(ten) + mpfr_get_prec(low) + 53);
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
    const range own = widen();
    mpfr_inits2(span(t, t->exponent), end[0], end[1], (mpfr_ptr)0);
    mpfr_init2(c, 53);
    magnitude_ends(end[0], end[1], t);
    set_number(c, computed);
    mpfr_abs(c, c, MPFR_RNDN);
    const truth_side side = edge == floor(edge) && fabs(edge) <= MOST_POWER ? against_power(c, end[0], end[1], (long)edge)
                                                                            : against_edge(c, end[0], end[1], edge);
    mpfr_clears(end[0], end[1], c, (mpfr_ptr)0);
    restore(own);
    return side;
}

/* ---- text ------------------------------------------------------------------------------------------------------- */

int
truth_print(char *text, size_t size, const ga_truth *t, int digits)
{
    if (t->state == GA_UNDECIDED_ELEMENT)
        return t->bound == INT64_MAX ? snprintf(text, size, "undecided") : snprintf(text, size, "undecided:2^%" PRId64, t->bound);
    if (t->state == GA_TRUE_ZERO)
        return snprintf(text, size, "0");
    mpfr_t low, high;
    const range own = widen();
    int length = -1;
    mpfr_inits2(span(t, t->exponent), low, high, (mpfr_ptr)0);
    truth_ends(low, high, t);
    for (bool alike = false; !alike && digits > 0; digits--) {
        mpfr_exp_t exponent[2];
        char *a = mpfr_get_str(NULL, &exponent[0], 10, (size_t)digits, low, MPFR_RNDN);
        char *b = mpfr_get_str(NULL, &exponent[1], 10, (size_t)digits, high, MPFR_RNDN);
        alike = a != NULL && b != NULL && exponent[0] == exponent[1] && strcmp(a, b) == 0;
        mpfr_free_str(a);
        mpfr_free_str(b);
        if (alike)
            length = decimal_print_mpfr(text, size, low, digits);
    }
    mpfr_clears(low, high, (mpfr_ptr)0);
    restore(own);
    return length;
}
