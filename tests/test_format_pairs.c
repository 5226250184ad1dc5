/* SPDX-License-Identifier: Apache-2.0 */
/* test_format_pairs.c -- operations of formats of few bits: all pairs of small ones against exact rationals, others at random, near
   what could be rounded twice, against MPFR with their range and subnormals and, if the compiler has it, _Float16. */
#include "exact_format.h"
#include "format_results.h"
#include "formats_tried.h"
#include "num/format.h"

/* ---- against exact rationals ---- */

/* All numbers of a format, NaN, and infinities if it has them. */
static size_t
list_numbers(double **list, const exact_format *x)
{
    size_t n = 0;
    *list = malloc((2 * x->n + 3) * sizeof **list);
    for (size_t i = 0; i < x->n; i++) {
        if (x->d->ftz && x->number[i] != 0 && x->number[i] < ldexp(1, x->d->emin))
            continue;
        (*list)[n++] = x->number[i];
        if (i > 0 || !x->d->one_zero)
            (*list)[n++] = -x->number[i];
    }
    (*list)[n++] = NAN;
    if (x->d->overflow == GA_TO_INFINITY) {
        (*list)[n++] = INFINITY;
        (*list)[n++] = -INFINITY;
    }
    return n;
}

static bool
equal_pair(const double got[N_PAIR_RESULTS], const double want[N_PAIR_RESULTS], const char *what, double a, double b)
{
    for (size_t i = 0; i < N_PAIR_RESULTS; i++)
        if (!exact_same(got[i], want[i]))
            return ASSERT(false, "%s: %a %s %a is %a, not %a", what, a, pair_names[i], b, got[i], want[i]);
    return true;
}

static void
exact_pair(double want[N_PAIR_RESULTS], const exact_format *x, double a, double b)
{
    for (size_t i = 0; i < 4; i++)
        want[i] = exact_operation(x, *pair_names[i], a, b);
    want[4] = exact_operation(x, '+', b, want[2]);
}

static bool
check_exactly(const exact_format *x, format_worker *w, double a, double b)
{
    double got[N_PAIR_RESULTS], want[N_PAIR_RESULTS];
    format_pair(got, a, b, w);
    exact_pair(want, x, a, b);
    return equal_pair(got, want, x->d->words, a, b);
}

static void
check_all_pairs(const definition *base, size_t k)
{
    definition d = *base;
    d.rounding = roundings_tried[k].rounding;
    exact_format x = exact_format_new(&d);
    if (x.n <= 128) {
        double *list;
        const size_t n = list_numbers(&list, &x);
        format_worker w = format_worker_new(tried_parse(base, k));
        bool right = w.f.kind == GA_NARROW32;
        for (size_t a = 0; a < n && right; a++)
            for (size_t b = 0; b < n && right; b++)
                right = check_exactly(&x, &w, list[a], list[b]);
        ASSERT(right, "%s, %s", d.words, roundings_tried[k].word);
        format_worker_free(&w);
        free(list);
    }
    exact_format_free(&x);
}

/* Rounded to nearest, in float. */
static void
all_pairs(void)
{
    for (size_t i = 0; i < N_TRIED; i++)
        for (size_t k = 0; k < 2; k++)
            check_all_pairs(tried_format(i), k);
}

/* All formats at random: in float, and in MPFR, where to nearest gives the same bits and every other rounding its own. */
static void
every_rounding(void)
{
    uint64_t state = test_seed();
    for (size_t i = 0; i < N_TRIED; i++)
        for (size_t k = 0; k < N_ROUNDINGS_TRIED; k++) {
            definition d = *tried_format(i);
            if (!tried_rounds(&d, k))
                continue;
            d.rounding = roundings_tried[k].rounding;
            exact_format x = exact_format_new(&d);
            double *list;
            const size_t n = list_numbers(&list, &x);
            ga_format f = tried_parse(tried_format(i), k);
            format_worker fast = format_worker_new(f);
            f.kind = GA_EMULATED;
            format_worker emulated = format_worker_new(f);
            bool right = true;
            for (size_t j = 0; j < 12000 / test_every() && right; j++) {
                const double a = list[test_random(&state) % n], b = list[test_random(&state) % n];
                right = check_exactly(&x, &emulated, a, b) && (k > 1 || check_exactly(&x, &fast, a, b));
            }
            ASSERT(right, "%s, %s", d.words, roundings_tried[k].word);
            format_worker_free(&fast);
            format_worker_free(&emulated);
            free(list);
            exact_format_free(&x);
        }
}

/* ---- against MPFR ---- */

/* m 2^(e-p+1) with 2^(p-1) <= m < 2^p, or fewer bits at the end of the range; some with few bits, some with many. */
static double
number_near(const ranged *m, int e, uint64_t *state)
{
    const uint64_t random = test_random(state);
    const int least = m->ftz ? m->emin : m->emin - m->p + 1;
    e = e > m->emax ? m->emax : e < least ? least : e;
    const int bits = e < m->emin ? e - least + 1 : m->p; /* of a number of this binade */
    const int64_t one = INT64_C(1) << (bits - 1);
    int64_t n = one | (int64_t)(random >> 20 & (uint64_t)(one - 1));
    if (random % 4 == 0)
        n = one;
    else if (random % 4 == 1)
        n = 2 * one - 1 - (int64_t)(random >> 4) % 3 * (one > 4);
    return ldexp(random & 1 << 10 ? -(double)n : (double)n, e - bits + 1);
}

/* Exponents at which products and quotients are at the ends of the range, and sums are of far apart or near numbers. */
static void
random_pair(double *a, double *b, const ranged *m, uint64_t *state)
{
    static const double ends[] = { 0, -0.0, INFINITY, -INFINITY, NAN, 1, -1 };
    const int span = m->emax - m->emin + m->p, least = m->emin - m->p + 1;
    const int e = least + (int)(test_random(state) % (uint64_t)span), near = (int)(test_random(state) % (uint64_t)(2 * m->p + 6));
    int other = least + (int)(test_random(state) % (uint64_t)span);
    switch (test_random(state) % 8) {
    case 0: other = m->emin - e + m->p / 2 - near; break;      /* a b small */
    case 1: other = e - m->emin - m->p / 2 + near; break;      /* a / b small */
    case 2: other = m->emax - e - m->p + near; break;          /* a b large */
    case 3: other = e - m->emax + m->p - near; break;          /* a / b large */
    case 4: other = e - near; break;                           /* sums */
    case 5: other = e + near; break;
    }
    *a = number_near(m, e, state);
    *b = test_random(state) % 100 == 0 ? ends[test_random(state) % 7] : number_near(m, other, state);
}

/* A quotient near a tie: a is about t b with a t of one bit more than numbers have. */
static void
pair_near_tie(double *a, double *b, const ranged *m, uint64_t *state)
{
    const int e = m->emin - m->p + (int)(test_random(state) % (uint64_t)(3 * m->p));
    const double t = number_near(m, e, state) + ldexp(1, e < m->emin ? m->emin - m->p : e - m->p);
    *b = number_near(m, (int)(test_random(state) % (uint64_t)(m->emax - m->emin)) + m->emin, state);
    mpfr_t product;
    mpfr_init2(product, m->p);
    mpfr_set_d(product, t, MPFR_RNDN);
    mpfr_mul_d(product, product, *b, MPFR_RNDN);
    const int at = (int)mpfr_get_exp(product) - 1;
    *a = at < m->emin || at > m->emax ? number_near(m, at, state) : mpfr_get_d(product, MPFR_RNDN);
    mpfr_clear(product);
}

static ranged ranges[] = {
    { .words = "float16", .p = 11, .emin = -14, .emax = 15 },
    { .words = "bfloat16", .p = 8, .emin = -126, .emax = 127 },
    { .words = "p=11,emin=-117,emax=127", .p = 11, .emin = -117, .emax = 127 },
    { .words = "p=10,emin=-120,emax=127,ftz", .p = 10, .emin = -120, .emax = 127, .ftz = true },
    { .words = "p=9,emin=-123,emax=127", .p = 9, .emin = -123, .emax = 127 },
    { .words = "tf32", .p = 11, .emin = -126, .emax = 127 },
    { .words = "float,ftz", .p = 24, .emin = -126, .emax = 127, .ftz = true },
    { .words = "float,ftz,daz", .p = 24, .emin = -126, .emax = 127, .ftz = true, .daz = true },
    { .words = "float,daz", .p = 24, .emin = -126, .emax = 127, .daz = true },
    { .words = "p=25,emin=-200,emax=200", .p = 25, .emin = -200, .emax = 200 },
    { .words = "p=25,emin=-513,emax=1000", .p = 25, .emin = -513, .emax = 1000 },
    { .words = "p=40,emin=-100,emax=100", .p = 40, .emin = -100, .emax = 100 }, /* in MPFR */
};

static double
exact_operand(const ranged *m, double b)
{
    return m->daz && fabs(b) < ldexp(1, m->emin) ? 0 : b;
}

static void
pairs_at_random(void)
{
    uint64_t state = test_seed();
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++) {
        ranged *const m = ranges + i;
        ga_format f = { 0 };
        ASSERT(ga_format_parse(&f, m->words, NULL) == GA_OK, "%s", m->words);
        format_worker w = format_worker_new(f);
        ranged_begin(m);
        bool right = true;
        for (size_t j = 0; j < (test_every() == 1 ? 10000000 : 500000 / test_every()) && right; j++) {
            double a, b, got[N_PAIR_RESULTS], want[N_PAIR_RESULTS];
            if (j % 4 == 3)
                pair_near_tie(&a, &b, m, &state);
            else
                random_pair(&a, &b, m, &state);
            ASSERT(isnan(b) || ranged_operation(m, '/', b, 1) == exact_operand(m, b), "%s has no number %a", m->words, b);
            format_pair(got, a, b, &w);
            for (size_t o = 0; o < 4; o++)
                want[o] = ranged_operation(m, *pair_names[o], a, b);
            want[4] = ranged_operation(m, '+', b, want[2]);
            right = equal_pair(got, want, m->words, a, b);
        }
        ASSERT(right, "%s", m->words);
        ranged_end(m);
        format_worker_free(&w);
    }
}

/* Ties away from zero: in C types as in MPFR, which has no such rounding of its own, but rounds to odd before. */
static void
pairs_whose_ties_go_away(void)
{
    uint64_t state = test_seed();
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++) {
        char words[80];
        ga_format f = { 0 };
        snprintf(words, sizeof words, "%s,rounding=nearest-away", ranges[i].words);
        ASSERT(ga_format_parse(&f, words, NULL) == GA_OK, "%s", words);
        if (f.kind == GA_EMULATED)
            continue;
        format_worker w = format_worker_new(f);
        f.kind = GA_EMULATED;
        format_worker emulated = format_worker_new(f);
        ranged_begin(ranges + i);
        bool right = true;
        for (size_t j = 0; j < (test_every() == 1 ? 3000000 : 150000 / test_every()) && right; j++) {
            double a, b, got[N_PAIR_RESULTS], want[N_PAIR_RESULTS];
            if (j % 4 == 3)
                pair_near_tie(&a, &b, ranges + i, &state);
            else
                random_pair(&a, &b, ranges + i, &state);
            format_pair(got, a, b, &w);
            format_pair(want, a, b, &emulated);
            right = equal_pair(got, want, words, a, b);
        }
        ASSERT(right, "%s", words);
        ranged_end(ranges + i);
        format_worker_free(&w);
        format_worker_free(&emulated);
    }
}

#ifdef __FLT16_MANT_DIG__
/* All pairs a >= 0, b: a and all of its operations change sign together. Long: every a; else one in 97 x test_every(). */
static void
float16_is_the_compilers(void)
{
    exact_format x = exact_format_new(named_formats);
    worker_nar32 w = worker_new_nar32(tried_parse(named_formats, 0));
    ctx_nar32 *const ctx = w.ctx;
    const size_t every = test_every() == 1 ? 1 : 97 * test_every();
    double *list;
    const size_t n = list_numbers(&list, &x);
    for (size_t i = (size_t)(test_seed() % every); i < x.n; i += every) {
        const float a = (float)x.number[i];
        size_t wrong = 0;
        for (size_t k = 0; k < n; k++) {
            const float b = (float)list[k];
            const _Float16 left = (_Float16)a, right = (_Float16)b;
            const _Float16 want[] = { (_Float16)(left + right), (_Float16)(left - right), (_Float16)(left * right),
                                      (_Float16)(left / right) };
            float got[4];
            nar32_add(got, &a, &b, ctx);
            nar32_sub(got + 1, &a, &b, ctx);
            nar32_mul(got + 2, &a, &b, ctx);
            nar32_div(got + 3, &a, &b, ctx);
            for (size_t o = 0; o < 4; o++)
                wrong += !exact_same((double)got[o], (double)want[o]);
        }
        ASSERT(wrong == 0, "%zu results with %a differ from _Float16's", wrong, (double)a);
    }
    free(list);
    worker_free_nar32(&w);
    exact_format_free(&x);
}
#else
static void
float16_is_the_compilers(void)
{
    printf("this compiler has no _Float16; ");
}
#endif

TEST_MAIN("format_pairs", TEST(all_pairs), TEST(every_rounding), TEST(pairs_at_random), TEST(pairs_whose_ties_go_away),
          TEST(float16_is_the_compilers))
