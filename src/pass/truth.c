/* SPDX-License-Identifier: Apache-2.0 */
/* truth.c -- one true value: against a number, a power, the ends of a format, another; as text. See truth.h */
#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

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

/* The magnitude (n + part) 2^exponent, n = 2^bits - less, or 0 if bits is 0; and what has that magnitude goes up. */
typedef struct {
    long bits, less;
    format_cut cut;
    int64_t exponent;
} edge;

/* From where on what is not 0 does not round to 0: the first number's edge with 0; or if small results are flushed, that of 2^emin
   with the number of so many bits below, whose last is odd. */
static edge
edge_of_zero(const ga_format *f, int sign, uint32_t draw)
{
    if (f->flush)
        return (edge){ f->bits, 1, format_goes_up(f, sign, true, draw), f->emin - f->bits };
    return (edge){ 0, 0, format_goes_up(f, sign, false, draw), f->emin - f->bits + 1 };
}

/* That of the largest number with the next. */
static edge
edge_of_largest(const ga_format *f, int sign, uint32_t draw)
{
    return (edge){ f->bits, f->gap, format_goes_up(f, sign, f->gap % 2 != 0, draw), f->emax - f->bits + 1 };
}

/* Exactly: one that is no double of 53 bits. */
static truth_side
against_long_edge(const ga_truth *t, const edge *e)
{
    mpfr_t low, high, at;
    const exponents own = exponents_widen();
    mpfr_inits2(truth_span(t, t->exponent), low, high, (mpfr_ptr)0);
    mpfr_init2(at, e->bits + 33);
    truth_magnitude_ends(low, high, t);
    mpfr_set_ui_2exp(at, 1, e->bits, MPFR_RNDN);
    mpfr_sub_ui(at, at, (unsigned long)e->less, MPFR_RNDN);
    mpfr_mul_2ui(at, at, 32, MPFR_RNDN);
    mpfr_add_ui(at, at, (unsigned long)e->cut.part, MPFR_RNDN);
    mpfr_mul_2si(at, at, e->exponent - 32, MPFR_RNDN);
    const truth_side side = truth_side_of(low, high, at);
    mpfr_clears(low, high, at, (mpfr_ptr)0);
    exponents_restore(own);
    return side;
}

/* Whether |truth|, decided, goes up there: TRUTH_ABOVE; TRUTH_BELOW: it does not. */
static truth_side
against_edge(const ga_truth *t, const edge *e)
{
    const double part = ldexp((double)e->cut.part, -32), n = e->bits > 0 ? ldexp(1, (int)e->bits) - (double)e->less : 0;
    const double sum = n + part; /* below 53 bits n is exact, and this if it is n + part */
    truth_side side;
    if (t->state == GA_TRUE_ZERO)
        return TRUTH_BELOW;
    if (sum == 0)
        side = TRUTH_ABOVE;
    else if (e->bits <= 53 && sum - n == part && sum - part == n) {
        int exponent;
        const double m = 2 * frexp(sum, &exponent);
        side = truth_against(t, m, e->exponent + exponent - 1);
    } else {
        const int64_t top = e->exponent + e->bits; /* from 2^(top-1) to 2^top, that included */
        side = t->exponent < top - 2 ? TRUTH_BELOW : t->exponent > top ? TRUTH_ABOVE : against_long_edge(t, e);
    }
    return side != TRUTH_AT ? side : e->cut.at ? TRUTH_ABOVE : TRUTH_BELOW;
}

/* Of an undecided truth: whether its bound, of either sign, goes up. */
static truth_side
bound_goes_up(int64_t bound, const ga_format *f, edge (*of)(const ga_format *f, int sign, uint32_t draw), uint32_t draw)
{
    const ga_truth at = { .state = GA_TRUE_NONZERO, .sign = 1, .mantissa = 1, .exponent = bound };
    const edge positive = of(f, 1, draw), negative = of(f, -1, draw);
    const bool any = against_edge(&at, &positive) != TRUTH_BELOW || against_edge(&at, &negative) != TRUTH_BELOW;
    return any ? TRUTH_ABOVE : TRUTH_BELOW;
}

truth_side
truth_rounds_to_zero(const ga_truth *t, ga_format format, uint32_t draw)
{
    if (!format_has_range(format))
        return t->state == GA_TRUE_ZERO ? TRUTH_AT : t->state == GA_TRUE_NONZERO ? TRUTH_ABOVE : TRUTH_OPEN;
    if (t->state == GA_UNDECIDED_ELEMENT)
        return bound_goes_up(t->bound, &format, edge_of_zero, draw) == TRUTH_BELOW ? TRUTH_AT : TRUTH_OPEN;
    const edge e = edge_of_zero(&format, t->sign, draw);
    const truth_side side = against_edge(t, &e);
    return side == TRUTH_BELOW ? TRUTH_AT : side;
}

truth_side
truth_rounds_beyond(const ga_truth *t, ga_format format, uint32_t draw)
{
    if (!format_has_range(format))
        return t->state == GA_UNDECIDED_ELEMENT ? TRUTH_OPEN : TRUTH_BELOW;
    if (t->state == GA_UNDECIDED_ELEMENT)
        return bound_goes_up(t->bound, &format, edge_of_largest, draw) == TRUTH_BELOW ? TRUTH_BELOW : TRUTH_OPEN;
    const edge e = edge_of_largest(&format, t->sign, draw);
    const truth_side side = against_edge(t, &e);
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

bool
truth_has_digits(const ga_truth *t, int *digits, long proved)
{
    enum { DIGITS = 17 };
    *digits = *digits > 0 ? *digits : DIGITS;
    return proved >= *digits && t->state == GA_TRUE_NONZERO;
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
        alike = decimal_alike(low, high, digits);
        if (alike)
            length = decimal_print_mpfr(text, size, low, digits);
    }
    mpfr_clears(low, high, (mpfr_ptr)0);
    exponents_restore(own);
    return length;
}
