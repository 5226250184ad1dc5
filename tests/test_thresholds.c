/* SPDX-License-Identifier: Apache-2.0 */
/* test_thresholds.c -- thresholds against their closed forms to leading order, and against plain C expressions on both sides. Where
   results become wrong is test_wrong.c's. */
#include <sys/wait.h>

#include "test.h"
#include "scratch.h"
#include "thresholds.h"

#include "num/place.h"
#include "num/f32.h"
#include "num/vec_tmpl.h"
#include "gemm/gemm_tmpl.h"
#include "pass/tape_tmpl.h"
#define number_f32 argument_number_f32 /* the test has its own */
#define argument_f32 argument_of_f32
#include "audit/threshold_fp_tmpl.c"
#include "audit/threshold_values_tmpl.c"
#undef number_f32
#undef argument_f32

/* In units of ln 2, with p significand bits, half the least subnormal 2^-k and overflow at 2^e:
   1 + e^-z is 1 at e^-z = 2^-p, infinite at -z = e ln 2; e^-z is 0 at 2^-k, e^-2z at the half of it; 1 - 2e^-2z is 1 at 2e^-2z =
   2^-(p+1); e^z - 1 is -1 at e^z = 2^-(p+1). Exact: 1 - e^-z rounds to 1 at 2^-(p+1), 4e^-2z to 0 at 2^-k. e^z is 1 from z = 2^-p
   and -2^-(p+1) to 0, which are no multiples of ln 2. */
static void
leading_order(double exact[THRESHOLDS], double formulas[THRESHOLDS], double p, double k, double e)
{
    const double by_formulas[THRESHOLDS] = {
        [SIGMA_ONE] = p, [SIGMA_ZERO] = -e, [SIGMA_SLOPE_ABOVE] = p, [SIGMA_SLOPE_BELOW] = -e, [SIGMA_SLOPE_REWRITE] = k,
        [TANH_SLOPE] = p / 2 + 1, [TANH_SLOPE_REWRITE] = k / 2 + 1, [RESIDUAL] = p, [OTHER_RESIDUAL] = k,
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
    const line *const t = thresholds_of(kind);
    for (size_t i = 0; i < THRESHOLDS; i++) {
        printf("\n    %s %s %d: exact %.17g, rounded %.17g, libm %.17g to %.17g, %ld", t[i].quantity,
               t[i].formulas == GA_NAIVE ? "naive" : "rewrite", t[i].becomes, t[i].exact, t[i].rounded, t[i].first, t[i].last,
               t[i].distance);
        ASSERT(t[i].distance != 0 || t[i].first == t[i].rounded, "%ld", t[i].distance);
        if (t[i].becomes == GA_BECOMES_WRONG || is_slope((quantity)i))
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

static void
lost_from_there_on(void)
{
    for (int k = 0; k < 2; k++) {
        const line *const t = thresholds_of(k == 0 ? GA_FLOAT : GA_DOUBLE);
        for (size_t i = 0; i < THRESHOLDS; i++) {
            if (isinf(t[i].first)) /* and so are the others */
                continue;
            (k == 0 ? sides_f32 : sides_f64)((quantity)i, t[i].rounded, true);
            (k == 0 ? sides_f32 : sides_f64)((quantity)i, t[i].first, false);
            (k == 0 ? sides_f32 : sides_f64)((quantity)i, t[i].last, false);
        }
    }
}

/* A library whose e^x is twice not what its neighbours are. */
static float
uneven_exp(float x)
{
    return x == -16.5f ? 0 : x == -16.75f ? 1 : expf(x);
}

/* With the arithmetic that is compiled here. */
static threshold_search *
own_search(quantity k)
{
    op_id op;
    const threshold_row *const row = threshold_find(&op, k);
    threshold_search *const s = search_of(k, format_f32, false);
    if (s == NULL)
        return NULL;
    s->arithmetic->close(s->values);
    s->arithmetic = &values_arithmetic_f32;
    s->values = values_arithmetic_f32.open(format_f32, op, row);
    s->n = 0;
    ASSERT(s->values != NULL);
    return s;
}

/* Whether the number at argument i is so. */
static bool
is_so(threshold_search *s, uint64_t i)
{
    mpz_t place;
    mpz_init_set_ui(place, i);
    const size_t k = threshold_value(s, place);
    s->arithmetic->get(s->constant, s->values, k);
    const bool so = s->row->becomes == GA_BECOMES_WRONG ? threshold_wrong(s, place) : threshold_holds(s, place);
    mpz_clear(place);
    return so;
}

static void
values_are_those_of_lines(void)
{
    const line *const t = thresholds_of(GA_FLOAT);
    for (size_t k = 0; k < THRESHOLDS; k++) {
        if (isinf(t[k].first))
            continue;
        threshold_search *const s = own_search((quantity)k);
        const uint64_t first = index_f32(s->row, t[k].first);
        ASSERT(is_so(s, first) && !is_so(s, first - 1) && is_so(s, index_f32(s->row, t[k].last)), "threshold %zu", k);
        threshold_search_free(s);
    }
}

static void
uneven_libraries_have_two_crossings(void)
{
    static libm_f32 uneven;
    const line *const even = thresholds_of(GA_FLOAT) + SIGMA_ONE;
    ASSERT(even->first > 16.6 && even->last < 16.7);
    threshold_search *const s = own_search(SIGMA_ONE);
    if (s == NULL)
        return;
    uneven = c_libm_f32;
    uneven.exp = uneven_exp;
    ((values_f32 *)s->values)->ctx->libm = &uneven;
    mpz_t from, to, first, last;
    mpz_inits(from, to, first, last, NULL);
    mpz_set_ui(from, count_f32(16));
    mpz_set_ui(to, count_f32(17));
    threshold_scan(first, last, s, from, to);
    const float one = number_f32(mpz_get_ui(first)), other = number_f32(mpz_get_ui(last));
    ASSERT(one == 16.5f && other == nextafterf(16.75f, 17), "%a %a", (double)one, (double)other);
    mpz_clears(from, to, first, last, NULL);
    threshold_search_free(s);
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
    threshold_search *const s = search_of(SIGMA_ONE, format_f32, false);
    if (s == NULL)
        return;
    threshold_row row = *s->row;
    s->row = &row;
    row.exact = below_the_tie;
    ASSERT(!at(threshold_exactly_holds, s, 1));
    row.exact = above_the_tie;
    ASSERT(at(threshold_exactly_holds, s, 1));
    threshold_search_free(s);
}

/* What the proofs in src/op/sigmoid_thresholds.c and src/audit/scalar_thresholds.c say of the float e in [0, 1] of bits i: a
   quotient is 0 only where e is, tanh' only where 4 e^2 rounds to 0, s(1-s) only where s is 0 or 1, what comes back through ln and
   softmax only where p is 1. */
static bool
formulas_lose_as_proved(uint32_t i)
{
    float e;
    memcpy(&e, &i, sizeof e);
    const float q = 1 + e, s = 1 / q, small = e / 2; /* small: s of z < 0 */
    const float g = 1 / s, other = e / q, inverse = 1 / other, q2 = 1 + e * e, slope = 4 * e / (q2 * q2) * e; /* tanh' */
    const float back = s * (g - g * s), through = other * (inverse - inverse * other);
    const bool small_square = 4.0 * (double)e * (double)e <= 0x1p-150;
    return (e / (q * q) == 0) == (i == 0) && (e / q == 0) == (i == 0) && (slope == 0) == small_square &&
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
crosses_once(quantity k, threshold_search *s, const line *t, uint64_t i)
{
    const double x = argument_f32(s->row, i);
    const bool beyond[] = { s->row->inward ? fabs(x) <= fabs(t->exact) : fabs(x) >= fabs(t->exact),
                            s->row->inward ? fabs(x) <= fabs(t->rounded) : fabs(x) >= fabs(t->rounded) };
    ASSERT(at(threshold_exactly_holds, s, i) == beyond[0], "the true value of threshold %d at %a", (int)k, x);
    if (t->becomes != GA_BECOMES_WRONG)
        ASSERT(at(threshold_holds, s, i) == beyond[1], "threshold %d at %a", (int)k, x);
}

/* Once lost, lost for all numbers farther on: those around the threshold and some of every size, functions correctly rounded. */
static void
lost_for_good(void)
{
    const line *const t = thresholds_of(GA_FLOAT);
    uint64_t state = test_seed();
    for (size_t k = 0; k < THRESHOLDS; k++) {
        threshold_search *const s = search_of((quantity)k, format_f32, true);
        if (s == NULL)
            return;
        const uint64_t end = most_f32(s->row), middle[] = { index_f32(s->row, t[k].exact), index_f32(s->row, t[k].rounded) };
        for (size_t i = 0; i < 1000; i++) {
            crosses_once((quantity)k, s, t + k, 1 + test_random(&state) % (end - 1));
            for (size_t j = 0; j < 2; j++)
                if (middle[j] - 500 + i < end)
                    crosses_once((quantity)k, s, t + k, middle[j] - 500 + i);
        }
        threshold_search_free(s);
    }
}

/* With the C library's functions there are no crossings but what the scan found. */
static void
libm_crosses_where_scanned(void)
{
    const line *const t = thresholds_of(GA_FLOAT);
    mpz_t zero, first, last;
    mpz_inits(zero, first, last, NULL);
    for (size_t k = 0; everything() && k < THRESHOLDS; k++) {
        threshold_search *const s = search_of((quantity)k, format_f32, false);
        if (s == NULL)
            return;
        if (t[k].becomes != GA_BECOMES_WRONG) {
            threshold_scan(first, last, s, zero, s->end);
            ASSERT(mpz_cmp_ui(first, index_f32(s->row, t[k].first)) == 0 && mpz_cmp_ui(last, index_f32(s->row, t[k].last)) == 0,
                   "threshold %zu crosses elsewhere too", k);
        }
        threshold_search_free(s);
    }
    mpz_clears(zero, first, last, NULL);
}

/* Where a number becomes so: all arguments tried, or bisected as those of large formats are. */
static void
places(mpz_ptr first, mpz_ptr last, threshold_search *s, bool all)
{
    mpz_t zero, exact;
    mpz_init(zero);
    mpz_init(exact);
    s->all = all;
    s->n = 0;
    threshold_bisect(exact, threshold_exactly_holds, s);
    if (s->row->becomes == GA_BECOMES_WRONG) {
        threshold_walk(first, last, s, exact);
    } else if (all) {
        threshold_scan(first, last, s, zero, s->end);
    } else {
        threshold_bisect(first, threshold_holds, s);
        mpz_set(last, first);
    }
    mpz_clear(zero);
    mpz_clear(exact);
}

/* What core/thresholds.h assumes of other roundings, and of ranges that are not wide. */
static void
bisection_finds_what_trying_all_does(void)
{
    static const char *const words[] = { "float16", "tf32", "p=12,emin=-14,emax=15,ftz", "bfloat16,rounding=up",
                                         "float16,rounding=nearest-away", "float16,rounding=up", "float16,rounding=down",
                                         "float16,rounding=toward-zero", "float16,rounding=odd" };
    mpz_t first[2], last[2];
    mpz_inits(first[0], first[1], last[0], last[1], NULL);
    for (size_t i = 0; i < (everything() ? sizeof words / sizeof *words : 4); i++) {
        ga_format f = { 0 };
        ASSERT(ga_format_parse(&f, words[i], NULL) == GA_OK);
        for (size_t k = 0; k < THRESHOLDS; k++) {
            threshold_search *const s = search_of((quantity)k, f, false);
            if (s == NULL)
                return;
            ASSERT(s->all, "%s has too many arguments", words[i]);
            for (int all = 0; all < 2; all++)
                places(first[all], last[all], s, all > 0);
            if (k == MISH_SLOPE && f.rounding == GA_UP) /* its t is never 0, and what is added to it, once, -t */
                ASSERT(mpz_cmp(first[0], s->end) == 0 && mpz_cmp(last[1], s->end) == 0, "%s", words[i]);
            else
                ASSERT(mpz_cmp(first[0], first[1]) == 0 && mpz_cmp(last[0], last[1]) == 0, "threshold %zu in %s", k,
                       words[i]);
            threshold_search_free(s);
        }
    }
    mpz_clears(first[0], first[1], last[0], last[1], NULL);
}

/* Of e4m3 rounded to odd: 1 - e^l is 7/16 at 0 and behind it, where 1/2 is true: an ulp off, and, once the truth is below 1/2,
   two. */
static void
an_ulp_may_become_half_of_it(void)
{
    ga_format f = { 0 };
    mpz_t first, last;
    mpz_init(first);
    mpz_init(last);
    ASSERT(ga_format_parse(&f, "e4m3,rounding=odd", NULL) == GA_OK);
    threshold_search *const s = search_of(FUSED_SLOPE_WRONG, f, false);
    threshold_walk(first, last, s, s->end);
    ASSERT(mpz_cmp_ui(first, 1) == 0, "%ld", mpz_get_si(first));
    threshold_search_free(s);
    mpz_clears(first, last, NULL);
}

/* The codes of the largest numbers, from the formats' standards; and all numbers of a small format, with and without subnormals. */
static void
numbers_have_places(void)
{
    static const struct {
        const char *words;
        unsigned long code;
    } largest[] = { { "float16", 0x7bff }, { "bfloat16", 0x7f7f }, { "e4m3", 0x7e }, { "e5m2", 0x7b }, { "e4m3fnuz", 0x7f },
                    { "e2m1", 7 }, { "e2m1,ftz", 6 }, { "float", 0x7f7fffff } };
    static const double number[] = { 0, 0.5, 1, 1.5, 2, 3, 4, 6 };
    mpfr_t x;
    mpz_t i;
    mpfr_init2(x, 53);
    mpz_init(i);
    for (size_t k = 0; k < sizeof largest / sizeof *largest; k++) {
        ga_format f = { 0 };
        ASSERT(ga_format_parse(&f, largest[k].words, NULL) == GA_OK);
        mpfr_set_inf(x, 1);
        place_of(i, x, &f);
        ASSERT(mpz_cmp_ui(i, largest[k].code) == 0, "%s: %lx", largest[k].words, mpz_get_ui(i));
    }
    for (size_t k = 0; k < 8; k++) {
        const ga_format kept = format_e2m1, flushed = { FORMAT_OF(e2m1), .flush = true };
        mpz_set_ui(i, k);
        place_number(x, i, &kept);
        ASSERT(mpfr_cmp_d(x, number[k]) == 0 && place_double(k, &kept) == number[k]);
        mpfr_add_d(x, x, 0.25, MPFR_RNDN);
        place_of(i, x, &kept);
        ASSERT(mpz_cmp_ui(i, k) == 0);
        place_of(i, x, &flushed);
        ASSERT(mpz_cmp_ui(i, k > 1 ? k - 1 : 0) == 0);
        mpz_set_ui(i, k > 1 ? k - 1 : 0);
        place_number(x, i, &flushed);
        ASSERT(mpfr_cmp_d(x, k > 1 ? number[k] : 0) == 0 && place_double(mpz_get_ui(i), &flushed) == (k > 1 ? number[k] : 0));
    }
    mpfr_clear(x);
    mpz_clear(i);
}

static void
other_formats_are_refused(void)
{
    static const char *const words[] = { "mpfr:100", "exact", "amp-float16", "float16,rounding=stochastic",
                                         "p=300,emin=-5,emax=5" };
    ga_threshold *t;
    size_t n;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        ga_format f = { 0 };
        ga_status st = { 0 };
        ASSERT(ga_format_parse(&f, words[i], NULL) == GA_OK);
        ASSERT(ga_thresholds_find(&t, &n, f, &st) == GA_USAGE && t == NULL, "%s", words[i]);
        ASSERT(strstr(st.message, "thresholds") != NULL, "%s", st.message);
    }
    ASSERT(WEXITSTATUS(system("./gradaudit thresholds --format mpfr:100 2>/dev/null")) == 2);
    ASSERT(WEXITSTATUS(system("./gradaudit thresholds --format float16,rounding=stochastic 2>/dev/null")) == 2);
    ASSERT(WEXITSTATUS(system("./gradaudit thresholds 1 2>/dev/null")) == 2);
}

static void
program_prints_them(void)
{
    char command[4096], text[400];
    size_t lines = 0;
    const line *const t = thresholds_of(GA_DOUBLE);
    snprintf(command, sizeof command, "./gradaudit thresholds --format double >'%s'", scratch_path("out"));
    ASSERT(system(command) == 0);
    FILE *f = fopen(scratch_path("out"), "r");
    for (; f != NULL && fgets(text, sizeof text, f) != NULL; lines++) {
        char want[400];
        if (lines == 0 || lines > THRESHOLDS)
            continue;
        const line *const k = t + lines - 1;
        if (fpclassify(k->exact) == FP_SUBNORMAL) /* of which %a makes another text */
            continue;
        static const char *const words[] = { "0", "1", "infinite", "nan", "wrong" };
        snprintf(want, sizeof want, "%s\t%s\t%s\t%a\t%.17g\t%a\t%.17g\t%a\t%.17g\t%a\t%.17g\t%lld\n", k->quantity,
                 k->formulas == GA_NAIVE ? "naive" : "rewrite", words[k->becomes], k->exact, k->exact, k->rounded, k->rounded,
                 k->first, k->first, k->last, k->last, (long long)k->distance);
        ASSERT(strcmp(text, want) == 0, "%s", text);
    }
    ASSERT(lines == THRESHOLDS + 1, "%zu lines", lines);
    if (f != NULL)
        fclose(f);
}

TEST_MAIN("thresholds", TEST(float_to_leading_order), TEST(double_to_leading_order), TEST(near_ties_are_decided),
          TEST(formulas_lose_where_exponentials_do), TEST(lost_for_good), TEST(libm_crosses_where_scanned),
          TEST(bisection_finds_what_trying_all_does), TEST(lost_from_there_on), TEST(values_are_those_of_lines),
          TEST(an_ulp_may_become_half_of_it), TEST(numbers_have_places), TEST(uneven_libraries_have_two_crossings),
          TEST(other_formats_are_refused), TEST(program_prints_them))
