/* SPDX-License-Identifier: Apache-2.0 */
/* ball_truth.c -- what a ball proves of an element; see ball_truth.h. */
#include <math.h>

#include "num/format.h"
#include "pass/ball_truth.h"
#include "pass/truth.h"

/* So narrow that no 53-bit number but the midpoint's rounding is in the ball. */
enum { LEAST_BITS = 57 };

/* rad <= 2^-bits |mid|, the right side cut. */
static bool
narrow(const ball *g, long bits)
{
    const radius scaled = radius_mul_2si(g->rad, bits);
    return !radius_is_infinite(scaled) && !radius_less(radius_below(&g->mid), scaled);
}

/* The least k with |g| <= 2^k for all points of the ball, or one more; INT64_MAX if nothing is known. */
static int64_t
bound(const ball *g)
{
    const radius top = radius_add(radius_above(&g->mid), g->rad);
    return radius_is_infinite(top) ? INT64_MAX : top.e;
}

/* m 2^e as a part of 2^exponent, unless it is too small for that. */
static ga_scaled
scaled_to(double m, int64_t e, int64_t exponent)
{
    const int64_t k = e - exponent;
    return m == 0 ? (ga_scaled){ 0, exponent } : k > -900 ? (ga_scaled){ ldexp(m, (int)k), exponent } : (ga_scaled){ m, e };
}

static ga_scaled
scaled_of(radius r)
{
    return (ga_scaled){ r.m, r.e };
}

/* Whether it is known in which formats the truth is infinite: it is open near the end of a range alone. */
static bool
ends_settled(const ga_truth *t)
{
    static const int64_t emax[] = {
#define FORMAT(id, kind, name, bits, emin, emax, ...) emax,
#include "num/formats.def"
    };
    for (size_t i = 0; i < N_FORMATS; i++) {
        const int64_t beyond = t->exponent - emax[i];
        if ((beyond == 0 || beyond == 1) && format_has_range(format_named(i)) &&
            truth_rounds_beyond(t, format_named(i), 0) == TRUTH_OPEN)
            return false;
    }
    return true;
}

/* Sets the decade, unless signs are asked for; true if it and all else that findings ask of a truth alone is decided. */
static bool
settle(ga_truth *t, const ga_format *format)
{
    int64_t binade;
    t->decade = GA_NO_DECADE;
    if (format->signs)
        return true;
    t->decade = truth_decade(t);
    return t->decade != GA_NO_DECADE && truth_binade(&binade, t) && ends_settled(t);
}

#if GMP_NUMB_BITS == 64
/* The same from the limbs, if that decides at once: two limbs, as at the first level. With mid = (L + x) 2^(E-64), L the higher
   limb, 0 <= x < 1, and f = L mod 2048, 2048 being one of the 53rd bit, mid is rounded down if f < 1024 and up if f > 1024. What
   remains, f + x or 2048 - f - x units with the other sign, is an integer d of 2^-64 units: below 2^75, the sum of two doubles. */
static bool
truth_of_limbs(ga_truth *t, const ball *g, long bits)
{
    if (mpfr_get_prec(&g->mid) <= 64 || mpfr_get_prec(&g->mid) > 128 || !mpfr_regular_p(&g->mid) ||
        (!radius_is_zero(g->rad) && g->rad.e > mpfr_get_exp(&g->mid) - 1 - bits))
        return false;
    const mp_limb_t *limb = mpfr_custom_get_significand(&g->mid);
    const uint64_t high = limb[1], f = high % 2048;
    if (f == 1024)
        return false;
    const bool up = f > 1024;
    unsigned __int128 d = (unsigned __int128)f << 64 | limb[0];
    if (up)
        d = ((unsigned __int128)1 << 75) - d;
    const int sign = mpfr_signbit(&g->mid) ? -1 : 1;
    const uint64_t rounded = (high >> 11) + up;
    const bool carry = rounded >> 53;
    const int64_t exponent = mpfr_get_exp(&g->mid) - 1 + carry;
    const double unit = (up ? -sign : sign) * (carry ? 0x1p-128 : 0x1p-127), tail = (double)d;
    const double rest = (double)((__int128)d - (__int128)tail); /* below 2^23 */
    *t = (ga_truth){ .state = GA_TRUE_NONZERO, .sign = sign, .mantissa = sign * (carry ? 1 : (double)rounded * 0x1p-52),
                     .exponent = exponent, .tail = { tail == 0 ? 0 : tail * unit, exponent },
                     .rest = { rest == 0 ? 0 : rest * unit, exponent }, .radius = scaled_of(g->rad) };
    return true;
}
#endif

bool
ball_truth(ga_truth *t, const ball *g, const ga_format *format)
{
    mpfr_t rounded;
    *t = (ga_truth){ .state = GA_TRUE_ZERO };
    if (ball_is_zero(g))
        return true;
#if GMP_NUMB_BITS == 64
    if (format->digits == 0 && truth_of_limbs(t, g, format->reference_bits < 64 ? 64 : format->reference_bits))
        return settle(t, format);
#endif
    mpfr_init2(rounded, 53);
    const bool decided = ball_sgn(g) != 0 && narrow(g, format->reference_bits < LEAST_BITS ? LEAST_BITS : format->reference_bits) &&
                         (format->digits == 0 || ball_digits(g, (int)format->digits) > 0);
    if (decided) {
        mpfr_set(rounded, &g->mid, MPFR_RNDN);
        long exponent;
        mpfr_t rest;
        const double mantissa = 2 * mpfr_get_d_2exp(&exponent, rounded, MPFR_RNDN); /* exact */
        *t = (ga_truth){ .state = GA_TRUE_NONZERO, .sign = ball_sgn(g), .mantissa = mantissa, .exponent = (int64_t)exponent - 1 };
        mpfr_init2(rest, mpfr_get_prec(&g->mid) + 53);
        mpfr_sub(rest, &g->mid, rounded, MPFR_RNDN); /* exact, as below: the precision holds both */
        bool exact = true;
        for (int i = 0; i < 2; i++) {
            exact = mpfr_set(rounded, rest, MPFR_RNDN) == 0;
            const double m = mpfr_get_d_2exp(&exponent, rounded, MPFR_RNDN);
            *(i == 0 ? &t->tail : &t->rest) = scaled_to(m, exponent, t->exponent);
            mpfr_sub(rest, rest, rounded, MPFR_RNDN);
        }
        mpfr_clear(rest);
        const radius last = exact ? radius_zero : radius_mul_2si(radius_make(fabs(t->rest.m), t->rest.e), -52);
        t->radius = scaled_of(radius_add(g->rad, last));
    } else
        *t = (ga_truth){ .state = GA_UNDECIDED_ELEMENT, .bound = bound(g), .decade = GA_NO_DECADE };
    mpfr_clear(rounded);
    return decided && settle(t, format);
}
