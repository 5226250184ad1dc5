/* SPDX-License-Identifier: Apache-2.0 */
/* test_thresholds.c -- thresholds against their closed forms to leading order, and against plain C expressions on both sides. Where
   results become wrong is test_wrong.c's. */
#include <sys/wait.h>

#include "test.h"
#include "scratch.h"
#include "thresholds.h"

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
   2^-(p+1); e^z - 1 is -1 at e^z = 2^-(p+1). Exact: 1 - e^-z rounds to 1 at 2^-(p+1), 4e^-2z to 0 at 2^-k. e^z is 1 from z = 2^-p
   and -2^-(p+1) to 0, which are no multiples of ln 2. */
static void
leading_order(double exact[THRESHOLDS], double formulas[THRESHOLDS], double p, double k, double e)
{
    const double by_formulas[THRESHOLDS] = {
        [SIGMA_ONE] = p, [SIGMA_ZERO] = -e, [SIGMA_SLOPE_ABOVE] = p, [SIGMA_SLOPE_BELOW] = -e, [SIGMA_SLOPE_REWRITE] = k,
        [TANH_SLOPE] = p / 2 + 1, [TANH_SLOPE_REWRITE] = k / 2, [RESIDUAL] = p, [OTHER_RESIDUAL] = k,
        [LOSS] = p, [LOSS_INFINITE] = -k, [LOSS_REWRITE] = k, [LOG_SOFTMAX] = p, [LOG_SOFTMAX_REWRITE] = k,
        [COMPOSED_SLOPE] = p, [COMPOSED_SLOPE_NAN] = -e, [FUSED_SLOPE] = p, [FUSED_SLOPE_REWRITE] = k,
        [EXPM1_INFINITE] = e, [EXPM1_REWRITE] = e, [EXPM1_SLOPE] = -(p + 1), [EXPM1_SLOPE_REWRITE] = -k,
        [SOFTPLUS] = -p, [SOFTPLUS_INFINITE] = e, [SOFTPLUS_REWRITE] = -k,
        [SOFTPLUS_SLOPE] = -k, [SOFTPLUS_SLOPE_NAN] = e, [SOFTPLUS_SLOPE_REWRITE] = -k,
    };
    const double once[THRESHOLDS] = {
        [SIGMA_ONE] = p + 1, [SIGMA_ZERO] = -k, [SIGMA_SLOPE_ABOVE] = k, [SIGMA_SLOPE_BELOW] = -k, [SIGMA_SLOPE_REWRITE] = k,
        [TANH_SLOPE] = k / 2 + 1, [TANH_SLOPE_REWRITE] = k / 2 + 1, [RESIDUAL] = k, [OTHER_RESIDUAL] = k,
        [LOSS] = k, [LOSS_INFINITE] = -INFINITY, [LOSS_REWRITE] = k, [LOG_SOFTMAX] = k, [LOG_SOFTMAX_REWRITE] = k,
        [COMPOSED_SLOPE] = k, [COMPOSED_SLOPE_NAN] = -INFINITY, [FUSED_SLOPE] = k, [FUSED_SLOPE_REWRITE] = k,
        [EXPM1_INFINITE] = e, [EXPM1_REWRITE] = e, [EXPM1_SLOPE] = -k, [EXPM1_SLOPE_REWRITE] = -k,
        [SOFTPLUS] = -k, [SOFTPLUS_INFINITE] = INFINITY, [SOFTPLUS_REWRITE] = -k,
        [SOFTPLUS_SLOPE] = -k, [SOFTPLUS_SLOPE_NAN] = INFINITY, [SOFTPLUS_SLOPE_REWRITE] = -k,
    };
    for (size_t i = 0; i < THRESHOLDS; i++) {
        exact[i] = (double)(once[i] * 0.693147180559945309417232121458L);
        formulas[i] = (double)(by_formulas[i] * 0.693147180559945309417232121458L);
    }
    formulas[EXPM1_ABOVE] = ldexp(1, -(int)p);
    formulas[EXPM1_BELOW] = -ldexp(1, -(int)p - 1);
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
        ASSERT(t[i].distance != 0 || t[i].first == t[i].rounded, "%lld", (long long)t[i].distance);
        if (t[i].becomes == GA_BECOMES_WRONG)
            continue;
        if (single) {
            ASSERT_ULP((float)t[i].exact, (float)exact[i], 2);
            ASSERT_ULP((float)t[i].rounded, (float)formulas[i], 2);
            ASSERT_ULP((float)t[i].first, (float)formulas[i], 100);
        } else {
            ASSERT_ULP(t[i].exact, exact[i], 2);
            ASSERT_ULP(t[i].rounded, formulas[i], 2);
            ASSERT_ULP(t[i].first, formulas[i], 100);
        }
        ASSERT(row_of((quantity)i)->inward ? fabs(t[i].first) >= fabs(t[i].last) : fabs(t[i].first) <= fabs(t[i].last));
        ASSERT(t[i].first * t[i].rounded > 0);
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

static void
lost_from_there_on(void)
{
    for (int k = 0; k < 2; k++) {
        ga_threshold *const t = thresholds_of(k == 0 ? GA_FLOAT : GA_DOUBLE);
        for (size_t i = 0; t != NULL && i < THRESHOLDS; i++) {
            (k == 0 ? sides_f32 : sides_f64)((quantity)i, t[i].rounded, true);
            (k == 0 ? sides_f32 : sides_f64)((quantity)i, t[i].first, false);
            (k == 0 ? sides_f32 : sides_f64)((quantity)i, t[i].last, false);
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

/* What the proofs in src/op/sigmoid_thresholds.c and src/audit/scalar_thresholds.c say of the float e in [0, 1] of bits i: a
   quotient is 0 only where e is, s(1-s) only where s is 0 or 1, what comes back through ln and softmax only where p is 1. */
static bool
formulas_lose_as_proved(uint32_t i)
{
    float e;
    memcpy(&e, &i, sizeof e);
    const float q = 1 + e, s = 1 / q, small = e / 2; /* small: s of z < 0 */
    const float g = 1 / s, other = e / q, inverse = 1 / other;
    const float back = s * (g - g * s), through = other * (inverse - inverse * other);
    return (e / (q * q) == 0) == (i == 0) && (4 * e / (q * q) == 0) == (i == 0) && (e / q == 0) == (i == 0) &&
           (s * (1 - s) == 0) == (s == 1) && (small * (1 - small) == 0) == (small == 0) && (s - 1 == 0) == (s == 1) &&
           (back == 0) == (s == 1) && through != 0 && (isfinite(through) ? isfinite(inverse) : isnan(through) && isinf(inverse));
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

/* Whether all conditions of row k that cross at exact and at rounded do so as they should at argument i. */
static void
crosses_once(quantity k, search_f32 *s, const ga_threshold *t, uint64_t i)
{
    const double x = argument_f32(s->row, i);
    const bool beyond[] = { s->row->inward ? fabs(x) <= fabs(t->exact) : fabs(x) >= fabs(t->exact),
                            s->row->inward ? fabs(x) <= fabs(t->rounded) : fabs(x) >= fabs(t->rounded) };
    ASSERT(exactly_holds_f32(s, i) == beyond[0], "the true value of threshold %d at %a", (int)k, x);
    if (t->becomes != GA_BECOMES_WRONG)
        ASSERT(holds_f32(s, i) == beyond[1], "threshold %d at %a", (int)k, x);
}

/* Once lost, lost for all numbers farther on: those around the threshold and some of every size, functions correctly rounded. */
static void
lost_for_good(void)
{
    ga_threshold *const t = thresholds_of(GA_FLOAT);
    uint64_t state = test_seed();
    for (size_t k = 0; t != NULL && k < THRESHOLDS; k++) {
        search_f32 *const s = search_of((quantity)k);
        if (s == NULL)
            return;
        s->ctx->libm = &rounded_libm_f32;
        const uint64_t end = most_f32(s->row), middle[] = { index_f32(s->row, t[k].exact), index_f32(s->row, t[k].rounded) };
        for (size_t i = 0; i < 1000; i++) {
            crosses_once((quantity)k, s, t + k, 1 + test_random(&state) % (end - 1));
            for (size_t j = 0; j < 2; j++)
                if (middle[j] - 500 + i < end)
                    crosses_once((quantity)k, s, t + k, middle[j] - 500 + i);
        }
        search_free_f32(s);
    }
    free(t);
}

/* With the C library's functions there are no crossings but what the scan found. */
static void
libm_crosses_where_scanned(void)
{
    ga_threshold *const t = everything() ? thresholds_of(GA_FLOAT) : NULL;
    for (size_t k = 0; t != NULL && k < THRESHOLDS; k++) {
        float value[CHUNK_f32];
        search_f32 *const s = search_of((quantity)k);
        if (s == NULL)
            return;
        const uint64_t first = index_f32(s->row, t[k].first), last = index_f32(s->row, t[k].last);
        for (size_t i = 0; t[k].becomes != GA_BECOMES_WRONG && i + CHUNK_f32 <= most_f32(s->row); i += CHUNK_f32) {
            evaluate_f32(value, s, i, CHUNK_f32);
            for (size_t j = 0; j < CHUNK_f32; j++)
                if (is_f32(s->row, value[j]) ? i + j < first : i + j >= last)
                    ASSERT(false, "threshold %zu crosses at %a too", k, argument_f32(s->row, i + j));
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
    ASSERT(WEXITSTATUS(system("./gradaudit thresholds --format mpfr:100 2>/dev/null")) == 2);
    ASSERT(WEXITSTATUS(system("./gradaudit thresholds 1 2>/dev/null")) == 2);
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
        static const char *const words[] = { "0", "1", "infinite", "nan", "wrong" };
        snprintf(want, sizeof want, "%s\t%s\t%s\t%a\t%.17g\t%a\t%.17g\t%a\t%.17g\t%a\t%.17g\t%lld\n", k->quantity,
                 k->formulas == GA_NAIVE ? "naive" : "rewrite", words[k->becomes], k->exact, k->exact, k->rounded, k->rounded,
                 k->first, k->first, k->last, k->last, (long long)k->distance);
        ASSERT(strcmp(line, want) == 0, "%s", line);
    }
    ASSERT(lines == THRESHOLDS + 1, "%zu lines", lines);
    if (f != NULL)
        fclose(f);
    free(t);
}

TEST_MAIN("thresholds", TEST(float_to_leading_order), TEST(double_to_leading_order), TEST(functions_are_correctly_rounded),
          TEST(near_ties_are_decided), TEST(formulas_lose_where_exponentials_do), TEST(lost_for_good),
          TEST(libm_crosses_where_scanned), TEST(lost_from_there_on),
          TEST(uneven_libraries_have_two_crossings), TEST(other_formats_are_refused),
          TEST(program_prints_them))
