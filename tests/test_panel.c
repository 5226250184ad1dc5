/* SPDX-License-Identifier: Apache-2.0 */
/* test_panel.c -- matrix products in narrow formats, whatever the sizes of their numbers, equal those of the same loop in MPFR bit
   for bit; and the bounds up to which they are computed in float. */
#include <string.h>

#include "formats_tried.h"
#include "gemm/panel.h"
#include "networks.h"
#include "num/format.h"

/* c is rows x cols, n terms in each sum. */
typedef struct {
    size_t rows, cols, n;
    bool ta, tb;
} shape;

static const shape shapes[] = { { 4, 32, 64, false, true }, { 3, 2, 1, false, false }, { 5, 33, 65, false, true },
                                { 130, 3, 9, false, false }, { 3, 70, 129, true, false }, { 7, 31, 40, true, true } };
enum { N_SHAPES = sizeof shapes / sizeof *shapes, MOST = 130 * 33 + 70 * 129 };

#include "num/nar32.h"
#include "num/vec_tmpl.h"
#include "gemm/gemm_tmpl.h"
#include "panel_tmpl.c"

#include "num/nar64.h"
#include "num/vec_tmpl.h"
#include "gemm/gemm_tmpl.h"
#include "panel_tmpl.c"

#include "num/emu.h"
#include "num/vec_tmpl.h"
#include "gemm/gemm_tmpl.h"
#include "panel_tmpl.c"

/* Exponents of a number: about 1; all; up to 4; such that products are about the least number, the largest, float's least
   normal. */
typedef enum { MODERATE, ALL, LOW, SMALL, LARGE, EDGE, N_SIZES } size_kind;

static double
draw(ga_format f, size_kind k, bool special, uint64_t *state)
{
    static const double specials[] = { NAN, INFINITY, -INFINITY, -0.0 };
    const int least = f.emin - (int)f.bits + 1;
    const int from[] = { -4, least, least, least / 2 - 8, f.emax / 2 - 8, -63 };
    const int many[] = { 5, f.emax - least + 1, least < 0 ? 3 - least : 1, 16, 16, 2 };
    const int e = from[k] + (int)(test_random(state) % (uint64_t)many[k]);
    const uint64_t what = test_random(state) % 64;
    if (special && what < 4)
        return specials[what];
    const double x = network_uniform(state);
    return what % 8 == 0 ? 0 : ldexp(k == EDGE ? (x + copysign(1, x)) / 2 : x, e);
}

typedef struct {
    size_t numbers, zeros, subnormal, largest, nonfinite;
} counts;

static void
count(counts *n, double x, ga_format f)
{
    n->numbers++;
    n->zeros += x == 0;
    n->subnormal += x != 0 && fabs(x) < ldexp(1, f.emin);
    n->largest += fabs(x) >= ldexp(1, f.emax);
    n->nonfinite += !isfinite(x);
}

static bool
multiplies(counts *all, const shape *s, ga_format f, const double *a, const double *b, const char *what)
{
    static double got[130 * 70], want[130 * 70];
    ga_format emulated = f;
    emulated.kind = GA_EMULATED;
    for (size_t i = 0; i < s->rows * s->cols; i++)
        got[i] = want[i] = 1;
    (f.kind == GA_NARROW32 ? multiply_nar32 : multiply_nar64)(got, s, a, b, f);
    multiply_emu(want, s, a, b, emulated);
    for (size_t i = 0; i < s->rows * s->cols; i++) {
        if (!exact_same(got[i], want[i]))
            return ASSERT(false, "%s: %zux%zu of %zu terms, number %zu is %a, not %a", what, s->rows, s->cols, s->n, i, got[i],
                          want[i]);
        if (isnan(got[i]) && signbit(got[i]))
            return ASSERT(false, "%s: number %zu is not the usual NaN", what, i);
        count(all, want[i], f);
    }
    return true;
}

static counts
check_format(ga_format f, const char *words)
{
    static double a[MOST], b[MOST];
    uint64_t state = test_seed();
    counts all = { 0 };
    for (size_t i = 0; i < N_SHAPES; i++)
        for (size_kind k = MODERATE; k < N_SIZES; k++)
            for (int special = 0; special < 2; special++) {
                char what[160];
                snprintf(what, sizeof what, "%s, sizes %d%s", words, (int)k, special ? ", special" : "");
                for (size_t t = 0; t < MOST; t++) {
                    a[t] = draw(f, k, special && t % 31 == 0, &state);
                    b[t] = draw(f, k, special && t % 37 == 0, &state);
                }
                if (!multiplies(&all, shapes + i, f, a, b, what))
                    return all;
            }
    return all;
}

static void
enough(counts n, ga_format f, const char *words)
{
    ASSERT(n.zeros > 20 && n.largest > 20 && n.nonfinite > 20 && (n.subnormal > 0 || f.flush || f.flush_in),
           "%s: %zu numbers, %zu zeros, %zu subnormal, %zu large, %zu not finite", words, n.numbers, n.zeros, n.subnormal,
           n.largest, n.nonfinite);
}

static void
equals_the_loop_in_mpfr(void)
{
    for (size_t i = 0; i < N_TRIED; i++) {
        const ga_format f = tried_parse(tried_format(i), 0);
        enough(check_format(f, tried_format(i)->words), f, tried_format(i)->words);
        const ga_format away = tried_parse(tried_format(i), 1);
        if (i % 3 == 0)
            enough(check_format(away, "ties away from zero"), away, tried_format(i)->words);
    }
}

/* Of up to 11 bits, whose numbers are floats and whose least products are not; beside them; and what only flushes operands. */
static void
equals_it_in_others(void)
{
    static const char *const words[] = { "tf32", "tf32,nan", "tf32,saturate", "tf32,ftz", "tf32,daz", "e4m3fnuz,daz",
                                         "p=9,emin=-126,emax=127", "p=11,emin=-120,emax=20",
                                         "p=11,emin=-129,emax=127", "p=11,emin=-400,emax=400", "p=12,emin=-126,emax=127",
                                         "p=18,emin=-126,emax=127", "tf32,rounding=nearest-away",
                                         "tf32,ftz,rounding=nearest-away", "p=11,emin=-129,emax=127,rounding=nearest-away",
                                         "p=18,emin=-126,emax=127,rounding=nearest-away" };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        ga_format f = { 0 };
        ASSERT(ga_format_parse(&f, words[i], NULL) == GA_OK, "%s", words[i]);
        enough(check_format(f, words[i]), f, words[i]);
    }
}

static panel_range
of(float x)
{
    return panel_range_of(&x, 1);
}

/* Half as large again, or the least number; beyond all where the format ends. */
static float
larger(float x, const narrow32 *rules)
{
    const float next = narrow_float(x * 1.6f + rules->unit, rules);
    return next > x ? next : (float)INFINITY;
}

/* All s, and all a = b: what is said to be bounded stays below, n equal terms one after the other. */
static void
bounded_sums_are_bounded(void)
{
    static const char *const words[] = { "e4m3", "e5m2", "p=2,emin=-126,emax=127", "p=3,emin=-126,emax=127,saturate" };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        ga_format f = { 0 };
        ASSERT(ga_format_parse(&f, words[i], NULL) == GA_OK);
        const narrow32 rules = narrow32_of(f);
        size_t bounded = 0, beyond = 0;
        for (float s = 0; s <= rules.largest; s = larger(s, &rules))
            for (float a = rules.unit; a <= rules.largest; a = larger(a, &rules))
                for (size_t n = 1; n <= CHUNK; n = 2 * n + 1) {
                    float sum = s, most = s;
                    for (size_t k = 0; k < n; k++) {
                        const float product = narrow_float(a * a, &rules);
                        most = fmaxf(most, a * a);
                        most = fmaxf(most, sum + product);
                        sum = narrow_float(sum + product, &rules);
                    }
                    const bool says = panel_bounded(of(s), of(a), of(-a), n, &rules);
                    if (says && !ASSERT(most <= rules.bounded, "%s: %a + %zu %a^2 is up to %a", words[i], s, n, a, most))
                        return;
                    bounded += says;
                    beyond += !(most <= rules.bounded);
                }
        ASSERT(bounded > 500 && beyond > 500, "%s: %zu, %zu", words[i], bounded, beyond);
    }
}

static void
what_is_not_bounded(void)
{
    const narrow32 half = narrow32_of(format_f16), tf32 = narrow32_of(format_tf32);
    const float nan = NAN, inf = INFINITY, odd[] = { 0, -0.0f, 3, -2, NAN }, numbers[] = { 0, -0.0f, 3, -2 };
    ASSERT(half.bounded == 65504 && half.exact == 0 && tf32.bounded == 0x1p114f && tf32.exact == 0x1p-128f);
    ASSERT(panel_bounded(of(65000), of(1), of(-1), 1, &half) && panel_bounded(of(-0.0f), of(0), of(65504), CHUNK, &half));
    for (int i = 0; i < 2; i++) {
        const float bad = i == 0 ? nan : inf;
        ASSERT(!panel_bounded(of(bad), of(1), of(1), 1, &half) && !panel_bounded(of(0), of(-bad), of(1), 1, &half) &&
               !panel_bounded(of(0), of(1), of(bad), 1, &half) && !panel_bounded(of(0), of(0), of(bad), 1, &half));
    }
    ASSERT(!panel_bounded(of(0), panel_range_of(odd, 5), of(1), 1, &half));
    ASSERT(panel_bounded(of(0), panel_range_of(odd, 4), of(1), 1, &half));
    ASSERT(!panel_bounded(of(0), of(128), of(128), 1, &half) && panel_bounded(of(0), of(127), of(128), 1, &half));
    ASSERT(!panel_bounded(of(0), of(127), of(128), 2, &half) && !panel_bounded(of(600), of(127), of(128), 1, &half));
    ASSERT(panel_bounded(of(0), panel_range_of(numbers, 4), of(0x1p-126f), 3, &tf32));
    ASSERT(panel_bounded(of(0x1p-136f), of(0x1p-64f), of(-0x1p-64f), 9, &tf32) &&
           !panel_bounded(of(0x1p-136f), of(0x1p-64f), of(0x1.ffcp-65f), 9, &tf32));
    ASSERT(panel_bounded(of(0), of(0), of(0x1p-136f), 9, &tf32) && panel_bounded(of(0), of(0x1p-136f), of(-0.0f), 9, &tf32));
}

TEST_MAIN("panel", TEST(equals_the_loop_in_mpfr), TEST(equals_it_in_others), TEST(bounded_sums_are_bounded),
          TEST(what_is_not_bounded))
