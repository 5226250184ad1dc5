/* SPDX-License-Identifier: Apache-2.0 */
/* test_truth.c -- queries of an enclosure, against its two ends in MPFR at a precision that holds everything exactly. */
#include <math.h>

#include "core/finding.h"

#include "num/format.h"
#include "num/mpfr_narrow.h"
#include "num/mpfr_vec.h"
#include "pass/engine.h"
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

/* A finite number, all of it. */
static void
set_computed(mpfr_ptr r, const ga_number *c)
{
    mpfr_set_d(r, c->klass == GA_ZERO ? 0 : c->mantissa, MPFR_RNDN);
    for (size_t i = 0; i < 2; i++)
        mpfr_add_d(r, r, c->rest[i], MPFR_RNDN);
    mpfr_mul_2si(r, r, (long)c->exponent, MPFR_RNDN);
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

/* With more bits than 53: the truth's, near those, or any. */
static void
draw_rest(ga_number *c, const ga_truth *t, uint64_t *state)
{
    const int64_t down = t->tail.e - t->exponent;
    if (c->klass == GA_ZERO)
        return;
    c->rest[0] = c->sign * (1 + (double)(test_random(state) >> 12) * 0x1p-52) * 0x1p-54;
    if (test_random(state) % 2 && (t->tail.m > 0) == (c->sign > 0) && t->tail.m != 0 && down > 53 - GA_NUMBER_BITS + 1)
        c->rest[0] = ldexp(t->tail.m, (int)down);
    if (test_random(state) % 2)
        c->rest[1] = c->sign * ldexp(1, -130 - (int)(test_random(state) % 28));
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
            ASSERT(truth_rounds_to_zero(&t, f, 0) == (want == TRUTH_BELOW ? TRUTH_AT : want));
            set(threshold, wide ? 2 - 0x1p-52 : 2 - 0x1p-23, wide ? 1023 : 127); /* the largest number and half an ulp */
            mpfr_set_ui_2exp(low, 1, wide ? 970 : 103, MPFR_RNDN);
            mpfr_add(threshold, threshold, low, MPFR_RNDN);
            want = oracle_side(mpfr_cmp(end[0], threshold), mpfr_cmp(end[2], threshold), point);
            got = truth_rounds_beyond(&t, f, 0);
            ASSERT(got == (want == TRUTH_ABOVE ? TRUTH_AT : want), "%d, not %d", got, want);
        }
    }
    mpfr_clears(end[0], end[1], end[2], threshold, low, high, (mpfr_ptr)0);
    printf("\n  %zu decided, %zu open, %zu at the threshold\n", decided, open, at);
    ASSERT(decided > 20000 && open > 500 && at > 500);
}

/* What the ends become in MPFR (tests/test_formats.c has that against rationals): both 0, or both beyond the largest number, which
   a format whose overflows are NaN shows; else if only one is, it is open. */
static void
against_roundings_of_its_ends(void)
{
    static const char *const words[] = {
        "float", "double", "float16", "e4m3", "e2m1", "e5m2,rounding=up", "e4m3,rounding=down", "e4m3,rounding=odd",
        "float16,rounding=toward-zero", "float16,rounding=nearest-away", "float16,ftz", "float16,ftz,rounding=nearest-away",
        "e5m2,ftz,rounding=toward-zero", "float,rounding=down", "double,ftz", "double,rounding=nearest-away", "x87", "binary128",
        "p=53,max=3,emin=-5", "p=60,emin=-20,emax=20", "x87,ftz", "x87,rounding=up", "e4m3,rounding=stochastic",
        "float,rounding=stochastic", "double,rounding=stochastic", "x87,rounding=stochastic",
    };
    uint64_t state = test_seed();
    mpfr_t end[3], r;
    mpfr_inits2(EXACT, end[0], end[1], end[2], (mpfr_ptr)0);
    mpfr_init2(r, 200);
    for (size_t k = 0; k < sizeof words / sizeof *words; k++) {
        ga_format f, nan;
        size_t seen[2][4] = { { 0 } };
        ASSERT(ga_format_parse(&f, words[k], NULL) == GA_OK);
        nan = f;
        nan.overflow = GA_TO_NAN;
        for (size_t n = 0; n < 4000; n++) {
            ga_truth t = draw(&state);
            const int64_t ends[] = { format_least_exponent(f), f.emin, f.emax }, moved = ends[n % 3] - t.exponent + 1 -
                                                                                       (int64_t)(test_random(&state) % 3);
            t.exponent += moved;
            t.tail.e += moved;
            t.radius.e += moved;
            const uint32_t drawn = n % 4 == 0 ? 0 : n % 4 == 1 ? UINT32_MAX : (uint32_t)test_random(&state);
            magnitudes(end, &t);
            bool zero[2], beyond[2];
            for (size_t i = 0; i < 2; i++) {
                mpfr_setsign(end[2 * i], end[2 * i], t.sign < 0, MPFR_RNDN);
                mpfr_narrow(r, end[2 * i], &nan, drawn);
                zero[i] = mpfr_zero_p(r);
                beyond[i] = mpfr_nan_p(r);
                if (!beyond[i] && format_stops_at_largest(&nan, t.sign)) { /* it is there, and unbounded it is more */
                    ga_format unbounded = nan;
                    unbounded.emax += 2;
                    mpfr_narrow(r, end[2 * i], &unbounded, drawn);
                    mpfr_abs(r, r, MPFR_RNDN);
                    mpfr_t largest;
                    mpfr_init2(largest, 200);
                    mpfr_largest(largest, &f, 1);
                    beyond[i] = mpfr_greater_p(r, largest);
                    mpfr_clear(largest);
                }
            }
            const ga_truth bounded = { .state = GA_UNDECIDED_ELEMENT, .bound = t.exponent };
            bool all_zero = true, none_beyond = true;
            for (int sign = -1; sign <= 1; sign += 2) {
                mpfr_set_si_2exp(r, sign, t.exponent, MPFR_RNDN);
                mpfr_narrow(r, r, &nan, drawn);
                all_zero = all_zero && mpfr_zero_p(r);
                none_beyond = none_beyond && t.exponent <= f.emax;
            }
            ASSERT(truth_rounds_to_zero(&bounded, f, drawn) == (all_zero ? TRUTH_AT : TRUTH_OPEN), "%s: 2^%lld", words[k],
                   (long long)t.exponent);
            ASSERT(truth_rounds_beyond(&bounded, f, drawn) == (none_beyond ? TRUTH_BELOW : TRUTH_OPEN), "%s: 2^%lld", words[k],
                   (long long)t.exponent);
            const truth_side to_zero = truth_rounds_to_zero(&t, f, drawn), over = truth_rounds_beyond(&t, f, drawn);
            ASSERT(to_zero == (zero[0] != zero[1] ? TRUTH_OPEN : zero[0] ? TRUTH_AT : TRUTH_ABOVE), "%s: %a 2^%lld, %d", words[k],
                   t.mantissa, (long long)t.exponent, to_zero);
            ASSERT(over == (beyond[0] != beyond[1] ? TRUTH_OPEN : beyond[0] ? TRUTH_AT : TRUTH_BELOW), "%s: %a 2^%lld, %d",
                   words[k], t.mantissa, (long long)t.exponent, over);
            seen[0][to_zero + 1]++;
            seen[1][over + 1]++;
        }
        ASSERT(seen[1][TRUTH_AT + 1] > 100 && seen[1][TRUTH_BELOW + 1] > 100 && seen[0][TRUTH_ABOVE + 1] > 100, "%s", words[k]);
    }
    mpfr_clears(end[0], end[1], end[2], r, (mpfr_ptr)0);
}

/* Numbers of up to GA_NUMBER_BITS come back as they were; as doubles, rounded once. */
static void
whole_numbers(void)
{
    uint64_t state = test_seed();
    mpfr_t a, back;
    for (size_t n = 0; n < 20000; n++) {
        const mpfr_prec_t bits = 2 + (mpfr_prec_t)(test_random(&state) % (GA_NUMBER_BITS - 1));
        mpfr_inits2(bits, a, back, (mpfr_ptr)0);
        mpfr_set_zero(a, 1);
        for (int part = 0; part < 3; part++) { /* often with gaps between ones */
            mpfr_mul_2ui(a, a, 53 + test_random(&state) % 40, MPFR_RNDZ);
            mpfr_add_d(a, a, (double)(test_random(&state) >> (11 + test_random(&state) % 50)), MPFR_RNDZ);
        }
        mpfr_mul_2si(a, a, (long)(test_random(&state) % 300) - 150, MPFR_RNDN);
        if (n % 5 == 0) { /* halfway between two doubles, or beside that */
            mpfr_set_d(a, 1 + (double)(test_random(&state) % 1000) * 0x1p-52, MPFR_RNDZ);
            mpfr_add_d(a, a, 0x1p-53, MPFR_RNDZ);
            mpfr_add_d(a, a, test_random(&state) % 3 * 0x1p-140 - 0x1p-140, MPFR_RNDZ);
        }
        mpfr_setsign(a, a, n % 2, MPFR_RNDN);
        ga_number x;
        mpfr_vec_whole_number(&x, a);
        mpfr_vec_set_number(back, &x);
        ASSERT(mpfr_equal_p(a, back) && (mpfr_zero_p(a) || (fabs(x.mantissa) >= 1 && fabs(x.mantissa) < 2)));
        ASSERT(engine_double(&x) == mpfr_get_d(a, MPFR_RNDN), "%a, not %a", engine_double(&x), mpfr_get_d(a, MPFR_RNDN));
        mpfr_clears(a, back, (mpfr_ptr)0);
    }
}

/* The cell from the design's table, at both ends of the enclosure and at its middle: what differs, or has a boundary between,
   is open. */
static ga_cell
cell_at(mpfr_srcptr truth, const ga_number *c, int sign, const ga_format *f, double tolerance, int64_t ulp)
{
    mpfr_t d, x, limit;
    mpfr_inits2(EXACT, d, x, limit, (mpfr_ptr)0);
    ga_cell cell = GA_CELL_RIGHT;
    mpfr_set_ui_2exp(limit, 1, f->emin - f->bits, MPFR_RNDN);
    if (c->klass == GA_ZERO)
        cell = mpfr_cmp(truth, limit) <= 0 ? GA_CELL_BELOW_RANGE : GA_CELL_LOST;
    else if (c->sign != sign)
        cell = GA_CELL_WRONG_SIGN;
    else {
        set_computed(x, c);
        mpfr_abs(x, x, MPFR_RNDN);
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
    const int64_t binade = mpfr_get_exp(truth) - 1;
    return (binade < f->emin ? f->emin : binade) - (f->bits - 1);
}

static int
bin_at(mpfr_srcptr truth, const ga_number *c, int sign, int64_t ulp)
{
    mpfr_t d, edge;
    int bin = 0;
    mpfr_inits2(EXACT, d, edge, (mpfr_ptr)0);
    set_computed(d, c);
    mpfr_mul_si(d, d, sign, MPFR_RNDN);
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
        const ga_format of[] = { format_f32, format_f64, format_x87, format_binary128 }, f = of[n % 4];
        ga_number c = draw_computed(&t, &state);
        if (f.bits > 53)
            draw_rest(&c, &t, &state);
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

/* A product or quotient encloses those of the ends, and is wider than they by at most 2^-100 of itself. */
static void
products(void)
{
    uint64_t state = test_seed() + 4;
    size_t decided = 0, open = 0;
    mpfr_t end[2][3], got[3], want[2], slack;
    mpfr_init2(slack, 4 * EXACT);
    for (int i = 0; i < 3; i++)
        mpfr_inits2(4 * EXACT, end[0][i], end[1][i], got[i], (mpfr_ptr)0);
    mpfr_inits2(4 * EXACT, want[0], want[1], (mpfr_ptr)0);
    for (size_t n = 0; n < 4000; n++) {
        ga_truth a = draw(&state), b = draw(&state);
        if (n % 8 < 2) /* together they are wider than what is decided */
            a.radius = (ga_scaled){ 0.75, a.exponent - 57 }, b.radius = (ga_scaled){ 0.75, b.exponent - 57 };
        const int power = n % 2 == 0 ? 1 : -1;
        const ga_truth r = truth_times(&a, &b, power);
        if (r.state == GA_UNDECIDED_ELEMENT) {
            open++;
            ASSERT(a.radius.m != 0 || b.radius.m != 0);
            ASSERT(fmax(a.radius.m != 0 ? (double)(a.radius.e - a.exponent) : -INFINITY,
                        b.radius.m != 0 ? (double)(b.radius.e - b.exponent) : -INFINITY) >= -58);
            continue;
        }
        decided++;
        magnitudes(end[0], &a);
        magnitudes(end[1], &b);
        truth_ends(got[0], got[2], &r);
        ASSERT(r.state == GA_TRUE_NONZERO && r.sign == a.sign * b.sign && mpfr_sgn(got[0]) == r.sign && mpfr_sgn(got[2]) == r.sign);
        if (r.sign < 0)
            mpfr_swap(got[0], got[2]);
        for (int i = 0; i < 3; i += 2) { /* near, far; of a quotient, both sides times b, which is exact */
            mpfr_abs(got[i], got[i], MPFR_RNDN);
            const int other = power > 0 ? i : 2 - i;
            mpfr_mul(want[i / 2], power > 0 ? end[0][i] : got[i], end[1][other], MPFR_RNDN);
            const int side = power > 0 ? mpfr_cmp(got[i], want[i / 2]) : mpfr_cmp(want[i / 2], end[0][i]);
            ASSERT(i == 0 ? side <= 0 : side >= 0, "%a 2^%lld, %a 2^%lld, %d", a.mantissa, (long long)a.exponent, b.mantissa,
                   (long long)b.exponent, power);
            mpfr_sub(slack, power > 0 ? got[i] : want[i / 2], power > 0 ? want[i / 2] : end[0][i], MPFR_RNDN);
            ASSERT(mpfr_zero_p(slack) || mpfr_get_exp(slack) < mpfr_get_exp(power > 0 ? got[i] : end[0][i]) - 100);
        }
    }
    ASSERT(decided > 2000 && open > 200, "%zu decided, %zu open", decided, open);
    const ga_truth zero = { .state = GA_TRUE_ZERO }, bounded = { .state = GA_UNDECIDED_ELEMENT, .bound = -100 },
                   unknown = { .state = GA_UNDECIDED_ELEMENT, .bound = INT64_MAX },
                   three = { .state = GA_TRUE_NONZERO, .sign = 1, .mantissa = 1.5, .exponent = 1 };
    ASSERT(truth_times(&zero, &three, 1).state == GA_TRUE_ZERO && truth_times(&three, &zero, 1).state == GA_TRUE_ZERO);
    ASSERT(truth_times(&zero, &three, -1).state == GA_TRUE_ZERO && truth_times(&zero, &unknown, 1).state == GA_TRUE_ZERO);
    const struct {
        ga_truth r;
        int64_t bound;
    } known[] = { { truth_times(&bounded, &three, 1), -98 }, { truth_times(&three, &bounded, 1), -98 }, /* 3 < 2^2 */
                  { truth_times(&bounded, &three, -1), -101 }, { truth_times(&bounded, &bounded, 1), -200 },
                  { truth_times(&three, &bounded, -1), INT64_MAX }, { truth_times(&three, &zero, -1), INT64_MAX },
                  { truth_times(&three, &unknown, 1), INT64_MAX }, { truth_times(&unknown, &three, -1), INT64_MAX } };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        ASSERT(known[i].r.state == GA_UNDECIDED_ELEMENT && known[i].r.bound == known[i].bound, "%zu: %lld", i,
               (long long)known[i].r.bound);
    for (int i = 0; i < 3; i++)
        mpfr_clears(end[0][i], end[1][i], got[i], (mpfr_ptr)0);
    mpfr_clears(want[0], want[1], slack, (mpfr_ptr)0);
}

TEST_MAIN("truth", TEST(against_its_ends), TEST(against_roundings_of_its_ends), TEST(whole_numbers), TEST(findings), TEST(orders),
          TEST(decades), TEST(digits), TEST(products))
