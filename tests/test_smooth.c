/* SPDX-License-Identifier: Apache-2.0 */
/* test_smooth.c -- the functions of num/smooth.h against textbook formulas of many bits, in ulps: at all numbers of formats of few
   bits; in float and double at random, at the roots of derivatives, at the ends and from there on; in MPFR of any precision,
   however it rounds. */
#include "num/format.h"
#include "num/mpfr_narrow.h"
#include "num/mpfr_vec.h"
#include "num/place.h"
#include "networks.h"
#include "smooth_textbook.h"
#include "test.h"

#include "num/nar32.h"
#include "num/vec_tmpl.h"

#include "num/f32.h"
#include "num/vec_tmpl.h"
#include "gemm/gemm_tmpl.h"
#include "pass/tape_tmpl.h"
#define op_run_selu_f32 tested_selu_f32 /* the program has the other */
void tested_selu_f32(tape_f32 *t, const instruction *i, ctx_f32 *ctx);
#include "op/selu_tmpl.c"

static const char *const names[] = {
#define SMOOTH(f, ...) #f, #f "'",
#include "num/smooth.def"
#undef SMOOTH
};

/* |got - f(x)| in ulps of a format of p bits from 2^emin on. Beyond its largest number, emax, infinite is right. What is 1 but for
   less than the format's least number the textbook sees with 100 bits more than that has. */
static double
ulps(double got, smooth_id f, int order, double x, long p, long emin, double emax)
{
    mpfr_t from, want;
    mpfr_init2(from, 53);
    mpfr_init2(want, 2 * p + 100 - emin);
    mpfr_set_d(from, x, MPFR_RNDN);
    textbook(want, f, order, from);
    const long e = mpfr_zero_p(want) || mpfr_get_exp(want) - 1 < emin ? emin : (long)mpfr_get_exp(want) - 1;
    mpfr_sub_d(want, want, got, MPFR_RNDN);
    mpfr_div_2si(want, want, e - p + 1, MPFR_RNDN);
    const double off = fabs(mpfr_get_d(want, MPFR_RNDN));
    mpfr_clears(from, want, (mpfr_ptr)0);
    return isinf(got) && fabs(x) > emax / 2 ? 0 : off;
}

/* What was largest, and where. */
typedef struct {
    double off, at;
} worst;

static void
note(worst *w, double off, double x)
{
    if (!(off <= w->off))
        *w = (worst){ off, x };
}

static void
report(const worst *w, smooth_id f, int order, const char *format, double most)
{
    printf("\n    %s in %s: %.4f ulp at %.9g", names[2 * f + (size_t)order], format, w->off, w->at);
    ASSERT(w->off <= most, "%s in %s: %g ulp at %a", names[2 * f + (size_t)order], format, w->off, w->at);
}

/* All finite numbers, rounded as the format does: the nearest, but for what a double may miss of a tie. From 2^20 on there is
   nothing to compute, and too much for the textbook. */
static void
at_all_numbers_of(ga_format format, const char *words)
{
    const ga_estimator e = { .format = format, .formulas = GA_REWRITE };
    ctx_nar32 *const ctx = ctx_new_nar32(&e);
    mpfr_t last;
    mpz_t place;
    mpfr_init2(last, format.bits);
    mpz_init(place);
    mpfr_largest(last, &format, 1);
    place_of(place, last, &format);
    const double most = mpfr_get_d(last, MPFR_RNDN);
    const size_t n = mpz_get_ui(place) + 1, every = n > 1000 ? test_every() : 1;
    mat_nar32 z = mat_new_nar32(1, 2 * n, format.bits, ctx), a = mat_new_nar32(1, 2 * n, format.bits, ctx);
    mat_nar32 d = mat_new_nar32(1, 2 * n, format.bits, ctx);
    for (size_t i = 0; i < n; i++) {
        z.e[i] = (float)place_double(i, &format);
        z.e[n + i] = -z.e[i];
    }
    for (smooth_id f = 0; f < N_SMOOTH; f++) {
        worst w[2] = { { 0, 0 }, { 0, 0 } };
        vec_smooth_nar32(&a, &d, &z, f, ctx);
        for (size_t i = test_random(&(uint64_t){ test_seed() + f }) % every; i < 2 * n; i += every) {
            if (fabsf(z.e[i]) >= 0x1p20f)
                continue;
            note(w, ulps((double)a.e[i], f, 0, (double)z.e[i], format.bits, format.emin, most), (double)z.e[i]);
            note(w + 1, ulps((double)d.e[i], f, 1, (double)z.e[i], format.bits, format.emin, most), (double)z.e[i]);
        }
        for (int order = 0; order < 2; order++)
            report(w + order, f, order, words, 0.5 + 0x1p-20);
    }
    mat_free_nar32(&z);
    mat_free_nar32(&a);
    mat_free_nar32(&d);
    ctx_free_nar32(ctx);
    mpfr_clear(last);
    mpz_clear(place);
}

static void
at_all_numbers(void)
{
    static const char *const words[] = { "float16", "bfloat16", "e5m2", "e4m3", "e5m2fnuz", "e4m3fnuz", "e3m2", "e2m3", "e2m1" };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        ga_format f = { 0 };
        ASSERT(ga_format_parse(&f, words[i], NULL) == GA_OK);
        at_all_numbers_of(f, words[i]);
    }
}

/* The derivatives' roots, and where functions of float and double leave the range. */
static const double places[] = { -1.2784645427610738, -0.75179152472, -0.75246142, -1.1924494, -88.7, -87.3, -103.9, -106, -108.6,
                                 -14.2, -13, -8.3, -4.8, -5.6, -26.6, -38.5, -708.4, -745.1, -752, -21, 9.1, 17, 20, 37, 6, 3, 0 };
enum { PLACES = sizeof places / sizeof *places };

/* Near a place, the next numbers to it and within a 2^-4th to a 2^-40th; else any sign, and sizes from 2^-30 to 2^11. */
static double
argument(size_t i, uint64_t *state, bool single)
{
    const double u = network_uniform(state);
    double x = places[i % PLACES] + ldexp(u, -(int)(test_random(state) % 40));
    if (i % 4 == 0)
        x = ldexp(u, (int)(test_random(state) % 42) - 30);
    return single ? (double)(float)x : x;
}

static void
in_c_types(void)
{
    uint64_t state = test_seed();
    for (smooth_id f = 0; f < N_SMOOTH; f++)
        for (int order = 0; order < 2; order++) {
            worst single = { 0, 0 }, wide = { 0, 0 };
            for (size_t i = 0; i < 4000 / test_every(); i++) {
                const double x = argument(i, &state, true), y = argument(i, &state, false);
                note(&single, ulps((double)smoothf(f, order, (float)x), f, order, x, 24, -126, 0x1p127), x);
                note(&wide, ulps(smooth(f, order, y), f, order, y, 53, -1022, 0x1p1023), y);
            }
            report(&single, f, order, "float", 0.51);
            report(&wide, f, order, "double", 2);
        }
}

/* The numbers next to a root of a derivative, where all that formulas make of it would be noise. */
static void
next_to_roots(void)
{
    static const struct { smooth_id f; double near; } roots[] = {
        { SMOOTH_silu, -1.2784645427610738 }, { SMOOTH_gelu, -0.7517915247 }, { SMOOTH_gelu_tanh, -0.7524614 },
        { SMOOTH_mish, -1.1924494 },
    };
    for (size_t k = 0; k < sizeof roots / sizeof *roots; k++) {
        double low = roots[k].near - 1e-3, high = roots[k].near + 1e-3;
        ASSERT(smooth(roots[k].f, 1, low) < 0 && smooth(roots[k].f, 1, high) > 0, "%s", names[2 * roots[k].f]);
        for (int i = 0; i < 60; i++) {
            const double middle = (low + high) / 2;
            *(smooth(roots[k].f, 1, middle) < 0 ? &low : &high) = middle;
        }
        for (int i = -20; i <= 20; i++) {
            const double x = low + i * (nextafter(low, 0) - low);
            const float y = (float)low + (float)i * (nextafterf((float)low, 0) - (float)low);
            ASSERT(ulps(smooth(roots[k].f, 1, x), roots[k].f, 1, x, 53, -1022, 0x1p1023) < 0.51, "%s' at %a", names[2 * roots[k].f],
                   x);
            ASSERT(ulps((double)smoothf(roots[k].f, 1, y), roots[k].f, 1, (double)y, 24, -126, 0x1p127) < 0.51, "%s' at %a",
                   names[2 * roots[k].f], (double)y);
        }
    }
}

/* |x| up to which the textbook's 2500 bits are enough for 1 and e^(-x^2/2), or e^-|x|, or e^-2u, and 400 bits more. */
static double
reach(smooth_id f)
{
    return f == SMOOTH_gelu || f == SMOOTH_erf ? 36 : f == SMOOTH_gelu_tanh ? 24 : 700;
}

/* Correctly rounded, of any precision, to nearest and toward zero, with the ternary value. */
static void
in_mpfr(void)
{
    uint64_t state = test_seed();
    mpfr_t x, r, want, exact;
    mpfr_init2(x, 53);
    mpfr_init2(exact, 2500);
    for (smooth_id f = 0; f < N_SMOOTH; f++)
        for (int order = 0; order < 2; order++)
            for (size_t i = 0; i < 600 / test_every(); i++) {
                const mpfr_rnd_t rounding = i % 2 == 0 ? MPFR_RNDN : MPFR_RNDZ;
                const mpfr_prec_t bits = 2 + (mpfr_prec_t)(test_random(&state) % (i % 3 == 0 ? 400 : 70));
                mpfr_inits2(bits, r, want, (mpfr_ptr)0);
                mpfr_set_d(x, argument(i, &state, i % 5 == 0), MPFR_RNDN);
                textbook(exact, f, order, x);
                mpfr_set(want, exact, rounding);
                mpfr_set_nan(r);
                const int ternary = smooth_mpfr(r, f, order, x, rounding), side = mpfr_cmp(r, exact);
                if (mpfr_cmpabs_ui(x, (unsigned long)reach(f)) < 0)
                    ASSERT(mpfr_equal_p(r, want) && (ternary > 0) == (side > 0) && (ternary < 0) == (side < 0),
                           "%s of %ld bits at %a: %a, not %a; %d", names[2 * f + (size_t)order], (long)bits,
                           mpfr_get_d(x, MPFR_RNDN), mpfr_get_d(r, MPFR_RNDN), mpfr_get_d(want, MPFR_RNDN), ternary);
                mpfr_clears(r, want, (mpfr_ptr)0);
            }
    mpfr_clears(x, exact, (mpfr_ptr)0);
}

/* Where there is nothing to compute, and beyond. */
static void
at_the_ends(void)
{
    for (smooth_id f = 0; f < N_SMOOTH; f++) {
        const bool odd = f == SMOOTH_erf || f == SMOOTH_softsign, from_below = f != SMOOTH_softplus && f != SMOOTH_elu && !odd;
        const double far[] = { INFINITY, DBL_MAX, 1e30, 1e6 };
        for (size_t i = 0; i < (f == SMOOTH_softsign ? 1 : 4); i++) {
            const double above = odd ? 1 : far[i], below = odd || f == SMOOTH_elu ? -1 : from_below ? -0.0 : 0.0;
            ASSERT(smooth(f, 0, far[i]) == above && smooth(f, 1, far[i]) == !odd, "%s at %g", names[2 * f], far[i]);
            ASSERT(smooth(f, 0, -far[i]) == below && !signbit(smooth(f, 0, -far[i])) == !signbit(below), "%s at %g", names[2 * f],
                   -far[i]);
            ASSERT(smooth(f, 1, -far[i]) == 0 && !signbit(smooth(f, 1, -far[i])) == !from_below, "%s' at %g", names[2 * f],
                   -far[i]);
        }
        ASSERT(isnan(smooth(f, 0, NAN)) && isnan(smooth(f, 1, NAN)) && isnan(smoothf(f, 0, NAN)));
        ASSERT(smooth(f, 0, -0.0) == 0 ? signbit(smooth(f, 0, -0.0)) != 0 : f == SMOOTH_softplus);
    }
}

/* Toward zero a number just below x is not x, however little is missing; and the ternary value says on which side it is. */
static void
beside_their_limits(void)
{
    static const struct { smooth_id f; int order; bool above; } limits[] = {
        { SMOOTH_softplus, 0, true }, { SMOOTH_softplus, 1, false }, { SMOOTH_silu, 0, false }, { SMOOTH_silu, 1, true },
        { SMOOTH_gelu, 0, false }, { SMOOTH_gelu, 1, true }, { SMOOTH_gelu_tanh, 0, false }, { SMOOTH_gelu_tanh, 1, true },
        { SMOOTH_mish, 0, false }, { SMOOTH_mish, 1, true },
    };
    mpfr_t x, r, want;
    mpfr_inits2(24, x, r, want, (mpfr_ptr)0);
    for (size_t k = 0; k < sizeof limits / sizeof *limits; k++)
        for (double at = 60; at < 1e30; at *= 7) {
            mpfr_set_d(x, at, MPFR_RNDN);
            mpfr_set_ui(want, 1, MPFR_RNDN);
            if (limits[k].order == 0)
                mpfr_set(want, x, MPFR_RNDN);
            const int nearest = smooth_mpfr(r, limits[k].f, limits[k].order, x, MPFR_RNDN);
            ASSERT(mpfr_equal_p(r, want) && (nearest < 0) == limits[k].above, "%s at %g", names[2 * limits[k].f], at);
            const int down = smooth_mpfr(r, limits[k].f, limits[k].order, x, MPFR_RNDZ);
            if (!limits[k].above)
                mpfr_nextbelow(want);
            ASSERT(mpfr_equal_p(r, want) && down < 0, "%s at %g, toward zero", names[2 * limits[k].f], at);
        }
    mpfr_set_ui_2exp(x, 1, 5000, MPFR_RNDN); /* 1/(1 + x)^2 is just below 1/x^2, which is a number */
    mpfr_set_ui_2exp(want, 1, -10000, MPFR_RNDN);
    ASSERT(smooth_mpfr(r, SMOOTH_softsign, 1, x, MPFR_RNDN) > 0 && mpfr_equal_p(r, want));
    mpfr_nextbelow(want);
    ASSERT(smooth_mpfr(r, SMOOTH_softsign, 1, x, MPFR_RNDZ) < 0 && mpfr_equal_p(r, want));
    mpfr_clears(x, r, want, (mpfr_ptr)0);
}

/* Below 0, in ulps: SELU and ELU of other alphas, which are not functions of smooth.def. */
static void
scaled_elu(void)
{
    static const float constants[][2] = { { 1.67326324f, 1.05070102f }, { 0.3f, 1 }, { 1.7f, 1 }, { 1.67326324f, 0.5f } };
    const ga_estimator e = { .format = { FORMAT_OF(f32) }, .formulas = GA_REWRITE };
    ctx_f32 *const ctx = ctx_new_f32(&e);
    uint64_t state = test_seed();
    double most[2] = { 0, 0 };
    mpfr_t want;
    mpfr_init2(want, 200);
    for (size_t i = 0; i < 60000 / test_every(); i++) {
        const float z = -fabsf((float)argument(i, &state, true)), slope = constants[i % 4][0], scale = constants[i % 4][1];
        float got[2];
        selu_low_f32(got, got + 1, &z, &slope, &scale, ctx);
        for (int order = 0; order < 2; order++) {
            mpfr_set_flt(want, z, MPFR_RNDN);
            (order == 0 ? mpfr_expm1 : mpfr_exp)(want, want, MPFR_RNDN);
            mpfr_mul_d(want, want, (double)slope * (double)scale, MPFR_RNDN); /* exact */
            const long e2 = mpfr_zero_p(want) || mpfr_get_exp(want) - 1 < -126 ? -126 : (long)mpfr_get_exp(want) - 1;
            mpfr_sub_d(want, want, (double)got[order], MPFR_RNDN);
            mpfr_div_2si(want, want, e2 - 23, MPFR_RNDN);
            most[order] = fmax(most[order], fabs(mpfr_get_d(want, MPFR_RNDN)));
        }
    }
    printf("\n    %.3f and %.3f ulp", most[0], most[1]);
    ASSERT(most[0] < 3 && most[1] < 4, "%g, %g", most[0], most[1]);
    mpfr_clear(want);
    ctx_free_f32(ctx);
}

TEST_MAIN("smooth", TEST(at_the_ends), TEST(beside_their_limits), TEST(scaled_elu), TEST(next_to_roots), TEST(in_mpfr),
          TEST(in_c_types), TEST(at_all_numbers))
