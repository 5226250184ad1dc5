/* SPDX-License-Identifier: Apache-2.0 */
/* ball_truth.c -- what a ball proves of an element; see ball_truth.h. */
#include <math.h>
#include <string.h>

#include "pass/ball_truth.h"
#include "pass/truth.h"

/* So narrow that no 53-bit number but the midpoint's rounding is in the ball. */
enum { LEAST_BITS = 57 };

/* Both ends of the ball, rounded outwards to more bits than they are compared with, so that equality of what they round to
   holds for every point between. The caller clears them. */
static void
ends(mpfr_ptr low, mpfr_ptr high, const ball *g)
{
    mpfr_t rad;
    mpfr_init2(rad, RADIUS_BITS);
    mpfr_inits2(mpfr_get_prec(&g->mid) + RADIUS_BITS, low, high, (mpfr_ptr)0);
    radius_get(rad, g->rad);
    mpfr_sub(low, &g->mid, rad, MPFR_RNDD);
    mpfr_add(high, &g->mid, rad, MPFR_RNDU);
    mpfr_clear(rad);
}

static bool
digits_alike(const ball *g, long digits)
{
    mpfr_t low, high;
    mpfr_exp_t low_exponent, high_exponent;
    ends(low, high, g);
    char *a = mpfr_get_str(NULL, &low_exponent, 10, (size_t)digits, low, MPFR_RNDN);
    char *b = mpfr_get_str(NULL, &high_exponent, 10, (size_t)digits, high, MPFR_RNDN);
    const bool alike = a != NULL && b != NULL && low_exponent == high_exponent && strcmp(a, b) == 0;
    mpfr_free_str(a);
    mpfr_free_str(b);
    mpfr_clears(low, high, (mpfr_ptr)0);
    return alike;
}

/* rad <= 2^-bits |mid|, the right side cut. */
static bool
narrow(const ball *g, long bits)
{
    const radius scaled = radius_mul_2si(g->rad, bits);
    return !radius_is_infinite(scaled) && !radius_less(radius_below(&g->mid), scaled);
}

/* The least k with |g| <= 2^k for all points of the ball, or one more; INT64_MAX where nothing is known. */
static int64_t
bound(const ball *g)
{
    const radius top = radius_add(radius_above(&g->mid), g->rad);
    return radius_is_infinite(top) ? INT64_MAX : top.e;
}

/* The ball's radius, and 2^-52 of the tail where that is not exact: more than one rounding and what is cut (below). */
static void
set_radius(ga_truth *t, radius rad, bool exact)
{
    if (!exact)
        rad = radius_add(rad, radius_mul_2si(radius_make(fabs(t->tail.m), t->tail.e), -52));
    t->radius = (ga_scaled){ rad.m, rad.e };
}

/* Sets the decade, unless signs are asked for; whether it and all else that findings ask of a truth alone is decided. */
static bool
settle(ga_truth *t, const ga_format *format)
{
    int64_t binade;
    t->decade = GA_NO_DECADE;
    if (format->signs)
        return true;
    t->decade = truth_decade(t);
    const bool at_the_end =
        t->exponent == 127 && fabs(t->mantissa) == 2 - 0x1p-24; /* of float; other thresholds are ends of binades */
    return t->decade != GA_NO_DECADE && truth_binade(&binade, t) &&
           !(at_the_end && truth_against(t, 2 - 0x1p-24, 127) == TRUTH_OPEN);
}

#if GMP_NUMB_BITS == 64
/* The same from the limbs, where it is decided at once. With mid = (L + x) 2^(E-64), L the highest limb, 0 <= x < 1, and f = L mod
   2048, of which 2048 are one of the 53rd bit, mid is rounded down where f < 1024 and up where f > 1024. The rest, f + x or
   2048 - f - x units with the other sign, is an integer of 2^-64 units where there are two limbs; else it is cut to one, d, its last
   bit set if anything was cut: that is within 2^-55 of it where d has at least 56 bits. */
static bool
truth_of_limbs(ga_truth *t, const ball *g, long bits)
{
    const size_t top = (size_t)(mpfr_get_prec(&g->mid) - 1) / 64;
    if (top == 0 || !mpfr_regular_p(&g->mid) || (!radius_is_zero(g->rad) && g->rad.e > mpfr_get_exp(&g->mid) - 1 - bits))
        return false;
    const mp_limb_t *limb = mpfr_custom_get_significand(&g->mid);
    const uint64_t high = limb[top], f = high % 2048;
    if (f == 1024)
        return false;
    const bool up = f > 1024;
    unsigned __int128 d = (unsigned __int128)f << 64 | limb[top - 1];
    bool cut = false;
    for (size_t i = 0; i + 1 < top; i++)
        cut = cut || limb[i] != 0;
    if (up)
        d = ((unsigned __int128)1 << 75) - d - cut;
    if (cut && d >> 55 == 0)
        return false;
    const int sign = mpfr_signbit(&g->mid) ? -1 : 1;
    const uint64_t rounded = (high >> 11) + up;
    const bool carry = rounded >> 53;
    const int64_t exponent = mpfr_get_exp(&g->mid) - 1 + carry;
    const double unit = carry ? 0x1p-128 : 0x1p-127, tail = (d == 0 ? 0 : up ? -sign : sign) * ((double)(d | cut) * unit);
    *t = (ga_truth){ .state = GA_TRUE_NONZERO, .sign = sign, .mantissa = sign * (carry ? 1 : (double)rounded * 0x1p-52),
                     .exponent = exponent, .tail = { tail, exponent } };
    set_radius(t, g->rad, !cut && (unsigned __int128)(double)d == d);
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
                         (format->digits == 0 || digits_alike(g, format->digits));
    if (decided) {
        mpfr_set(rounded, &g->mid, MPFR_RNDN);
        long exponent;
        mpfr_t rest;
        const double mantissa = 2 * mpfr_get_d_2exp(&exponent, rounded, MPFR_RNDN); /* exact */
        *t = (ga_truth){ .state = GA_TRUE_NONZERO, .sign = ball_sgn(g), .mantissa = mantissa, .exponent = (int64_t)exponent - 1 };
        mpfr_init2(rest, mpfr_get_prec(&g->mid) + 53);
        mpfr_sub(rest, &g->mid, rounded, MPFR_RNDN); /* exact: the precision holds both */
        const bool exact = mpfr_set(rounded, rest, MPFR_RNDN) == 0;
        if (!mpfr_zero_p(rounded)) { /* as a part of 2^exponent, unless it is too small for that */
            t->tail.m = mpfr_get_d_2exp(&exponent, rounded, MPFR_RNDN);
            t->tail.e = exponent;
            if (exponent - t->exponent > -900)
                t->tail = (ga_scaled){ ldexp(t->tail.m, (int)(exponent - t->exponent)), t->exponent };
        } else
            t->tail.e = t->exponent;
        mpfr_clear(rest);
        set_radius(t, g->rad, exact);
    } else
        *t = (ga_truth){ .state = GA_UNDECIDED_ELEMENT, .bound = bound(g), .decade = GA_NO_DECADE };
    mpfr_clear(rounded);
    return decided && settle(t, format);
}
