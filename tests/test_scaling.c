/* SPDX-License-Identifier: Apache-2.0 */
/* test_scaling.c -- inputs are the exact value of (v scale - mean) / std rounded once: against MPFR, which rounds the rational
   with the type's exponent range and mpfr_subnormalize. */
#include <math.h>
#include <string.h>

#include <mpfr.h>

#include "core/dataset.h"

#include "model/scaling.h"
#include "num/rational.h"
#include "test.h"

static double
oracle(const mpq_t q, ga_dtype type)
{
    const mpfr_exp_t emin = mpfr_get_emin(), emax = mpfr_get_emax();
    mpfr_t x;
    mpfr_init2(x, type == GA_F32 ? 24 : 53);
    mpfr_set_emin(type == GA_F32 ? -148 : -1073);
    mpfr_set_emax(type == GA_F32 ? 128 : 1024);
    const int inexact = mpfr_set_q(x, q, MPFR_RNDN);
    mpfr_subnormalize(x, inexact, MPFR_RNDN);
    const double d = mpfr_get_d(x, MPFR_RNDN);
    mpfr_set_emin(emin);
    mpfr_set_emax(emax);
    mpfr_clear(x);
    return d;
}

static bool
same(double a, double b)
{
    return memcmp(&a, &b, sizeof a) == 0 || (a == 0 && b == 0);
}

/* A number of any exponent, of few or many bits, near 1 more often. */
static double
any_double(uint64_t *state)
{
    const uint64_t r = test_random(state);
    const int spread = (int[]){ 4, 40, 160, 1020 }[r >> 8 & 3];
    const int bits = (int[]){ 53, 24, 8, 2 }[r >> 10 & 3];
    const double significand = (double)(test_random(state) >> (64 - bits));
    return ldexp(r & 1 ? -significand : significand, (int)(test_random(state) % (unsigned)(2 * spread + 1)) - spread - bits);
}

static void
any_rational(mpq_t q, uint64_t *state)
{
    switch (test_random(state) % 4) {
    case 0:
        mpq_set_d(q, any_double(state));
        break;
    case 1:
        mpq_set_si(q, (long)(test_random(state) % 2001) - 1000, 1 + test_random(state) % 1000);
        break;
    default:
        mpq_set_ui(q, 1 + test_random(state) % 100000, 10000);
    }
    mpq_canonicalize(q);
    if (mpq_sgn(q) == 0)
        mpq_set_ui(q, 1, 255);
}

/* Random steps; values that are random, and such that the result is a tie, 0, or next to either. */
static void
any_scaling(void)
{
    enum { SCALINGS = 3000, VALUES = 40 };
    uint64_t state = test_seed();
    mpq_t a, m, d, q;
    mpq_inits(a, m, d, q, NULL);
    for (int k = 0; k < SCALINGS; k++) {
        scaling *s = scaling_new(1);
        any_rational(a, &state);
        any_rational(m, &state);
        any_rational(d, &state);
        if (k % 3 == 0)
            mpq_set_ui(m, 0, 1);
        ASSERT(scaling_step(s, SCALING_MULTIPLY, 1, &a) && scaling_step(s, SCALING_SUBTRACT, 1, &m) &&
               scaling_step(s, SCALING_DIVIDE, 1, &d) && scaling_seal(s, true));
        for (int i = 0; i < VALUES; i++) {
            double v = any_double(&state);
            if (i % 2 == 0 && mpq_sgn(m) != 0) { /* near the mean: v a - m cancels */
                mpq_div(q, m, a);
                v = mpq_get_d(q);
                for (int step = i % 8; step > 0; step--)
                    v = nextafter(v, INFINITY);
            }
            if (!isfinite(v))
                continue;
            if (i < 8)
                v = (double)(test_random(&state) % 256);
            mpq_set_d(q, v);
            mpq_mul(q, q, a);
            mpq_sub(q, q, m);
            mpq_div(q, q, d);
            for (int type = 0; type < 2; type++) {
                const ga_dtype t = type == 0 ? GA_F32 : GA_F64;
                const double want = oracle(q, t), got = scaling_apply(s, 0, v, t);
                double x = NAN;
                ASSERT(same(got, want), "scaling %d, v = %a, got %a, want %a", k, v, got, want);
                ASSERT(same(rational_round(q, t == GA_F32), want), "rational %d, v = %a, got %a, want %a", k, v,
                       rational_round(q, t == GA_F32), want);
                scaling_values(&x, s, &v, t);
                ASSERT(same(x, want));
                if (v >= 0 && v < 256 && v == floor(v)) {
                    scaling_bytes(&x, s, &(uint8_t){ (uint8_t)v }, t);
                    ASSERT(same(x, want), "byte %g, got %a, want %a", v, x, want);
                }
            }
        }
        scaling_free(s);
    }
    mpq_clears(a, m, d, q, NULL);
}

/* Ties and their neighbours, in the normal range, below it and at its ends: v = n + 1/2 units exactly, and 2^-60 units beside
   that. */
static void
ties(void)
{
    uint64_t state = test_seed();
    mpq_t q, beside;
    mpq_inits(q, beside, NULL);
    for (int type = 0; type < 2; type++) {
        const ga_dtype t = type == 0 ? GA_F32 : GA_F64;
        const int p = type == 0 ? 24 : 53, least = type == 0 ? -149 : -1074, most = type == 0 ? 104 : 971;
        for (int k = 0; k < 3000; k++) {
            const int bits = 1 + (int)(test_random(&state) % (unsigned)p);
            const uint64_t n = k % 50 == 0 ? (UINT64_C(1) << bits) - 1 : test_random(&state) >> (64 - bits);
            const int unit = k % 3 == 0 ? least : k % 3 == 1 ? most : (int)(test_random(&state) % (unsigned)(most - least)) + least;
            mpz_set_ui(mpq_numref(q), 2 * n + 1);
            mpz_set_ui(mpq_denref(q), 2);
            mpq_set_ui(beside, 1, 1);
            mpq_div_2exp(beside, beside, 60);
            if (k % 4 == 1)
                mpq_add(q, q, beside);
            if (k % 4 == 2)
                mpq_sub(q, q, beside);
            if (unit < 0)
                mpq_div_2exp(q, q, (mp_bitcnt_t)-unit);
            else
                mpq_mul_2exp(q, q, (mp_bitcnt_t)unit);
            ASSERT(same(rational_round(q, t == GA_F32), oracle(q, t)), "n %llu, unit %d, got %a, want %a",
                   (unsigned long long)n, unit,
                   rational_round(q, t == GA_F32), oracle(q, t));
            scaling *s = scaling_new(1); /* the same as 0 times anything plus q: offset only */
            mpq_neg(beside, q);
            ASSERT(scaling_step(s, SCALING_ADD, 1, &q) && scaling_step(s, SCALING_SUBTRACT, 1, &beside) && scaling_seal(s, false));
            mpq_add(q, q, q);
            ASSERT(same(scaling_apply(s, 0, 0, t), oracle(q, t)), "n %llu, unit %d", (unsigned long long)n, unit);
            scaling_free(s);
        }
    }
    mpq_clears(q, beside, NULL);
}

/* Steps one after the other: ((v + 3) 2 - 1) / 4. */
static void
steps(void)
{
    scaling *s = scaling_new(1);
    ASSERT(scaling_step_doubles(s, SCALING_ADD, 1, &(double){ 3 }) &&
           scaling_step_doubles(s, SCALING_MULTIPLY, 1, &(double){ 2 }) &&
           scaling_step_doubles(s, SCALING_SUBTRACT, 1, &(double){ 1 }) &&
               scaling_step_doubles(s, SCALING_DIVIDE, 1, &(double){ 4 }) &&
           scaling_seal(s, false));
    ASSERT(scaling_apply(s, 0, 5, GA_F32) == 3.75 && scaling_apply(s, 0, -2.5, GA_F64) == 0 && !scaling_is(s, "1/2"));
    scaling_free(s);
    s = scaling_new(4); /* 2 channels become 4 */
    ASSERT(scaling_step_doubles(s, SCALING_MULTIPLY, 2, (double[]){ 1, 10 }) &&
           scaling_step_doubles(s, SCALING_ADD, 4, (double[]){ 1, 2, 3, 4 }) && scaling_seal(s, false));
    for (size_t c = 0; c < 4; c++)
        ASSERT(scaling_apply(s, c, 7, GA_F64) == (c < 2 ? 7 : 70) + (double)c + 1, "channel %zu", c);
    scaling_free(s);
}

/* Channels first; steps of 1, 3 and 6 channels on 12 inputs, in any order. */
static void
channels(void)
{
    enum { INPUTS = 12 };
    const double one[] = { 4 }, three[] = { 1, 2, 3 }, six[] = { 1, 2, 4, 8, 16, 32 };
    for (int order = 0; order < 2; order++) {
        scaling *s = scaling_new(INPUTS);
        uint8_t bytes[INPUTS];
        double values[INPUTS], x[INPUTS];
        bool ok = scaling_step_doubles(s, SCALING_MULTIPLY, 1, one);
        ok = ok && scaling_step_doubles(s, SCALING_SUBTRACT, order == 0 ? 3 : 6, order == 0 ? three : six);
        ok = ok && scaling_step_doubles(s, SCALING_DIVIDE, order == 0 ? 6 : 3, order == 0 ? six : three);
        ASSERT(ok && !scaling_step_doubles(s, SCALING_ADD, 4, six) && !scaling_step_doubles(s, SCALING_ADD, 5, six) &&
               !scaling_step_doubles(s, SCALING_ADD, 0, six) && !scaling_step_doubles(s, SCALING_DIVIDE, 1, &(double){ 0 }) &&
               !scaling_step_doubles(s, SCALING_ADD, 1, &(double){ NAN }) && scaling_seal(s, true) && scaling_channels(s) == 6);
        for (int i = 0; i < INPUTS; i++)
            values[i] = bytes[i] = (uint8_t)(20 * i + 3);
        for (int type = 0; type < 2; type++)
            for (int b = 0; b < 2; b++) {
                if (b)
                    scaling_bytes(x, s, bytes, type == 0 ? GA_F32 : GA_F64);
                else
                    scaling_values(x, s, values, type == 0 ? GA_F32 : GA_F64);
                for (int i = 0; i < INPUTS; i++) {
                    const double want = order == 0 ? (4 * values[i] - three[i / 4]) / six[i / 2]
                        : (4 * values[i] - six[i / 2]) / three[i / 4];
                    ASSERT(x[i] == (type == 0 ? (float)want : want), "input %d: %a, not %a", i, x[i], want);
                }
            }
        scaling_free(s);
    }
}

static void
text(void)
{
    static const struct {
        const char *text, *rational;
    } good[] = { { "0", "0" }, { "1/255", "1/255" }, { "-1/255", "-1/255" }, { "0.5", "1/2" }, { ".5", "1/2" }, { "5.", "5" },
                 { "+0.1307", "1307/10000" }, { "1e2", "100" }, { "1E-2", "1/100" }, { "1.5e+1/0.25", "60" }, { "-0.0", "0" } };
    static const char *const bad[] = { "", "-", ".", "e5", "1e", "1e+", "1/0", "1/", "/2", "1/2/3", "1,5", "0x10", "nan", "inf",
                                       " 1", "1 ",
                                       "1e401", "1e-401", "1e99999999999999999999", "1.2.3", "--1", "1/-", "a" };
    mpq_t q, want;
    char huge[300];
    mpq_inits(q, want, NULL);
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        mpq_set_str(want, good[i].rational, 10);
        ASSERT(rational_parse(q, good[i].text) && mpq_equal(q, want), "%s", good[i].text);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ASSERT(!rational_parse(q, bad[i]), "%s", bad[i]);
    memset(huge, '1', sizeof huge);
    huge[200] = '\0';
    ASSERT(rational_parse(q, huge));
    huge[200] = '1';
    huge[201] = '\0';
    ASSERT(!rational_parse(q, huge));
    mpq_clears(q, want, NULL);
}

/* A data set: what the options make of it, and where attacks stop. */
static void
dataset(void)
{
    uint8_t pixel[4] = { 0, 51, 102, 255 }, level[4];
    double value[4] = { -2, 0.1, 3, 8 }, x[4], low[4], high[4];
    ga_status st = { 0 };
    ga_dataset bytes = { .n = 1, .rows = 2, .cols = 2, .pixel = pixel };
    ga_dataset values = { .n = 1, .rows = 2, .cols = 2, .value = value, .least = -2, .largest = 8 };
    ga_dataset_bounds(low, high, &bytes, GA_F32);
    ASSERT(low[3] == 0 && high[3] == 1);
    ASSERT(ga_dataset_scale(&bytes, "1/255", NULL, NULL, &st) == GA_OK && bytes.scaling == NULL);
    ASSERT(ga_dataset_scale(&bytes, "2/510", "0", "1", &st) == GA_OK && bytes.scaling == NULL);
    ASSERT(ga_dataset_scale(&bytes, NULL, "0.5,0", "0.5,1", &st) == GA_OK && bytes.scaling != NULL, "%s", st.message);
    ga_dataset_image(x, &bytes, 0, GA_F32);
    ASSERT(x[0] == -1 && x[1] == (float)-0.6 && x[2] == (float)0.4 && x[3] == 1, "%a %a", x[1], x[2]);
    ga_dataset_bounds(low, high, &bytes, GA_F32);
    ASSERT(low[1] == -1 && high[1] == 1 && low[2] == 0 && high[2] == 1);
    ASSERT(ga_dataset_levels(level, &bytes, 0, &st) == GA_OK && memcmp(level, pixel, 4) == 0);
    ASSERT(ga_dataset_scale(&bytes, "-1", NULL, NULL, &st) == GA_OK);
    ga_dataset_bounds(low, high, &bytes, GA_F64);
    ASSERT(low[0] == -255 && high[0] == 0);
    ASSERT(ga_dataset_clip(&bytes, "10.1,20", &st) == GA_OK);
    ga_dataset_bounds(low, high, &bytes, GA_F32);
    ASSERT(low[0] == -20 && high[0] == (float)-10.1);
    scaling_free(bytes.scaling);
    bytes.scaling = NULL;
    ga_dataset_bounds(low, high, &bytes, GA_F64);
    ASSERT(low[0] == 10.1 / 255 && high[0] == 20.0 / 255);
    ASSERT(ga_dataset_clip(&bytes, "0,255", &st) == GA_OK && bytes.low == 0 && bytes.high == 0);

    ASSERT(ga_dataset_clip(&values, NULL, &st) == GA_OK && values.low == -2 && values.high == 8);
    ga_dataset_image(x, &values, 0, GA_F64);
    ASSERT(memcmp(x, value, sizeof x) == 0);
    ASSERT(ga_dataset_levels(level, &values, 0, &st) == GA_OK && level[0] == 0 && level[1] == 54 && level[2] == 128 &&
           level[3] == 255);
    ASSERT(ga_dataset_scale(&values, "1", "3", "2", &st) == GA_OK);
    ga_dataset_image(x, &values, 0, GA_F32);
    ASSERT(x[0] == -2.5 && x[1] == (float)((0.1 - 3) / 2) && x[2] == 0 && x[3] == 2.5);
    ga_dataset_bounds(low, high, &values, GA_F32);
    ASSERT(low[0] == -2.5 && high[3] == 2.5);
    ASSERT(ga_dataset_clip(&values, "-1,1", &st) == GA_OK && values.low == -1 && values.high == 1);
    values.largest = 1;
    ASSERT(ga_dataset_clip(&values, NULL, &st) == GA_OK && values.low == -2 && values.high == 1);
    values.least = 0;
    ASSERT(ga_dataset_clip(&values, NULL, &st) == GA_OK && values.low == 0 && values.high == 0);

    static const struct {
        const char *scale, *mean, *std, *says;
    } bad[] = { { "0", NULL, NULL, "scale" }, { "1,2", NULL, NULL, "scale" }, { "x", NULL, NULL, "scale" },
                { NULL, "1,2,3", NULL, "3 channels" },
                { NULL, "", NULL, "mean" }, { NULL, "1,", NULL, "mean" }, { NULL, NULL, "0", "std" },
                    { NULL, NULL, "1,-1", "std" } };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ASSERT(ga_dataset_scale(&bytes, bad[i].scale, bad[i].mean, bad[i].std, &st) == GA_USAGE &&
               strstr(st.message, bad[i].says) != NULL &&
               bytes.scaling == NULL, "%s", st.message);
    static const char *const clips[] = { "", "1", "1,0", "1,1", "0,1,2", "0,x", "nan,1", "0,1e400" };
    for (size_t i = 0; i < sizeof clips / sizeof *clips; i++)
        ASSERT(ga_dataset_clip(&values, clips[i], &st) == GA_USAGE && strstr(st.message, "LOW,HIGH") != NULL, "%s", st.message);

    uint32_t label = 1;
    ga_model *m = ga_model_new(GA_F32, 1, (size_t[]){ 4, 2 }, NULL, NULL);
    values.label = &label;
    ASSERT(ga_dataset_check(&values, m, &st) == GA_OK, "%s", st.message);
    values.largest = 1e39;
    ASSERT(ga_dataset_check(&values, m, &st) == GA_BAD_FILE && strstr(st.message, "beyond the range of binary32") != NULL, "%s",
           st.message);
    values.largest = 1;
    values.least = -1e39;
    ASSERT(ga_dataset_check(&values, m, &st) == GA_BAD_FILE);
    ga_model_free(m);
    scaling_free(values.scaling);
}

TEST_MAIN("scaling", TEST(any_scaling), TEST(ties), TEST(steps), TEST(channels), TEST(text), TEST(dataset))
