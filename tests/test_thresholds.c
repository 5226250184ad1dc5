/* SPDX-License-Identifier: Apache-2.0 */
/* test_thresholds.c -- thresholds against their closed forms to leading order, and against plain C expressions on both sides. */
#include <sys/wait.h>

#include "test.h"
#include "scratch.h"

#include "audit/thresholds.h"

#include "num/f32.h"
#include "num/vec_tmpl.h"
#include "gemm/gemm_tmpl.h"
#include "pass/tape_tmpl.h"
#include "audit/thresholds_tmpl.c"

/* The quantities, in the order of the operations: z > 0 but for ZERO and BELOW. */
typedef enum {
    SIGMA_ONE, SIGMA_ZERO,                                 /* sigma(z) is 1, 0 */
    SIGMA_SLOPE_ABOVE, SIGMA_SLOPE_BELOW,                  /* s(1-s) is 0 */
    SIGMA_SLOPE_REWRITE, TANH_SLOPE, TANH_SLOPE_REWRITE,   /* e/(1+e)^2, 1-t^2, 4q/(1+q)^2 */
    RESIDUAL, OTHER_RESIDUAL,                              /* p_y - 1, p_c */
    THRESHOLDS
} quantity;

/* All of them; the caller frees them. */
static ga_threshold *
thresholds_of(ga_format_kind kind)
{
    ga_threshold *t;
    size_t n = 0;
    ASSERT(ga_thresholds_find(&t, &n, kind, NULL) == GA_OK);
    ASSERT(n == THRESHOLDS, "%zu", n);
    return n == THRESHOLDS ? t : NULL;
}

static search_f32 *
search_of(quantity k)
{
    op_id op;
    const threshold_row *const row = threshold_find(&op, k);
    search_f32 *const s = row != NULL ? search_new_f32(op, row) : NULL;
    ASSERT(s != NULL);
    return s;
}

/* In units of ln 2, with p significand bits, half the least subnormal 2^-k and overflow at 2^e:
   1 + e^-z is 1 at e^-z = 2^-p, infinite at -z = e ln 2; e^-z is 0 at 2^-k, e^-2z at the half of it; 1 - 2e^-2z is 1 at 2e^-2z =
   2^-(p+1). Exact: 1 - e^-z rounds to 1 at 2^-(p+1), 4e^-2z to 0 at 2^-k. */
static void
leading_order(double exact[THRESHOLDS], double formulas[THRESHOLDS], double p, double k, double e)
{
    const double by_formulas[THRESHOLDS] = { p, -e, p, -e, k, p / 2 + 1, k / 2, p, k };
    const double once[THRESHOLDS] = { p + 1, -k, k, -k, k, k / 2 + 1, k / 2 + 1, k, k };
    for (size_t i = 0; i < THRESHOLDS; i++) {
        exact[i] = (double)(once[i] * 0.693147180559945309417232121458L);
        formulas[i] = (double)(by_formulas[i] * 0.693147180559945309417232121458L);
    }
}

static void
near_leading_order(ga_format_kind kind)
{
    double exact[THRESHOLDS], formulas[THRESHOLDS];
    const bool single = kind == GA_FLOAT;
    leading_order(exact, formulas, single ? 24 : 53, single ? 150 : 1075, single ? 128 : 1024);
    ga_threshold *const t = thresholds_of(kind);
    for (size_t i = 0; t != NULL && i < THRESHOLDS; i++) {
        printf("\n    %s %s %d: exact %.17g, rounded %.17g, libm %.17g to %.17g, %lld", t[i].quantity,
               t[i].formulas == GA_NAIVE ? "naive" : "rewrite", t[i].becomes, t[i].exact, t[i].rounded, t[i].first, t[i].last,
               (long long)t[i].distance);
        if (single) {
            ASSERT_ULP((float)t[i].exact, (float)exact[i], 2);
            ASSERT_ULP((float)t[i].rounded, (float)formulas[i], 2);
            ASSERT_ULP((float)t[i].first, (float)formulas[i], 100);
        } else {
            ASSERT_ULP(t[i].exact, exact[i], 2);
            ASSERT_ULP(t[i].rounded, formulas[i], 2);
            ASSERT_ULP(t[i].first, formulas[i], 100);
        }
        ASSERT(fabs(t[i].first) <= fabs(t[i].last) && t[i].first * t[i].rounded > 0);
        ASSERT(t[i].distance != 0 || t[i].first == t[i].rounded, "%lld", (long long)t[i].distance);
    }
    free(t);
}

static void
float_to_leading_order(void)
{
    near_leading_order(GA_FLOAT);
}

static void
double_to_leading_order(void)
{
    near_leading_order(GA_DOUBLE);
}

static double
once(mpfr_function *f, double x, bool single)
{
    mpfr_t r;
    mpfr_init2(r, 500);
    mpfr_set_d(r, x, MPFR_RNDN);
    f(r, r, MPFR_RNDN);
    const double value = single ? (double)mpfr_get_flt(r, MPFR_RNDN) : mpfr_get_d(r, MPFR_RNDN);
    mpfr_clear(r);
    return value;
}

/* From below the range to above it, subnormals and 1 included. */
static void
functions_are_correctly_rounded(void)
{
    uint64_t state = test_seed();
    for (size_t i = 0; i < 5000; i++) {
        const float x = (float)(((double)(test_random(&state) >> 11) * 0x1p-53 - 0.5) * (i % 2 == 0 ? 240 : 1e-5));
        ASSERT(rounded_libm_f32.exp(x) == (float)once(mpfr_exp, x, true), "exp(%a)", (double)x);
        ASSERT(rounded_libm_f32.expm1(x) == (float)once(mpfr_expm1, x, true), "expm1(%a)", (double)x);
        ASSERT(rounded_libm_f32.tanh(x) == (float)once(mpfr_tanh, x, true), "tanh(%a)", (double)x);
    }
    ASSERT(rounded_libm_f32.exp(0) == 1 && rounded_libm_f32.exp(-103) > 0 && rounded_libm_f32.exp(-104) == 0);
}

/* The formulas as C; e = e^x for the argument each of them has, t = tanh x. */
static bool
lost_f32(quantity i, float e, float t)
{
    const float s = 1 / (1 + e), q = 1 + e;
    const bool lost[THRESHOLDS] = { s == 1, s == 0, s * (1 - s) == 0, s * (1 - s) == 0, e / (q * q) == 0, 1 - t * t == 0,
                                       4 * e / (q * q) == 0, 1 / q - 1 == 0, e / q == 0 };
    return lost[i];
}

static bool
lost_f64(quantity i, double e, double t)
{
    const double s = 1 / (1 + e), q = 1 + e;
    const bool lost[THRESHOLDS] = { s == 1, s == 0, s * (1 - s) == 0, s * (1 - s) == 0, e / (q * q) == 0, 1 - t * t == 0,
                                       4 * e / (q * q) == 0, 1 / q - 1 == 0, e / q == 0 };
    return lost[i];
}

/* Not lost one number nearer to 0, lost at x. */
static void
sides(quantity i, double x, bool single, bool libm)
{
    const double before = single ? (double)nextafterf((float)x, 0) : nextafter(x, 0);
    for (int at = 0; at < 2; at++) {
        const double z = at == 1 ? x : before, w = i == TANH_SLOPE_REWRITE ? -2 * z : -z;
        bool lost;
        if (libm)
            lost = single ? lost_f32(i, expf((float)w), tanhf((float)z)) : lost_f64(i, exp(w), tanh(z));
        else
            lost = single ? lost_f32(i, (float)once(mpfr_exp, w, true), (float)once(mpfr_tanh, z, true))
                          : lost_f64(i, once(mpfr_exp, w, false), once(mpfr_tanh, z, false));
        ASSERT(lost == (at == 1), "threshold %d of %s, %s: %a", (int)i, single ? "float" : "double", libm ? "libm" : "rounded", z);
    }
}

static void
lost_from_there_on(void)
{
    for (int k = 0; k < 2; k++) {
        ga_threshold *const t = thresholds_of(k == 0 ? GA_FLOAT : GA_DOUBLE);
        for (size_t i = 0; t != NULL && i < THRESHOLDS; i++) {
            sides((quantity)i, t[i].rounded, k == 0, false);
            sides((quantity)i, t[i].first, k == 0, true);
            sides((quantity)i, t[i].last, k == 0, true);
        }
        free(t);
    }
}

/* A library whose e^x is twice not what its neighbours are. */
static float
uneven_exp(float x)
{
    return x == -16.5f ? 0 : x == -16.75f ? 1 : expf(x);
}

static void
uneven_libraries_have_two_crossings(void)
{
    static libm_f32 uneven;
    uint64_t first, last;
    op_id op;
    const threshold_row *const row = threshold_find(&op, SIGMA_ONE);
    ga_threshold even;
    ASSERT(find_f32(&even, op, row) && even.first > 16.6 && even.last < 16.7);
    search_f32 *const s = search_of(SIGMA_ONE);
    if (s == NULL)
        return;
    uneven = rounded_libm_f32;
    uneven.exp = uneven_exp;
    s->ctx->libm = &uneven;
    scan_f32(&first, &last, s, bisect_f32(holds_f32, s));
    ASSERT(number_f32(first) == 16.5f && number_f32(last) == nextafterf(16.75f, 17), "%a %a", (double)number_f32(first),
           (double)number_f32(last));
    search_free_f32(s);
}

/* The middle of 1 and its lower neighbour, plus 2^-300 times sign, to r's precision: below it the nearest number is not 1. */
static void
beside_the_tie(mpfr_ptr r, int sign)
{
    mpfr_t t;
    mpfr_init2(t, mpfr_get_prec(r));
    mpfr_set_ui_2exp(t, 1, -25, MPFR_RNDN);
    mpfr_ui_sub(r, 1, t, MPFR_RNDN);
    mpfr_set_si_2exp(t, sign, -300, MPFR_RNDN);
    mpfr_add(r, r, t, MPFR_RNDN);
    mpfr_clear(t);
}

static void
below_the_tie(mpfr_ptr r, mpfr_srcptr x)
{
    (void)x;
    beside_the_tie(r, -1);
}

static void
above_the_tie(mpfr_ptr r, mpfr_srcptr x)
{
    (void)x;
    beside_the_tie(r, 1);
}

/* However near to a tie the true value is, it is rounded as it lies. */
static void
near_ties_are_decided(void)
{
    search_f32 *const s = search_of(SIGMA_ONE);
    if (s == NULL)
        return;
    threshold_row row = *s->row;
    s->row = &row;
    row.exact = below_the_tie;
    ASSERT(!exactly_holds_f32(s, 1));
    row.exact = above_the_tie;
    ASSERT(exactly_holds_f32(s, 1));
    search_free_f32(s);
}

/* Whether everything is to be tried, which takes minutes. */
static bool
everything(void)
{
    return getenv("GRADAUDIT_TEST_LONG") != NULL;
}

/* What the proof in src/op/sigmoid_thresholds.c says of the float e in [0, 1] whose bits read as i: a quotient is 0 only where e
   is, s(1-s) only where s is 0 or 1. */
static bool
formulas_lose_as_proved(uint32_t i)
{
    float e;
    memcpy(&e, &i, sizeof e);
    const float q = 1 + e, s = 1 / q, small = e / 2; /* small: s of z < 0 */
    return (e / (q * q) == 0) == (i == 0) && (4 * e / (q * q) == 0) == (i == 0) && (e / q == 0) == (i == 0) &&
           (s * (1 - s) == 0) == (s == 1) && (small * (1 - small) == 0) == (small == 0) && (s - 1 == 0) == (s == 1);
}

static void
formulas_lose_where_exponentials_do(void)
{
    const uint32_t one = 0x3f800000, step = everything() ? 1 : 97, subnormal = 0x00800000;
    size_t wrong = 0;
    for (uint32_t i = 0; i <= one; i += i < 2 * subnormal || i > one - 1000 ? 1 : step)
        wrong += !formulas_lose_as_proved(i);
    ASSERT(wrong == 0, "%zu floats", wrong);
}

/* Once lost, lost for all numbers farther from 0: those around the threshold and some of every size, exp and tanh correctly
   rounded. If everything is to be tried, all numbers with the C library's too: there are no crossings but what the scan found. */
static void
lost_for_good(void)
{
    ga_threshold *const t = thresholds_of(GA_FLOAT);
    uint64_t state = test_seed(), end = 0, from = 0;
    const float most = 4096;
    memcpy(&end, &most, sizeof most);
    for (size_t k = 0; t != NULL && k < THRESHOLDS; k++) {
        bool holds[CHUNK_f32];
        const float rounded = (float)fabs(t[k].rounded), exact = (float)fabs(t[k].exact), values[] = { rounded, exact };
        search_f32 *const s = search_of((quantity)k);
        if (s == NULL)
            return;
        for (size_t i = 0; everything() && i < end; i += CHUNK_f32) {
            evaluate_f32(holds, s, i, CHUNK_f32);
            for (size_t j = 0; j < CHUNK_f32; j++)
                if (holds[j] ? number_f32(i + j) < (float)fabs(t[k].first) : number_f32(i + j) >= (float)fabs(t[k].last))
                    ASSERT(false, "threshold %zu crosses at %a too", k, (double)number_f32(i + j));
        }
        s->ctx->libm = &rounded_libm_f32;
        for (size_t i = 0; i < 4000; i++)
            for (int formulas = 0; formulas < 2; formulas++) {
                memcpy(&from, &values[!formulas], sizeof *values);
                const uint64_t at = i < 2000 ? from - 1000 + i : 1 + test_random(&state) % end;
                ASSERT((formulas ? holds_f32 : exactly_holds_f32)(s, at) == (at >= from), "threshold %zu, %a", k,
                       (double)number_f32(at));
            }
        search_free_f32(s);
    }
    free(t);
}

static void
other_formats_are_refused(void)
{
    ga_threshold *t;
    size_t n;
    ASSERT(ga_thresholds_find(&t, &n, GA_MPFR, NULL) == GA_USAGE && ga_thresholds_find(&t, &n, GA_EXACT, NULL) == GA_USAGE);
    ASSERT(WEXITSTATUS(system("./gradaudit thresholds --format mpfr:100 2>/dev/null")) == GA_USAGE);
    ASSERT(WEXITSTATUS(system("./gradaudit thresholds 1 2>/dev/null")) == GA_USAGE);
}

static void
program_prints_them(void)
{
    char command[4096], line[400];
    size_t lines = 0;
    ga_threshold *const t = thresholds_of(GA_DOUBLE);
    if (t == NULL)
        return;
    snprintf(command, sizeof command, "./gradaudit thresholds --format double >'%s'", scratch_path("out"));
    ASSERT(system(command) == 0);
    FILE *f = fopen(scratch_path("out"), "r");
    for (; f != NULL && fgets(line, sizeof line, f) != NULL; lines++) {
        char want[400];
        if (lines == 0 || lines > THRESHOLDS)
            continue;
        const ga_threshold *k = t + lines - 1;
        snprintf(want, sizeof want, "%s\t%s\t%d\t%a\t%.17g\t%a\t%.17g\t%a\t%.17g\t%a\t%.17g\t%lld\n", k->quantity,
                 k->formulas == GA_NAIVE ? "naive" : "rewrite", k->becomes, k->exact, k->exact, k->rounded, k->rounded, k->first,
                 k->first, k->last, k->last, (long long)k->distance);
        ASSERT(strcmp(line, want) == 0, "%s", line);
    }
    ASSERT(lines == THRESHOLDS + 1, "%zu lines", lines);
    if (f != NULL)
        fclose(f);
    free(t);
}

TEST_MAIN("thresholds", TEST(float_to_leading_order), TEST(double_to_leading_order), TEST(functions_are_correctly_rounded),
          TEST(near_ties_are_decided), TEST(formulas_lose_where_exponentials_do), TEST(lost_for_good),
          TEST(lost_from_there_on), TEST(uneven_libraries_have_two_crossings), TEST(other_formats_are_refused),
          TEST(program_prints_them))
