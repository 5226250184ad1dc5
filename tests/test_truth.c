/* SPDX-License-Identifier: Apache-2.0 */
/* test_truth.c -- queries of an enclosure, against its two ends in MPFR at a precision that holds everything exactly. */
#include <math.h>

#include "core/finding.h"

#include "num/format.h"
#include "num/mpfr_vec.h"
#include "num/format.h"
#include "pass/truth.h"
#include "test.h"

enum { EXACT = 8000 };

/* m 2^e, exact. */
static void
set(mpfr_ptr r, double m, int64_t e)
{
    mpfr_set_d(r, m, MPFR_RNDN);
    mpfr_mul_2si(r, r, (long)e, MPFR_RNDN);
}

/* |t| at the near end, the middle and the far end. */
static void
magnitudes(mpfr_t end[3], const ga_truth *t)
{
    mpfr_t part;
    mpfr_init2(part, EXACT);
    for (int i = 0; i < 3; i++) {
        set(end[i], t->mantissa, t->exponent);
        set(part, t->tail.m, t->tail.e);
        mpfr_add(end[i], end[i], part, MPFR_RNDN);
        mpfr_abs(end[i], end[i], MPFR_RNDN);
        set(part, t->radius.m, t->radius.e);
        mpfr_mul_si(part, part, i - 1, MPFR_RNDN);
        mpfr_add(end[i], end[i], part, MPFR_RNDN);
    }
    mpfr_clear(part);
}

/* A random enclosure of a number that rounds to mantissa 2^exponent: near thresholds, with tails and radii of any size. */
static ga_truth
draw(uint64_t *state)
{
    static const int64_t exponents[] = {
        0, 1, -1, -149, -150, -151, -126, -127, 127, 128, -1074, -1075, -1022, 1023, 1024, 53, -300
    };
    static const double mantissas[] = { 1, 1, 2 - 0x1p-52, 1 + 0x1p-52, 1.5, 2 - 0x1p-23, 2 - 0x1p-24, 1.25 };
    const uint64_t r = test_random(state);
    ga_truth t = { .state = GA_TRUE_NONZERO, .sign = r & 1 ? 1 : -1 };
    t.mantissa = t.sign * (r & 2 ? mantissas[r / 16 % 8] : 1 + (double)(test_random(state) >> 12) * 0x1p-52);
    t.exponent = r & 4 ? exponents[test_random(state) % 17] : (int64_t)(test_random(state) % 2200) - 1100;
    /* below half an ulp, that of the binade below where the tail goes inwards */
    const int64_t below = 53 + (int64_t)(test_random(state) % (r & 8 ? 60 : 3000));
    const bool inwards = fabs(t.mantissa) == 1;
    if (test_random(state) % 4 > 0)
        t.tail = (ga_scaled){ (test_random(state) & 1 ? 1 : -1) * (1 + (double)(test_random(state) >> 12) * 0x1p-52) / 2,
                              t.exponent - below - inwards };
    const uint64_t wide = test_random(state) % 4;
    if (wide > 0)
        t.radius = (ga_scaled){ 0.5 + (double)(test_random(state) >> 12) * 0x1p-53,
                                wide == 1 ? t.exponent - below - 1 + (int64_t)(test_random(state) % 3)
                                          : t.exponent - 56 - (int64_t)(test_random(state) % 3000) };
    if (t.radius.m != 0 && t.radius.e > t.exponent - 57)
        t.radius.e = t.exponent - 57; /* also about a tie */
    return t;
}

/* A computed number about the truth: equal, some ulps of the format off, a multiple of it, or anything. */
static ga_number
draw_computed(const ga_truth *t, uint64_t *state)
{
    ga_number c = { .klass = GA_NORMAL, .sign = t->sign, .mantissa = t->mantissa, .exponent = t->exponent };
    const uint64_t r = test_random(state);
    static const double factor[] = { 0.5, 0.99, 1.01, 1.5, 0.75, 1.25, 2, 1 + 0x1p-52 };
    if (r % 8 == 0)
        return (ga_number){ .klass = GA_ZERO };
    if (r % 8 < 4)
        c.mantissa *= factor[test_random(state) % 8];
    else if (r % 8 == 4)
        c.mantissa = -c.mantissa;
    else if (r % 8 == 5)
        c.exponent += (int64_t)(test_random(state) % 3000) - 1500;
    else if (r % 8 == 6)
        c.mantissa += ldexp(t->sign, (int)(test_random(state) % 50) - 52);
    int e;
    c.mantissa = 2 * frexp(c.mantissa, &e);
    c.exponent += e - 1;
    c.sign = c.mantissa < 0 ? -1 : 1;
    return c;
}

static truth_side
oracle_side(int near, int far, bool point)
{
    return far < 0 ? TRUTH_BELOW : near > 0 ? TRUTH_ABOVE : point && near == 0 ? TRUTH_AT : TRUTH_OPEN;
}

static void
against_its_ends(void)
{
    uint64_t state = test_seed();
    size_t decided = 0, open = 0, at = 0;
    mpfr_t end[3], threshold, low, high;
    mpfr_inits2(EXACT, end[0], end[1], end[2], threshold, low, high, (mpfr_ptr)0);
    for (size_t n = 0; n < 40000; n++) {
        const ga_truth t = draw(&state);
        const bool point = t.radius.m == 0;
        magnitudes(end, &t);
        const double m = test_random(&state) % 2 ? fabs(t.mantissa) : 1;
        const int64_t e = t.exponent + (int64_t)(test_random(&state) % 3) - 1;
        set(threshold, m, e);
        truth_side want = oracle_side(mpfr_cmp(end[0], threshold), mpfr_cmp(end[2], threshold), point),
                   got = truth_against(&t, m, e);
        decided += want != TRUTH_OPEN;
        open += want == TRUTH_OPEN;
        at += want == TRUTH_AT;
        ASSERT(got == want, "%a 2^%lld + %a 2^%lld +- %a 2^%lld against %a 2^%lld: %d, not %d", t.mantissa, (long long)t.exponent,
               t.tail.m, (long long)t.tail.e, t.radius.m, (long long)t.radius.e, m, (long long)e, got, want);
        int64_t binade;
        const bool known = truth_binade(&binade, &t), alike = mpfr_get_exp(end[0]) == mpfr_get_exp(end[2]);
        ASSERT(known == alike && (!known || binade == mpfr_get_exp(end[0]) - 1), "binade %lld", (long long)binade);
        truth_ends(low, high, &t);
        if (t.sign < 0) {
            mpfr_swap(low, high);
            mpfr_neg(low, low, MPFR_RNDN);
            mpfr_neg(high, high, MPFR_RNDN);
        }
        ASSERT(mpfr_equal_p(low, end[0]) && mpfr_equal_p(high, end[2]));
        for (int wide = 0; wide < 2; wide++) {
            const ga_format f = wide ? format_f64 : format_f32;
            mpfr_set_ui_2exp(threshold, 1, wide ? -1075 : -150, MPFR_RNDN);
            want = oracle_side(mpfr_cmp(end[0], threshold), mpfr_cmp(end[2], threshold), point);
            ASSERT(truth_rounds_to_zero(&t, f) == (want == TRUTH_BELOW ? TRUTH_AT : want));
            set(threshold, wide ? 2 - 0x1p-52 : 2 - 0x1p-23, wide ? 1023 : 127); /* the largest number and half an ulp */
            mpfr_set_ui_2exp(low, 1, wide ? 970 : 103, MPFR_RNDN);
            mpfr_add(threshold, threshold, low, MPFR_RNDN);
            want = oracle_side(mpfr_cmp(end[0], threshold), mpfr_cmp(end[2], threshold), point);
            got = truth_rounds_to_infinity(&t, f);
            ASSERT(got == (want == TRUTH_ABOVE ? TRUTH_AT : want), "%d, not %d", got, want);
        }
    }
    mpfr_clears(end[0], end[1], end[2], threshold, low, high, (mpfr_ptr)0);
    printf("\n  %zu decided, %zu open, %zu at the threshold\n", decided, open, at);
    ASSERT(decided > 20000 && open > 500 && at > 500);
}

/* The cell from the design's table, at both ends of the enclosure and at its middle: what differs, or has a boundary between,
   is open. */
static ga_cell
cell_at(mpfr_srcptr truth, const ga_number *c, int sign, const ga_format *f, double tolerance, int64_t ulp)
{
    mpfr_t d, x, limit;
    mpfr_inits2(EXACT, d, x, limit, (mpfr_ptr)0);
    ga_cell cell = GA_CELL_RIGHT;
    mpfr_set_ui_2exp(limit, 1, f->kind == GA_FLOAT ? -150 : -1075, MPFR_RNDN);
    if (c->klass == GA_ZERO)
        cell = mpfr_cmp(truth, limit) <= 0 ? GA_CELL_BELOW_RANGE : GA_CELL_LOST;
    else if (c->sign != sign)
        cell = GA_CELL_WRONG_SIGN;
    else {
        set(x, fabs(c->mantissa), c->exponent);
        mpfr_sub(d, x, truth, MPFR_RNDN);
        mpfr_abs(d, d, MPFR_RNDN);
        mpfr_mul_d(x, truth, tolerance, MPFR_RNDN);
        mpfr_set_ui_2exp(limit, 1, (long)ulp, MPFR_RNDN);
        if (mpfr_cmp(d, x) > 0 && mpfr_cmp(d, limit) > 0)
            cell = GA_CELL_INACCURATE;
    }
    mpfr_clears(d, x, limit, (mpfr_ptr)0);
    return cell;
}

static int64_t
ulp_at(mpfr_srcptr truth, const ga_format *f)
{
    const int64_t least = f->kind == GA_FLOAT ? -126 : -1022, binade = mpfr_get_exp(truth) - 1;
    return (binade < least ? least : binade) - (f->bits - 1);
}

static int
bin_at(mpfr_srcptr truth, const ga_number *c, int sign, int64_t ulp)
{
    mpfr_t d, edge;
    int bin = 0;
    mpfr_inits2(EXACT, d, edge, (mpfr_ptr)0);
    set(d, c->klass == GA_ZERO ? 0 : c->mantissa * sign, c->exponent);
    mpfr_sub(d, d, truth, MPFR_RNDN);
    mpfr_abs(d, d, MPFR_RNDN);
    for (; bin + 1 < GA_ULP_BINS; bin++) {
        mpfr_set_ui_2exp(edge, 1, (long)ulp + bin - 1, MPFR_RNDN);
        if (mpfr_cmp(d, edge) <= 0)
            break;
    }
    mpfr_clears(d, edge, (mpfr_ptr)0);
    return bin;
}

/* Cells and bins of findings. Where both ends agree but the computed number lies between them the middle is asked too: it must
   not say otherwise than the finding, which may be open. */
static void
findings(void)
{
    static const double tolerances[] = { 0.01, 0.5, 0x1p-53, 0x1p-24, 1e-300, 0.25, 0.99 };
    uint64_t state = test_seed() + 1;
    size_t decided = 0, open = 0, count[GA_CELLS] = { 0 };
    mpfr_t end[3];
    mpfr_inits2(EXACT, end[0], end[1], end[2], (mpfr_ptr)0);
    for (size_t n = 0; n < 60000; n++) {
        const ga_truth t = draw(&state);
        const ga_number c = draw_computed(&t, &state);
        const ga_format f = n % 2 ? format_f64 : format_f32;
        const double tolerance = tolerances[test_random(&state) % 7];
        const ga_finding got = ga_find(&c, &t, f, tolerance);
        ga_cell cell[3];
        int bin[3];
        magnitudes(end, &t);
        for (int i = 0; i < 3; i++) {
            cell[i] = cell_at(end[i], &c, t.sign, &f, tolerance, ulp_at(end[i], &f));
            bin[i] = bin_at(end[i], &c, t.sign, ulp_at(end[i], &f));
        }
        const bool one_cell = cell[0] == cell[1] && cell[1] == cell[2], one_bin = bin[0] == bin[1] && bin[1] == bin[2];
        decided += one_cell;
        open += !one_cell;
        count[got.cell]++;
        ASSERT(one_cell ? got.cell == cell[0] || (got.cell == GA_CELL_UNDECIDED && t.radius.m != 0) : got.cell == GA_CELL_UNDECIDED,
               "%a 2^%lld + %a 2^%lld +- %a 2^%lld, computed %a 2^%lld, tolerance %g: %s, not %s %s %s", t.mantissa,
               (long long)t.exponent, t.tail.m, (long long)t.tail.e, t.radius.m, (long long)t.radius.e, c.mantissa,
               (long long)c.exponent, tolerance, ga_cell_names[got.cell], ga_cell_names[cell[0]], ga_cell_names[cell[1]],
               ga_cell_names[cell[2]]);
        ASSERT(one_bin ? got.ulp_bin == bin[0] || (got.ulp_bin == GA_ULP_OPEN && t.radius.m != 0) : got.ulp_bin == GA_ULP_OPEN,
               "%a 2^%lld + %a 2^%lld +- %a 2^%lld, computed %a 2^%lld: bin %d, not %d %d %d", t.mantissa, (long long)t.exponent,
               t.tail.m, (long long)t.tail.e, t.radius.m, (long long)t.radius.e, c.mantissa, (long long)c.exponent, got.ulp_bin,
               bin[0], bin[1], bin[2]);
    }
    mpfr_clears(end[0], end[1], end[2], (mpfr_ptr)0);
    printf("\n  %zu decided, %zu open:", decided, open);
    for (size_t i = 0; i < GA_CELLS; i++)
        printf(" %zu %s", count[i], ga_cell_names[i]);
    printf("\n");
    ASSERT(open > 100 && decided > 50000 && count[GA_CELL_UNDECIDED] < open + open / 4 + 20);
}

/* Orders of pairs: those of the ends. */
static void
orders(void)
{
    uint64_t state = test_seed() + 2;
    size_t open = 0;
    mpfr_t x[3], y[3];
    for (int i = 0; i < 3; i++)
        mpfr_inits2(EXACT, x[i], y[i], (mpfr_ptr)0);
    for (size_t n = 0; n < 20000; n++) {
        const ga_truth a = draw(&state);
        ga_truth b = test_random(&state) % 2 ? a : draw(&state);
        if (test_random(&state) % 2)
            b.tail.m /= -2;
        if (test_random(&state) % 4 == 0)
            b.radius.m = 0;
        magnitudes(x, &a);
        magnitudes(y, &b);
        const bool points = a.radius.m == 0 && b.radius.m == 0;
        const truth_side want = mpfr_less_p(x[2], y[0]) ? TRUTH_BELOW : mpfr_greater_p(x[0], y[2]) ? TRUTH_ABOVE
                                : points && mpfr_equal_p(x[1], y[1]) ? TRUTH_AT : TRUTH_OPEN;
        open += want == TRUTH_OPEN;
        ASSERT(truth_order(&a, &b) == want, "%d, not %d", truth_order(&a, &b), want);
        const int middles = mpfr_cmp(x[1], y[1]), sorted = truth_sort(&a, &b);
        ASSERT((sorted > 0) - (sorted < 0) == (middles > 0) - (middles < 0));
    }
    for (int i = 0; i < 3; i++)
        mpfr_clears(x[i], y[i], (mpfr_ptr)0);
    ASSERT(open > 1000);
}

/* floor(log10 |t|) by comparison with powers of ten, which are exact up to 10^300 here and their reciprocals never met. */
static void
decades(void)
{
    uint64_t state = test_seed() + 3;
    size_t open = 0;
    mpfr_t end[3], ten;
    mpfr_inits2(EXACT, end[0], end[1], end[2], ten, (mpfr_ptr)0);
    for (size_t n = 0; n < 20000; n++) {
        ga_truth t = draw(&state);
        if (n % 2) { /* 10^k, k >= 0, to 53 bits and its rest as a tail */
            const long k = (long)(test_random(&state) % 40);
            mpfr_t rounded;
            long e;
            mpfr_init2(rounded, 53);
            mpfr_ui_pow_ui(ten, 10, (unsigned long)k, MPFR_RNDN);
            mpfr_set(rounded, ten, MPFR_RNDN);
            t.mantissa = t.sign * 2 * mpfr_get_d_2exp(&e, rounded, MPFR_RNDN);
            t.exponent = e - 1;
            mpfr_sub(ten, ten, rounded, MPFR_RNDN); /* below 53 bits, for 10^40 has 93 */
            t.tail = (ga_scaled){ 0, t.exponent };
            if (!mpfr_zero_p(ten)) {
                t.tail.m = t.sign * mpfr_get_d_2exp(&e, ten, MPFR_RNDN);
                t.tail.e = e;
            }
            t.radius = (ga_scaled){ test_random(&state) % 3 == 0 ? 0 : 0.5, t.exponent - 120 };
            mpfr_clear(rounded);
        }
        magnitudes(end, &t);
        int64_t want[2];
        for (int i = 0; i < 2; i++) {
            long k = (long)floor((double)(mpfr_get_exp(end[2 * i]) - 1) * 0.30103) - 2; /* below it, and no more than 3 */
            do {
                k++;
                mpfr_ui_pow_ui(ten, 10, (unsigned long)labs(k), MPFR_RNDN);
                if (k < 0)
                    mpfr_ui_div(ten, 1, ten, MPFR_RNDN);
            } while (mpfr_cmp(end[2 * i], ten) >= 0);
            want[i] = k - 1;
        }
        const int64_t got = truth_decade(&t);
        open += want[0] != want[1];
        ASSERT(got == (want[0] == want[1] ? want[0] : GA_NO_DECADE), "%lld, not %lld %lld", (long long)got, (long long)want[0],
               (long long)want[1]);
    }
    mpfr_clears(end[0], end[1], end[2], ten, (mpfr_ptr)0);
    ASSERT(open > 1000);
}

/* Digits are those of both ends. */
static void
digits(void)
{
    char text[64];
    ga_truth t = { .state = GA_TRUE_NONZERO, .sign = -1, .mantissa = -1.5, .exponent = 1, .radius = { 0.5, -40 } };
    ASSERT(truth_print(text, sizeof text, &t, 17) > 0 && strcmp(text, "-3e0") == 0, "%s",
           text); /* 2.9999999999995 to 3.0000000000005 */
    t.mantissa = -1.25;
    ASSERT(truth_print(text, sizeof text, &t, 17) > 0 && strcmp(text, "-2.5e0") == 0, "%s", text);
    t.radius.m = 0;
    t.exponent = 0;
    ASSERT(truth_print(text, sizeof text, &t, 2) > 0 && strcmp(text, "-1.2e0") == 0, "%s", text); /* a tie, to even */
    t.radius = (ga_scaled){ 0.5, -60 };
    ASSERT(truth_print(text, sizeof text, &t, 2) > 0 && strcmp(text, "-1e0") == 0, "%s", text); /* either side of the tie */
    t.mantissa = -1.5;
    ASSERT(truth_print(text, sizeof text, &t, 1) == -1);
    t = (ga_truth){ .state = GA_TRUE_ZERO };
    ASSERT(truth_print(text, sizeof text, &t, 5) == 1 && strcmp(text, "0") == 0);
    t = (ga_truth){ .state = GA_UNDECIDED_ELEMENT, .bound = -4145 };
    ASSERT(truth_print(text, sizeof text, &t, 5) > 0 && strcmp(text, "undecided:2^-4145") == 0);
    t.bound = INT64_MAX;
    ASSERT(truth_print(text, sizeof text, &t, 5) > 0 && strcmp(text, "undecided") == 0);
}

TEST_MAIN("truth", TEST(against_its_ends), TEST(findings), TEST(orders), TEST(decades), TEST(digits))
