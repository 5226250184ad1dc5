/* SPDX-License-Identifier: Apache-2.0 */
/* exact_format.h -- an oracle for formats of up to 16 bits: all their numbers, listed from the definition, and roundings to them by
   comparison of exact rationals.

   The numbers are 0, m 2^(emin-p+1) for m < 2^(p-1), and m 2^(e-p+1) for 2^(p-1) <= m < 2^p and emin <= e, up to the largest. In
   this order even and odd m alternate. */
#ifndef GRADAUDIT_EXACT_FORMAT_H
#define GRADAUDIT_EXACT_FORMAT_H

#include <gmp.h>
#include <mpfr.h>

#include "core/gradient.h"

#include "test.h"

/* A format as its definition has it. */
typedef struct {
    const char *words;
    int p, emin;
    double largest;
    ga_overflow overflow;
    bool ftz, daz, one_zero;
    ga_rounding rounding;
} definition;

typedef struct {
    const definition *d;
    size_t n;        /* magnitudes of numbers; then the next, if there were no largest */
    double *number;  /* n + 1, ascending from 0: all are doubles */
    mpq_t *middle;   /* of a number and the next */
    mpq_t low;       /* the last that would be a number before 2^emin, if exponents had no end */
    mpq_t normal, low_middle; /* 2^emin; and the middle of these two */
} exact_format;

static inline exact_format
exact_format_new(const definition *d)
{
    exact_format x = { .d = d };
    const int binade = 1 << (d->p - 1);
    x.number = malloc(sizeof *x.number << 17);
    for (int e = d->emin, m = 0; x.n < 2 || x.number[x.n - 1] <= d->largest; m = m + 1 < 2 * binade ? m + 1 : (e++, binade))
        x.number[x.n++] = ldexp(m, e - d->p + 1);
    x.n--;
    x.middle = malloc((x.n + 1) * sizeof *x.middle);
    mpq_t next;
    mpq_init(next);
    for (size_t i = 0; i < x.n; i++) {
        mpq_init(x.middle[i]);
        mpq_set_d(x.middle[i], x.number[i]);
        mpq_set_d(next, x.number[i + 1]);
        mpq_add(x.middle[i], x.middle[i], next);
        mpq_div_2exp(x.middle[i], x.middle[i], 1);
    }
    mpq_inits(x.low, x.normal, x.low_middle, NULL);
    mpq_set_d(x.normal, ldexp(1, d->emin));
    mpq_set_d(x.low, ldexp(2 * binade - 1, d->emin - d->p));
    mpq_add(x.low_middle, x.low, x.normal);
    mpq_div_2exp(x.low_middle, x.low_middle, 1);
    mpq_clear(next);
    return x;
}

static inline void
exact_format_free(exact_format *x)
{
    for (size_t i = 0; i < x->n; i++)
        mpq_clear(x->middle[i]);
    mpq_clears(x->low, x->normal, x->low_middle, NULL);
    free(x->middle);
    free(x->number);
}

/* What overflow gives, and infinity. */
static inline double
exact_overflow(const definition *d, int sign)
{
    return d->overflow == GA_TO_LARGEST ? sign * d->largest : d->overflow == GA_TO_NAN ? (double)NAN : sign * (double)INFINITY;
}

static inline double
exact_zero(const definition *d, bool negative)
{
    return negative && !d->one_zero ? -0.0 : 0.0;
}

/* The last of the numbers up to |x| > 0. A double that is cut off is below it where it is. */
static inline size_t
exact_below(const exact_format *x, mpq_srcptr size)
{
    const double d = mpq_get_d(size);
    size_t low = 0, high = x->n;
    while (high - low > 1) {
        const size_t half = (low + high) / 2;
        *(x->number[half] <= d ? &low : &high) = half;
    }
    return low;
}

static inline bool
exact_is(mpq_srcptr size, double d)
{
    if (mpq_get_d(size) != d)
        return false;
    mpq_t q;
    mpq_init(q);
    mpq_set_d(q, d);
    const bool equal = mpq_equal(q, size);
    mpq_clear(q);
    return equal;
}

/* Whether a magnitude between two numbers goes to the upper one. middle: how it compares with the tie; odd: the lower one is. */
static inline bool
exact_goes_up(ga_rounding rounding, int sign, int middle, bool odd)
{
    switch (rounding) {
    case GA_NEAREST_EVEN:
        return middle > 0 || (middle == 0 && odd);
    case GA_NEAREST_AWAY:
        return middle >= 0;
    case GA_UP:
        return sign > 0;
    case GA_DOWN:
        return sign < 0;
    case GA_TO_ODD:
        return !odd;
    default:
        return false;
    }
}

/* Roundings that do not overflow have the largest number for all beyond it. */
static inline bool
exact_stays(ga_rounding rounding, int sign)
{
    return !(rounding == GA_NEAREST_EVEN || rounding == GA_NEAREST_AWAY || (rounding == GA_UP && sign > 0) ||
             (rounding == GA_DOWN && sign < 0));
}

/* Of size > 0 below 2^emin, where such results become 0. */
static inline double
exact_flushed(const exact_format *x, mpq_srcptr size, int sign)
{
    const bool up = mpq_cmp(size, x->low) > 0 && exact_goes_up(x->d->rounding, sign, mpq_cmp(size, x->low_middle), true);
    return up ? sign * x->number[(size_t)1 << (x->d->p - 1)] : exact_zero(x->d, sign < 0);
}

/* The number that a, not 0, is rounded to; not stochastically. */
static inline double
exact_rounded(const exact_format *x, mpq_srcptr a)
{
    const definition *const d = x->d;
    const int sign = mpq_sgn(a);
    double r;
    mpq_t size;
    mpq_init(size);
    mpq_abs(size, a);
    const size_t i = exact_below(x, size);
    if (d->ftz && mpq_cmp(size, x->normal) < 0)
        r = exact_flushed(x, size, sign);
    else if (exact_is(size, x->number[i]))
        r = sign * x->number[i];
    else if (mpq_get_d(size) >= x->number[x->n])
        r = exact_stays(d->rounding, sign) ? sign * d->largest : exact_overflow(d, sign);
    else {
        const bool up = exact_goes_up(d->rounding, sign, mpq_cmp(size, x->middle[i]), i % 2 != 0);
        r = !up ? sign * x->number[i] : i + 1 < x->n ? sign * x->number[i + 1]
            : exact_stays(d->rounding, sign) ? sign * d->largest : exact_overflow(d, sign);
    }
    mpq_clear(size);
    return r == 0 ? exact_zero(d, sign < 0) : r;
}

/* The same of any double. */
static inline double
exact_rounded_d(const exact_format *x, double a)
{
    if (isnan(a) || isinf(a))
        return isnan(a) ? a : exact_overflow(x->d, a < 0 ? -1 : 1);
    if (a == 0)
        return exact_zero(x->d, signbit(a));
    mpq_t q;
    mpq_init(q);
    mpq_set_d(q, a);
    const double r = exact_rounded(x, q);
    mpq_clear(q);
    return r;
}

/* An operand. */
static inline double
exact_in(const definition *d, double a)
{
    return d->daz && fabs(a) < ldexp(1, d->emin) ? copysign(0, a) : a;
}

/* a o b of operands, rounded: '+', '-', '*' or '/'. A sum that is 0 is +0, but for two zeros of the same sign. Where the true
   result is 0, infinite or NaN, it is that of doubles. */
static inline double
exact_operation(const exact_format *x, char o, double a, double b)
{
    a = exact_in(x->d, a);
    b = exact_in(x->d, b);
    double special = o == '+' ? a + b : o == '-' ? a - b : o == '*' ? a * b : a / b;
    if (x->d->rounding == GA_DOWN && special == 0 && (o == '+' || o == '-')) /* IEEE 754, 6.3 */
        special = a == 0 && !signbit(a) && !signbit(o == '+' ? b : -b) ? 0.0 : -0.0;
    if (!isfinite(a) || !isfinite(b) || (b == 0 && o == '/') || ((a == 0 || b == 0) && o == '*') || (a == 0 && o == '/') ||
        (special == 0 && (o == '+' || o == '-')))
        return exact_rounded_d(x, special);
    mpq_t p, q;
    mpq_inits(p, q, NULL);
    mpq_set_d(p, a);
    mpq_set_d(q, b);
    (o == '+' ? mpq_add : o == '-' ? mpq_sub : o == '*' ? mpq_mul : mpq_div)(p, p, q);
    const double r = exact_rounded(x, p);
    mpq_clears(p, q, NULL);
    return r;
}

/* r = f(a) of an operand, by MPFR to 140 bits, of which the last is 1 if they are not all: on the same side of every number and tie
   of a format of so few bits as the true value. Where that is beyond 2^5000 or below 2^-5000: this. */
typedef int exact_mpfr(mpfr_ptr r, mpfr_srcptr a, mpfr_rnd_t rounding);

static inline double
exact_function(const exact_format *x, exact_mpfr *f, double a, mpq_ptr value)
{
    mpfr_t v;
    double r;
    mpfr_init2(v, 140);
    mpfr_set_d(v, exact_in(x->d, a), MPFR_RNDN);
    const int inexact = f(v, v, MPFR_RNDZ), sign = mpfr_signbit(v) ? -1 : 1;
    mpq_set_ui(value, 0, 1);
    if (mpfr_regular_p(v) || inexact != 0) {
        if (mpfr_zero_p(v) || mpfr_get_exp(v) < -5000 || mpfr_get_exp(v) > 5000)
            mpfr_set_si_2exp(v, sign, mpfr_zero_p(v) || mpfr_get_exp(v) < 0 ? -5000 : 5000, MPFR_RNDN);
        else if (inexact != 0 && mpfr_min_prec(v) < 140)
            (sign > 0 ? mpfr_nextabove : mpfr_nextbelow)(v);
        mpfr_get_q(value, v);
        r = exact_rounded(x, value);
    } else
        r = exact_rounded_d(x, mpfr_get_d(v, MPFR_RNDN));
    mpfr_clear(v);
    return r;
}

static inline bool
exact_same(double a, double b)
{
    return isnan(a) ? isnan(b) : a == b && !signbit(a) == !signbit(b);
}

#endif
