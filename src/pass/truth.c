/* SPDX-License-Identifier: Apache-2.0 */
/* truth.c -- one true value: against a number, a power, the ends of a format, another; as text. See truth.h */
#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "num/decimal.h"
#include "num/format.h"
#include "num/recipe.h"
#include "pass/truth_ends.h"

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

ga_truth
truth_scaled(const ga_truth *t, int scale)
{
    ga_truth r = *t;
    if (scale == 0)
        return r;
    if (t->state == GA_TRUE_NONZERO) {
        r.exponent += scale;
        r.decade = GA_NO_DECADE;
        r.tail.e += scale;
        r.rest.e += scale;
        r.radius.e += scale;
    } else if (t->state == GA_UNDECIDED_ELEMENT && t->bound < INT64_MAX - RECIPE_MOST_SCALE)
        r.bound += scale;
    return r;
}

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
    const exponents own = exponents_widen();
    mpfr_inits2(truth_span(t, t->exponent), low, high, (mpfr_ptr)0);
    truth_ends(low, high, t);
    const int64_t first = decimal_decade(low), last = decimal_decade(high);
    mpfr_clears(low, high, (mpfr_ptr)0);
    exponents_restore(own);
    return first == last ? first : GA_NO_DECADE;
}

/* Against (2 - below 2^-bits) 2^e, of bits + 1 <= 54 bits. With 54, which no double has, it is below = 1: what rounds to one of its
   neighbours of 53 bits is compared with it exactly. */
static truth_side
against_edge(const ga_truth *t, long bits, long below, int64_t e)
{
    const double own = fabs(t->mantissa);
    assert(bits < 53 || (bits == 53 && below == 1));
    if (bits < 53)
        return truth_against(t, 2 - ldexp((double)below, -(int)bits), e);
    const bool near =
        t->state == GA_TRUE_NONZERO && ((t->exponent == e + 1 && own == 1) || (t->exponent == e && own == 2 - 0x1p-52));
    if (!near)
        return truth_against(t, 1, e + 1);
    mpfr_t low, high, edge;
    const exponents own_range = exponents_widen();
    mpfr_inits2(truth_span(t, t->exponent), low, high, (mpfr_ptr)0);
    mpfr_init2(edge, 54);
    truth_magnitude_ends(low, high, t);
    truth_set_scaled(edge, 1, e + 1);
    mpfr_nextbelow(edge); /* of 54 bits */
    const truth_side side = truth_side_of(low, high, edge);
    mpfr_clears(low, high, edge, (mpfr_ptr)0);
    exponents_restore(own_range);
    return side;
}

/* Half the least number, a tie that becomes 0; or if small results are flushed the least that is rounded to 2^emin, which is
   not. */
truth_side
truth_rounds_to_zero(const ga_truth *t, ga_format format)
{
    if (!format_has_range(format))
        return t->state == GA_TRUE_ZERO ? TRUTH_AT : t->state == GA_TRUE_NONZERO ? TRUTH_ABOVE : TRUTH_OPEN;
    const int64_t e = format_least_exponent(format) - 1;
    if (t->state == GA_UNDECIDED_ELEMENT)
        return t->bound <= e ? TRUTH_AT : TRUTH_OPEN;
    const truth_side side = format.flush ? against_edge(t, format.bits, 1, e) : truth_against(t, 1, e);
    return side == TRUTH_BELOW ? TRUTH_AT : side == TRUTH_AT && format.flush ? TRUTH_ABOVE : side;
}

/* The tie between the largest number and the next, which goes to the even one of the two. */
truth_side
truth_rounds_to_infinity(const ga_truth *t, ga_format format)
{
    if (!format_has_range(format))
        return t->state == GA_UNDECIDED_ELEMENT ? TRUTH_OPEN : TRUTH_BELOW;
    if (t->state == GA_UNDECIDED_ELEMENT)
        return t->bound <= format_emax(format) ? TRUTH_BELOW : TRUTH_OPEN;
    const truth_side side = against_edge(t, format.bits, 2 * format.gap - 1, format_emax(format));
    return side == TRUTH_ABOVE ? TRUTH_AT : side == TRUTH_AT && format.gap % 2 == 0 ? TRUTH_BELOW : side;
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
    const exponents own = exponents_widen();
    const mpfr_prec_t p = truth_span(a, b->exponent), q = truth_span(b, a->exponent);
    for (size_t i = 0; i < 4; i++)
        mpfr_init2(end[i], p > q ? p : q);
    truth_magnitude_ends(end[0], end[1], a);
    truth_magnitude_ends(end[2], end[3], b);
    const bool points = a->radius.m == 0 && b->radius.m == 0;
    const truth_side order = mpfr_less_p(end[1], end[2])                 ? TRUTH_BELOW
                             : mpfr_greater_p(end[0], end[3])            ? TRUTH_ABOVE
                             : points && mpfr_equal_p(end[0], end[2]) ? TRUTH_AT
                                                                         : TRUTH_OPEN;
    for (size_t i = 0; i < 4; i++)
        mpfr_clear(end[i]);
    exponents_restore(own);
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

int
truth_print(char *text, size_t size, const ga_truth *t, int digits)
{
    if (t->state == GA_UNDECIDED_ELEMENT)
        return t->bound == INT64_MAX ? snprintf(text, size, "undecided") : snprintf(text, size, "undecided:2^%" PRId64, t->bound);
    if (t->state == GA_TRUE_ZERO)
        return snprintf(text, size, "0");
    mpfr_t low, high;
    const exponents own = exponents_widen();
    int length = -1;
    mpfr_inits2(truth_span(t, t->exponent), low, high, (mpfr_ptr)0);
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
    exponents_restore(own);
    return length;
}
