/* SPDX-License-Identifier: Apache-2.0 */
/* test_intervals.c -- differences of shares on the same images: Tango's interval as published and against his closed form, that for
   a mean of differences against mpmath; how often each misses the truth. */
#include "core/attack.h"

#include "test.h"

#define Z 1.959963984540054

/* Tango (1998), in closed form: the likeliest share of "only the second" where the difference is d solves a quadratic. */
static double
tango_score(double b, double c, double n, double d)
{
    const double p = 2 * n, q = -b - c + (2 * n - b + c) * d, r = -c * d * (1 - d);
    const double share = (sqrt(fmax(q * q - 4 * p * r, 0)) - q) / (2 * p), variance = n * (2 * share + d * (1 - d));
    return (b - c - n * d) / sqrt(variance);
}

static void
expect_ends(double low, double high, size_t b, size_t c, size_t n)
{
    const double ends[] = { low, high };
    for (int e = 0; e < 2; e++) { /* Z is crossed there, or the end is that of all differences */
        const double want = e == 0 ? Z : -Z, inner = ends[e] + (e == 0 ? 1e-9 : -1e-9), outer = ends[e] - (e == 0 ? 1e-9 : -1e-9);
        const bool at_end = fabs(ends[e]) > 1 - 1e-9;
        ASSERT(want * tango_score((double)b, (double)c, (double)n, inner) <= Z * Z || at_end, "%zu %zu %zu: %.12f", b, c, n,
               ends[e]);
        ASSERT(at_end || want * tango_score((double)b, (double)c, (double)n, outer) >= Z * Z, "%zu %zu %zu: %.12f", b, c, n,
               ends[e]);
    }
}

static void
tango_closed_form(void)
{
    uint64_t seed = test_seed();
    double low, high;
    for (size_t n = 1; n <= 24; n++)
        for (size_t b = 0; b <= n; b++)
            for (size_t c = 0; b + c <= n; c++) {
                ga_tango(&low, &high, b, c, n);
                expect_ends(low, high, b, c, n);
            }
    for (int i = 0; i < 200; i++) {
        const size_t n = 1 + test_random(&seed) % 20000, b = test_random(&seed) % (n + 1), c = test_random(&seed) % (n - b + 1);
        ga_tango(&low, &high, b, c, n);
        expect_ends(low, high, b, c, n);
    }
}

/* An example of Fagerland, Lydersen and Laake (Statistics in Medicine 33, 2014), to three decimals; and the interval if no image
   tells the attacks apart, which is +-z^2/(n + z^2). */
static void
tango_as_published(void)
{
    static const struct {
        size_t b, c, n;
        double low, high;
    } table[] = { { 1, 7, 21, -0.517, -0.026 } };
    double low, high;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        ga_tango(&low, &high, table[i].b, table[i].c, table[i].n);
        ASSERT(fabs(low - table[i].low) <= 0.0005 && fabs(high - table[i].high) <= 0.0005, "%.6f, %.6f", low, high);
    }
    for (size_t n = 1; n < 100000; n *= 3) {
        ga_tango(&low, &high, 0, 0, n);
        const double want = Z * Z / ((double)n + Z * Z);
        ASSERT(fabs(high - want) < 1e-9 && fabs(low + want) < 1e-9, "%zu: %.12f, %.12f", n, low, high);
    }
    ga_tango(&low, &high, 0, 0, 0);
    ASSERT(low == -1 && high == 1);
    ga_tango(&low, &high, 3, 3, 5);
    ASSERT(low == -1 && high == 1);
    ga_mean_difference(&low, &high, (const size_t[]){ 0, 0, 0 }, 1);
    ASSERT(low == -1 && high == 1);
}

/* From tests/mean_difference.py, which does it anew in mpmath. Five equal differences, even of 1, are no proof. */
static void
means_of_differences(void)
{
    static const struct {
        size_t steps, count[41];
        double low, high;
    } table[] = {
        { 1, { 0, 5, 0 }, -0x1.12f9019e49398p-1, 0x1.12f9019e49398p-1 },
        { 1, { 0, 0, 5 }, -0x1.2f9019e493988p-4, 0x1.0000000000000p+0 },
        { 1, { 0, 0, 6 }, 0x1.1387d33e947fbp-5, 0x1.0000000000000p+0 },
        { 2, { 0, 0, 0, 5, 0 }, -0x1.a672d175ec989p-3, 0x1.897c80cf249ccp-1 },
        { 2, { 1, 0, 7, 4, 3 }, -0x1.3ec7807e3b75bp-4, 0x1.0e5a379fa5bcap-1 },
        { 5, { 0, 0, 3, 0, 1, 9, 0, 4, 0, 2, 0 }, -0x1.fe5fb1f6241a2p-4, 0x1.064f505f2efbep-2 },
        { 20, { [30] = 11 }, 0x1.43767cb33644cp-4, 0x1.524a691da503fp-1 },
        { 20, { [0] = 1, [20] = 60, 20, 3, [33] = 5, 5, 5, 5 }, 0x1.522354a86c3afp-4, 0x1.a6ce20b1ff86cp-3 },
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        double low, high;
        ga_mean_difference(&low, &high, table[i].count, table[i].steps);
        ASSERT(fabs(low - table[i].low) < 1e-9 && fabs(high - table[i].high) < 1e-9, "%zu: %a, %a", i, low, high);
    }
}

static double
uniform(uint64_t *seed)
{
    return (double)(test_random(seed) >> 11) * 0x1p-53;
}

/* Samples of distributions on a grid, some as bad as there are (one large value against many small ones): 5 % of the intervals may
   miss the mean, and 2.5 % may lie above it, as far as RUNS tell (three standard deviations). */
static void
means_are_covered(void)
{
    enum { STEPS = 20, RUNS = TEST_SANITIZED ? 50 : 400 };
    static const double p[][2 * STEPS + 1] = {
        { [0] = 1, [2 * STEPS] = 1 },          /* a fair coin */
        { [0] = 1, [STEPS + 10] = 2 },         /* mean 0 */
        { [0] = 1, [STEPS + 2] = 10 },         /* mean 0 */
        { [STEPS] = 90, [STEPS + 10] = 5, [2 * STEPS] = 5 },
        { [5] = 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 },
    };
    static const size_t sizes[] = { 5, 12, 40, 200 };
    uint64_t seed = test_seed();
    for (size_t d = 0; d < sizeof p / sizeof *p; d++)
        for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
            double sum = 0, mean = 0;
            size_t missed = 0, above = 0;
            for (size_t i = 0; i <= 2 * STEPS; i++) {
                sum += p[d][i];
                mean += p[d][i] * ((double)i - STEPS) / STEPS;
            }
            mean /= sum;
            for (size_t r = 0; r < RUNS; r++) {
                size_t count[2 * STEPS + 1] = { 0 };
                double low, high;
                for (size_t n = 0; n < sizes[k]; n++) {
                    double u = uniform(&seed) * sum;
                    size_t i = 0;
                    while (i < 2 * STEPS && (u -= p[d][i]) >= 0)
                        i++;
                    count[i]++;
                }
                ga_mean_difference(&low, &high, count, STEPS);
                missed += low > mean || high < mean;
                above += low > mean;
            }
            ASSERT(missed <= 0.05 * RUNS + 3 * sqrt(0.05 * RUNS) && above <= 0.025 * RUNS + 3 * sqrt(0.025 * RUNS),
                   "distribution %zu, %zu images: %zu of %d missed, %zu above", d, sizes[k], missed, RUNS, above);
            printf("distribution %zu, %zu images: %zu of %d missed, %zu above\n", d, sizes[k], missed, RUNS, above);
        }
}

TEST_MAIN("intervals", TEST(tango_closed_form), TEST(tango_as_published), TEST(means_of_differences), TEST(means_are_covered))
