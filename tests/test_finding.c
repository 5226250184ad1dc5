/* SPDX-License-Identifier: Apache-2.0 */
/* test_finding.c -- cells, errors and tallies against values worked out by hand. */
#include <string.h>

#include "core/finding.h"

#include "num/nar32.h"
#include "num/f32.h"
#include "num/f64.h"
#include "num/format.h"
#include "num/power.h"
#include "test.h"

static const ga_format single = { FORMAT_OF(f32) }, twice = { FORMAT_OF(f64) },
                       wide = { .kind = GA_MPFR, .bits = 256 }, half = { FORMAT_OF(f16) };

static ga_number
of_float(float x)
{
    ga_number n;
    f32_get_number(&n, &x, NULL);
    return n;
}

static ga_number
of_double(double x)
{
    ga_number n;
    f64_get_number(&n, &x, NULL);
    return n;
}

static ga_number
of_half(float x)
{
    ga_number n;
    const ctx_nar32 ctx = { .rules = narrow32_of(half) };
    nar32_get_number(&n, &x, &ctx);
    return n;
}

/* The truth (m + t) 2^e. */
static ga_truth
truth(double m, double t, int64_t e)
{
    return (ga_truth){ .state = GA_TRUE_NONZERO, .sign = m < 0 ? -1 : 1, .mantissa = m, .tail = { t, e }, .exponent = e };
}

static const ga_truth zero = { .state = GA_TRUE_ZERO }, unknown = { .state = GA_UNDECIDED_ELEMENT, .bound = -100 },
                      tiny = { .state = GA_UNDECIDED_ELEMENT, .bound = -2000 },
                      nothing = { .state = GA_UNDECIDED_ELEMENT, .bound = INT64_MAX };

/* The same, to within r 2^e. */
static ga_truth
about(double m, double t, int64_t e, double r)
{
    ga_truth a = truth(m, t, e);
    a.radius = (ga_scaled){ r, e };
    return a;
}

static bool
is(ga_number computed, ga_truth t, ga_format format, ga_cell cell)
{
    const ga_finding f = ga_find(&computed, &t, format, 0.01);
    return ASSERT(f.cell == cell, "%s, not %s", ga_cell_names[f.cell], ga_cell_names[cell]);
}

static void
cells(void)
{
    is(of_float(0), zero, single, GA_CELL_ZERO);
    is(of_float(-0.0f), zero, single, GA_CELL_ZERO);
    is(of_float(0x1p-149f), zero, single, GA_CELL_SPURIOUS);
    is(of_float(NAN), zero, single, GA_CELL_NONFINITE);
    is(of_float(-INFINITY), truth(-1, 0, 3), single, GA_CELL_NONFINITE);
    is(of_float(1), unknown, single, GA_CELL_UNDECIDED);
    is(of_float(NAN), unknown, single, GA_CELL_NONFINITE); /* whatever the truth */
    is(of_float(INFINITY), unknown, single, GA_CELL_NONFINITE); /* the truth is at most 2^-100 */
    is(of_float(-INFINITY), nothing, single, GA_CELL_UNDECIDED);
    is(of_float(0), unknown, single, GA_CELL_UNDECIDED);
    is(of_float(0), tiny, single, GA_CELL_UNDECIDED); /* zero or below-range */
    is(of_float(INFINITY), zero, single, GA_CELL_NONFINITE);
    is(of_float(1), truth(1, 0, 0), single, GA_CELL_RIGHT);
    is(of_float(-1), truth(1, 0, 0), single, GA_CELL_WRONG_SIGN);
    is(of_float(1.0099f), truth(1, 0, 0), single, GA_CELL_RIGHT);
    is(of_float(1.0101f), truth(1, 0, 0), single, GA_CELL_INACCURATE);
    is(of_float(0x1p-149f), truth(1, 0, -100000), single, GA_CELL_RIGHT); /* off by no more than one ulp */
    is(of_float(0x1p-148f), truth(1, 0, -100000), single, GA_CELL_INACCURATE);
    is(of_float(0x1p100f), truth(1.5, 0, INT64_MAX / 2), single, GA_CELL_INACCURATE);
    const ga_number more = of_float(1.25f); /* as much as the tolerance is not more */
    const ga_truth one = truth(1, 0, 0);
    ASSERT(ga_find(&more, &one, single, 0.25).cell == GA_CELL_RIGHT);
    ASSERT(ga_find(&more, &one, single, 0.2499).cell == GA_CELL_INACCURATE);
}

/* Half the least subnormal, 2^-150 and 2^-1075, is a tie and goes to 0; the next number up does not. */
static void
below_range(void)
{
    is(of_float(0), truth(1, 0, -150), single, GA_CELL_BELOW_RANGE);
    is(of_float(0), truth(-1, 0, -150), single, GA_CELL_BELOW_RANGE);
    is(of_float(0), truth(1, 0x1p-60, -150), single, GA_CELL_LOST);
    is(of_float(0), truth(-1, -0x1p-60, -150), single, GA_CELL_LOST);
    is(of_float(0), truth(1, -0x1p-60, -150), single, GA_CELL_BELOW_RANGE);
    is(of_float(0), truth(-1, 0x1p-60, -150), single, GA_CELL_BELOW_RANGE);
    is(of_float(0), truth(1, 0x1p-79, -150), single, GA_CELL_LOST);
    is(of_float(0), about(1, 0x1p-79, -150, 0x1p-80), single, GA_CELL_LOST);
    is(of_float(0), about(1, 0x1p-79, -150, 0x1p-79), single, GA_CELL_UNDECIDED); /* the tie is in it */
    is(of_float(0), about(1, -0x1p-79, -150, 0x1p-80), single, GA_CELL_BELOW_RANGE);
    is(of_float(0), about(1, 0, -150, 0x1p-100), single, GA_CELL_UNDECIDED);
    is(of_float(0), about(1, 0, -150, 0), single, GA_CELL_BELOW_RANGE);
    ga_truth far = truth(1, 0, -150); /* a tail that no double has at 2^-150 */
    far.tail = (ga_scaled){ 0.75, -5000 };
    far.radius = (ga_scaled){ 0.5, -6000 };
    is(of_float(0), far, single, GA_CELL_LOST);
    far.tail.m = -0.75;
    is(of_float(0), far, single, GA_CELL_BELOW_RANGE);
    is(of_float(0), truth(1 + DBL_EPSILON, 0, -150), single, GA_CELL_LOST);
    is(of_float(0), truth(2 - DBL_EPSILON, 0, -151), single, GA_CELL_BELOW_RANGE);
    is(of_float(0), truth(1, 0, -149), single, GA_CELL_LOST);
    is(of_float(0), truth(1.5, 0, -2000), single, GA_CELL_BELOW_RANGE);
    is(of_double(0), truth(1, 0, -1075), twice, GA_CELL_BELOW_RANGE);
    is(of_double(0), truth(1 + DBL_EPSILON, 0, -1075), twice, GA_CELL_LOST);
    is(of_double(0), truth(1, 0, -150), twice, GA_CELL_LOST);
    is(of_double(0), truth(1, 0, -1000000), wide, GA_CELL_LOST); /* MPFR has no range */
}

/* From 2^128 - 2^103 on, the middle between the largest float and 2^128, and 2^1024 - 2^970. */
static void
above_range(void)
{
    const double edge = 2 - 0x1p-24;
    is(of_float(INFINITY), truth(edge, 0, 127), single, GA_CELL_ABOVE_RANGE);
    is(of_float(INFINITY), truth(-edge, 0, 127), single, GA_CELL_NONFINITE); /* of the other sign */
    is(of_float(-INFINITY), truth(-edge, 0, 127), single, GA_CELL_ABOVE_RANGE);
    is(of_float(INFINITY), truth(edge, -0x1p-70, 127), single, GA_CELL_NONFINITE);
    is(of_float(INFINITY), about(edge, -0x1p-70, 127, 0x1p-69), single, GA_CELL_UNDECIDED);
    is(of_float(INFINITY), about(edge, 0x1p-70, 127, 0x1p-71), single, GA_CELL_ABOVE_RANGE);
    is(of_float(INFINITY), truth(2 - 0x1p-52, 0, 126), single, GA_CELL_NONFINITE);
    is(of_float(INFINITY), truth(1.5, 0, 100000), single, GA_CELL_ABOVE_RANGE);
    is(of_float(-INFINITY), truth(-1, 0, 3), single, GA_CELL_NONFINITE);
    is(of_double(INFINITY), truth(1, -0x1p-54, 1024), twice, GA_CELL_ABOVE_RANGE); /* the tie, rounded to even */
    is(of_double(INFINITY), truth(2 - 0x1p-52, 0x1p-54, 1023), twice, GA_CELL_NONFINITE);
    is(of_double(INFINITY), truth(1, 0, 128), twice, GA_CELL_NONFINITE);
    is(of_double(INFINITY), truth(1, 0, 100000), wide, GA_CELL_NONFINITE); /* MPFR has no range */
    is(of_float(NAN), truth(1.5, 0, 100000), single, GA_CELL_NONFINITE);
}

/* Off by more than the tolerance, and by more than one ulp of the format at the truth. */
static void
inaccurate(void)
{
    is(of_float(0x1p-148f), truth(1.25, 0, -149), single, GA_CELL_RIGHT);       /* 60 %, 0.75 ulp */
    is(of_float(0x1p-148f), truth(1, 0, -149), single, GA_CELL_RIGHT);          /* 100 %, 1 ulp */
    is(of_float(0x1p-148f), truth(1, -0x1p-60, -149), single, GA_CELL_INACCURATE);
    is(of_float(0x1p-148f), about(1, 0, -149, 0x1p-60), single, GA_CELL_UNDECIDED);
    is(of_float(0x1p-148f), about(1, 0x1p-59, -149, 0x1p-60), single, GA_CELL_RIGHT);
    is(of_float(1.0f), about(1.01, 0, 0, 0x1p-30), single, GA_CELL_RIGHT);      /* 0.99 % */
    /* 1.5 ulp of the binade below the truth, 0.75 of that above it, and the truth is about where they meet */
    const ga_number between = of_double(1 - 0x1.8p-24);
    const ga_truth power = about(1, 0, 0, 0x1p-90);
    ASSERT(ga_find(&between, &power, single, 0x1p-30).cell == GA_CELL_UNDECIDED);
    /* computed 1.5, tolerance 1/2: the truth 1 is at it, 1 - 2^-60 beyond it */
    const ga_number c = of_double(1.5);
    const ga_truth at = truth(1, 0, 0), beyond = truth(1, -0x1p-60, 0), within = truth(1, 0x1p-60, 0),
                   open = about(1, 0, 0, 0x1p-90);
    ASSERT(ga_find(&c, &at, twice, 0.5).cell == GA_CELL_RIGHT && ga_find(&c, &beyond, twice, 0.5).cell == GA_CELL_INACCURATE);
    ASSERT(ga_find(&c, &within, twice, 0.5).cell == GA_CELL_RIGHT && ga_find(&c, &open, twice, 0.5).cell == GA_CELL_UNDECIDED);
    const ga_number below = of_double(0.5);
    ASSERT(ga_find(&below, &at, twice, 0.5).cell == GA_CELL_RIGHT &&
           ga_find(&below, &within, twice, 0.5).cell == GA_CELL_INACCURATE);
    ASSERT(ga_find(&below, &beyond, twice, 0.5).cell == GA_CELL_RIGHT &&
           ga_find(&below, &open, twice, 0.5).cell == GA_CELL_UNDECIDED);
}

static int
bin_of(ga_number c, ga_truth t, ga_format format)
{
    return ga_find(&c, &t, format, 0.01).ulp_bin;
}

/* The bin is that of the truth's own binade, whatever the truth rounds to. */
static void
binades(void)
{
    ASSERT(bin_of(of_double(2 - 0x1p-52), truth(1, -0x1p-61, 1), twice) == 1); /* 2 - 2^-60: 0.996 ulp of the binade of 1 */
    ASSERT(bin_of(of_double(2 - 0x1p-52), truth(1, 0, 1), twice) == 0);        /* 2: half an ulp */
    ASSERT(bin_of(of_double(2 - 0x1p-52), truth(1, 0x1p-61, 1), twice) == 1);  /* 2 + 2^-60: a little more than half */
    ASSERT(bin_of(of_double(2 - 0x1p-52), about(1, 0, 1, 0x1p-90), twice) == GA_ULP_OPEN);
    ASSERT(bin_of(of_double(1), truth(1, -0x1p-60, 0), twice) == 0 && bin_of(of_double(1), truth(1, 0, 0), twice) == 0);
    ASSERT(bin_of(of_float(0x1p-127f), about(1, 0, -127, 0x1p-90), single) ==
           0);                     /* below the normal range one ulp is that of all */
    for (int k = 0; k < 52; k++) { /* 2^(k-1) ulp exactly, a little less and more, and neither */
        ga_truth t = truth(1.5, 0, 0);
        ga_number c = of_double(1.5);
        if (k >= 1)
            c = of_double(1.5 + ldexp(1, k - 1 - 52));
        if (k == 0)
            t.tail = (ga_scaled){ 0x1p-53, 0 };
        ASSERT(bin_of(c, t, twice) == k, "2^%d ulp", k - 1);
        t.tail.m += k == 0 ? 0x1p-100 : -0x1p-100;
        ASSERT(bin_of(c, t, twice) == k + 1, "2^%d ulp and more", k - 1);
        t.radius = (ga_scaled){ 0x1p-99, 0 };
        ASSERT(bin_of(c, t, twice) == GA_ULP_OPEN, "about 2^%d ulp", k - 1);
        t.radius.m = 0x1p-101;
        ASSERT(bin_of(c, t, twice) == k + 1, "2^%d ulp and surely more", k - 1);
    }
}

static void
has_errors(ga_number computed, ga_truth t, ga_format format, double ulp, double relative, double ratio)
{
    const ga_finding f = ga_find(&computed, &t, format, 0.01);
    ASSERT(fabs(f.ulp - ulp) <= f.ulp_slack && f.ulp_slack <= 1e-7 * (1 + fabs(ulp)), "%.17g ulp, slack %g, not %.17g", f.ulp,
           f.ulp_slack, ulp);
    ASSERT(fabs(f.relative_error - relative) <= 1e-14 * relative, "%.17g, not %.17g", f.relative_error, relative);
    ASSERT(f.log10_ratio == ratio || fabs(f.log10_ratio - ratio) < 1e-12, "%.17g, not %.17g", f.log10_ratio, ratio);
}

static void
errors(void)
{
    has_errors(of_float(1), truth(1, 0, 0), single, 0, 0, 0);
    has_errors(of_float(1 + 0x1p-23f), truth(1, 0, 0), single, 1, 0x1p-23, log10(1 + 0x1p-23));
    has_errors(of_double(1), truth(1, 0x1p-54, 0), twice, -0.25, 0x1p-54, 0); /* the tail counts */
    has_errors(of_double(-1), truth(-1, -0x1p-54, 0), twice, 0.25, 0x1p-54, 0);
    has_errors(of_double(-2), truth(1, 0, 0), twice, -3 * 0x1p52, 3, log10(2));
    /* Below the normal range the ulp is the least subnormal. */
    has_errors(of_float(0x1p-149f), truth(1.5, 0, -149), single, -0.5, 1.0 / 3, -log10(1.5));
    has_errors(of_float(0), truth(1.5, 0, -149), single, -1.5, 1, -INFINITY);
    has_errors(of_double(0), truth(1, 0, -1076), twice, -0.25, 1, -INFINITY);
    has_errors(of_float(0x1p-140f), truth(1, 0, -130), single, 512 - 0x1p19, 1 - 0x1p-10, -10 * log10(2));
    /* However small the truth is. */
    const ga_truth small[] = { truth(1, 0, -1170), truth(1, 0, -1180), truth(-1.5, 0, -3000), truth(1, 0, -(INT64_C(1) << 40)) };
    for (size_t i = 0; i < sizeof small / sizeof *small; i++) {
        const ga_number least = of_float(-0x1p-149f), large = of_double(0x1p900), greatest = of_double(-0x1p1023);
        ga_finding f = ga_find(&least, small + i, single, 0.01);
        ASSERT(fabs(f.ulp + 1) <= f.ulp_slack && f.ulp_slack <= 0x1p-40, "%g ulp, slack %g", f.ulp, f.ulp_slack);
        f = ga_find(&large, small + i, twice, 0.01);
        ASSERT(i == 0 || f.ulp > 0x1p1000, "%g ulp", f.ulp);
        f = ga_find(&greatest, small + i, twice, 0.01);
        ga_tally tally = { 0 };
        ga_tally_add(&tally, &greatest, small + i, &f);
        ASSERT(f.ulp == -INFINITY && tally.ulp[GA_ULP_BINS - 1] == 1, "%g ulp", f.ulp);
    }
    const ga_number one = of_float(1);
    const ga_truth far = truth(1.5, 0, INT64_C(1) << 33), near_zero = truth(1.5, 0, -(INT64_C(1) << 33));
    ASSERT_ULP(ga_find(&one, &far, single, 0.01).relative_error, 1.0, 1);
    ASSERT(ga_find(&one, &near_zero, single, 0.01).relative_error > 0x1p1000);
    ASSERT(isnan(ga_find(&one, &zero, single, 0.01).ulp) && isnan(ga_find(&one, &unknown, single, 0.01).relative_error));
}

/* Whatever comes, every element is in one cell and one place of the matrix; tallies of parts add up to that of the whole. */
static void
tallies(void)
{
    static const double numbers[] = { 0, -0.0, 1, -1, 0x1p-149, -0x1p-140, INFINITY, -INFINITY, NAN, 1e-30, -3e20 };
    const ga_truth truths[] = { zero, unknown, truth(1, 0, 0), truth(-1.25, 0, -160), truth(1.5, 0, 100), truth(-1, 0, 0) };
    ga_tally whole = { 0 }, parts[3] = { { 0 } };
    size_t n = 0;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        for (size_t k = 0; k < sizeof truths / sizeof *truths; k++, n++) {
            const ga_number c = of_float((float)numbers[i]);
            const ga_finding f = ga_find(&c, truths + k, single, 0.01);
            ga_tally_add(&whole, &c, truths + k, &f);
            ga_tally_add(&parts[n % 3], &c, truths + k, &f);
        }
    uint64_t cells_sum = 0, matrix_sum = 0, ulp_sum = whole.ulp_undecided + whole.ulp_none;
    for (size_t i = 0; i < GA_CELLS; i++)
        cells_sum += whole.cell[i];
    for (size_t i = 0; i < GA_TRUTH_ROWS; i++)
        for (size_t k = 0; k < GA_COMPUTED_COLUMNS; k++)
            matrix_sum += whole.matrix[i][k];
    for (size_t i = 0; i < GA_ULP_BINS; i++)
        ulp_sum += whole.ulp[i];
    ASSERT(whole.elements == n && cells_sum == n && matrix_sum == n && ulp_sum == n);
    ASSERT(whole.matrix[3][8] == 1 && whole.matrix[1][3] == 1 && whole.matrix[1][4] == 1 && whole.matrix[2][6] == 4);
    for (int sign = -1; sign <= 1; sign += 2) {
        const ga_number c = of_float(1);
        const ga_truth t = truth(sign, 0, 0);
        const ga_finding f = ga_find(&c, &t, single, 0.01);
        ga_tally one = { 0 };
        ga_tally_add(&one, &c, &t, &f);
        ASSERT(one.matrix[sign < 0 ? 0 : 2][6] == 1 && one.cell[sign < 0 ? GA_CELL_WRONG_SIGN : GA_CELL_RIGHT] == 1);
    }
    ga_tally_merge(&parts[0], &parts[1]);
    ga_tally_merge(&parts[0], &parts[2]);
    ASSERT(memcmp(&parts[0], &whole, sizeof whole) == 0);
}

/* Undecided cells are told apart by whether the truth is known. */
static void
undecided_of_known_truth(void)
{
    const ga_number none = of_float(0);
    const ga_truth truths[] = { about(1, 0, -150, 0x1p-100), unknown, tiny, truth(1, 0, -150), zero };
    ga_tally tally = { 0 }, twofold = { 0 };
    for (size_t i = 0; i < sizeof truths / sizeof *truths; i++) {
        const ga_finding f = ga_find(&none, truths + i, single, 0.01);
        ga_tally_add(&tally, &none, truths + i, &f);
    }
    ASSERT(tally.cell[GA_CELL_UNDECIDED] == 3 && tally.undecided_known == 1);
    ga_tally_merge(&twofold, &tally);
    ga_tally_merge(&twofold, &tally);
    ASSERT(twofold.cell[GA_CELL_UNDECIDED] == 6 && twofold.undecided_known == 2);
}

static void
ulp_bins(void)
{
    ga_tally tally = { 0 };
    const ga_number c = of_float(1);
    const ga_truth t = truth(1, 0, 0);
    for (int bin = GA_ULP_NONE; bin < GA_ULP_BINS; bin++) {
        const ga_finding f = { .cell = GA_CELL_RIGHT, .ulp_bin = bin };
        ga_tally_add(&tally, &c, &t, &f);
        ASSERT(tally.ulp_none == 1 && tally.ulp_undecided == (bin >= GA_ULP_OPEN) && (bin < 0 || tally.ulp[bin] == 1), "%d", bin);
    }
}

/* The same cells by float16's own range, 2^-24 to 65504, and its ulp; half of 2^-24 and 65520 are ties, to 0 and to infinity. */
static void
cells_of_float16(void)
{
    is(of_half(0), truth(1, 0, -25), half, GA_CELL_BELOW_RANGE);
    is(of_half(0), truth(1, 0x1p-60, -25), half, GA_CELL_LOST);
    is(of_half(0), truth(1, 0, -149), half, GA_CELL_BELOW_RANGE);
    is(of_half(0), about(1, 0, -25, 0x1p-60), half, GA_CELL_UNDECIDED);
    is(of_half(0), tiny, half, GA_CELL_UNDECIDED);
    is(of_half(INFINITY), truth(0x1.ffep0, 0, 15), half, GA_CELL_ABOVE_RANGE); /* 65520 */
    is(of_half(INFINITY), truth(0x1.ffep0, -0x1p-60, 15), half, GA_CELL_NONFINITE);
    is(of_half(-INFINITY), truth(-1, 0, 100), half, GA_CELL_ABOVE_RANGE);
    is(of_half(INFINITY), truth(1, 0, 15), half, GA_CELL_NONFINITE);
    is(of_half(0x1p-24f), truth(1.75, 0, -24), half, GA_CELL_RIGHT); /* off by less than one ulp, though by 43 % */
    is(of_half(0x1p-24f), truth(1, 0, -22), half, GA_CELL_INACCURATE);
    is(of_half(0x1.04p0f), truth(1, 0, 0), half, GA_CELL_INACCURATE);
    is(of_half(0x1p-14f), truth(-1, 0, -14), half, GA_CELL_WRONG_SIGN);
    ga_format toward = half, up = half, down = half;
    toward.rounding = GA_TOWARD_ZERO;
    up.rounding = GA_UP;
    down.rounding = GA_DOWN;
    is(of_half(0), truth(1.75, 0, -25), toward, GA_CELL_BELOW_RANGE);
    is(of_half(0), truth(1, 0, -24), toward, GA_CELL_LOST);
    is(of_half(0), truth(1, 0, -90), up, GA_CELL_LOST);
    is(of_half(0), truth(-1.75, 0, -25), up, GA_CELL_BELOW_RANGE);
    is(of_half(INFINITY), truth(1, 0, 17), toward, GA_CELL_NONFINITE); /* the largest number would be right */
    is(of_half(65504), truth(1, 0, 17), toward, GA_CELL_ABOVE_RANGE);
    is(of_half(-INFINITY), truth(-1, 0, 17), up, GA_CELL_NONFINITE);
    is(of_half(-65504), truth(-1, 0, 17), up, GA_CELL_ABOVE_RANGE);
    is(of_half(-INFINITY), truth(-1, 0, 17), down, GA_CELL_ABOVE_RANGE);
    is(of_half(65504), truth(1, 0, 17), half, GA_CELL_INACCURATE);
    const ga_number computed = of_half(0x1p-23f);
    const ga_truth t = truth(1, 0, -24);
    const ga_finding f = ga_find(&computed, &t, half, 0.01);
    ASSERT(f.ulp == 1 && f.cell == GA_CELL_RIGHT, "%g ulp", f.ulp);
}

/* The bits of ldexp: over its range, where results are subnormal or halfway between two of these, and beyond. */
static void
powers(void)
{
    static const double x[] = { 1, -1.5, 0x1.fffffffffffffp0, 0x1.0000000000001p0, 0x1.8000000000001p-3, 0x1p-1074, -0x1.8p-1073,
                                0x1.5555555555555p-1030, 0x1.fffffffffffffp1023, 0, -0.0, INFINITY, -INFINITY };
    static const int64_t far[] = { INT64_MIN, INT64_MIN / 2, -70000, 70000, INT64_MAX };
    for (size_t i = 0; i < sizeof x / sizeof *x; i++) {
        for (int k = -3300; k <= 3300; k++) {
            const double got = times_power(x[i], k), want = ldexp(x[i], k);
            ASSERT(memcmp(&got, &want, sizeof got) == 0, "%a 2^%d: %a, not %a", x[i], k, got, want);
        }
        for (size_t f = 0; f < sizeof far / sizeof *far; f++) {
            const double got = times_power(x[i], far[f]), end = far[f] > 0 ? INFINITY : 0;
            const double want = x[i] == 0 || isinf(x[i]) ? x[i] : copysign(end, x[i]);
            ASSERT(memcmp(&got, &want, sizeof got) == 0, "%a 2^%lld: %a", x[i], (long long)far[f], got);
        }
    }
    ASSERT(isnan(times_power(NAN, 5)));
}

TEST_MAIN("finding", TEST(powers), TEST(cells), TEST(cells_of_float16), TEST(below_range), TEST(above_range), TEST(inaccurate),
          TEST(binades), TEST(errors), TEST(tallies), TEST(undecided_of_known_truth),
          TEST(ulp_bins))
