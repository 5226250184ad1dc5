/* SPDX-License-Identifier: Apache-2.0 */
/* test_radius.c -- radii against MPFR: never below the exact result, nor far above it; what a ball proves against its ends. */
#include <math.h>

#include "num/mpfr_vec.h"
#include "num/radius.h"
#include "pass/ball_truth.h"
#include "test.h"

enum { EXACT = 12000 };

/* Zero, infinite, a power of two, or random bits; exponents near to each other, far apart, and at the ends of the range. */
static radius
draw(uint64_t *state)
{
    const uint64_t r = test_random(state);
    const double m = r & 16 ? 0.5 : r & 32 ? 1 - 0x1p-53 : 0.5 + (double)(test_random(state) >> 12) * 0x1p-53;
    const int64_t near = (int64_t)(test_random(state) % 120) - 60, far = (int64_t)(test_random(state) % 10000) - 5000;
    if (r % 16 == 0)
        return r & 64 ? radius_zero : radius_infinite;
    return (radius){ m, r % 16 < 10 ? near : far };
}

static void
set(mpfr_ptr x, radius a)
{
    ASSERT(a.m == 0 || radius_is_infinite(a) || (0.5 <= a.m && a.m < 1 && RADIUS_LEAST <= a.e && a.e <= RADIUS_MOST), "%g", a.m);
    radius_get(x, a);
}

/* x <= got <= x (1 + slack), x an exact or upwards rounded value; got = 0 and got infinite where x is. */
static void
is_above(radius got, mpfr_srcptr x, double slack, const char *what)
{
    mpfr_t y, most;
    mpfr_inits2(EXACT, y, most, (mpfr_ptr)0);
    set(y, got);
    mpfr_mul_d(most, x, 1 + slack, MPFR_RNDU);
    ASSERT(mpfr_lessequal_p(x, y) && mpfr_lessequal_p(y, most), "%s: %g 2^%lld", what, got.m, (long long)got.e);
    mpfr_clears(y, most, (mpfr_ptr)0);
}

static void
operations_round_up(void)
{
    uint64_t state = test_seed();
    mpfr_t x, y, z;
    mpfr_vec_widest_range();
    mpfr_inits2(EXACT, x, y, z, (mpfr_ptr)0);
    for (size_t n = 0; n < 20000; n++) {
        const radius a = draw(&state), b = draw(&state);
        const int64_t k = (int64_t)(test_random(&state) % 2000) - 1000;
        const bool infinite = radius_is_infinite(a) || radius_is_infinite(b);
        set(x, a);
        set(y, b);
        mpfr_add(z, x, y, MPFR_RNDU);
        is_above(radius_add(a, b), z, radius_is_zero(a) || radius_is_zero(b) ? 0 : 0x1p-51, "sum");
        if (infinite)
            mpfr_set_inf(z, 1);
        else
            mpfr_mul(z, x, y, MPFR_RNDU);
        is_above(radius_mul(a, b), z, 0x1p-51, "product");
        mpfr_mul_2si(z, x, k, MPFR_RNDU);
        is_above(radius_mul_2si(a, k), z, 0, "times 2^k");
        if (infinite || radius_is_zero(b))
            mpfr_set_inf(z, 1);
        else
            mpfr_div(z, x, y, MPFR_RNDU);
        is_above(radius_div(a, b), z, 0x1p-51, "quotient");
        ASSERT(radius_less(a, b) == (mpfr_less_p(x, y) != 0), "less");
        if (infinite || mpfr_lessequal_p(x, y)) {
            const radius d = radius_sub_down(a, b);
            ASSERT(radius_is_zero(d) || (radius_is_infinite(a) && !radius_is_infinite(b) && radius_is_infinite(d)), "a difference");
            continue;
        }
        mpfr_sub(x, x, y, MPFR_RNDD);
        set(z, radius_sub_down(a, b));
        ASSERT(mpfr_lessequal_p(z, x), "a difference that is too large");
        mpfr_mul_d(x, x, 1 - 0x1p-50, MPFR_RNDD);
        ASSERT(mpfr_lessequal_p(x, z), "a difference that is too small");
    }
    mpfr_clears(x, y, z, (mpfr_ptr)0);
}

static void
growth(void)
{
    uint64_t state = test_seed();
    mpfr_t x, z;
    mpfr_inits2(EXACT, x, z, (mpfr_ptr)0);
    for (int k = -300; k < 12; k++)
        for (size_t n = 0; n < 4; n++) {
            const double m = n == 0 ? 0.5 : 0.5 + (double)(test_random(&state) >> 12) * 0x1p-53;
            mpfr_set_d(x, ldexp(m, k), MPFR_RNDN);
            mpfr_expm1(z, x, MPFR_RNDU);
            is_above(radius_expm1((radius){ m, k }), z, k < -60 ? 0x1p-50 : k <= 0 || (k == 1 && n == 0) ? 0.2 : 3, "e^a - 1");
        }
    ASSERT(radius_is_zero(radius_expm1(radius_zero)) && radius_is_infinite(radius_expm1(radius_infinite)));
    ASSERT(radius_is_infinite(radius_expm1((radius){ 0.5, 64 })));
    mpfr_clears(x, z, (mpfr_ptr)0);
}

/* At the ends of the range: the least number, or infinity, never less. */
static void
the_ends_of_the_range(void)
{
    const radius least = radius_least, greatest = { 1 - 0x1p-53, RADIUS_MOST };
    ASSERT(radius_mul(least, least).e == RADIUS_LEAST && radius_mul(least, least).m == 0.5);
    ASSERT(radius_mul_2si(least, -9).e == RADIUS_LEAST && radius_2exp(RADIUS_LEAST - 9).m == 0.5);
    ASSERT(radius_2exp(RADIUS_LEAST - 2).e == RADIUS_LEAST && radius_2exp(RADIUS_LEAST - 1).e == RADIUS_LEAST);
    ASSERT(radius_div(least, greatest).m == 0.5 && radius_div(least, greatest).e == RADIUS_LEAST);
    ASSERT(radius_is_infinite(radius_mul(greatest, greatest)) && radius_is_infinite(radius_add(greatest, greatest)));
    ASSERT(radius_is_infinite(radius_mul_2si(greatest, 1)) && radius_is_infinite(radius_div(greatest, least)));
    ASSERT(!radius_is_infinite(radius_2exp(RADIUS_MOST - 1)) && radius_is_infinite(radius_2exp(RADIUS_MOST)));
    ASSERT(radius_is_infinite(radius_add(greatest, least)) && radius_mul(least, greatest).e == -2);
    ASSERT(radius_is_zero(radius_sub_down(radius_2exp(RADIUS_LEAST + 1), least)));
    ASSERT(radius_is_zero(radius_sub_down(least, greatest)));
    ASSERT(radius_is_infinite(radius_sub_down(radius_infinite, greatest)) && radius_sub_down(greatest, least).e == RADIUS_MOST);
}

static void
magnitudes(void)
{
    static const long precisions[] = { 2, 53, 54, 64, 65, 128, 200 };
    uint64_t state = test_seed();
    mpfr_t x, low, high;
    mpfr_inits2(53, low, high, (mpfr_ptr)0);
    for (size_t p = 0; p < sizeof precisions / sizeof *precisions; p++) {
        mpfr_init2(x, precisions[p]);
        for (size_t n = 0; n < 2000; n++) {
            mpfr_set_si_2exp(x, n % 3 == 0 ? 1 : -1, (long)(test_random(&state) % 400) - 200, MPFR_RNDN);
            for (size_t k = 0; k < n % 5; k++) { /* short numbers, long ones, and with gaps */
                const long down = 33 + 32 * (long)(test_random(&state) % 5);
                mpfr_set_si_2exp(low, (long)(test_random(&state) >> 32), mpfr_get_exp(x) - down, MPFR_RNDN);
                mpfr_add(x, x, low, MPFR_RNDN);
            }
            if (n % 7 == 0)
                mpfr_nextbelow(x);
            mpfr_abs(low, x, MPFR_RNDD);
            mpfr_abs(high, x, MPFR_RNDU);
            radius below = radius_below(x), above = radius_above(x);
            ASSERT(mpfr_cmp_d(low, ldexp(below.m, (int)below.e)) == 0 && mpfr_cmp_d(high, ldexp(above.m, (int)above.e)) == 0);
        }
        mpfr_set_zero(x, -1);
        ASSERT(radius_is_zero(radius_above(x)) && radius_is_zero(radius_below(x)));
        mpfr_clear(x);
    }
    mpfr_clears(low, high, (mpfr_ptr)0);
}

/* The truth of a ball from its two ends, exact. */
static ga_truth
oracle(const ball *g, const ga_format *format)
{
    mpfr_t low, high, rad, a;
    long e;
    mpfr_inits2(EXACT, low, high, rad, (mpfr_ptr)0);
    mpfr_init2(a, 53);
    radius_get(rad, g->rad);
    mpfr_sub(low, &g->mid, rad, MPFR_RNDN);
    mpfr_add(high, &g->mid, rad, MPFR_RNDN);
    mpfr_set(a, &g->mid, MPFR_RNDN);
    mpfr_mul_2si(rad, rad, format->reference_bits < 57 ? 57 : format->reference_bits, MPFR_RNDN);
    ga_truth t = { .state = GA_UNDECIDED_ELEMENT };
    if (mpfr_cmpabs(rad, &g->mid) <= 0 && mpfr_sgn(low) * mpfr_sgn(high) > 0) {
        t = (ga_truth){ .state = GA_TRUE_NONZERO, .sign = mpfr_sgn(&g->mid), .mantissa = 2 * mpfr_get_d_2exp(&e, a, MPFR_RNDN) };
        t.exponent = e - 1;
        mpfr_sub(low, &g->mid, a, MPFR_RNDN);
        mpfr_mul_2si(low, low, -t.exponent, MPFR_RNDN);
        t.tail = (ga_scaled){ mpfr_get_d(low, MPFR_RNDN), t.exponent };
    }
    mpfr_clears(low, high, rad, a, (mpfr_ptr)0);
    return t;
}

/* Whether a decided truth's enclosure contains the ball, and is wider by no more than 2^-50 of its rest. */
static bool
encloses(const ga_truth *t, const ball *g)
{
    mpfr_t own[4], end, room;
    if (t->state != GA_TRUE_NONZERO)
        return true;
    for (size_t i = 0; i < 4; i++) {
        const double m[] = { t->mantissa, t->tail.m, t->radius.m, t->rest.m };
        const int64_t e[] = { t->exponent, t->tail.e, t->radius.e, t->rest.e };
        mpfr_init2(own[i], EXACT);
        mpfr_set_d(own[i], m[i], MPFR_RNDN);
        mpfr_mul_2si(own[i], own[i], (long)e[i], MPFR_RNDN);
    }
    mpfr_inits2(EXACT, end, room, (mpfr_ptr)0);
    mpfr_abs(room, own[3], MPFR_RNDN);
    mpfr_div_2ui(room, room, 50, MPFR_RNDN);
    radius_get(end, g->rad);
    mpfr_add(room, room, end, MPFR_RNDN); /* the widest that is allowed */
    mpfr_mul_d(room, room, 1 + 0x1p-40, MPFR_RNDN);
    mpfr_add(own[0], own[0], own[1], MPFR_RNDN);
    mpfr_add(own[0], own[0], own[3], MPFR_RNDN);
    mpfr_sub(own[0], own[0], &g->mid, MPFR_RNDN);
    mpfr_abs(own[0], own[0], MPFR_RNDN);
    mpfr_add(end, end, own[0], MPFR_RNDN); /* the narrowest that encloses */
    const bool ok = mpfr_cmp(own[2], end) >= 0 && mpfr_cmp(own[2], room) <= 0;
    for (size_t i = 0; i < 4; i++)
        mpfr_clear(own[i]);
    mpfr_clears(end, room, (mpfr_ptr)0);
    return ok;
}

/* Midpoints of random bits, of few bits, next to a tie and next to a power of two; radii from far below the last bit to above the
   bound, powers of two among them. */
static void
draw_ball(ball *g, long bits, uint64_t *state)
{
    const uint64_t r = test_random(state);
    const long e = (long)(test_random(state) % 200) - 100, below = (long)(test_random(state) % 110);
    mpfr_t t;
    mpfr_init2(t, 64);
    mpfr_set_ui_2exp(&g->mid, r % 4 == 0 ? 1 : test_random(state) >> 11 | UINT64_C(1) << 52, e, MPFR_RNDN);
    if (r % 4 == 0) /* 53 bits */
        mpfr_mul_2ui(&g->mid, &g->mid, 52, MPFR_RNDN);
    if (r & 4) /* a tie */
        mpfr_set_ui_2exp(t, r & 8, e - 4, MPFR_RNDN);
    else
        mpfr_set_ui_2exp(t, test_random(state) % 2048, e - 11, MPFR_RNDN);
    mpfr_add(&g->mid, &g->mid, t, MPFR_RNDN);
    if (r & 16) /* a last bit, or a number of them, up or down */
        mpfr_set_si_2exp(t, r & 32 ? 1 : -1, e - below, MPFR_RNDN);
    else
        mpfr_set_si_2exp(t, (long)test_random(state), e - 64 - below, MPFR_RNDN);
    if (r & 64)
        mpfr_add(&g->mid, &g->mid, t, MPFR_RNDN);
    if (r & 128)
        mpfr_neg(&g->mid, &g->mid, MPFR_RNDN);
    const long k = e + 53 - (r & 256 ? bits - 4 + (long)(test_random(state) % 8) : (long)(test_random(state) % 200));
    g->rad = (radius){ r & 512 ? 0.5 : 0.5 + (double)(test_random(state) >> 12) * 0x1p-53, k };
    if (r % 1024 >= 960)
        g->rad = radius_zero;
    mpfr_clear(t);
}

static void
truths(void)
{
    static const long precisions[] = { 53, 64, 65, 117, 118, 119, 128, 150, 192, 256, 512 };
    static const long asked[] = { 20, 60, 63, 64, 65, 80, 100 };
    uint64_t state = test_seed();
    size_t decided = 0, tails = 0, all = 0;
    for (size_t p = 0; p < sizeof precisions / sizeof *precisions; p++) {
        ball *g = ball_vec_new(1, precisions[p]);
        for (size_t n = 0; n < 14000; n++, all++) {
            const ga_format format = { .kind = GA_EXACT, .reference_bits = asked[n % 7] };
            ga_truth got;
            draw_ball(g, format.reference_bits, &state);
            const ga_truth want = oracle(g, &format);
            ball_truth(&got, g, &format);
            decided += want.state == GA_TRUE_NONZERO;
            tails += want.tail.m != 0;
            ASSERT(got.state == want.state && got.sign == want.sign && got.mantissa == want.mantissa && got.tail.m == want.tail.m &&
                   got.exponent == want.exponent && (got.tail.m == 0 || got.tail.e == want.tail.e) &&
                   (got.tail.m != 0 || !signbit(got.tail.m)) && encloses(&got, g),
                   "%ld bits, %ld asked: %d %a %a %lld, not %d %a %a %lld", precisions[p], format.reference_bits, got.state,
                   got.mantissa, got.tail.m, (long long)got.exponent, want.state, want.mantissa, want.tail.m,
                   (long long)want.exponent);
        }
        ball_vec_free(g);
    }
    printf("\n  %zu of %zu balls decide, %zu with a tail\n", decided, all, tails);
    ASSERT(decided > all / 4 && decided < all - all / 8 && tails > all / 8);
}

/* A tail next to a tie, decided by a bit three limbs below: +-(2^-54 + 2^-107 + 2^-250) from 1 and from 1 + 2^-52. */
static void
ties_of_tails(void)
{
    const ga_format format = { .kind = GA_EXACT, .reference_bits = 80 };
    ball *g = ball_vec_new(1, 256);
    mpfr_t t;
    mpfr_init2(t, 256);
    for (int sign = -1; sign <= 1; sign += 2) {
        ga_truth got;
        mpfr_set_ui_2exp(t, 1, -54, MPFR_RNDN);
        mpfr_set_d(&g->mid, sign > 0 ? 1 : 1 + 0x1p-52, MPFR_RNDN);
        for (long k = 54; k <= 250; k += k == 54 ? 53 : 143) {
            mpfr_set_si_2exp(t, sign, -k, MPFR_RNDN);
            mpfr_add(&g->mid, &g->mid, t, MPFR_RNDN);
        }
        const ga_truth want = oracle(g, &format);
        ball_truth(&got, g, &format);
        ASSERT(want.tail.m == sign * 0x1.0000000000001p-54 && got.tail.m == want.tail.m && encloses(&got, g), "%a, not %a",
               got.tail.m, want.tail.m);
    }
    mpfr_clear(t);
    ball_vec_free(g);
}

/* 1.5 and 2.5 are halfway for one digit: to even; with points on either side, which round to other digits, they have one digit
   more. A third has no 25 digits, and no 26, where its points differ from the 19th on. */
static void
digits_of_both_ends(void)
{
    static const struct {
        double mid;
        radius rad;
        int digits;
        const char *text;
    } of[] = { { 1.5, { 0.5, -99 }, 1, "1.5e0" }, { 2.5, { 0.5, -99 }, 1, "2.5e0" }, { -2.5, { 0.5, -99 }, 1, "-2.5e0" },
               { 1.5, { 0, 0 }, 1, "2e0" }, { 2.5, { 0, 0 }, 1, "2e0" }, { 1.25, { 0.5, -99 }, 2, "1.25e0" },
               { 1.25, { 0.5, -99 }, 1, "1e0" }, { 1. / 3, { 0.5, -61 }, 25, NULL },
               { 1. / 3, { 0.5, -61 }, 15, "3.33333333333333e-1" } };
    ball *g = ball_vec_new(1, 128);
    for (size_t k = 0; k < sizeof of / sizeof *of; k++) {
        const ga_format format = { .kind = GA_EXACT, .reference_bits = 57, .digits = of[k].digits };
        ga_truth t;
        char text[64];
        mpfr_set_d(&g->mid, of[k].mid, MPFR_RNDN);
        g->rad = of[k].rad;
        ball_truth(&t, g, &format);
        ASSERT(t.state == (of[k].text == NULL ? GA_UNDECIDED_ELEMENT : GA_TRUE_NONZERO), "%zu", k);
        ASSERT(of[k].text == NULL || (ball_print(text, sizeof text, g, of[k].digits, NULL) > 0 && strcmp(text, of[k].text) == 0),
               "%zu: %s", k, text);
    }
    ball_vec_free(g);
}

TEST_MAIN("radius", TEST(operations_round_up), TEST(growth), TEST(the_ends_of_the_range), TEST(magnitudes), TEST(truths),
          TEST(ties_of_tails), TEST(digits_of_both_ends))
