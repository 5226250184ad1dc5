/* SPDX-License-Identifier: Apache-2.0 */
/* test_wrong.c -- where results become wrong: closed forms to leading order, and plain C around and in between. */
#include "test.h"
#include "thresholds.h"

/* Results are multiples of step = 2^-p or twice that, c for true values t within half a step of c. Coming from large ones, the
   first t that is off by more than 1 % is below c/1.01 for the first c whose half step is 1 % or more: 100 2^-p if step is 2^(1-p),
   50 2^-p if it is 2^-p. The last that is not is step/1.01. x is -ln t, or that of e^x - 1 about t, or of 4 e^-2x. */
static void
leading_order(double first[THRESHOLDS], double last[THRESHOLDS], int p)
{
    static const quantity outward[] = { SIGMA_SLOPE_WRONG, RESIDUAL_WRONG, LOSS_WRONG, LOG_SOFTMAX_WRONG, COMPOSED_SLOPE_WRONG,
                                        FUSED_SLOPE_WRONG };
    const double u = ldexp(1, -p), two_first = -log(100 * u / 1.01), two_last = -log(2 * u / 1.01);
    for (size_t i = 0; i < sizeof outward / sizeof *outward; i++) {
        first[outward[i]] = two_first;
        last[outward[i]] = two_last;
    }
    first[TANH_SLOPE_WRONG] = (two_first + log(4)) / 2, last[TANH_SLOPE_WRONG] = (two_last + log(4)) / 2;
    first[SOFTPLUS_WRONG] = -two_first, last[SOFTPLUS_WRONG] = -two_last;
    first[EXPM1_SLOPE_WRONG] = log(50 * u / 1.01), last[EXPM1_SLOPE_WRONG] = log(u / 1.01);
    first[EXPM1_ABOVE_WRONG] = 100 * u / 1.01, last[EXPM1_ABOVE_WRONG] = 2 * u / 1.01;
    first[EXPM1_BELOW_WRONG] = -50 * u / 1.01, last[EXPM1_BELOW_WRONG] = -u / 1.01;
}

/* Terms of the next order are 100 2^-p of x at most, 20 ulp in float. */
static void
near_leading_order(void)
{
    for (int k = 0; k < 2; k++) {
        double first[THRESHOLDS] = { 0 }, last[THRESHOLDS] = { 0 };
        leading_order(first, last, k == 0 ? 24 : 53);
        for (size_t i = 0; i < THRESHOLDS; i++) {
            if (row_of((quantity)i)->becomes != GA_BECOMES_WRONG)
                continue;
            const line t = thresholds_of(k == 0 ? GA_FLOAT : GA_DOUBLE)[i];
            const double got[] = { t.rounded, t.first, t.last }, want[] = { first[i], first[i], last[i] };
            for (size_t j = 0; j < 3; j++) {
                if (k == 0)
                    ASSERT_ULP((float)got[j], (float)want[j], 100);
                else
                    ASSERT_ULP(got[j], want[j], 100);
            }
        }
    }
}

#include "num/f32.h"
#include "wrong_scan_tmpl.c"
#include "num/f64.h"
#include "wrong_scan_tmpl.c"

static void
nothing_is_wrong_before(void)
{
    for (size_t k = 0; k < THRESHOLDS; k++)
        if (row_of((quantity)k)->becomes == GA_BECOMES_WRONG) {
            agrees_f32((quantity)k, thresholds_of(GA_FLOAT) + k);
            agrees_f64((quantity)k, thresholds_of(GA_DOUBLE) + k);
        }
}

/* An ulp of the least numbers is more than 1 %: next to the true value they are right, as 0 is where that rounds to 0. */
static void
subnormal_numbers_may_be_an_ulp_off(void)
{
    threshold_search *const s = search_of(OTHER_RESIDUAL, format_f32, false);
    for (int k = 0; s != NULL && k < 300; k++) {
        const double x = -log(k * 0x1p-149 + 0x1p-151); /* the true value is a quarter above k */
        const uint64_t i = count_f32((float)x);
        const double t = exp(-(double)(float)x) * 0x1p149;
        for (int c = k - 5; c <= k + 5; c++) {
            mpfr_set_d(s->constant, c * 0x1p-149, MPFR_RNDN);
            const bool wrong = c == 0 ? t > 0.5 : fabs(c - t) > fmax(1, t / 100);
            ASSERT(at(threshold_wrong, s, i) == wrong, "%d for %a", c, t);
        }
    }
    if (s != NULL)
        threshold_search_free(s);
}

/* -1.0005 p_c */
static void
off_by_a_little(mpfr_ptr r, mpfr_srcptr x)
{
    mpfr_t error;
    mpfr_init2(error, mpfr_get_prec(r));
    row_of(RESIDUAL_WRONG)->exact(r, x);
    mpfr_div_ui(error, r, 2000, MPFR_RNDN);
    mpfr_add(r, r, error, MPFR_RNDN);
    mpfr_clear(error);
}

/* Were the true values a little larger, the first wrong ones would be those of 105 u, where 104 u < 0.99 * 1.0005 * 105 u is first
   computed: there a value is wrong when it begins, and right when it ends. Values are negative, and enclosed all the same. */
static void
values_may_begin_wrong(void)
{
    mpz_t first, last, exact;
    threshold_search *const s = search_of(RESIDUAL_WRONG, format_f32, false);
    if (s == NULL)
        return;
    threshold_row row = *s->row;
    row.exact = off_by_a_little;
    s->row = &row;
    mpz_inits(first, last, exact, NULL);
    threshold_bisect(exact, threshold_exactly_holds, s);
    threshold_walk(first, last, s, exact);
    ASSERT_ULP(number_f32(mpz_get_ui(first)), (float)(24 * log(2) - log(105)), 100);
    mpfr_t low, high;
    mpfr_inits2(64, low, high, (mpfr_ptr)0);
    threshold_enclose(low, high, s, first);
    ASSERT(mpfr_less_p(low, high) && mpfr_sgn(high) < 0);
    mpfr_clears(low, high, (mpfr_ptr)0);
    mpz_clears(first, last, exact, NULL);
    threshold_search_free(s);
}

TEST_MAIN("wrong", TEST(near_leading_order), TEST(nothing_is_wrong_before), TEST(subnormal_numbers_may_be_an_ulp_off),
          TEST(values_may_begin_wrong))
