/* SPDX-License-Identifier: Apache-2.0 */
/* test_function.c -- the functions of num/function.h against other formulas of many bits: in MPFR of any precision, however it
   rounds, with the ternary value; in ulps, at numbers of float16 and at random in float and double; at their ends; and in balls,
   how wide they are, and where functions are not defined. */
#include "num/format.h"
#include "num/mpfr_vec.h"
#include "networks.h"
#include "test.h"

#include "num/nar32.h"
#include "num/vec_tmpl.h"

#include "num/ball.h"
#include "num/vec_tmpl.h"

#include "contains.h"

static const char *const names[] = {
#define FUNCTION(f, ...) #f, #f "'",
#include "num/functions.def"
#undef FUNCTION
};

enum { EXACT = 2500, KNOWN = 2300 };

/* r = x^c by e^(c log |x|), of c = 1/2 and the like and an x to which that is exact too. */
static void
textbook_power(mpfr_ptr r, mpfr_srcptr x, mpfr_srcptr c)
{
    if (mpfr_zero_p(x)) {
        mpfr_set_zero(r, 1);
        if (mpfr_sgn(c) <= 0)
            mpfr_set_ui(r, 1, MPFR_RNDN);
        if (mpfr_sgn(c) < 0)
            mpfr_set_inf(r, 1);
        return;
    }
    mpfr_abs(r, x, MPFR_RNDN);
    mpfr_log(r, r, MPFR_RNDN);
    mpfr_mul(r, r, c, MPFR_RNDN);
    mpfr_exp(r, r, MPFR_RNDN);
    if (mpfr_sgn(x) < 0 && !mpfr_integer_p(c))
        mpfr_set_nan(r);
    else if (mpfr_sgn(x) < 0 && mpfr_get_si(c, MPFR_RNDN) % 2 != 0)
        mpfr_neg(r, r, MPFR_RNDN);
}

/* r = f(x) or f'(x), with KNOWN bits, of those that have infinitely many, or exactly; or what is next to celu's limit, -c. */
static void
textbook(mpfr_ptr r, function_id f, int order, mpfr_srcptr x, mpfr_srcptr c)
{
    mpfr_t t;
    mpfr_init2(t, EXACT);
    switch (f) {
    case FUNCTION_exp: /* (e^(x/2))^2 */
        mpfr_div_ui(t, x, 2, MPFR_RNDN);
        mpfr_exp(t, t, MPFR_RNDN);
        mpfr_sqr(r, t, MPFR_RNDN);
        break;
    case FUNCTION_log: /* 2 log sqrt x */
        mpfr_sqrt(t, x, MPFR_RNDN);
        mpfr_log(r, t, MPFR_RNDN);
        mpfr_mul_ui(r, r, 2, MPFR_RNDN);
        if (order == 1)
            mpfr_ui_div(r, 1, x, MPFR_RNDN);
        break;
    case FUNCTION_sqrt:
        mpfr_sqrt(r, x, MPFR_RNDN);
        if (order == 1) {
            mpfr_add(r, r, r, MPFR_RNDN);
            mpfr_ui_div(r, 1, r, MPFR_RNDN);
        }
        break;
    case FUNCTION_reciprocal:
    case FUNCTION_over:
        mpfr_set_si(t, order == 0 ? 1 : -1, MPFR_RNDN);
        if (f == FUNCTION_over)
            mpfr_mul(t, t, c, MPFR_RNDN);
        mpfr_div(r, t, x, MPFR_RNDN);
        if (order == 1)
            mpfr_div(r, r, x, MPFR_RNDN);
        break;
    case FUNCTION_pow:
        mpfr_sub_ui(t, c, (unsigned long)order, MPFR_RNDN);
        textbook_power(r, x, t);
        if (order == 1)
            mpfr_mul(r, r, c, MPFR_RNDN);
        if (order == 1 && mpfr_zero_p(c))
            mpfr_set_zero(r, 1);
        break;
    case FUNCTION_celu:
    case N_FUNCTIONS:
        mpfr_div(t, x, c, MPFR_RNDN);
        mpfr_exp(r, t, MPFR_RNDN);
        if (mpfr_sgn(x) > 0)
            mpfr_set_ui(r, 1, MPFR_RNDN);
        if (order == 1)
            break;
        mpfr_sub_ui(r, r, 1, MPFR_RNDN);
        mpfr_mul(r, r, c, MPFR_RNDN);
        if (mpfr_sgn(x) > 0)
            mpfr_set(r, x, MPFR_RNDN);
    }
    mpfr_clear(t);
    mpfr_prec_round(r, KNOWN, MPFR_RNDN);
    mpfr_prec_round(r, EXACT, MPFR_RNDN);
    if (f == FUNCTION_celu && order == 0 && mpfr_sgn(x) < 0 && mpfr_cmpabs(r, c) == 0)
        mpfr_signbit(r) ? mpfr_nextabove(r) : mpfr_nextbelow(r);
}

/* Of powers, integers, halves and others; else of either sign, and for a sixth of the cases 1. */
static double
constant(function_id f, uint64_t *state)
{
    static const double powers[] = { 2, 3, 0.5, -0.5, -1, 1, 0, -2, 4, 7, 1.5, 0.75, 0.1f, -1.7f, 17, -0x1.8p-30 };
    if (f == FUNCTION_pow)
        return powers[test_random(state) % (sizeof powers / sizeof *powers)];
    return test_random(state) % 6 == 0 ? 1 : (double)(float)(network_uniform(state) * ldexp(1, (int)(test_random(state) % 9) - 4));
}

/* Sizes from 2^-40 to 2^10, or a square or fourth power, of any sign where functions have both. */
static double
argument(function_id f, double c, uint64_t *state, bool single)
{
    const bool positive = f == FUNCTION_log || f == FUNCTION_sqrt || (f == FUNCTION_pow && c != rint(c));
    const double whole = (double)(1 + test_random(state) % 9);
    double x = ldexp(network_uniform(state), (int)(test_random(state) % 50) - 39);
    if (test_random(state) % 5 == 0)
        x = whole * whole * (test_random(state) % 2 == 0 ? 1 : whole * whole);
    x = positive ? fabs(x) : x;
    return single ? (double)(float)x : x;
}

static void
in_mpfr(void)
{
    uint64_t state = test_seed();
    size_t exact_ones = 0;
    mpfr_t x, c, r, want, exact;
    mpfr_init2(x, 53);
    mpfr_init2(c, 53);
    mpfr_init2(exact, EXACT);
    for (function_id f = 0; f < N_FUNCTIONS; f++)
        for (int order = 0; order < 2; order++)
            for (size_t i = 0; i < 400 / test_every(); i++) {
                const mpfr_rnd_t rounding = i % 2 == 0 ? MPFR_RNDN : MPFR_RNDZ;
                const mpfr_prec_t bits = 2 + (mpfr_prec_t)(test_random(&state) % (i % 3 == 0 ? 400 : 70));
                const double by = constant(f, &state);
                mpfr_inits2(bits, r, want, (mpfr_ptr)0);
                mpfr_set_d(c, by, MPFR_RNDN);
                mpfr_set_d(x, argument(f, by, &state, i % 5 == 0), MPFR_RNDN);
                textbook(exact, f, order, x, c);
                mpfr_set(want, exact, rounding);
                mpfr_set_nan(r);
                const int ternary = function_mpfr(r, f, order, x, c, rounding), side = mpfr_cmp(r, exact);
                ASSERT(mpfr_equal_p(r, want) && (ternary > 0) == (side > 0) && (ternary < 0) == (side < 0),
                       "%s of %ld bits at %a, %a: %a, not %a; %d, not %d", names[2 * f + (size_t)order], (long)bits,
                       mpfr_get_d(x, MPFR_RNDN), by, mpfr_get_d(r, MPFR_RNDN), mpfr_get_d(want, MPFR_RNDN), ternary, side);
                exact_ones += side == 0;
                mpfr_clears(r, want, (mpfr_ptr)0);
            }
    ASSERT(exact_ones > 20, "%zu are exact", exact_ones);
    mpfr_clears(x, c, exact, (mpfr_ptr)0);
}

/* What is so near to a number that no digits show it: toward zero it is the one before or the number, and the ternary value says on
   which side it is. Exponents, and those of x/c, are far from each other. */
static void
beside_their_limits(void)
{
    static const struct { double c; int order; bool small; double limit; int side; } cases[] = {
        { 2.5, 0, false, -2.5, 1 }, { 0.3f, 0, false, -0.3f, 1 }, { 2.5, 1, true, 1, -1 }, { -2.5, 1, true, 1, 1 },
        { 2.5, 0, true, 0, 1 }, { -0.3f, 0, true, 0, -1 },
    };
    mpfr_t x, c, r, want;
    mpfr_inits2(24, x, c, r, want, (mpfr_ptr)0);
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++)
        for (long e = 13; e < 4000; e *= 5) {
            mpfr_set_d(c, cases[k].c, MPFR_RNDN);
            mpfr_set_si_2exp(x, -3, cases[k].small ? -e - 40 : e, MPFR_RNDN);
            if (cases[k].limit == 0)
                mpfr_set(want, x, MPFR_RNDN);
            else
                mpfr_set_d(want, cases[k].limit, MPFR_RNDN);
            const int nearest = function_mpfr(r, FUNCTION_celu, cases[k].order, x, c, MPFR_RNDN);
            ASSERT(mpfr_equal_p(r, want) && (nearest < 0) == (cases[k].side > 0) && nearest != 0, "case %zu at 2^%ld", k, e);
            const int down = function_mpfr(r, FUNCTION_celu, cases[k].order, x, c, MPFR_RNDZ);
            if (cases[k].side == -mpfr_sgn(want))
                (mpfr_sgn(want) > 0 ? mpfr_nextbelow : mpfr_nextabove)(want);
            ASSERT(mpfr_equal_p(r, want) && (down < 0) == (mpfr_sgn(want) > 0) && down != 0, "case %zu at 2^%ld, toward zero", k,
                   e);
        }
    mpfr_clears(x, c, r, want, (mpfr_ptr)0);
}

/* |got - f(x)| in ulps of a format of p bits from 2^emin on; infinite from 2^emax on. */
static double
ulps(double got, function_id f, int order, double x, double c, long p, long emin, long emax)
{
    mpfr_t from, constant, want;
    mpfr_init2(from, 53);
    mpfr_init2(constant, 53);
    mpfr_init2(want, EXACT);
    mpfr_set_d(from, x, MPFR_RNDN);
    mpfr_set_d(constant, c, MPFR_RNDN);
    textbook(want, f, order, from, constant);
    const long e = !mpfr_regular_p(want) || mpfr_get_exp(want) - 1 < emin ? emin : (long)mpfr_get_exp(want) - 1;
    double off = 0;
    if (mpfr_nan_p(want) || mpfr_inf_p(want))
        off = isnan(got) == (mpfr_nan_p(want) != 0) && (mpfr_nan_p(want) || isinf(got)) ? 0 : INFINITY;
    else if (!isinf(got) || e < emax - 1) {
        mpfr_sub_d(want, want, got, MPFR_RNDN);
        mpfr_div_2si(want, want, e - p + 1, MPFR_RNDN);
        off = fabs(mpfr_get_d(want, MPFR_RNDN));
    }
    mpfr_clears(from, constant, want, (mpfr_ptr)0);
    return off;
}

static void
in_c_types(void)
{
    uint64_t state = test_seed();
    for (function_id f = 0; f < N_FUNCTIONS; f++)
        for (int order = 0; order < 2; order++) {
            double single = 0, wide = 0;
            for (size_t i = 0; i < 1000 / test_every(); i++) {
                const double c = constant(f, &state), x = argument(f, c, &state, true), y = argument(f, c, &state, false);
                single = fmax(single, ulps((double)elementaryf(f, order, (float)x, (float)c), f, order, x, c, 24, -126, 128));
                wide = fmax(wide, ulps(elementary(f, order, y, c), f, order, y, c, 53, -1022, 1024));
            }
            printf("\n    %s: %.4f ulp in float, %.4f in double", names[2 * f + (size_t)order], single, wide);
            ASSERT(single <= 0.51 && wide <= (order == 0 && f != FUNCTION_pow && f != FUNCTION_celu ? 0.51 : 2), "%s: %g and %g",
                   names[2 * f + (size_t)order], single, wide);
        }
}

/* Rewritten, in the format itself: the nearest, but for what a double may miss of a tie. */
static void
at_numbers_of_float16(void)
{
    const ga_estimator e = { .format = { FORMAT_OF(f16) }, .formulas = GA_REWRITE };
    ctx_nar32 *const ctx = ctx_new_nar32(&e);
    enum { N = 0x7c00 };
    uint64_t state = test_seed();
    mat_nar32 z = mat_new_nar32(1, 1, 11, ctx), a = mat_new_nar32(1, 1, 11, ctx), d = mat_new_nar32(1, 1, 11, ctx),
              c = mat_new_nar32(1, 1, 11, ctx);
    for (function_id f = 0; f < N_FUNCTIONS; f++) {
        double off[2] = { 0, 0 };
        for (size_t i = test_random(&state) % 16; i < 2 * N; i += 16 * test_every()) {
            const size_t k = i / 2;
            const float x = ldexpf((float)(k < 1024 ? k : 1024 + k % 1024), (k < 1024 ? 1 : (int)(k / 1024)) - 25);
            z.e[0] = i % 2 == 0 ? x : -x;
            c.e[0] = f == FUNCTION_pow ? (float)(int)(i % 9) - 3 : 1.5f;
            vec_function_nar32(&a, &d, &z, f, &c, ctx);
            off[0] = fmax(off[0], ulps((double)a.e[0], f, 0, (double)z.e[0], (double)c.e[0], 11, -14, 16));
            off[1] = fmax(off[1], ulps((double)d.e[0], f, 1, (double)z.e[0], (double)c.e[0], 11, -14, 16));
        }
        ASSERT(off[0] <= 0.5 + 0x1p-20 && off[1] <= 0.5 + 0x1p-20, "%s: %g and %g", names[2 * f], off[0], off[1]);
    }
    mat_free_nar32(&z);
    mat_free_nar32(&a);
    mat_free_nar32(&d);
    mat_free_nar32(&c);
    ctx_free_nar32(ctx);
}

/* What IEEE 754 makes of zeros and infinities. */
static void
at_the_ends(void)
{
    static const struct { function_id f; double x, c, a, d; } ends[] = {
        { FUNCTION_exp, -INFINITY, 0, 0, 0 }, { FUNCTION_exp, INFINITY, 0, INFINITY, INFINITY }, { FUNCTION_exp, 1000, 0, INFINITY,
                                                                                                   INFINITY },
        { FUNCTION_log, 0, 0, -INFINITY, INFINITY }, { FUNCTION_log, -1, 0, NAN, -1 }, { FUNCTION_log, INFINITY, 0, INFINITY, 0 },
        { FUNCTION_sqrt, 0, 0, 0, INFINITY }, { FUNCTION_sqrt, -0.0, 0, -0.0, -INFINITY }, { FUNCTION_sqrt, -1, 0, NAN, NAN },
        { FUNCTION_sqrt, INFINITY, 0, INFINITY, 0 }, { FUNCTION_reciprocal, 0, 0, INFINITY, -INFINITY },
        { FUNCTION_reciprocal, -0.0, 0, -INFINITY, -INFINITY }, { FUNCTION_reciprocal, -INFINITY, 0, -0.0, -0.0 },
        { FUNCTION_pow, 0, 2, 0, 0 }, { FUNCTION_pow, -0.0, 3, -0.0, 0 }, { FUNCTION_pow, 0, 0.5, 0, INFINITY },
        { FUNCTION_pow, 0, 1, 0, 1 }, { FUNCTION_pow, 0, 0, 1, 0 }, { FUNCTION_pow, -2, 0.5, NAN, NAN },
        { FUNCTION_pow, 0, -1, INFINITY, -INFINITY }, { FUNCTION_pow, -INFINITY, 3, -INFINITY, INFINITY },
        { FUNCTION_over, 0, -3, -INFINITY, INFINITY }, { FUNCTION_over, INFINITY, 3, 0, -0.0 }, { FUNCTION_over, 0, 0, NAN, NAN },
        { FUNCTION_celu, -INFINITY, 2, -2, 0 }, { FUNCTION_celu, INFINITY, 2, INFINITY, 1 }, { FUNCTION_celu, 0, 2, 0, 1 },
        { FUNCTION_celu, -1e9, 0.1f, -0.1f, 0 },
    };
    for (size_t k = 0; k < sizeof ends / sizeof *ends; k++)
        for (int order = 0; order < 2; order++) {
            const double want = order == 0 ? ends[k].a : ends[k].d, got = elementary(ends[k].f, order, ends[k].x, ends[k].c);
            const double single = (double)elementaryf(ends[k].f, order, (float)ends[k].x, (float)ends[k].c);
            ASSERT(isnan(want) ? isnan(got) && isnan(single) : got == want && single == want && !signbit(got) == !signbit(want) &&
                                                                   !signbit(single) == !signbit(want),
                   "%s at %g: %g, %g", names[2 * ends[k].f + (size_t)order], ends[k].x, got, single);
        }
    for (function_id f = 0; f < N_FUNCTIONS; f++)
        ASSERT(isnan(elementary(f, 0, NAN, 2)) && isnan(elementary(f, 1, NAN, 2)) && isnan(elementaryf(f, 0, NAN, 2)));
}

typedef struct {
    ctx_ball *ctx;
    mat_ball z, c, a, d;
} balls;

static balls
balls_open(void)
{
    const ga_estimator e = { .format = { .kind = GA_EXACT, .bits = 64 } };
    balls t = { .ctx = ctx_new_ball(&e) };
    t.z = mat_new_ball(1, 1, 64, t.ctx);
    t.c = mat_new_ball(1, 1, 64, t.ctx);
    t.a = mat_new_ball(1, 1, 64, t.ctx);
    t.d = mat_new_ball(1, 1, 64, t.ctx);
    return t;
}

static void
balls_close(balls *t)
{
    mat_free_ball(&t->z);
    mat_free_ball(&t->c);
    mat_free_ball(&t->a);
    mat_free_ball(&t->d);
    ctx_free_ball(t->ctx);
}

static void
set(balls *t, function_id f, double x, double rad, double c)
{
    ball_set_d(t->z.e, x, t->ctx);
    ball_widen(t->z.e, radius_from_d(rad));
    ball_set_d(t->c.e, c, t->ctx);
    vec_function_ball(&t->a, &t->d, &t->z, f, &t->c, t->ctx);
}

/* 2^-200 makes balls no wider than roundings do; 2^-20 not much more than twice as wide as the derivative says. */
static void
balls_are_narrow(void)
{
    uint64_t state = test_seed();
    balls t = balls_open();
    for (function_id f = 0; f < N_FUNCTIONS; f++)
        for (size_t i = 0; i < 200 / test_every(); i++) {
            const double c = constant(f, &state), x = argument(f, c, &state, false), size = fabs(x);
            if (size > 20 || c == 0 || (f == FUNCTION_celu && size > 8 * fabs(c)))
                continue;
            set(&t, f, x, size * 0x1p-200, c);
            for (int k = 0; k < 2; k++) {
                const ball *const b = k == 0 ? t.a.e : t.d.e;
                ASSERT(radius_is_zero(b->rad) || b->rad.e <= mpfr_get_exp(&b->mid) - 60, "%s at %a, %a", names[2 * f + (size_t)k],
                       x, c);
            }
            const double slope = fabs(elementary(f, 1, x, c)), steps = size * 0x1p-20;
            set(&t, f, x, steps, c);
            ASSERT(radius_less(t.a.e->rad, radius_from_d(slope * steps * 2.2 + 0x1p-50 * (1 + fabs(elementary(f, 0, x, c))))),
                   "%s of a ball about %a, %a", names[2 * f], x, c);
        }
    balls_close(&t);
}

/* At almost the ends of a ball, of a relative radius of 2^-1 to 2^-12, by the textbook. */
static void
balls_contain_points(void)
{
    uint64_t state = test_seed();
    balls t = balls_open();
    mpfr_t x, c, want;
    size_t known = 0;
    mpfr_init2(x, 64);
    mpfr_init2(c, 53);
    mpfr_init2(want, EXACT);
    for (function_id f = 0; f < N_FUNCTIONS; f++)
        for (size_t i = 0; i < 200 / test_every(); i++) {
            const double by = constant(f, &state), at = argument(f, by, &state, false);
            const double rad = ldexp(fabs(at), -1 - (int)(test_random(&state) % 12));
            set(&t, f, at, rad, by);
            mpfr_set_d(c, by, MPFR_RNDN);
            for (int k = 0; k < 4; k++) {
                mpfr_set_d(x, at + (k % 2 == 0 ? -1 : 1) * rad * (1 - 0x1p-40), MPFR_RNDN);
                textbook(want, f, k / 2, x, c);
                const ball *const b = k / 2 == 0 ? t.a.e : t.d.e;
                known += !radius_is_infinite(b->rad);
                ASSERT(radius_is_infinite(b->rad) || contains(b, want, KNOWN - 10), "%s at %a +- %a, %a",
                       names[2 * f + (size_t)(k / 2)], at, rad, by);
            }
        }
    ASSERT(known > 4 * N_FUNCTIONS * 150 / test_every(), "%zu are known", known);
    mpfr_clears(x, c, want, (mpfr_ptr)0);
    balls_close(&t);
}

static bool
is_line(const ball *b)
{
    return radius_is_infinite(b->rad);
}

static bool
is_number(const ball *b, double x)
{
    return radius_is_zero(b->rad) && mpfr_cmp_d(&b->mid, x) == 0;
}

/* From low to high, and what roundings make of that. */
static bool
is_ball(const ball *b, double low, double high)
{
    const double rad = ldexp(b->rad.m, (int)b->rad.e), mid = mpfr_get_d(&b->mid, MPFR_RNDN), size = high - low;
    return mid - rad <= low && mid - rad > low - size * 0x1p-40 && mid + rad >= high && mid + rad < high + size * 0x1p-40;
}

/* Nothing is said where they are not defined; of powers with integers much is. */
static void
balls_about_zero(void)
{
    balls t = balls_open();
    const function_id singular[] = { FUNCTION_log, FUNCTION_reciprocal, FUNCTION_over };
    for (size_t k = 0; k < 3; k++)
        for (int i = 0; i < 2; i++) {
            set(&t, singular[k], i, i, 2); /* {0} and [0, 2] */
            ASSERT(is_line(t.a.e) && is_line(t.d.e), "%s", names[2 * singular[k]]);
        }
    set(&t, FUNCTION_log, -3, 0.5, 0);
    ASSERT(is_line(t.a.e) && is_line(t.d.e));
    set(&t, FUNCTION_sqrt, 0, 0, 0);
    ASSERT(is_number(t.a.e, 0) && is_line(t.d.e));
    set(&t, FUNCTION_sqrt, 1, 1, 0);
    ASSERT(is_line(t.a.e) && is_line(t.d.e));
    set(&t, FUNCTION_pow, 1, 3, 2); /* [-2, 4]^2 in [0, 16], slopes in [-8, 8] */
    ASSERT(is_ball(t.a.e, 0, 16) && is_ball(t.d.e, -8, 8));
    set(&t, FUNCTION_pow, 1, 1, 3); /* [0, 2]^3 in [-8, 8], slopes in [0, 12] */
    ASSERT(is_ball(t.a.e, -8, 8) && is_ball(t.d.e, 0, 12));
    set(&t, FUNCTION_pow, 1, 2, 1);
    ASSERT(is_number(t.d.e, 1));
    set(&t, FUNCTION_pow, 1, 2, 0);
    ASSERT(is_number(t.a.e, 1) && is_number(t.d.e, 0));
    set(&t, FUNCTION_pow, 0, 0, 2);
    ASSERT(is_number(t.a.e, 0) && is_number(t.d.e, 0));
    set(&t, FUNCTION_pow, 0, 0, 1.5);
    ASSERT(is_number(t.a.e, 0) && is_number(t.d.e, 0));
    set(&t, FUNCTION_pow, 0, 0, 0.5);
    ASSERT(is_number(t.a.e, 0) && is_line(t.d.e));
    const double open[] = { -1, 0.5, -0.5, 2.5 };
    for (size_t k = 0; k < 4; k++) {
        set(&t, FUNCTION_pow, 1, 1, open[k]);
        ASSERT(is_line(t.a.e) && is_line(t.d.e), "%g", open[k]);
    }
    set(&t, FUNCTION_pow, -2, 1, 0.5);
    ASSERT(is_line(t.a.e) && is_line(t.d.e));
    set(&t, FUNCTION_pow, -2, 0, -3);
    ASSERT(is_number(t.a.e, -0.125) && !is_line(t.d.e) && mpfr_get_d(&t.d.e->mid, MPFR_RNDN) == -0.1875);
    ball_widen(t.c.e, radius_2exp(-60)); /* a constant is a point */
    vec_function_ball(&t.a, &t.d, &t.z, FUNCTION_pow, &t.c, t.ctx);
    ASSERT(is_line(t.a.e) && is_line(t.d.e));
    balls_close(&t);
}

TEST_MAIN("function", TEST(at_the_ends), TEST(beside_their_limits), TEST(balls_about_zero), TEST(balls_are_narrow),
          TEST(balls_contain_points), TEST(in_mpfr), TEST(in_c_types), TEST(at_numbers_of_float16))
