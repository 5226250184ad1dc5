/* SPDX-License-Identifier: Apache-2.0 */
/* test_compare.c -- cosines against MPFR and exact ones, ranks against counting, bins against their list of edges. */
#include <string.h>

#include <mpfr.h>

#include "audit/compare.h"
#include "num/f64.h"
#include "test.h"

static ga_number
number(double m, int64_t e)
{
    if (m == 0)
        return (ga_number){ .klass = GA_ZERO, .mantissa = m };
    return (ga_number){ .klass = GA_NORMAL, .sign = m < 0 ? -1 : 1, .mantissa = m, .exponent = e };
}

static ga_number
of_double(double x)
{
    ga_number n;
    f64_get_number(&n, &x, NULL);
    return n;
}

static const ga_number bad[] = { { .klass = GA_INFINITE, .sign = -1, .mantissa = -INFINITY },
                                 { .klass = GA_NAN, .mantissa = NAN },
                                 { .klass = GA_UNKNOWN, .mantissa = NAN, .exponent = -100 } };

static void
truths(void)
{
    const ga_truth zero = { .state = GA_TRUE_ZERO }, unknown = { .state = GA_UNDECIDED_ELEMENT, .bound = -5 };
    const ga_truth some = { .state = GA_TRUE_NONZERO, .sign = -1, .mantissa = -1.25, .tail = { 0x1p-60, -123456 },
                            .exponent = -123456 };
    ga_number n = truth_number(&zero);
    ASSERT(n.klass == GA_ZERO && n.sign == 0 && n.mantissa == 0);
    n = truth_number(&some);
    ASSERT(n.klass == GA_NORMAL && n.sign == -1 && n.mantissa == -1.25 && n.exponent == -123456);
    n = truth_number(&unknown);
    ASSERT(n.klass == GA_UNKNOWN && n.sign == 0 && isnan(n.mantissa) && n.exponent == -5);
}

/* ---- cosine ----------------------------------------------------------------------------------------------------- */

enum { BITS = 2000, MOST = 3000 };

/* The sum of a_i b_i to 2000 bits; a power of 2 far off would need more, but is then far below the bound. */
static void
inner(mpfr_t sum, const ga_number *a, const ga_number *b, size_t n)
{
    mpfr_t t;
    mpfr_init2(t, 106);
    mpfr_set_zero(sum, 1);
    for (size_t i = 0; i < n; i++) {
        mpfr_set_d(t, a[i].mantissa, MPFR_RNDN);
        mpfr_mul_d(t, t, b[i].mantissa, MPFR_RNDN);
        mpfr_mul_2si(t, t, (long)(a[i].exponent + b[i].exponent), MPFR_RNDN);
        mpfr_add(sum, sum, t, MPFR_RNDN);
    }
    mpfr_clear(t);
}

/* |compare_cosine - cosine| in units of 2^-53. */
static double
cosine_error(const ga_number *a, const ga_number *b, size_t n)
{
    mpfr_t c, x, y;
    mpfr_inits2(BITS, c, x, y, (mpfr_ptr)0);
    inner(c, a, b, n);
    inner(x, a, a, n);
    inner(y, b, b, n);
    mpfr_sqrt(x, x, MPFR_RNDN);
    mpfr_sqrt(y, y, MPFR_RNDN);
    mpfr_div(c, c, x, MPFR_RNDN);
    mpfr_div(c, c, y, MPFR_RNDN);
    mpfr_sub_d(c, c, compare_cosine(a, b, n), MPFR_RNDN);
    const double error = ldexp(fabs(mpfr_get_d(c, MPFR_RNDN)), 53);
    mpfr_clears(c, x, y, (mpfr_ptr)0);
    return error;
}

static ga_number
random_number(uint64_t *state, int64_t centre, int64_t spread)
{
    const uint64_t r = test_random(state);
    const double m = 1 + ldexp((double)(r >> 12), -52);
    const int64_t e = centre + (spread == 0 ? 0 : (int64_t)(test_random(state) % (uint64_t)(2 * spread + 1)) - spread);
    return (r & 15) == 0 ? number(0, 0) : number(r & 16 ? m : -m, e);
}

/* Exponents within a few bits and over 10^5 decades; vectors in general, near to each other, and orthogonal but for a rounding. */
static void
cosines(void)
{
    static ga_number a[MOST], b[MOST];
    static const size_t sizes[] = { 1, 2, 3, 10, 784, MOST };
    static const int64_t spreads[] = { 0, 1, 30, 600, 350000 };
    uint64_t state = test_seed();
    double worst = 0;
    for (int round = 0; round < 60; round++)
        for (size_t s = 0; s < 6; s++)
            for (size_t p = 0; p < 5; p++) {
                const size_t n = sizes[s];
                if (n > 10 && round >= 4)
                    continue;
                for (size_t i = 0; i < n; i++) {
                    a[i] = random_number(&state, -1000000, spreads[p]);
                    b[i] = random_number(&state, 77777777, spreads[p]);
                    if (round % 4 == 1 && a[i].klass != GA_ZERO) /* the same but for the last bits */
                        b[i] = number(a[i].mantissa * (1 + 0x1p-50 * (double)(i % 3)), a[i].exponent);
                    if (round % 4 >= 2 && i % 2 == 1) { /* (x, y) and (y, -x), of which the second moves */
                        a[i] = b[i - 1];
                        b[i] = a[i - 1];
                        b[i].mantissa *= -1 + (round % 4 == 3) * 0x1p-30;
                        b[i].sign = -b[i].sign;
                    }
                }
                a[0] = a[0].klass == GA_ZERO ? number(1.5, -1000000) : a[0];
                b[0] = b[0].klass == GA_ZERO ? number(1.5, 77777777) : b[0];
                const double error = cosine_error(a, b, n), cosine = compare_cosine(a, b, n);
                worst = fmax(worst, error);
                ASSERT(error <= 5 && fabs(cosine) <= 1, "round %d, n %zu, spread %d: off by %g of 2^-53", round, n, (int)spreads[p],
                       error);
                ASSERT(cosine == compare_cosine(b, a, n), "not symmetric");
            }
    ASSERT(worst > 0.1, "%g", worst);
}

/* What plain sums lose is all there is: 1, 2^-60 and -1, in any order; and products. */
static void
cosines_that_cancel(void)
{
    static const size_t orders[][3] = { { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 }, { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 } };
    const ga_number term[] = { number(1, 0), number(1, -60), number(-1, 0) }, b[] = { number(1, 0), number(1, 0), number(1, 0) };
    for (size_t i = 0; i < 6; i++) {
        const ga_number a[] = { term[orders[i][0]], term[orders[i][1]], term[orders[i][2]] };
        ASSERT_ULP(compare_cosine(a, b, 3), 0x1p-60 / sqrt(6), 2);
    }
    const double u = 1 + DBL_EPSILON, v = 1 - DBL_EPSILON; /* u v = 1 - 2^-104 */
    const ga_number c[] = { of_double(u), of_double(1) }, d[] = { of_double(v), of_double(-1) };
    ASSERT_ULP(compare_cosine(c, d, 2), -0x1p-105, 2);
}

static void
exact_cosines(void)
{
    static const int64_t places[] = { 0, -5000000000, INT64_MAX / 2, INT64_MIN / 2 };
    for (size_t p = 0; p < 4; p++)
        for (size_t q = 0; q < 4; q++) {
            const ga_number a[] = { number(1.5, places[p] + 1), number(1, places[p] + 2), number(0, 0) }; /* 3, 4, 0 */
            const ga_number b[] = { number(1, places[q] + 2), number(-1.5, places[q] + 1), number(0, 0) }; /* 4, -3, 0 */
            const ga_number c[] = { number(1, places[q]), number(0, 0), number(0, 0) };
            ASSERT(compare_cosine(a, a, 3) == 1 && compare_cosine(b, b, 3) == 1 && compare_cosine(a, b, 3) == 0);
            ASSERT(compare_cosine(a, c, 3) == 3.0 / 5, "%a", compare_cosine(a, c, 3));
            ASSERT(compare_cosine(b, c, 3) == 4.0 / 5, "%a", compare_cosine(b, c, 3));
            ga_number minus[3];
            for (size_t i = 0; i < 3; i++)
                minus[i] = number(-a[i].mantissa, a[i].exponent);
            ASSERT(compare_cosine(a, minus, 3) == -1);
        }
    const ga_number far[] = { number(1, INT64_MIN), number(1, INT64_MAX) }, one[] = { number(1, 0), number(0, 0) };
    ASSERT(compare_cosine(far, one, 2) == 0 && compare_cosine(far, far, 2) == 1);
    const ga_number tiny[] = { number(1, 0), number(1, -400) }, unit[] = { number(0, 0), number(1, 0) };
    ASSERT(compare_cosine(tiny, unit, 2) == 0x1p-400); /* the last that counts */
}

static void
no_cosine(void)
{
    ga_number a[] = { number(1, 3), number(0, 0), number(-1, 2) }, zero[] = { number(0, 0), number(-0.0, 0), number(0, 0) };
    ASSERT(isnan(compare_cosine(a, zero, 3)) && isnan(compare_cosine(zero, a, 3)) && isnan(compare_cosine(zero, zero, 3)));
    ASSERT(isnan(compare_cosine(a, a, 0)) && !isnan(compare_cosine(a, a, 3)));
    for (size_t i = 0; i < 3; i++)
        for (size_t k = 0; k < 3; k++) {
            ga_number b[] = { number(1, 3), number(1, 900), number(-1, 2) };
            b[i] = bad[k];
            ASSERT(isnan(compare_cosine(a, b, 3)) && isnan(compare_cosine(b, a, 3)));
        }
}

/* ---- ranks ------------------------------------------------------------------------------------------------------ */

static int
order(const ga_number *x, const ga_number *y)
{
    const double a = fabs(x->mantissa), b = fabs(y->mantissa);
    if (a == 0 || b == 0 || x->exponent == y->exponent)
        return (a > b) - (a < b);
    return x->exponent < y->exponent ? -1 : 1;
}

/* Twice the mid-rank of every element, by counting: 2 |smaller| + |equal| + 1. */
static void
count_ranks(int64_t *rank, const ga_number *a, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        rank[i] = 1;
        for (size_t k = 0; k < n; k++) {
            const int o = order(a + k, a + i);
            rank[i] += o < 0 ? 2 : o == 0;
        }
    }
}

/* Pearson's coefficient of the ranks, (n sum xy - sum x sum y)/…, its root in MPFR. NaN where one side has one rank only. */
static double
rank_by_counting(const ga_number *a, const ga_number *b, size_t n)
{
    static int64_t x[MOST], y[MOST];
    int64_t sx = 0, sy = 0, xx = 0, yy = 0, xy = 0;
    const int64_t m = (int64_t)n;
    count_ranks(x, a, n);
    count_ranks(y, b, n);
    for (size_t i = 0; i < n; i++) {
        sx += x[i];
        sy += y[i];
        xx += x[i] * x[i];
        yy += y[i] * y[i];
        xy += x[i] * y[i];
    }
    mpfr_t r, t;
    mpfr_inits2(300, r, t, (mpfr_ptr)0);
    mpfr_set_si(r, m * xx - sx * sx, MPFR_RNDN);
    mpfr_mul_si(r, r, m * yy - sy * sy, MPFR_RNDN);
    mpfr_sqrt(r, r, MPFR_RNDN);
    mpfr_set_si(t, m * xy - sx * sy, MPFR_RNDN);
    mpfr_div(r, t, r, MPFR_RNDN);
    const double rho = mpfr_get_d(r, MPFR_RNDN);
    mpfr_clears(r, t, (mpfr_ptr)0);
    return rho;
}

/* NaN if one of them is not ranked. */
static double
rank_of_truths(const ga_truth *a, const size_t *twin_a, const ga_truth *b, size_t n, compare_place *work)
{
    int32_t *const x = malloc((n + 1) * sizeof *x), *const y = malloc((n + 1) * sizeof *y);
    memset(x, 0xa5, n * sizeof *x);
    memset(y, 0xa5, n * sizeof *y);
    memset(work, 0xa5, 2 * n * sizeof *work);
    const bool ranked = compare_ranks(x, a, twin_a, n, work) == COMPARE_RANKED &&
                        compare_ranks(y, b, NULL, n, work) == COMPARE_RANKED;
    const double rank = ranked ? compare_rank(x, y, n) : NAN;
    free(x);
    free(y);
    return rank;
}

/* Of exact numbers. */
static double
rank_of(const ga_number *a, const ga_number *b, size_t n, compare_place *work)
{
    ga_truth *x = malloc((n + 1) * sizeof *x), *y = malloc((n + 1) * sizeof *y);
    for (size_t i = 0; i < n; i++) {
        x[i] = compare_point(a + i);
        y[i] = compare_point(b + i);
    }
    const double rank = rank_of_truths(x, NULL, y, n, work);
    free(x);
    free(y);
    return rank;
}

static bool
rank_agrees(const ga_number *a, const ga_number *b, size_t n)
{
    static compare_place work[2 * MOST];
    const double got = rank_of(a, b, n, work), want = rank_by_counting(a, b, n);
    return ASSERT(isnan(want) ? isnan(got) : fabs(got - want) <= 4 * 0x1p-53 * fabs(want) && fabs(got) <= 1, "n %zu: %a, not %a", n,
                  got, want);
}

/* All pairs of vectors of up to 4 elements among these; larger exponents with smaller mantissas, both signs, both zeros. */
static void
small_ranks(void)
{
    const ga_number value[] = { number(0, 0), number(-0.0, 0), number(1.5, -3), number(-1.5, -3), number(1.25, -3), number(1, 7) };
    ga_number a[4], b[4];
    for (size_t n = 0, vectors = 1; n <= 4; n++, vectors *= 6)
        for (size_t i = 0; i < vectors; i++)
            for (size_t k = 0; k < vectors; k += n == 4 ? 7 : 1) {
                for (size_t e = 0, x = i, y = k; e < n; e++, x /= 6, y /= 6) {
                    a[e] = value[x % 6];
                    b[e] = value[y % 6];
                }
                if (!rank_agrees(a, b, n))
                    return;
            }
}

/* All orders of 7 against one of them, with and without ties. */
static void
orders_of_seven(void)
{
    static const int tied[][7] = { { 1, 2, 3, 4, 5, 6, 7 }, { 1, 1, 2, 3, 3, 3, 4 }, { 0, 0, 0, 0, 0, 0, 1 } };
    for (size_t t = 0; t < 3; t++)
        for (size_t code = 0; code < 5040; code++) {
            ga_number a[7], b[7];
            int rest[7];
            memcpy(rest, tied[t], sizeof rest);
            for (size_t i = 0, c = code; i < 7; c /= 7 - i, i++) {
                const size_t pick = c % (7 - i);
                a[i] = of_double((double)tied[t][i] * (i % 2 == 0 ? 1 : -1));
                b[i] = of_double((double)rest[pick] * 0x1p-1000);
                rest[pick] = rest[6 - i];
            }
            if (!rank_agrees(a, b, 7))
                return;
        }
}

static void
random_ranks(void)
{
    static ga_number a[MOST], b[MOST];
    static const int64_t spreads[] = { 0, 3, 350000 };
    uint64_t state = test_seed();
    for (int round = 0; round < 12; round++) {
        const size_t n = round < 9 ? 784 : MOST;
        for (size_t i = 0; i < n; i++) {
            a[i] = random_number(&state, -5000, spreads[round % 3]);
            b[i] = round % 2 == 0 ? random_number(&state, 40, spreads[round % 3]) : a[(i * 17) % (i + 1)];
            if (round % 4 == 3 && a[i].klass != GA_ZERO) /* many ties */
                a[i].mantissa = a[i].mantissa < 0 ? -1 : 1;
        }
        rank_agrees(a, b, n);
    }
}

/* Monotone with equal ties is exactly 1, reversed exactly -1, in the largest sizes too; what is no order has no correlation. */
static void
rank_extremes(void)
{
    enum { LARGE = 1 << 20 };
    ga_number *a = malloc(LARGE * sizeof *a), *b = malloc(LARGE * sizeof *b);
    compare_place *work = malloc(2 * LARGE * sizeof *work);
    for (size_t n = 2; n <= LARGE; n = n < 100 ? n + 1 : 8 * n / 3 < LARGE ? 8 * n / 3 : n < LARGE ? LARGE : n + 1) {
        for (size_t i = 0; i < n; i++) {
            const size_t place = n % 2 == 0 ? i : i / 2;
            a[i] = number(i % 2 == 0 ? 1.25 : -1.25, (int64_t)place);
            b[i] = place == 0 ? number(0, 0) : number(1.5, INT64_MIN / 4 + (int64_t)place);
        }
        const double up = rank_of(a, b, n, work);
        ASSERT(n <= 1 << 17 ? up == 1 : up <= 1 && up >= 1 - 4 * 0x1p-53, "%zu: %a", n, up);
        for (size_t i = 0; i < n; i++)
            b[i] = number(1.5, -(int64_t)(n % 2 == 0 ? i : i / 2));
        const double down = rank_of(a, b, n, work);
        ASSERT(n <= 1 << 17 ? down == -1 : down >= -1 && down <= -1 + 4 * 0x1p-53, "%zu: %a", n, down);
    }
    const ga_number some[] = { number(1, 0), number(1, 1), number(1, 2) }, one[] = { number(1, 5), number(-1, 5), number(1, 5) };
    const ga_number zero[] = { number(0, 0), number(-0.0, 0), number(0, 0) };
    ASSERT(isnan(rank_of(some, one, 3, work)) && isnan(rank_of(one, some, 3, work)));
    ASSERT(isnan(rank_of(some, zero, 3, work)) && isnan(rank_of(zero, zero, 3, work)));
    ASSERT(isnan(rank_of(some, some, 1, work)) && isnan(rank_of(some, some, 0, work)));
    for (size_t i = 0; i < 3; i++)
        for (size_t k = 0; k < 3; k++) {
            ga_number b3[] = { number(1, 3), number(1, 900), number(-1, 2) };
            b3[i] = bad[k];
            ASSERT(isnan(rank_of(some, b3, 3, work)) && isnan(rank_of(b3, some, 3, work)));
        }
    const ga_number least[] = { number(1, INT64_MIN), number(0, 0) }, two[] = { number(1, 1), number(1, 0) };
    ASSERT(rank_of(least, two, 2, work) == 1); /* 0 is below every number */
    free(a);
    free(b);
    free(work);
}

/* 26, 41 and 41 are from
     python3 -c 'from fractions import Fraction as F
     centred=lambda v: [F(2*sum(u<w for u in v)+sum(u==w for u in v)+1,2)-F(9,2) for w in v]
     a=centred([0,0,3,1,5,5,2,9]); b=centred([1,4,4,0,6,2,2,7])
     print(sum(p*q for p,q in zip(a,b)),sum(p*p for p in a),sum(p*p for p in b))' */
static void
rank_by_hand(void)
{
    static const double x[] = { 0, -0.0, 3, 1, -5, 5, 2, 9 }, y[] = { 1, 4, -4, 0, 6, 2, -2, 7 };
    ga_number a[8], b[8];
    compare_place work[16];
    for (size_t i = 0; i < 8; i++) {
        a[i] = of_double(x[i]);
        b[i] = of_double(y[i]);
    }
    ASSERT_ULP(rank_of(a, b, 8, work), 26.0 / 41, 1);
}

/* Truths that round to the same 53 bits: their tails say which is larger where these are above the radius; two that are equal
   need to be points, or twins. */
static void
ranks_of_truths(void)
{
    static const size_t same[] = { 0, 1, 1 }, other[] = { 0, 1, 2 };
    compare_place work[6];
    int32_t rank[3];
    ga_truth up[3];
    for (size_t i = 0; i < 3; i++)
        up[i] = compare_point(&(ga_number){ .klass = GA_NORMAL, .sign = 1, .mantissa = 1, .exponent = (int64_t)i });
    static const double rests[][2] = { { 0x1.fp-54, 0 }, { 0x1.ffffffffffffep-53, 0x1p-120 }, { 0x1.ffffffffffffep-53, 0x1p-110 } };
    ga_truth whole[3]; /* the last double below 2, and more: the larger ones are nearer to 2 */
    for (size_t i = 0; i < 3; i++)
        whole[i] = compare_point(&(ga_number){ .klass = GA_NORMAL, .sign = -1, .mantissa = -0x1.fffffffffffffp0,
                                               .rest = { -rests[i][0], -rests[i][1] } });
    ASSERT(rank_of_truths(whole, NULL, up, 3, work) == 1 && rank_of_truths(up, NULL, whole, 3, work) == 1);
    static const double tail[] = { 0x1p-59, 0x1p-60, 0 };
    ga_truth t[3];
    for (size_t i = 0; i < 3; i++)
        t[i] = (ga_truth){ .state = GA_TRUE_NONZERO, .sign = -1, .mantissa = -1, .tail = { tail[i], 0 } };
    ASSERT(rank_of_truths(t, NULL, up, 3, work) == 1 && rank_of_truths(up, NULL, t, 3, work) == 1);
    for (size_t i = 0; i < 3; i++)
        t[i].radius = (ga_scaled){ 0x1p-62, 0 };
    ASSERT(rank_of_truths(t, NULL, up, 3, work) == 1);
    for (size_t i = 0; i < 3; i++)
        t[i].radius = (ga_scaled){ 0x1p-61, 0 }; /* 1 - 2^-60 and 1 meet in the middle */
    ASSERT(isnan(rank_of_truths(t, NULL, up, 3, work)) && isnan(rank_of_truths(up, NULL, t, 3, work)));
    t[2].tail = t[1].tail;
    t[0].radius.m = t[1].radius.m = t[2].radius.m = 0x1p-62;
    ASSERT(isnan(rank_of_truths(t, other, up, 3, work)));
    ASSERT_ULP(rank_of_truths(t, same, up, 3, work), sqrt(0.75), 2); /* by hand: d = -2, 1, 1; e = -2, 0, 2; 6 / sqrt(6 8) */
    for (size_t i = 0; i < 3; i++) /* far tails */
        t[i] = (ga_truth){
            .state = GA_TRUE_NONZERO, .sign = 1, .mantissa = 1, .tail = { 1, -20000 - (int64_t)i }, .radius = { 1, -30000 }
        };
    ASSERT(rank_of_truths(t, NULL, up, 3, work) == -1);
    ASSERT(compare_ranks(rank, t, NULL, 3, work) == COMPARE_RANKED);
    t[1].radius = (ga_scaled){ 1, -19999 };
    ASSERT(compare_ranks(rank, t, NULL, 3, work) == COMPARE_UNORDERED &&
           compare_ranks(rank, t, other, 3, work) == COMPARE_UNORDERED);
    t[1].state = GA_UNDECIDED_ELEMENT;
    ASSERT(compare_ranks(rank, t, NULL, 3, work) == COMPARE_UNDECIDED && isnan(rank_of_truths(t, NULL, up, 3, work)));
}

/* ---- bins ------------------------------------------------------------------------------------------------------- */

static void
bins_have_their_edges(void)
{
    double edges[COMPARE_LOG_EDGES] = { 1e-12, 1e-9, 1e-6, 1e-3, 0.1 };
    for (size_t i = 5; i < COMPARE_LOG_EDGES; i++)
        edges[i] = (double)(i - 4);
    ASSERT(edges[COMPARE_LOG_EDGES - 1] == 40 && COMPARE_LOG_BINS == 94);
    for (size_t i = 0; i < COMPARE_LOG_EDGES; i++) {
        const double inside = nextafter(edges[i], 0), outside = nextafter(edges[i], INFINITY);
        double low, high;
        ASSERT(compare_log_bin(inside) == COMPARE_LOG_MIDDLE + i && compare_log_bin(-inside) == COMPARE_LOG_MIDDLE - i);
        ASSERT(compare_log_bin(edges[i]) == COMPARE_LOG_MIDDLE + i + 1 && compare_log_bin(-edges[i]) == COMPARE_LOG_MIDDLE - i - 1);
        ASSERT(compare_log_bin(outside) == COMPARE_LOG_MIDDLE + i + 1 && compare_log_bin(-outside) == COMPARE_LOG_MIDDLE - i - 1);
        compare_log_edges(&low, &high, COMPARE_LOG_MIDDLE + i + 1);
        ASSERT(low == edges[i] && high == (i + 1 < COMPARE_LOG_EDGES ? edges[i + 1] : INFINITY), "%zu: %g, %g", i, low, high);
        compare_log_edges(&low, &high, COMPARE_LOG_MIDDLE - i - 1);
        ASSERT(high == -edges[i] && low == (i + 1 < COMPARE_LOG_EDGES ? -edges[i + 1] : -INFINITY), "%zu: %g, %g", i, low, high);
    }
    ASSERT(compare_log_bin(0) == COMPARE_LOG_MIDDLE && compare_log_bin(-0.0) == COMPARE_LOG_MIDDLE);
    ASSERT(compare_log_bin(-INFINITY) == COMPARE_LOG_ZERO && compare_log_bin(NAN) == COMPARE_LOG_NONE);
    ASSERT(compare_log_bin(INFINITY) == COMPARE_LOG_NONE - 1 && compare_log_bin(-DBL_MAX) == 1 && compare_log_bin(-1e5) == 1);
    ASSERT(compare_log_bin(1e19) == COMPARE_LOG_NONE - 1 && compare_log_bin(1e300) == COMPARE_LOG_NONE - 1);
}

static void
bins_have_names(void)
{
    static const struct {
        size_t bin;
        const char *name;
    } named[] = { { 0, "zero" }, { 1, "(-inf, -40]" }, { 2, "(-40, -39]" }, { 40, "(-2, -1]" }, { 41, "(-1, -0.1]" },
                  { 45, "(-1e-09, -1e-12]" }, { 46, "(-1e-12, 1e-12)" }, { 47, "[1e-12, 1e-09)" }, { 50, "[0.001, 0.1)" },
                  { 51, "[0.1, 1)" }, { 52, "[1, 2)" }, { 90, "[39, 40)" }, { 91, "[40, inf)" }, { 92, "none" },
                  { 93, "undecided" } };
    char name[COMPARE_LOG_BINS][40];
    for (size_t i = 0; i < COMPARE_LOG_BINS; i++) {
        ASSERT(compare_log_name(name[i], sizeof name[i], i) == (int)strlen(name[i]));
        for (size_t k = 0; k < i; k++)
            ASSERT(strcmp(name[i], name[k]) != 0, "%zu and %zu: %s", i, k, name[i]);
    }
    for (size_t i = 0; i < sizeof named / sizeof *named; i++)
        ASSERT(strcmp(name[named[i].bin], named[i].name) == 0, "bin %zu is %s", named[i].bin, name[named[i].bin]);
    double low, high;
    compare_log_edges(&low, &high, COMPARE_LOG_ZERO);
    ASSERT(low == -INFINITY && high == -INFINITY);
    compare_log_edges(&low, &high, COMPARE_LOG_NONE);
    ASSERT(isnan(low) && isnan(high));
    compare_log_edges(&low, &high, COMPARE_LOG_MIDDLE);
    ASSERT(low == -1e-12 && high == 1e-12);
}

/* computed/truth = 10^k exactly, and as little beside it as the enclosure allows; at 1e-12 the computed number is what is
   nearest. */
static void
ratios_at_edges(void)
{
    for (int k = -22; k <= 22; k++) {
        const ga_number ten = of_double(pow(10, abs(k)));
        const ga_number c = k >= 0 ? ten : of_double(1), base = k >= 0 ? of_double(1) : ten;
        ga_truth t = compare_point(&base);
        const double r = k; /* whatever a finding computed */
        const size_t bin = compare_log_bin(k);
        if (k == 0)
            continue;
        ASSERT(compare_ratio_bin(&c, &t, r) == bin && compare_ratio_bin(&c, &t, nextafter(r, 0)) == bin, "10^%d", k);
        t.tail = (ga_scaled){ 0x1p-90, t.exponent }; /* a larger truth: a smaller ratio */
        ASSERT(compare_ratio_bin(&c, &t, r) == (k > 0 ? bin - 1 : bin), "below 10^%d", k);
        t.tail.m = -0x1p-90;
        ASSERT(compare_ratio_bin(&c, &t, r) == (k > 0 ? bin : bin + 1), "above 10^%d", k);
        t.radius = (ga_scaled){ 0x1p-89, t.exponent };
        ASSERT(compare_ratio_bin(&c, &t, r) == COMPARE_LOG_OPEN, "about 10^%d", k);
    }
    const ga_number c = of_double(1);
    const ga_truth t = compare_point(&c);
    ASSERT(compare_ratio_bin(&c, &t, 0) == COMPARE_LOG_MIDDLE && compare_ratio_bin(&c, &t, NAN) == COMPARE_LOG_NONE &&
           compare_ratio_bin(&c, &t, -INFINITY) == COMPARE_LOG_ZERO);
}

TEST_MAIN("compare", TEST(truths), TEST(cosines), TEST(cosines_that_cancel), TEST(exact_cosines), TEST(no_cosine),
          TEST(small_ranks), TEST(orders_of_seven), TEST(random_ranks), TEST(rank_extremes), TEST(rank_by_hand),
          TEST(ranks_of_truths), TEST(ratios_at_edges), TEST(bins_have_their_edges), TEST(bins_have_names))
