/* SPDX-License-Identifier: Apache-2.0 */
/* test_sign_filter.c -- signs that the filter proves are those of the ball reference, which shares no bound with it; if the truth
   is 0, or drowned by rounding in double, it proves nothing. */
#include <math.h>
#include <string.h>

#include "exact/reference.h"
#include "exact/sign_filter.h"
#include "networks.h"
#include "num/mpfr_vec.h"
#include "shipped.h"

enum { ROWS = 48 };

/* The images' exact input values, in the model's type. */
static double *
inputs_of(const ga_model *m, const ga_dataset *ds, size_t first)
{
    const size_t n = ga_model_inputs(m);
    double *x = malloc(ROWS * n * sizeof *x);
    for (size_t i = 0; i < ROWS; i++)
        ga_dataset_image(x + i * n, ds, first + i, m->dtype);
    return x;
}

/* Compares all that the filter decides with the reference; returns how many images it decided. */
static size_t
compare(const ga_model *m, const ga_dataset *ds, size_t first, double gain, double logit_scale)
{
    const size_t n = ga_model_inputs(m);
    ga_estimator e = network_estimator("exact", GA_NAIVE, GA_PRODUCT_DEFAULT);
    e.gain = (float)gain;
    e.logit_scale = (float)logit_scale;
    double *x = inputs_of(m, ds, first);
    ga_truth *got = malloc(ROWS * n * sizeof *got), *want = malloc(n * sizeof *want);
    bool decided[ROWS];
    sign_filter *f = sign_filter_new(m, &e, ROWS);
    void *balls = engine_reference.open(&(engine_key){ m, e, ROWS, false, true }, NULL);
    size_t count = 0;
    engine_reference.set_rows(balls, ROWS, 0, ROWS);
    for (size_t i = 0; i < ROWS; i++)
        engine_reference.set_image(balls, i, x + i * n, ds->label[first + i]);
    engine_reference.forward(balls);
    engine_reference.backward(balls);
    memset(got, 0x5a, ROWS * n * sizeof *got);
    sign_filter_run(decided, got, f, x, ds->label + first, ROWS);
    for (size_t i = 0; i < ROWS; i++) {
        size_t kinks;
        long bits;
        engine_reference.truth(want, &kinks, &bits, balls, i);
        for (size_t j = 0; j < n && decided[i]; j++)
            ASSERT(got[i * n + j].state == want[j].state && got[i * n + j].sign == want[j].sign,
                   "image %zu, element %zu, gain %g: %d", first + i, j, gain, got[i * n + j].sign);
        ASSERT(!decided[i] || kinks == 0);
        count += decided[i];
    }
    engine_reference.close(balls);
    sign_filter_free(f);
    free(got);
    free(want);
    free(x);
    return count;
}

static void
random_networks(void)
{
    static const size_t sizes[] = { 40, 24, 16, 5 };
    static const double gains[] = { 1e-6, 0.01, 1, 30 };
    uint64_t state = test_seed();
    size_t decided = 0, all = 0;
    for (size_t round = 0; round < 24; round++) {
        const ga_activation f = round % 2 == 0 ? GA_SIGMOID : GA_RELU;
        const ga_activation hidden[] = { f, round % 3 == 0 ? GA_SIGMOID : f };
        ga_model *m = network_new(GA_F32, 3, sizes, hidden, ldexp(1, (int)(round % 6) * 3), &state);
        for (size_t i = 0; i < m->layer[0].n_out && round % 4 < 2; i++) /* a pixel that is not looked at */
            ga_model_set(m, m->layer[0].weight, i * m->layer[0].n_in + 7, 0);
        ga_dataset *ds = network_images(m, ROWS, &state);
        for (size_t g = 0; g < 4; g++) {
            decided += compare(m, ds, 0, gains[g], gains[3 - g]);
            all += ROWS;
        }
        ga_model_free(m);
        ga_dataset_free(ds);
    }
    ASSERT(decided > all * 3 / 4, "%zu of %zu", decided, all);
}

static void
shipped_networks(void)
{
    static const char *const names[] = { "saturated-sigmoid", "vanilla-sigmoid", "saturated-relu" };
    static const double scales[] = { 1e-6, 1, 10 };
    ga_dataset *ds = shipped_images(300);
    size_t decided = 0;
    for (size_t k = 0; k < 3; k++) {
        ga_model *m = shipped_model(names[k]);
        for (size_t s = 0; s < 3; s++)
            decided += compare(m, ds, 100 * s, k < 2 ? scales[s] : 1, k < 2 ? 1 : scales[s]);
        ga_model_free(m);
    }
    ASSERT(decided > 9 * ROWS * 9 / 10, "%zu", decided);
    ga_dataset_free(ds);
}

/* Three equal hidden units whose weights to each class add up to 0: every true element is 0, every computed one noise. */
static void
noise_is_not_decided(void)
{
    enum { TRIPLES = 8 };
    static const size_t sizes[] = { 30, 3 * TRIPLES, 4 };
    uint64_t state = test_seed();
    size_t noisy = 0;
    for (size_t round = 0; round < 40; round++) {
        const ga_activation hidden[] = { round % 2 == 0 ? GA_SIGMOID : GA_RELU };
        ga_model *m = network_new(GA_F32, 2, sizes, hidden, 1 << round % 8, &state);
        const ga_layer *first = m->layer, *second = m->layer + 1;
        for (size_t t = 0; t < TRIPLES; t++) {
            for (size_t j = 0; j < first->n_in; j++)
                for (size_t k = 1; k < 3; k++)
                    ga_model_set(m, first->weight, (3 * t + k) * first->n_in + j,
                                 ga_model_get(m, first->weight, 3 * t * first->n_in + j));
            for (size_t k = 1; k < 3; k++)
                ga_model_set(m, first->bias, 3 * t + k, ga_model_get(m, first->bias, 3 * t));
            for (size_t c = 0; c < second->n_out; c++) {
                const double a = ldexp((double)(test_random(&state) % 1023 + 1), -9);
                const double b = ldexp((double)(test_random(&state) % 1023), -12);
                const double w[] = { a, b, -(a + b) };
                for (size_t k = 0; k < 3; k++)
                    ga_model_set(m, second->weight, c * second->n_in + 3 * t + k, w[k]);
            }
        }
        ga_dataset *ds = network_images(m, ROWS, &state);
        ga_estimator e = network_estimator("exact", GA_NAIVE, GA_PRODUCT_DEFAULT);
        ga_estimator d = network_estimator("double", GA_REWRITE, GA_BLAS);
        double *x = inputs_of(m, ds, 0);
        const size_t n = ga_model_inputs(m);
        ga_truth *truth = malloc(ROWS * n * sizeof *truth);
        ga_number *g = malloc(n * sizeof *g);
        bool decided[ROWS];
        sign_filter *f = sign_filter_new(m, &e, ROWS);
        void *engine = engine_f64.open(&(engine_key){ m, d, ROWS, false, true }, NULL);
        engine_f64.set_rows(engine, ROWS, 0, ROWS);
        for (size_t i = 0; i < ROWS; i++)
            engine_f64.set_image(engine, i, x + i * n, ds->label[i]);
        engine_f64.forward(engine);
        engine_f64.backward(engine);
        sign_filter_run(decided, truth, f, x, ds->label, ROWS);
        for (size_t i = 0; i < ROWS; i++) {
            engine_f64.gradient(g, engine, i);
            for (size_t j = 0; j < n; j++)
                noisy += g[j].klass != GA_ZERO;
            ASSERT(!decided[i], "round %zu, image %zu", round, i);
        }
        engine_f64.close(engine);
        sign_filter_free(f);
        free(truth);
        free(g);
        free(x);
        ga_dataset_free(ds);
        ga_model_free(m);
    }
    ASSERT(noisy > 1000, "%zu", noisy);
}

/* Nothing is decided of images of one grey each. */
static void
check_greys_undecided(const ga_model *m, size_t round, uint64_t *state)
{
    const size_t n = ga_model_inputs(m);
    ga_dataset *ds = network_images(m, ROWS, state);
    for (size_t i = 0; i < ROWS; i++)
        memset(ds->pixel + i * n, (int)(3 + 5 * i), n);
    const ga_estimator e = network_estimator("exact", GA_NAIVE, GA_PRODUCT_DEFAULT);
    double *x = inputs_of(m, ds, 0);
    ga_truth *truth = malloc(ROWS * n * sizeof *truth);
    bool decided[ROWS];
    sign_filter *f = sign_filter_new(m, &e, ROWS);
    sign_filter_run(decided, truth, f, x, ds->label, ROWS);
    for (size_t i = 0; i < ROWS; i++)
        ASSERT(!decided[i], "round %zu, image %zu", round, i);
    sign_filter_free(f);
    free(truth);
    free(x);
    ga_dataset_free(ds);
}

/* Images of one grey; a pair of hidden units has the same weights in another order, but for pixel 0, and opposite weights to each
   class: the element of pixel 0 is truly 0, and computed from pre-activations that differ by their rounding. */
static void
noise_of_arguments_is_not_decided(void)
{
    enum { PAIRS = 10, N_IN = 64 };
    static const size_t sizes[] = { N_IN, 2 * PAIRS, 3 };
    static const ga_activation hidden[] = { GA_SIGMOID };
    uint64_t state = test_seed();
    for (size_t round = 0; round < 40; round++) {
        ga_model *m = network_new(GA_F32, 2, sizes, hidden, ldexp(1, 4 + (int)(round % 10)), &state);
        const ga_layer *first = m->layer, *second = m->layer + 1;
        for (size_t p = 0; p < PAIRS; p++) {
            for (size_t j = 0; j < N_IN; j++)
                ga_model_set(m, first->weight, (2 * p + 1) * N_IN + j,
                             ga_model_get(m, first->weight, 2 * p * N_IN + (j == 0 ? 0 : N_IN - j)));
            ga_model_set(m, first->bias, 2 * p + 1, ga_model_get(m, first->bias, 2 * p));
            for (size_t c = 0; c < second->n_out; c++)
                ga_model_set(m, second->weight, c * second->n_in + 2 * p + 1,
                             -ga_model_get(m, second->weight, c * second->n_in + 2 * p));
        }
        check_greys_undecided(m, round, &state);
        ga_model_free(m);
    }
}

/* On images of one grey a unit's weights add up to 0, as its pre-activation does: a kink, whatever rounding makes of it. */
static void
kink_is_not_decided(void)
{
    enum { N_IN = 30 };
    static const size_t sizes[] = { N_IN, 6, 3 };
    static const ga_activation hidden[] = { GA_RELU };
    uint64_t state = test_seed();
    for (size_t round = 0; round < 10; round++) {
        ga_model *m = network_new(GA_F32, 2, sizes, hidden, 1, &state);
        const ga_layer *first = m->layer;
        for (size_t j = 0; j < N_IN; j += 3) {
            const double a = ldexp((double)(test_random(&state) % 1023 + 1), -9);
            const double b = ldexp((double)(test_random(&state) % 1023), -12), w[] = { a, b, -(a + b) };
            for (size_t k = 0; k < 3; k++)
                ga_model_set(m, first->weight, j + k, w[k]);
        }
        ga_model_set(m, first->bias, 0, 0);
        check_greys_undecided(m, round, &state);
        ga_model_free(m);
    }
}

/* Two hidden units whose pre-activations are 1 + 2^-14 and 1: the first is a sum with 2^40 - 2^40, whose order may round it to 1.
   To the last pixel's element the two contribute sigma'(1 + 2^-14) - (1 - 2^-16) sigma'(1), below 0: |(log sigma')'(1)| > 0.46, so
   that the first is smaller by more than 2^-15.2 of itself. Taken for sigma'(1), it makes the difference positive. */
static void
noise_of_derivatives_is_not_decided(void)
{
    enum { INPUTS = 48, ROUNDS = 24 };
    static const size_t sizes[] = { INPUTS, 2, 2 };
    static const ga_activation sigmoid[] = { GA_SIGMOID };
    static const double sum[] = { 0x1p40, -0x1p40, 1 + 0x1p-14 };
    uint64_t state = test_seed();
    for (size_t round = 0; round < ROUNDS; round++) {
        ga_model *m = network_new(GA_F32, 2, sizes, sigmoid, 1, &state);
        ga_dataset *ds = network_images(m, ROWS, &state);
        const ga_layer *hidden = m->layer, *out = m->layer + 1;
        memset(ds->pixel, 255, ROWS * INPUTS);
        for (size_t i = 0; i < ROWS; i++)
            ds->pixel[i * INPUTS + INPUTS - 1] = 0;
        for (size_t k = 0; k < 2 * INPUTS; k++)
            ga_model_set(m, hidden->weight, k, 0);
        for (size_t k = 0; k < 3; k++) /* in any order */
            ga_model_set(m, hidden->weight, (round + k * (round % 2 ? 15 : 7)) % (INPUTS - 1), sum[(k + round / 2) % 3]);
        ga_model_set(m, hidden->weight, INPUTS - 1, 1);
        ga_model_set(m, hidden->weight, 2 * INPUTS - 1, -(1 - 0x1p-16));
        ga_model_set(m, hidden->bias, 0, 0);
        ga_model_set(m, hidden->bias, 1, 1);
        for (size_t k = 0; k < 4; k++)
            ga_model_set(m, out->weight, k, k < 2 ? 0x1p-20 : 0); /* small: so is their noise in the logits */
        compare(m, ds, 0, 1, 1);
        ga_model_free(m);
        ga_dataset_free(ds);
    }
}

static void
refused(void)
{
    static const size_t sizes[] = { 4, 3, 2 };
    static const ga_activation sigmoid[] = { GA_SIGMOID }, tanh_too[] = { GA_TANH };
    uint64_t state = test_seed();
    ga_estimator e = network_estimator("exact", GA_NAIVE, GA_PRODUCT_DEFAULT);
    ga_model *f32 = network_new(GA_F32, 2, sizes, sigmoid, 1, &state), *f64 = network_new(GA_F64, 2, sizes, sigmoid, 1, &state);
    ga_model *other = network_new(GA_F32, 2, sizes, tanh_too, 1, &state);
    sign_filter *f = sign_filter_new(f32, &e, 1);
    ASSERT(f != NULL && sign_filter_new(f64, &e, 1) == NULL && sign_filter_new(other, &e, 1) == NULL);
    e.loss = GA_MARGIN;
    ASSERT(sign_filter_new(f32, &e, 1) == NULL);
    sign_filter_free(f);
    ga_model_free(f32);
    ga_model_free(f64);
    ga_model_free(other);
}

TEST_MAIN("sign_filter", TEST(random_networks), TEST(shipped_networks), TEST(noise_is_not_decided),
          TEST(noise_of_arguments_is_not_decided), TEST(noise_of_derivatives_is_not_decided),
          TEST(kink_is_not_decided), TEST(refused))
