/* SPDX-License-Identifier: Apache-2.0 */
/* threshold_search.c -- see threshold_search.h */
#include <stdlib.h>

#include "audit/threshold_search.h"
#include "num/format.h"
#include "num/mpfr_narrow.h"
#include "num/place.h"

/* i = the place of the least number of the format that is not below x >= 0, or of its largest. */
static void
place_from(mpz_ptr i, double x, const ga_format *f)
{
    mpfr_t at, below;
    mpfr_inits2(f->bits + 53, at, below, (mpfr_ptr)0);
    mpfr_set_d(at, x, MPFR_RNDN);
    place_of(i, at, f);
    place_number(below, i, f);
    mpfr_largest(at, f, 1);
    if (mpfr_cmp_d(below, x) < 0 && mpfr_less_p(below, at))
        mpz_add_ui(i, i, 1);
    mpfr_clears(at, below, (mpfr_ptr)0);
}

/* The arguments: s->origin and s->end. Those of an inward row go from the largest number up to 1 to 0. Others go to the largest
   number, or, unless the row goes on, to one where e^-x is below the format's least number and e^x above its largest: ln 2 < 1. */
static void
set_arguments(threshold_search *s)
{
    const int64_t above = format_emax(s->format) + 2, below = 2 - format_least_exponent(s->format);
    const int64_t most = above > below ? above : below;
    long e = 0;
    while (e < 62 && (INT64_C(1) << e) < most)
        e++;
    mpfr_t x;
    mpfr_init2(x, 64);
    mpfr_set_ui_2exp(x, 1, s->row->inward ? 0 : e, MPFR_RNDN);
    if (s->row->far)
        mpfr_set_inf(x, 1);
    place_of(s->end, x, &s->format);
    if (s->row->inward) {
        mpz_set(s->origin, s->end);
    } else {
        place_from(s->origin, s->row->from, &s->format);
        mpz_sub(s->end, s->end, s->origin);
    }
    mpz_add_ui(s->end, s->end, 1);
    mpfr_clear(x);
    s->all = mpz_cmp_ui(s->end, THRESHOLD_TRIED) <= 0;
}

/* What overflow makes NaN does not become 0, 1 or infinite in the end. */
static void
set_overflow(threshold_search *s)
{
    mpz_t last;
    mpz_init(last);
    mpz_sub_ui(last, s->end, 1);
    const size_t k = threshold_value(s, last);
    if (s->arithmetic->is(s->values, k, GA_BECOMES_NAN))
        s->becomes = GA_BECOMES_NAN;
    mpz_clear(last);
}

threshold_search *
threshold_search_new(ga_format f, op_id op, const threshold_row *row)
{
    threshold_search *const s = calloc(1, sizeof *s);
    if (s == NULL)
        return NULL;
    s->row = row;
    s->becomes = row->becomes;
    s->format = f;
    mpz_inits(s->origin, s->end, s->from, NULL);
    mpfr_init2(s->constant, f.bits);
    set_arguments(s);
    s->arithmetic = threshold_arithmetic_of(f);
    s->values = s->arithmetic->open(f, op, row);
    if (s->values == NULL) {
        threshold_search_free(s);
        return NULL;
    }
    if (f.overflow == GA_TO_NAN && row->becomes != GA_BECOMES_WRONG)
        set_overflow(s);
    return s;
}

void
threshold_search_free(threshold_search *s)
{
    if (s->values != NULL)
        s->arithmetic->close(s->values);
    mpz_clears(s->origin, s->end, s->from, NULL);
    mpfr_clear(s->constant);
    free(s);
}

static void
set_place(mpz_ptr place, const threshold_search *s, mpz_srcptr i)
{
    if (s->row->inward)
        mpz_sub(place, s->origin, i);
    else
        mpz_add(place, s->origin, i);
}

void
threshold_argument(mpfr_ptr x, const threshold_search *s, mpz_srcptr i)
{
    mpz_t place;
    mpz_init(place);
    set_place(place, s, i);
    if (mpz_cmp(i, s->end) < 0)
        place_number(x, place, &s->format);
    else
        mpfr_set_inf(x, 1);
    mpfr_setsign(x, x, s->row->direction < 0, MPFR_RNDN);
    mpz_clear(place);
}

static void
load(threshold_search *s, mpz_srcptr i, size_t n)
{
    mpz_t place;
    mpz_init(place);
    set_place(place, s, i);
    s->arithmetic->run(s->values, place, s->row->inward ? -1 : 1, n);
    mpz_set(s->from, i);
    s->n = n;
    mpz_clear(place);
}

size_t
threshold_value(threshold_search *s, mpz_srcptr i)
{
    mpz_t at, left;
    mpz_inits(at, left, NULL);
    mpz_sub(at, i, s->from);
    mpz_sub(left, s->end, i);
    if (mpz_sgn(at) < 0 || mpz_cmp_ui(at, s->n) >= 0) {
        load(s, i, !s->all ? 1 : mpz_cmp_ui(left, THRESHOLD_CHUNK) < 0 ? mpz_get_ui(left) : THRESHOLD_CHUNK);
        mpz_set_ui(at, 0);
    }
    const size_t k = mpz_get_ui(at);
    mpz_clears(at, left, NULL);
    return k;
}

bool
threshold_holds(threshold_search *s, mpz_srcptr i)
{
    const size_t k = threshold_value(s, i);
    return s->arithmetic->is(s->values, k, s->becomes);
}

/* With p bits |r - v| <= 2^(3-p) |v| (threshold_row), so that v is between r (1 - 2^(4-p)) and r (1 + 2^(4-p)). At 0, v is 0, 1/4,
   1/2, 1 or -1/2, which the formulas give, or ln 2, whose bits go on. */
void
threshold_enclose(mpfr_ptr low, mpfr_ptr high, const threshold_search *s, mpz_srcptr i)
{
    mpfr_t r, error;
    const mpfr_prec_t bits = mpfr_get_prec(low);
    mpfr_inits2(bits, r, error, (mpfr_ptr)0);
    threshold_argument(low, s, i);
    const bool zero = mpfr_zero_p(low);
    s->row->exact(r, low);
    if (zero && mpfr_min_prec(r) <= 1) {
        mpfr_set_zero(error, 1);
    } else {
        mpfr_mul_2si(error, r, 4 - bits, MPFR_RNDN); /* exact */
        mpfr_abs(error, error, MPFR_RNDN);
    }
    mpfr_sub(low, r, error, MPFR_RNDD);
    mpfr_add(high, r, error, MPFR_RNDU);
    mpfr_clears(r, error, (mpfr_ptr)0);
}

/* Where numbers may be ties. */
static void
round_once(mpfr_ptr r, const threshold_search *s, mpz_srcptr i)
{
    mpfr_t x, odd;
    mpfr_init2(x, s->format.bits);
    mpfr_init2(odd, s->format.bits + MPFR_ODD_BITS);
    threshold_argument(x, s, i);
    const int inexact = s->row->once(odd, x, MPFR_RNDZ);
    mpfr_narrow_odd(r, odd, inexact, &s->format, 0);
    mpfr_clears(x, odd, (mpfr_ptr)0);
}

/* Where both ends round to the same number, so does v. That comes to pass, as v is neither a number of the format nor a tie (at 0
   it may be, but there it has no error): the interval ends on one side of either. */
void
threshold_truth(mpfr_ptr r, const threshold_search *s, mpz_srcptr i)
{
    mpfr_t above;
    if (s->row->once != NULL) {
        round_once(r, s, i);
        return;
    }
    mpfr_init2(above, mpfr_get_prec(r));
    mpfr_prec_t bits = s->format.bits + 40;
    do {
        mpfr_t low, high;
        mpfr_inits2(bits, low, high, (mpfr_ptr)0);
        threshold_enclose(low, high, s, i);
        mpfr_narrow(r, low, &s->format, 0);
        mpfr_narrow(above, high, &s->format, 0);
        mpfr_clears(low, high, (mpfr_ptr)0);
        bits *= 2;
    } while (!mpfr_equal_p(r, above) && !(mpfr_nan_p(r) && mpfr_nan_p(above)));
    mpfr_clear(above);
}

bool
threshold_exactly_holds(threshold_search *s, mpz_srcptr i)
{
    mpfr_t truth;
    mpfr_init2(truth, s->format.bits);
    threshold_truth(truth, s, i);
    const bool is = threshold_is(truth, s->becomes);
    mpfr_clear(truth);
    return is;
}

void
threshold_between(mpz_ptr i, threshold_condition *holds, threshold_search *s, mpz_srcptr low, mpz_srcptr high)
{
    mpz_t from, to, middle;
    mpz_init_set(from, low);
    mpz_init_set(to, high);
    mpz_init(middle);
    for (;;) {
        mpz_sub(middle, to, from);
        if (mpz_cmp_ui(middle, 1) <= 0)
            break;
        mpz_fdiv_q_2exp(middle, middle, 1);
        mpz_add(middle, middle, from);
        mpz_swap(holds(s, middle) ? to : from, middle);
    }
    mpz_set(i, to);
    mpz_clears(from, to, middle, NULL);
}

void
threshold_bisect(mpz_ptr i, threshold_condition *holds, threshold_search *s)
{
    mpz_t low, high;
    mpz_init(low);
    mpz_init(high);
    mpz_sub_ui(high, s->end, 1);
    if (!holds(s, high))
        mpz_set(i, s->end);
    else if (holds(s, low))
        mpz_set_ui(i, 0);
    else
        threshold_between(i, holds, s, low, high);
    mpz_clears(low, high, NULL);
}

void
threshold_scan(mpz_ptr first, mpz_ptr last, threshold_search *s, mpz_srcptr from, mpz_srcptr to)
{
    mpz_t i, left;
    bool found = false;
    size_t n = 0;
    mpz_init_set(i, from);
    mpz_init(left);
    mpz_set(last, from);
    mpz_set(first, to);
    for (; mpz_cmp(i, to) < 0; mpz_add_ui(i, i, n)) {
        mpz_sub(left, to, i);
        n = mpz_cmp_ui(left, THRESHOLD_CHUNK) < 0 ? mpz_get_ui(left) : THRESHOLD_CHUNK;
        load(s, i, n);
        for (size_t k = 0; k < n; k++) {
            const bool is = s->arithmetic->is(s->values, k, s->becomes);
            if (is && !found)
                mpz_add_ui(first, i, k);
            if (!is)
                mpz_add_ui(last, i, k + 1);
            found = found || is;
        }
    }
    mpz_clears(i, left, NULL);
}
