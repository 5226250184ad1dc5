/* SPDX-License-Identifier: Apache-2.0 */
/* threshold_wrong.c -- where a number is wrong: NaN; 0 or infinite where the true value, rounded, is not; or off by more than 1 %
   and by more than an ulp, which is that of the format at the true value.

   The walk goes from one value of the formulas to the next. On a run of arguments with one value c the true value t is monotone, so
   that what is right there is an interval: it is where t rounds to c or is near it, and so has t = c in it, or, where c is 0 or
   infinite, an end of t's range. Where t is near c it may reach across a power of two, 2^k, behind which an ulp is twice as large:
   a number c below it is at most one ulp away, and then near all t up to there, or at least two, and near no t > 2^k. If both ends
   of a run are right, all of it is. t = 2^k at 0 alone, which is a run of its own. */
#include "audit/threshold_search.h"
#include "num/format.h"

/* end = t - margin or t + margin, margin the larger of t/100 and the ulp, from below (MPFR_RNDD) or above (MPFR_RNDU); t > 0. */
static void
limit(mpfr_ptr end, mpfr_srcptr t, mpfr_srcptr ulp, int sign, mpfr_rnd_t direction)
{
    const mpfr_rnd_t opposite = direction == MPFR_RNDD ? MPFR_RNDU : MPFR_RNDD;
    mpfr_div_ui(end, t, 100, sign < 0 ? opposite : direction);
    if (mpfr_less_p(end, ulp))
        mpfr_set(end, ulp, MPFR_RNDN); /* exact */
    (sign < 0 ? mpfr_sub : mpfr_add)(end, t, end, direction);
}

/* Whether c is off by more than 1 % and by more than an ulp of any t in [low, high], 0 < low; -1: of some. */
static int
is_far(mpfr_srcptr c, mpfr_srcptr low, mpfr_srcptr high, const ga_format *f)
{
    if (mpfr_get_exp(low) != mpfr_get_exp(high))
        return -1;
    mpfr_t end, ulp;
    mpfr_init2(end, mpfr_get_prec(low));
    mpfr_init2(ulp, 2);
    mpfr_set_ui_2exp(ulp, 1, (mpfr_exp_t)format_ulp_exponent(*f, mpfr_get_exp(low) - 1), MPFR_RNDN);
    limit(end, low, ulp, -1, MPFR_RNDD);
    bool far = mpfr_less_p(c, end);
    limit(end, high, ulp, 1, MPFR_RNDU);
    far = far || mpfr_greater_p(c, end);
    limit(end, high, ulp, -1, MPFR_RNDU);
    bool near = mpfr_greaterequal_p(c, end);
    limit(end, low, ulp, 1, MPFR_RNDD);
    near = near && mpfr_lessequal_p(c, end);
    mpfr_clears(end, ulp, (mpfr_ptr)0);
    return far ? 1 : near ? 0 : -1;
}

/* Whether s->constant is far off at argument i. That is decided at last: t is transcendental, and at a limit, or at a power of two,
   rational. */
static bool
far_off(const threshold_search *s, mpz_srcptr i)
{
    int far = -1;
    mpfr_t c;
    mpfr_init2(c, s->format.bits);
    for (mpfr_prec_t bits = s->format.bits + 40; far < 0; bits *= 2) {
        mpfr_t low, high;
        mpfr_inits2(bits, low, high, (mpfr_ptr)0);
        threshold_enclose(low, high, s, i);
        const bool negative = mpfr_sgn(low) < 0;
        mpfr_set(c, s->constant, MPFR_RNDN);
        if (negative) {
            mpfr_swap(low, high);
            mpfr_neg(c, c, MPFR_RNDN);
        }
        mpfr_abs(low, low, MPFR_RNDN);
        mpfr_abs(high, high, MPFR_RNDN);
        far = is_far(c, low, high, &s->format);
        mpfr_clears(low, high, (mpfr_ptr)0);
    }
    mpfr_clear(c);
    return far;
}

bool
threshold_wrong(threshold_search *s, mpz_srcptr i)
{
    mpfr_t t;
    mpfr_init2(t, s->format.bits);
    threshold_truth(t, s, i);
    const bool right = mpfr_equal_p(s->constant, t);
    mpfr_clear(t);
    return !right && (!mpfr_regular_p(s->constant) || far_off(s, i));
}

static bool
departed(threshold_search *s, mpz_srcptr i)
{
    mpfr_t v;
    mpfr_init2(v, s->format.bits);
    const size_t k = threshold_value(s, i);
    s->arithmetic->get(v, s->values, k);
    const bool same = mpfr_equal_p(v, s->constant) || (mpfr_nan_p(v) && mpfr_nan_p(s->constant));
    mpfr_clear(v);
    return !same;
}

/* The true value falls below that of the formulas. */
static bool
overtaken(threshold_search *s, mpz_srcptr i)
{
    mpfr_t t;
    mpfr_init2(t, s->format.bits);
    threshold_truth(t, s, i);
    const bool is = !mpfr_nan_p(s->constant) && mpfr_cmpabs(t, s->constant) <= 0;
    mpfr_clear(t);
    return is;
}

/* Where the true value is larger nothing is wrong: 2^(9-p), see op_thresholds. Roundings that are off by an ulp, not by half of it,
   are given twice as much, and as much again. */
static bool
small(threshold_search *s, mpz_srcptr i)
{
    const bool nearest = format_rounds_to_nearest(s->format);
    mpfr_t t;
    mpfr_init2(t, s->format.bits);
    threshold_truth(t, s, i);
    mpfr_abs(t, t, MPFR_RNDN);
    const bool is = mpfr_cmp_ui_2exp(t, 1, (nearest ? 9 : 11) - s->format.bits) <= 0;
    mpfr_clear(t);
    return is;
}

/* From low to high, where one value is taken that is wrong at high: the first argument from which on it is. What is right ends
   where the true value falls below it, or later. */
static void
wrong_from(mpz_ptr from, threshold_search *s, mpz_srcptr low, mpz_srcptr high)
{
    if (!threshold_wrong(s, low)) {
        threshold_between(from, threshold_wrong, s, low, high);
        return;
    }
    mpz_t middle, before;
    mpz_init(middle);
    mpz_init(before);
    mpz_set(from, low);
    if (!overtaken(s, low) && overtaken(s, high)) {
        threshold_between(middle, overtaken, s, low, high);
        mpz_sub_ui(before, middle, 1);
        if (!threshold_wrong(s, middle))
            threshold_between(from, threshold_wrong, s, middle, high);
        else if (!threshold_wrong(s, before))
            mpz_set(from, middle);
    }
    mpz_clears(middle, before, NULL);
}

/* Where the run of the value at i ends, at end or before: by trying all arguments, or by bisection. */
static void
run_end(mpz_ptr next, threshold_search *s, mpz_srcptr i, mpz_srcptr end)
{
    mpz_t most;
    mpz_init(most);
    mpz_sub_ui(most, end, 1);
    if (mpz_sgn(i) == 0) {
        mpz_set_ui(next, 1);
    } else if (s->all) {
        mpz_add_ui(next, i, 1);
        while (mpz_cmp(next, end) < 0 && !departed(s, next))
            mpz_add_ui(next, next, 1);
    } else if (departed(s, most)) {
        threshold_between(next, departed, s, i, most);
    } else {
        mpz_set(next, end);
    }
    mpz_clear(most);
}

static void
walk_from(mpz_ptr i, threshold_search *s, mpz_srcptr end)
{
    mpz_t zero;
    mpz_init(zero);
    mpz_set_ui(i, 0);
    if (!s->all && mpz_sgn(end) > 0 && !small(s, zero))
        threshold_between(i, small, s, zero, end);
    mpz_clear(zero);
}

void
threshold_walk(mpz_ptr first, mpz_ptr last, threshold_search *s, mpz_srcptr end)
{
    bool found = false;
    mpz_t i, next, from, most;
    mpz_inits(i, next, from, most, NULL);
    mpz_set(first, end);
    for (walk_from(i, s, end); mpz_cmp(i, end) < 0 && (!found || last != NULL); mpz_set(i, next)) {
        const size_t k = threshold_value(s, i);
        s->arithmetic->get(s->constant, s->values, k);
        run_end(next, s, i, end);
        mpz_sub_ui(most, next, 1);
        const bool at_once = threshold_wrong(s, i), at_last = threshold_wrong(s, most);
        if (at_last)
            wrong_from(from, s, i, most);
        else
            mpz_set(from, next);
        if (!found && (at_once || at_last))
            mpz_set(first, at_once ? i : from);
        found = found || at_once || at_last;
        if (last != NULL && (mpz_cmp(from, i) > 0))
            mpz_set(last, from);
    }
    mpz_clears(i, next, from, most, NULL);
}
