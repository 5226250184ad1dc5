/* SPDX-License-Identifier: Apache-2.0 */
/* test_narrow.c -- numbers of every format rounded to narrower ones: against MPFR with the narrower format's exponent range and
   subnormals and, for binary32, the compiler's conversion. */
#include <string.h>

#include <mpfr.h>

#include "networks.h"
#include "num/format.h"

#include "num/f32.h"
#include "num/vec_tmpl.h"
#include "num/nar32.h"
#include "num/vec_tmpl.h"
#include "num/emu.h"
#include "num/vec_tmpl.h"
#include "num/f64.h"
#include "num/vec_tmpl.h"
#include "num/mp.h"
#include "num/vec_tmpl.h"
#include "num/mpr.h"
#include "num/vec_tmpl.h"

static ga_format
of(const char *name)
{
    ga_format f = { 0 };
    ASSERT(ga_format_parse(&f, name, NULL) == GA_OK);
    return f;
}

static bool
same(double a, double b)
{
    return isnan(a) ? isnan(b) : a == b && !signbit(a) == !signbit(b);
}

/* The oracle: MPFR's own subnormals, in the format's exponent range. r has the format's bits. */
static void
round_in_range(mpfr_t r, mpfr_srcptr a, ga_format to)
{
    const int ternary = mpfr_set(r, a, MPFR_RNDN);
    mpfr_set_emin(to.emin - to.bits + 2);
    mpfr_set_emax(to.emax + 1);
    mpfr_subnormalize(r, mpfr_check_range(r, ternary, MPFR_RNDN), MPFR_RNDN);
    mpfr_set_emin(mpfr_get_emin_min());
    mpfr_set_emax(mpfr_get_emax_max());
}

typedef struct {
    ctx_nar32 *half;
    ctx_f32 *f32;
    ctx_f64 *f64;
    ctx_mp *mp;
    ga_format to;
    mpfr_t wide, want;
} trial;

static trial
trial_new(const char *name)
{
    trial t = { .to = of(name) };
    ga_estimator e = network_estimator("float", GA_NAIVE, GA_LOOP);
    t.f32 = ctx_new_f32(&e);
    e = network_estimator("double", GA_NAIVE, GA_LOOP);
    t.f64 = ctx_new_f64(&e);
    e = network_estimator("float16", GA_NAIVE, GA_LOOP);
    t.half = ctx_new_nar32(&e);
    e = network_estimator("mpfr:53", GA_NAIVE, GA_LOOP);
    t.mp = ctx_new_mp(&e);
    if (t.f32 == NULL || t.f64 == NULL || t.half == NULL || t.mp == NULL)
        exit(99);
    f32_store(t.to, 0, t.f32);
    f64_store(t.to, 0, t.f64);
    nar32_store(t.to, 0, t.half);
    mp_store(t.to, 0, t.mp);
    mpfr_init2(t.wide, 53);
    mpfr_init2(t.want, t.to.bits);
    return t;
}

static void
trial_free(trial *t)
{
    ctx_free_f32(t->f32);
    ctx_free_f64(t->f64);
    ctx_free_nar32(t->half);
    ctx_free_mp(t->mp);
    mpfr_clears(t->wide, t->want, (mpfr_ptr)0);
}

static void
try_number(trial *t, double x)
{
    double got = 77, once;
    float single = (float)x, got_single = 77, own, got_own = 77;
    mpfr_set_d(t->wide, x, MPFR_RNDN);
    round_in_range(t->want, t->wide, t->to);
    const double want = mpfr_get_d(t->want, MPFR_RNDN);
    f64_narrow(&got, &x, t->f64);
    ASSERT(same(got, want), "double %a becomes %a, not %a", x, got, want);
    mp_narrow(t->wide, t->wide, t->mp); /* in place */
    once = mpfr_get_d(t->wide, MPFR_RNDN);
    ASSERT(same(once, want), "%a in MPFR becomes %a, not %a", x, once, want);

    mpfr_set_d(t->wide, single, MPFR_RNDN);
    round_in_range(t->want, t->wide, t->to);
    f32_narrow(&got_single, &single, t->f32);
    ASSERT(same(got_single, mpfr_get_d(t->want, MPFR_RNDN)), "float %a becomes %a", (double)single, (double)got_single);

    nar32_set_d(&own, x, t->half); /* its numbers are in both formats that are tried */
    nar32_narrow(&got_own, &own, t->half);
    ASSERT(same(got_own, own), "float16 %a becomes %a", (double)own, (double)got_own);
}

static void
try_beside(trial *t, double x)
{
    for (int sign = -1; sign <= 1; sign += 2) {
        try_number(t, sign * x);
        try_number(t, sign * nextafter(x, 0));
        try_number(t, sign * nextafter(x, INFINITY));
        try_number(t, sign * (double)nextafterf((float)x, 0));
        try_number(t, sign * (double)nextafterf((float)x, INFINITY));
    }
}

/* All of binary16, its ties, what is beside them; ends of all ranges. */
static void
all_of_binary16(void)
{
    trial t = trial_new("float16");
    for (int e = 0; e < 31; e++)
        for (int f = 0; f < 1024; f++) {
            const double u = ldexp(1, (e > 0 ? e : 1) - 25), x = (e > 0 ? 1024 + f : f) * u;
            try_beside(&t, x);
            try_beside(&t, x + u / 2);
        }
    for (int e = -1074; e <= 1023; e++) {
        try_beside(&t, ldexp(1, e));
        try_beside(&t, ldexp(1.75, e));
    }
    static const double ends[] = { 65504, 65519.99, 65520, 65536, 0x1p-24, 0x1p-25, 0x1.8p-25, INFINITY, FLT_MAX, DBL_MAX };
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        try_beside(&t, ends[i]);
    try_number(&t, NAN);
    trial_free(&t);
}

/* To another format, which nothing above was made for. */
static void
to_binary32(void)
{
    trial t = trial_new("float");
    uint64_t state = test_seed();
    for (size_t i = 0; i < 200000; i++) {
        const int e = (int)(test_random(&state) % 300) - 160;
        double x = ldexp((double)(test_random(&state) >> 11), e - 53), got;
        if (i % 3 == 0)
            x = (double)(float)x + ldexp((double)(test_random(&state) % 3) - 1, e < -126 ? -150 : e - 25);
        f64_narrow(&got, &x, t.f64);
        ASSERT(same(got, (float)x), "%a becomes %a", x, got);
        try_number(&t, -x);
    }
    for (int e = -1074; e <= 1023; e++)
        try_beside(&t, ldexp(1, e));
    try_beside(&t, FLT_MAX);
    try_beside(&t, ldexp(2 - 0x1p-24, 127)); /* a tie, to infinity */
    try_number(&t, NAN);
    trial_free(&t);
}

/* a = (m + tail) 2^e, with a tail far below what a double has, in r of another precision. */
static void
try_wide(ga_format to, long m, long e, int tail, long bits, long from_bits)
{
    mpfr_t a, r, want, held;
    mpfr_init2(a, from_bits);
    mpfr_inits2(bits, r, held, (mpfr_ptr)0);
    mpfr_init2(want, to.bits);
    mpfr_set_si_2exp(a, tail, -200, MPFR_RNDN);
    mpfr_add_si(a, a, m, MPFR_RNDN);
    mpfr_mul_2si(a, a, e, MPFR_RNDN);
    round_in_range(want, a, to);
    mpfr_set(held, want, MPFR_RNDN);
    mpfr_set_nan(r);
    mpfr_narrow(r, a, &to, 0);
    ASSERT(mpfr_equal_p(r, held) && !mpfr_signbit(r) == !mpfr_signbit(held),
           "(%ld %+d 2^-200) 2^%ld of %ld bits, in %ld bits: %g, not %g", m, tail, e, from_bits, bits, mpfr_get_d(r, MPFR_RNDN),
           mpfr_get_d(held, MPFR_RNDN));
    mpfr_clears(a, r, want, held, (mpfr_ptr)0);
}

/* From any precision to any other, fewer bits than the format has included: the whole number is rounded, once. */
static void
any_precision(void)
{
    static const long precisions[] = { 2, 5, 10, 11, 12, 24, 53, 300 };
    static const char *const names[] = { "float16", "float" };
    uint64_t state = test_seed();
    for (size_t n = 0; n < 2; n++) {
        const ga_format to = of(names[n]);
        for (size_t from = 0; from < 8; from++)
            for (size_t into = 0; into < 8; into++)
                for (long k = 0; k < 600; k++) {
                    const long m = k < 64 ? k + 1 : k < 200 ? (1L << to.bits) - 100 + k : (long)(test_random(&state) >> 36) + 1;
                    const long down = to.emin - to.bits;
                    const long e = k % 3 == 0 ? down - (long)(test_random(&state) % 14) : k % 3 == 1 ? -to.bits
                                   : to.emax - to.bits - (long)(test_random(&state) % 3);
                    try_wide(to, k % 2 == 0 ? m : -m, e, (int)(test_random(&state) % 3) - 1, precisions[into],
                             precisions[from]);
                }
    }
}

/* Beyond a double's exponents; and what is no number. */
static void
far_away(void)
{
    const ga_format to = of("float16");
    mpfr_t a, r;
    mpfr_inits2(100, a, r, (mpfr_ptr)0);
    for (int sign = -1; sign <= 1; sign += 2) {
        mpfr_set_si_2exp(a, sign, 100000000, MPFR_RNDN);
        mpfr_narrow(r, a, &to, 0);
        ASSERT(mpfr_inf_p(r) && mpfr_sgn(r) == sign);
        mpfr_narrow(r, r, &to, 0);
        ASSERT(mpfr_inf_p(r) && mpfr_sgn(r) == sign);
        mpfr_set_si_2exp(a, sign, -100000000, MPFR_RNDN);
        mpfr_narrow(r, a, &to, 0);
        ASSERT(mpfr_zero_p(r) && !!mpfr_signbit(r) == (sign < 0));
        mpfr_narrow(r, r, &to, 0);
        ASSERT(mpfr_zero_p(r) && !!mpfr_signbit(r) == (sign < 0));
    }
    mpfr_set_nan(a);
    mpfr_narrow(r, a, &to, 0);
    ASSERT(mpfr_nan_p(r));
    mpfr_clears(a, r, (mpfr_ptr)0);
}

/* MPFR with float's exponents: what binary16 keeps is in their range. */
static void
with_a_range(void)
{
    const ga_format to = of("float16");
    ga_estimator e = network_estimator("mpfr:100", GA_NAIVE, GA_LOOP);
    e.format = format_with_bits(format_f32, 100, true);
    ctx_mpr *ctx = ctx_new_mpr(&e);
    mpr_store(to, 0, ctx);
    mpfr_t a, want;
    mpfr_init2(a, 100);
    mpfr_init2(want, 11);
    for (long k = 1; k < 4000; k++) {
        mpfr_set_si_2exp(a, k, -26, MPFR_RNDN);
        mpfr_add_d(a, a, 0x1p-120, MPFR_RNDN);
        round_in_range(want, a, to);
        mpr_narrow(a, a, ctx);
        ASSERT(mpfr_equal_p(a, want), "%ld", k);
    }
    mpfr_clears(a, want, (mpfr_ptr)0);
    ctx_free_mpr(ctx);
}

/* What was stored is a number of a wider format, however that rounds. */
static void
in_a_wider_format(void)
{
    static const char *const wide[] = { "p=30,emin=-100,emax=100,rounding=up", "p=30,emin=-100,emax=100,rounding=odd", "x87" };
    const ga_format to = of("float16");
    mpfr_t a, want;
    mpfr_init2(want, 11);
    for (size_t i = 0; i < 3; i++) {
        const ga_estimator e = network_estimator(wide[i], GA_NAIVE, GA_LOOP);
        ctx_emu *ctx = ctx_new_emu(&e);
        emu_store(to, 0, ctx);
        mpfr_init2(a, e.format.bits);
        for (long k = -4000; k < 4000; k++) {
            mpfr_set_si_2exp(a, 3 * k, -26, MPFR_RNDN);
            mpfr_add_d(a, a, 0x1p-29, MPFR_RNDN);
            round_in_range(want, a, to);
            emu_narrow(a, a, ctx);
            ASSERT(mpfr_equal_p(a, want), "%s, %ld", wide[i], k);
        }
        mpfr_clear(a);
        ctx_free_emu(ctx);
    }
    mpfr_clear(want);
}

TEST_MAIN("narrow", TEST(all_of_binary16), TEST(to_binary32), TEST(any_precision), TEST(far_away), TEST(with_a_range),
          TEST(in_a_wider_format))
