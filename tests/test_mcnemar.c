/* SPDX-License-Identifier: Apache-2.0 */
/* test_mcnemar.c -- McNemar's exact test, bit for bit: all small tables, and large ones from mpmath. */
#include <mpfr.h>

#include "core/attack.h"

#include "test.h"

/* All b + c <= 62 against Pascal's triangle in 64 bits and one logarithm in MPFR, which decides the rounding. */
static void
small_tables(void)
{
    uint64_t row[64] = { 1 };
    mpfr_t p;
    mpfr_init2(p, 400);
    for (size_t n = 0; n <= 62; n++) {
        uint64_t at_least = 0;
        for (size_t b = n + 1; b-- > 0;) {
            at_least += row[b];
            mpfr_set_ui_2exp(p, at_least, -(mpfr_exp_t)n, MPFR_RNDN);
            mpfr_log10(p, p, MPFR_RNDN);
            const double got = ga_mcnemar(b, n - b), want = mpfr_get_d(p, MPFR_RNDN);
            ASSERT(got == want && !(got == 0 && signbit(got)), "%zu, %zu: %a, not %a", b, n - b, got, want);
        }
        for (size_t k = n + 1; k > 0; k--)
            row[k] += row[k - 1];
    }
    mpfr_clear(p);
}

/* From
     python3 -c 'import mpmath; from math import comb; mpmath.mp.prec=4000
     for b,c in (1,1050),(50,100),(100,50),(691,255),(3000,7),(1003,997),(5000,0),(255,691):
       print(b,c,float(mpmath.log10(mpmath.mpf(sum(comb(b+c,k) for k in range(b,b+c+1)))/mpmath.mpf(2)**(b+c))).hex())' */
static void
large_tables(void)
{
    static const struct {
        size_t b, c;
        double log10_p;
    } table[] = {
        { 1, 1050, -0x0.00000003796f6p-1022 },
        { 50, 100, -0x1.7ecf03b776c3bp-18 },
        { 100, 50, -0x1.24262d38c15a7p+2 },
        { 691, 255, -0x1.754fad8f0ecd4p+5 },
        { 3000, 7, -0x1.ba4700e51fa0bp+9 },
        { 1003, 997, -0x1.5db75a7ac7029p-2 },
        { 5000, 0, -0x1.7849993eaac6cp+10 },
        { 255, 691, -0x1.438dfe41016cfp-158 },
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        const double got = ga_mcnemar(table[i].b, table[i].c);
        ASSERT(got == table[i].log10_p, "%zu, %zu: %a, not %a", table[i].b, table[i].c, got, table[i].log10_p);
    }
    ASSERT(ga_mcnemar(0, 100000) == 0 && ga_mcnemar(0, 0) == 0 && !signbit(ga_mcnemar(1, 1200)));
    ASSERT_ULP(ga_mcnemar(100000, 0), -100000 * 0.30102999566398119521, 1); /* n ones */
}

TEST_MAIN("mcnemar", TEST(small_tables), TEST(large_tables))
