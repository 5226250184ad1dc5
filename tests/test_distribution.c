/* SPDX-License-Identifier: Apache-2.0 */
/* test_distribution.c -- moments, quantiles and bins computed by hand, and the values of a layer. */
#include <float.h>
#include <string.h>

#include "core/distribution.h"

#include "networks.h"

static void
moments_by_hand(void)
{
    /* 1 to 5: mean 3, m2 = 2, m4 = (16 + 1 + 0 + 1 + 16)/5 = 6.8 */
    double a[] = { 4, 1, 5, 3, 2 };
    ga_distribution d;
    ga_distribution_make(&d, a, 5);
    ASSERT(d.n == 5 && d.min == 1 && d.max == 5 && d.mean == 3);
    ASSERT_ULP(d.std, sqrt(2), 1);
    ASSERT_ULP(d.kurtosis, 1.7, 2);
    for (size_t i = 0; i < 5; i++)
        ASSERT(a[i] == (double)i + 1, "not sorted");

    double two[] = { -1, 1, -1, 1 }; /* m2 = m4 = 1: the least kurtosis there is */
    ga_distribution_make(&d, two, 4);
    ASSERT(d.mean == 0 && d.std == 1 && d.kurtosis == 1);

    double spike[101] = { 0 }; /* one of 101 is 101: mean 1, m2 = 100, m4 = (100^4 + 100)/101 = 990100 */
    spike[7] = 101;
    ga_distribution_make(&d, spike, 101);
    ASSERT(d.mean == 1);
    ASSERT_ULP(d.std, 10, 1);
    ASSERT_ULP(d.kurtosis, 99.01, 2);

    double far[] = { 1e9, 1e9 + 1, 1e9 + 2 }; /* no cancellation: m2 = 2/3, m4 = 2/3 */
    ga_distribution_make(&d, far, 3);
    ASSERT(d.mean == 1e9 + 1);
    ASSERT_ULP(d.std, sqrt(2.0 / 3), 2);
    ASSERT_ULP(d.kurtosis, 1.5, 2);

    double same[] = { 7, 7 };
    ga_distribution_make(&d, same, 2);
    ASSERT(d.std == 0 && isnan(d.kurtosis) && d.min == 7 && d.max == 7);
    double one[] = { -3 };
    ga_distribution_make(&d, one, 1);
    ASSERT(d.n == 1 && d.mean == -3 && d.std == 0 && d.quantile[0] == -3 && d.quantile[GA_QUANTILES - 1] == -3);
}

/* The uniform distribution has kurtosis 9/5, the normal 3. */
static void
moments_of_many(void)
{
    enum { N = 200000 };
    static double v[N];
    ga_distribution d;
    for (size_t i = 0; i < N; i++)
        v[i] = ((double)((i * 7919) % N) + 0.5) / N;
    ga_distribution_make(&d, v, N);
    ASSERT(fabs(d.mean - 0.5) < 1e-12 && fabs(d.std - sqrt(1 / 12.0)) < 1e-9 && fabs(d.kurtosis - 1.8) < 1e-9);
    uint64_t state = test_seed();
    for (size_t i = 0; i < N; i++) /* the sum of 12 uniform numbers: kurtosis 3 - 1.2/12 */
        for (int k = 0; k < 12; k++)
            v[i] = (k == 0 ? 0 : v[i]) + network_uniform(&state) / 2;
    ga_distribution_make(&d, v, N);
    ASSERT(fabs(d.mean) < 0.02 && fabs(d.std - 1) < 0.02 && fabs(d.kurtosis - 2.9) < 0.1, "%g, %g, %g", d.mean, d.std, d.kurtosis);
}

/* The smallest value with at least a share q of all at or below it: of 1, ..., n the number ceil(q n). */
static void
quantiles_by_hand(void)
{
    static const int percent[GA_QUANTILES] = { 1, 5, 25, 50, 75, 95, 99 };
    for (size_t n = 1; n <= 1000; n++) {
        double v[1000];
        ga_distribution d;
        for (size_t i = 0; i < n; i++)
            v[i] = (double)(n - i);
        ga_distribution_make(&d, v, n);
        for (size_t q = 0; q < GA_QUANTILES; q++) {
            const size_t want = ((size_t)percent[q] * n + 99) / 100;
            ASSERT(d.quantile[q] == (double)want, "quantile %d %% of %zu: %g, not %zu", percent[q], n, d.quantile[q], want);
        }
    }
    for (size_t q = 0; q < GA_QUANTILES; q++)
        ASSERT(ga_quantile_levels[q] == percent[q] / 100.0);
}

static void
bins_by_hand(void)
{
    const double v[] = { -1, -0.5, -0.25, 0, 0.25, 0.5, 0.75, 1, -1.0000001, 1.0000001, NAN, INFINITY, -INFINITY, 0.9999999, -0.0 };
    size_t count[4] = { 10, 0, 0, 0 };
    ga_distribution_bins(count, 4, -1, 1, v, sizeof v / sizeof *v);
    /* [-1,-.5): -1; [-.5,0): -.5, -.25; [0,.5): 0, .25, -0; [.5,1]: .5, .75, 1, .9999999 */
    ASSERT(count[0] == 11 && count[1] == 2 && count[2] == 3 && count[3] == 4, "%zu %zu %zu %zu", count[0], count[1],
           count[2], count[3]);
}

/* What is not finite is counted and left out; every order of the values gives the same bits, zeros of both signs among them. */
static void
not_finite(void)
{
    static const double all[] = { NAN, 2, -INFINITY, 0.0, INFINITY, -0.0, -3, -NAN, INFINITY };
    enum { N = sizeof all / sizeof *all, FINITE = 4 };
    double v[N], finite[FINITE] = { -3, -0.0, 0.0, 2 };
    ga_distribution first = { 0 }, d, alone;
    uint64_t state = test_seed();
    for (size_t trial = 0; trial < 2000; trial++) {
        memcpy(v, all, sizeof v);
        for (size_t i = N; i-- > 1;) {
            const size_t k = test_random(&state) % (i + 1);
            const double kept = v[i];
            v[i] = v[k];
            v[k] = kept;
        }
        ga_distribution_make(&d, v, N);
        if (trial == 0)
            first = d;
        ASSERT(memcmp(&d, &first, sizeof d) == 0, "another order, another distribution");
        ASSERT(v[0] == -INFINITY && v[1] == -3 && signbit(v[2]) && !signbit(v[3]) && v[4] == 2 && v[5] == INFINITY && isnan(v[8]));
    }
    ASSERT(first.n == N && first.nan == 2 && first.minus_infinite == 1 && first.plus_infinite == 2);
    ga_distribution_make(&alone, finite, FINITE);
    ASSERT(alone.n == FINITE && alone.nan == 0 && alone.minus_infinite == 0 && alone.plus_infinite == 0);
    ASSERT(first.min == alone.min && first.max == alone.max && first.mean == alone.mean && first.std == alone.std &&
           first.kurtosis == alone.kurtosis && memcmp(first.quantile, alone.quantile, sizeof alone.quantile) == 0);
    ASSERT(first.min == -3 && first.max == 2 && first.mean == -0.25 && signbit(first.quantile[3]), "the median is -0");

    double none[] = { INFINITY, NAN, -INFINITY, NAN };
    ga_distribution_make(&d, none, 4);
    ASSERT(d.n == 4 && d.nan == 2 && d.minus_infinite == 1 && d.plus_infinite == 1);
    ASSERT(isnan(d.min) && isnan(d.max) && isnan(d.mean) && isnan(d.std) && isnan(d.kurtosis));
    for (size_t q = 0; q < GA_QUANTILES; q++)
        ASSERT(isnan(d.quantile[q]));

    const double ends[] = { -DBL_MAX, -DBL_MAX / 4, -1, DBL_MAX / 4, DBL_MAX }, point[] = { 7, 7, 8, NAN };
    size_t count[4] = { 0 };
    ga_distribution_bins(count, 4, -DBL_MAX, DBL_MAX, ends, 5);
    ASSERT(count[0] == 1 && count[1] == 1 && count[2] == 2 && count[3] == 1, "a range beyond that of binary64");
    ga_distribution_bins(count, 4, 7, 7, point, 4);
    ASSERT(count[0] == 1 && count[1] == 1 && count[2] == 2 && count[3] == 3, "a range that is one point");
}

/* By plain loops in double, compared with a relative tolerance that no wrong layer, image or order would meet. */
static void
values_of_layers(void)
{
    static const size_t sizes[] = { 20, 6, 5, 3 };
    static const ga_activation hidden[] = { GA_TANH, GA_RELU };
    enum { FIRST = 250, LAST = 261 };
    uint64_t state = test_seed();
    ga_model *m = network_new(GA_F64, 3, sizes, hidden, 2, &state);
    ga_dataset *ds = network_images(m, 300, &state);
    double *z[3], *a[2], *w;
    size_t n;
    for (size_t l = 0; l < 3; l++) {
        ASSERT(ga_layer_values(&w, &n, GA_WEIGHTS, l, m, NULL, (ga_range){ 0, 0 }, 1, NULL) == GA_OK);
        ASSERT(n == sizes[l] * sizes[l + 1]);
        for (size_t i = 0; i < n; i++)
            ASSERT(w[i] == ga_model_get(m, m->layer[l].weight, i));
        free(w);
        ASSERT(ga_layer_values(&z[l], &n, GA_PREACTIVATIONS, l, m, ds, (ga_range){ FIRST, LAST }, 2, NULL) == GA_OK);
        ASSERT(n == (LAST - FIRST + 1) * sizes[l + 1]);
        if (l < 2)
            ASSERT(ga_layer_values(&a[l], &n, GA_ACTIVATIONS, l, m, ds, (ga_range){ FIRST, LAST }, 2, NULL) == GA_OK);
    }
    for (size_t i = FIRST; i <= LAST; i++) {
        double x[20], next[20];
        ga_dataset_image(x, ds, i, GA_F64);
        for (size_t l = 0; l < 3; l++) {
            for (size_t j = 0; j < sizes[l + 1]; j++) {
                const size_t at = (i - FIRST) * sizes[l + 1] + j;
                next[j] = ga_model_get(m, m->layer[l].bias, j);
                for (size_t k = 0; k < sizes[l]; k++)
                    next[j] += ga_model_get(m, m->layer[l].weight, j * sizes[l] + k) * x[k];
                ASSERT(fabs(z[l][at] - next[j]) < 1e-12, "z of layer %zu, image %zu, unit %zu", l, i, j);
                next[j] = l == 0 ? tanh(next[j]) : fmax(next[j], 0);
                if (l < 2)
                    ASSERT(fabs(a[l][at] - next[j]) < 1e-12, "a of layer %zu, image %zu, unit %zu", l, i, j);
            }
            memcpy(x, next, sizeof next);
        }
    }
    ASSERT(ga_layer_values(&w, &n, GA_ACTIVATIONS, 2, m, ds, (ga_range){ 0, 0 }, 1, NULL) == GA_USAGE && w == NULL);
    ASSERT(ga_layer_values(&w, &n, GA_PREACTIVATIONS, 3, m, ds, (ga_range){ 0, 0 }, 1, NULL) == GA_USAGE && w == NULL);
    for (size_t l = 0; l < 3; l++) {
        free(z[l]);
        if (l < 2)
            free(a[l]);
    }
    ga_model_free(m);
    ga_dataset_free(ds);
}

TEST_MAIN("distribution", TEST(moments_by_hand), TEST(moments_of_many), TEST(quantiles_by_hand), TEST(bins_by_hand),
          TEST(not_finite),
          TEST(values_of_layers))
