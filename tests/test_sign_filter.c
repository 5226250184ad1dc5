/* SPDX-License-Identifier: Apache-2.0 */
/* test_sign_filter.c -- signs that the filter proves are those of the ball reference, which shares no bound with it; if the truth
   is 0, or drowned by rounding in double, it proves nothing; and it declines what has no bounds. */
#include <math.h>
#include <string.h>

#include "exact/bound.h"
#include "exact/reference.h"
#include "exact/sign_filter.h"
#include "model/model.h"
#include "networks.h"
#include "graphs.h"
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
compare_of(const ga_model *m, const ga_dataset *ds, size_t first, ga_loss loss, double gain, double logit_scale)
{
    const size_t n = ga_model_inputs(m);
    ga_estimator e = network_estimator("exact", GA_NAIVE, GA_PRODUCT_DEFAULT);
    e.loss = loss;
    e.gain = (float)gain;
    e.logit_scale = (float)logit_scale;
    double *x = inputs_of(m, ds, first);
    ga_truth *got = malloc(ROWS * n * sizeof *got), *want = malloc(n * sizeof *want);
    bool decided[ROWS];
    sign_filter *f = sign_filter_new(m, &e, ROWS);
    void *balls = engine_reference.open(&(engine_key){ m, e, ROWS, false, true, false }, NULL);
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

static size_t
compare(const ga_model *m, const ga_dataset *ds, size_t first, double gain, double logit_scale)
{
    return compare_of(m, ds, first, GA_CROSS_ENTROPY, gain, logit_scale);
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

/* Three equal hidden units whose weights to each class add up to 0: every true element is 0, every computed one noise; also that of
   one more layer below. */
static void
noise_is_not_decided(void)
{
    enum { TRIPLES = 8 };
    static const size_t sizes[] = { 30, 20, 3 * TRIPLES, 4 }, one_less[] = { 30, 3 * TRIPLES, 4 };
    uint64_t state = test_seed();
    size_t noisy = 0;
    for (size_t round = 0; round < 40; round++) {
        const size_t below = round % 4 / 2;
        const ga_activation kind = round % 2 == 0 ? GA_SIGMOID : GA_RELU, hidden[] = { kind, kind };
        ga_model *m = network_new(GA_F32, 2 + below, below ? sizes : one_less, hidden, 1 << round % 8, &state);
        const ga_layer *first = m->layer + below, *second = first + 1;
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
        void *engine = engine_f64.open(&(engine_key){ m, d, ROWS, false, true, false }, NULL);
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
            for (size_t j = 0; j < n && decided[i]; j++) /* all units are off, and all else is 0 */
                ASSERT(truth[i * n + j].state == GA_TRUE_ZERO && g[j].klass == GA_ZERO, "round %zu, image %zu", round, i);
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
    ga_estimator e = network_estimator("exact", GA_NAIVE, GA_PRODUCT_DEFAULT);
    e.gain = round % 2 == 0 ? 1 : 0.7f;
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
        memset(ds->pixel, 0, ROWS * INPUTS); /* all but three are 0, or the sum's bound would be too wide to decide anything */
        for (size_t k = 0; k < 2 * INPUTS; k++)
            ga_model_set(m, hidden->weight, k, 0);
        for (size_t k = 0; k < 3; k++) { /* in any order */
            const size_t at = (round + k * (round % 2 ? 15 : 7)) % (INPUTS - 1);
            ga_model_set(m, hidden->weight, at, sum[(k + round / 2) % 3]);
            for (size_t i = 0; i < ROWS; i++)
                ds->pixel[i * INPUTS + at] = 255;
        }
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

/* ---- graphs -------------------------------------------------------------------------------------------------------- */

static graph_operand
affine(ga_graph *g, graph_operand x, size_t n_in, size_t n_out, double scale, uint64_t *state)
{
    const graph_operand w = graph_random_parameter(g, n_out, n_in, scale / sqrt((double)n_in), state);
    return graph_node_of(g, OP_affine, x, w, graph_random_parameter(g, 1, n_out, scale / 4, state), NULL);
}

static graph_operand
sum(ga_graph *g, graph_operand a, graph_operand b)
{
    return graph_node_of(g, OP_add, a, b, graph_input, NULL);
}

static graph_operand
leaky(ga_graph *g, graph_operand z, double slope)
{
    return graph_node_of(g, OP_leaky_relu, z, graph_constant(g, slope), graph_input, NULL);
}

static ga_graph *
graph_begin(size_t n)
{
    return graph_new(GA_F32, &(op_shape){ 1, { n } });
}

static ga_model *
graph_end(ga_graph *g, graph_operand x, size_t n, uint64_t *state)
{
    affine(g, x, n, 5, 1, state);
    return model_of_graph(g, NULL);
}

enum { N_IN = 24, WIDE = 16, GREYS = 64 };

/* Blocks whose input is added to what they make of it: of sigmoids, ReLUs, and leaky ReLUs with slopes of all sizes. */
static ga_model *
residual_network(size_t round, uint64_t *state)
{
    static const double slopes[] = { 0x1.99999ap-4, 0x1p-130, -0.5, 0, 100 };
    const double scale = ldexp(1, (int)(round % 5) * 2);
    ga_graph *g = graph_begin(N_IN);
    graph_operand x = affine(g, sum(g, graph_input, affine(g, graph_input, N_IN, N_IN, 1, state)), N_IN, WIDE, 1, state);
    x = sum(g, graph_unary(g, OP_sigmoid, affine(g, x, WIDE, WIDE, scale, state)), x);
    x = sum(g, x, graph_unary(g, OP_relu, affine(g, x, WIDE, WIDE, scale, state)));
    x = sum(g, leaky(g, affine(g, x, WIDE, WIDE, 1, state), slopes[round % 5]), graph_unary(g, OP_identity, x));
    return graph_end(g, x, WIDE, state);
}

/* f(A x) + sigma(B x), or the other way around: gradients whose exponents differ by thousands if B is large. */
static ga_model *
branches(bool turned, op_id f, double of_f, double of_sigmoid, uint64_t *state)
{
    ga_graph *g = graph_begin(N_IN);
    const graph_operand a = affine(g, graph_input, N_IN, WIDE, turned ? of_sigmoid : of_f, state);
    const graph_operand b = affine(g, graph_input, N_IN, WIDE, turned ? of_f : of_sigmoid, state);
    const graph_operand first = graph_unary(g, turned ? OP_sigmoid : f, a), second = graph_unary(g, turned ? f : OP_sigmoid, b);
    return graph_end(g, sum(g, first, second), WIDE, state);
}

static size_t
compare_graph(ga_model *m, double gain, double logit_scale, uint64_t *state)
{
    ga_dataset *ds = network_images(m, ROWS, state);
    const size_t decided = compare(m, ds, 0, gain, logit_scale);
    ga_dataset_free(ds);
    ga_model_free(m);
    return decided;
}

static void
graphs_with_bounds(void)
{
    static const double gains[] = { 1, 0.01, 30 };
    uint64_t state = test_seed();
    size_t decided = 0;
    enum { ROUNDS = 30 };
    for (size_t round = 0; round < ROUNDS; round++) {
        decided += compare_graph(residual_network(round, &state), gains[round % 3], gains[(round + 1) % 3], &state);
        const double scale = ldexp(1, (int)(round % 10)); /* exponents apart from 0 to about 1000 */
        decided += compare_graph(branches(round % 2, OP_sigmoid, 1, scale, &state), 1, 1, &state);
    }
    ASSERT(decided > 2 * ROUNDS * ROWS * 9 / 10, "%zu of %d", decided, 2 * ROUNDS * ROWS);
}

/* Gradients whose exponents are thousands apart: the larger is the sum. But a branch of ReLUs that are off, to which nothing flows
   back, has no say in its exponent. */
static void
branches_apart(void)
{
    uint64_t state = test_seed();
    for (int turned = 0; turned < 2; turned++) {
        size_t decided = compare_graph(branches(turned, OP_sigmoid, 1, 0x1p14, &state), 1, 1, &state);
        ASSERT(decided > ROWS * 9 / 10, "%zu", decided);
        ga_model *m = branches(turned, OP_relu, 1, 0x1p14, &state);
        for (size_t k = 0; k < WIDE; k++)
            dtype_set(GA_F32, m->graph->parameter[turned ? 3 : 1].exact, k, -100);
        decided = compare_graph(m, 1, 1, &state);
        ASSERT(decided == ROWS, "%zu", decided);
    }
}

/* A branch far above the other does not look at a pixel, for which the other is all: too far below to be seen, and not 0. */
static void
what_is_dropped_is_not_zero(void)
{
    uint64_t state = test_seed();
    for (int turned = 0; turned < 2; turned++) {
        ga_model *m = branches(turned, OP_sigmoid, 1, 0x1p18, &state);
        for (size_t k = 0; k < WIDE; k++)
            dtype_set(GA_F32, m->graph->parameter[turned ? 2 : 0].exact, k * N_IN + 7, 0);
        const size_t decided = compare_graph(m, 1, 1, &state);
        ASSERT(decided < ROWS / 2, "%zu", decided); /* not all units are that far down */
    }
}

/* Two branches: the gradient through the one is truly 0, as its units come in equal triples whose weights add up to 0; computed it
   is noise, and far above that through the other, whose weights are small. */
static void
noise_of_sums_is_not_decided(void)
{
    enum { TRIPLES = 8, UNITS = 3 * TRIPLES };
    uint64_t state = test_seed();
    for (size_t round = 0; round < 20; round++) {
        ga_graph *g = graph_begin(N_IN);
        graph_operand branch[2];
        for (size_t k = 0; k < 2; k++) {
            const bool noisy = k == round % 2;
            branch[k] = graph_unary(g, OP_sigmoid, affine(g, graph_input, N_IN, UNITS, noisy ? 8 : 0x1p-60, &state));
            for (size_t j = 0; j < UNITS * N_IN && noisy; j++)
                dtype_set(GA_F32, g->parameter[2 * k].exact, j,
                          dtype_get(GA_F32, g->parameter[2 * k].exact, j / N_IN / 3 * 3 * N_IN + j % N_IN));
            for (size_t j = 0; j < UNITS && noisy; j++)
                dtype_set(GA_F32, g->parameter[2 * k + 1].exact, j, dtype_get(GA_F32, g->parameter[2 * k + 1].exact, j / 3 * 3));
        }
        ga_model *m = graph_end(g, round % 4 < 2 ? sum(g, branch[0], branch[1]) : sum(g, branch[1], branch[0]), UNITS, &state);
        for (size_t c = 0; c < 5 * TRIPLES; c++) {
            const double a = ldexp((double)(test_random(&state) % 1023 + 1), -9);
            const double b = ldexp((double)(test_random(&state) % 1023), -12), w[] = { a, b, -(a + b) };
            for (size_t k = 0; k < 3; k++)
                dtype_set(GA_F32, m->graph->parameter[4].exact, 3 * c + k, w[k]);
        }
        const size_t decided = compare_graph(m, 1, 1, &state);
        ASSERT(decided == 0, "round %zu: %zu", round, decided);
    }
}

/* Sets GREYS weights to pairs of a number and its negative, in an order of each of two units, of which none has the same number at
   the same place: on images of one grey they add up to 0. */
static void
set_pairs(const ga_graph *g, size_t parameter, size_t at, size_t unit, uint64_t seed)
{
    const size_t step = 5 + 28 * unit + 2 * (size_t)seed;
    for (size_t k = 0; k < GREYS; k += 2) {
        const double a = (float)ldexp(network_uniform(&seed), (int)(test_random(&seed) % 20));
        dtype_set(g->dtype, g->parameter[parameter].exact, at + (k * step + unit) % GREYS, a);
        dtype_set(g->dtype, g->parameter[parameter].exact, at + ((k + 1) * step + unit) % GREYS, -a);
    }
}

/* What passes numbers on, each from one: it moves them, is linear in them, or a function. */
typedef enum { PASS_VIEW, PASS_CONCAT, PASS_MUL, PASS_ADD, PASS_DIV, PASS_NORM, PASS_SUM, PASS_LARGEST, PASS_CONV, PASS_CLIP,
               PASS_SIGMOID, PASS_TANH, PASS_SMOOTH, N_PASSES = PASS_SMOOTH + N_SMOOTH } passing;
#define SMOOTH(f, ...) OP_##f,
static const op_id smooth_operation[N_SMOOTH] = {
#include "num/smooth.def"
};
#undef SMOOTH

/* n numbers, an even count. */
static graph_operand
pass_on(ga_graph *g, graph_operand x, size_t n, passing kind, uint64_t *state)
{
    const op_shape row = { 3, { 1, 1, n } };
    const op_attributes turned = { .from = row, .to = row, .axis = { 0, 1, 2 }, .first = { 0, 0, (ptrdiff_t)n - 1 },
                                   .step = { 1, 1, -1 } };
    const op_attributes halves = { .from = { 1, { n / 2 } }, .to = { 1, { n } } };
    const op_attributes window = { .kernel = { 1, 1 }, .stride = { 1, 1 } };
    op_attributes half = { .from = { 1, { n } }, .to = { 1, { n / 2 } }, .step = { 1 } };
    const graph_operand view = kind == PASS_SUM || kind == PASS_LARGEST || kind == PASS_CONV || kind == PASS_VIEW
        ? graph_node_of(g, OP_view, x, graph_input, graph_input, &turned) : x;
    graph_operand first, last;
    if (kind >= PASS_SMOOTH)
        return graph_unary(g, smooth_operation[kind - PASS_SMOOTH], x);
    switch (kind) {
    case PASS_CONCAT:
        first = graph_node_of(g, OP_view, x, graph_input, graph_input, &half);
        half.first[0] = (ptrdiff_t)n / 2;
        last = graph_node_of(g, OP_view, x, graph_input, graph_input, &half);
        return graph_node_of(g, OP_concat, last, first, graph_input, &halves);
    case PASS_MUL: return graph_node_of(g, OP_constant_mul, x, graph_constant(g, 3), graph_input, NULL);
    case PASS_ADD: return graph_node_of(g, OP_constant_add, x, graph_constant(g, 0.7f), graph_input, NULL);
    case PASS_DIV: return graph_node_of(g, OP_constant_div, x, graph_constant(g, -0.3f), graph_input, NULL);
    case PASS_NORM: return graph_batch_norm(g, x, 1, state);
    case PASS_SUM: return graph_node_of(g, OP_sum_pool, view, graph_input, graph_input, &window);
    case PASS_LARGEST: return graph_node_of(g, OP_max_pool, view, graph_input, graph_input, &window);
    case PASS_CONV: return graph_conv2d(g, view, 1, 1, &window, state);
    case PASS_CLIP: return graph_node_of(g, OP_clip, x, graph_constant(g, -2000), graph_constant(g, 2000), NULL);
    case PASS_SIGMOID: return graph_unary(g, OP_sigmoid, x);
    case PASS_TANH: return graph_unary(g, OP_tanh, x);
    default: return view;
    }
}

/* Of how many images anything is decided, where balls would take long to say that nothing can be. */
static size_t
decided_alone(ga_model *m, uint64_t *state)
{
    const ga_estimator e = network_estimator("exact", GA_NAIVE, GA_PRODUCT_DEFAULT);
    ga_dataset *ds = network_images(m, ROWS, state);
    double *x = inputs_of(m, ds, 0);
    ga_truth *truth = malloc(ROWS * ga_model_inputs(m) * sizeof *truth);
    bool decided[ROWS];
    size_t n = 0;
    sign_filter *f = sign_filter_new(m, &e, ROWS);
    sign_filter_run(decided, truth, f, x, ds->label, ROWS);
    for (size_t i = 0; i < ROWS; i++)
        n += decided[i];
    sign_filter_free(f);
    free(truth);
    free(x);
    ga_dataset_free(ds);
    ga_model_free(m);
    return n;
}

/* As `branches`, of which the farther is of what is passed on: gradients too come with their units. */
static void
units_are_passed_on(void)
{
    uint64_t state = test_seed();
    size_t decided = 0;
    for (passing kind = 0; kind < N_PASSES; kind++)
        for (int turned = 0; turned < 2; turned++) {
            ga_graph *g = graph_begin(N_IN);
            const graph_operand x = pass_on(g, graph_input, N_IN, kind, &state);
            const graph_operand far = graph_unary(g, OP_sigmoid, affine(g, x, N_IN, WIDE, 256, &state));
            const graph_operand near = graph_unary(g, OP_sigmoid, affine(g, graph_input, N_IN, WIDE, 1, &state));
            decided += compare_graph(graph_end(g, turned ? sum(g, near, far) : sum(g, far, near), WIDE, &state), 1, 1, &state);
        }
    ASSERT(decided > 2 * N_PASSES * ROWS * 3 / 4, "%zu of %d", decided, 2 * N_PASSES * ROWS);
}

/* The gradient of what is passed on is truly 0, of equal triples of units whose weights add up to 0, and computed as noise. */
static void
noise_is_passed_on(void)
{
    enum { TRIPLES = 8, UNITS = 3 * TRIPLES };
    uint64_t state = test_seed();
    for (passing kind = 0; kind < N_PASSES; kind++) {
        ga_graph *g = graph_begin(N_IN);
        const graph_operand x = pass_on(g, graph_input, N_IN, kind, &state);
        const graph_operand z = affine(g, x, N_IN, UNITS, 8, &state);
        graph_parameter *const first = g->parameter + g->n_parameters - 2;
        for (size_t j = 0; j < UNITS * N_IN; j++)
            dtype_set(GA_F32, first->exact, j, dtype_get(GA_F32, first->exact, j / N_IN / 3 * 3 * N_IN + j % N_IN));
        for (size_t j = 0; j < UNITS; j++)
            dtype_set(GA_F32, first[1].exact, j, dtype_get(GA_F32, first[1].exact, j / 3 * 3));
        ga_model *m = graph_end(g, graph_unary(g, OP_sigmoid, z), UNITS, &state);
        const graph_parameter *const last = m->graph->parameter + m->graph->n_parameters - 2;
        for (size_t c = 0; c < 5 * TRIPLES; c++) {
            const double a = ldexp((double)(test_random(&state) % 1023 + 1), -9);
            const double b = ldexp((double)(test_random(&state) % 1023), -12), w[] = { a, b, -(a + b) };
            for (size_t k = 0; k < 3; k++)
                dtype_set(GA_F32, last->exact, 3 * c + k, w[k]);
        }
        const size_t decided = decided_alone(m, &state);
        ASSERT(decided == 0, "%d: %zu", (int)kind, decided);
    }
}

/* Two units whose arguments are truly their bias, the same, and computed with different noise: what a function makes of them is
   the argument of a ReLU, truly 0: a kink. */
static void
noise_of_functions_is_not_decided(void)
{
    uint64_t state = test_seed();
    for (size_t round = 0; round < 9 + 2 * N_PASSES; round++) {
        ga_graph *g = graph_begin(GREYS);
        const graph_operand z = affine(g, graph_input, GREYS, 2, 1, &state);
        for (size_t k = 0; k < 2; k++) {
            set_pairs(g, 0, k * GREYS, k, round % 10);
            dtype_set(GA_F32, g->parameter[1].exact, k, -0.5);
        }
        const graph_operand a = round >= 9       ? pass_on(g, z, 2, (passing)((round - 9) / 2), &state)
                                : round % 3 == 0 ? graph_unary(g, OP_sigmoid, z)
                                : round % 3 == 1 ? graph_unary(g, OP_identity, z)
                                                 : leaky(g, z, 0.25);
        const graph_operand difference = affine(g, a, 2, 1, 1, &state);
        const graph_parameter *const last = g->parameter + g->n_parameters - 1;
        dtype_set(GA_F32, last[-1].exact, 0, 1);
        dtype_set(GA_F32, last[-1].exact, 1, -1);
        dtype_set(GA_F32, last->exact, 0, 0);
        ga_model *m = graph_end(g, graph_unary(g, OP_relu, difference), 1, &state);
        check_greys_undecided(m, round, &state);
        ga_model_free(m);
    }
}

/* Two units whose arguments are truly the same, and computed with different noise, have opposite weights to all classes, and the
   same weight of one pixel, whose element is truly 0. */
static void
noise_of_slopes_is_not_decided(void)
{
    uint64_t state = test_seed();
    for (passing kind = PASS_SIGMOID; kind < N_PASSES; kind++)
        for (size_t round = 0; round < 2; round++) {
            ga_graph *g = graph_begin(GREYS + 1);
            const graph_operand z = affine(g, graph_input, GREYS + 1, 2, 0, &state);
            for (size_t k = 0; k < 2; k++) {
                set_pairs(g, 0, k * (GREYS + 1), k, round);
                dtype_set(GA_F32, g->parameter[0].exact, k * (GREYS + 1) + GREYS, 1);
                dtype_set(GA_F32, g->parameter[1].exact, k, -0.5);
            }
            ga_model *m = graph_end(g, pass_on(g, z, 2, kind, &state), 2, &state);
            for (size_t c = 0; c < 5; c++)
                dtype_set(GA_F32, m->graph->parameter[2].exact, 2 * c + 1, -dtype_get(GA_F32, m->graph->parameter[2].exact, 2 * c));
            check_greys_undecided(m, round, &state);
            ga_model_free(m);
        }
}

/* Two of three classes have the same logit, computed with different noise, and opposite weights to the last pixel, which is 0. */
static void
noise_of_logits_is_not_decided(void)
{
    uint64_t state = test_seed();
    for (size_t round = 0; round < 3; round++) {
        ga_graph *g = graph_begin(GREYS + 1);
        affine(g, graph_input, GREYS + 1, 3, 0, &state);
        for (size_t c = 1; c < 3; c++) {
            set_pairs(g, 0, c * (GREYS + 1), c - 1, round);
            dtype_set(GA_F32, g->parameter[0].exact, c * (GREYS + 1) + GREYS, c == 1 ? 1 : -1);
        }
        ga_model *m = model_of_graph(g, NULL);
        ga_dataset *ds = network_images(m, ROWS, &state);
        for (size_t i = 0; i < ROWS; i++) {
            memset(ds->pixel + i * (GREYS + 1), (int)(3 + 5 * i), GREYS);
            ds->pixel[i * (GREYS + 1) + GREYS] = 0;
            ds->label[i] = 0;
        }
        compare(m, ds, 0, 1, 1);
        ga_dataset_free(ds);
        ga_model_free(m);
    }
}

/* Elements computed as 0, because only a class has a say in them whose probability is far below the range of double. */
static void
computed_zeros_are_not_zero(void)
{
    uint64_t state = test_seed();
    for (int way = 0; way < 2; way++) {
        ga_graph *g = graph_begin(N_IN);
        affine(g, graph_unary(g, OP_sigmoid, graph_input), N_IN, 3, 1, &state);
        for (size_t k = 0; k < 2 * N_IN; k++)
            dtype_set(GA_F32, g->parameter[0].exact, k, 1);
        dtype_set(GA_F32, g->parameter[1].exact, 2, -3000);
        const size_t decided = compare_graph(model_of_graph(g, NULL), way == 0 ? 1 : 0.7, 1, &state);
        ASSERT(decided < ROWS / 2, "%zu", decided); /* not those with the label 2 */
    }
}

/* What a product of values makes is in units of its own, and only what is linear takes it. */
static void
units_are_not_taken_for_1(void)
{
    uint64_t state = test_seed();
    for (size_t taker = 0; taker < 4 + N_PASSES; taker++) {
        ga_graph *g = graph_begin(N_IN);
        const graph_operand z = affine(g, graph_input, N_IN, WIDE, 0x1p110, &state);
        const graph_operand near_1 = graph_unary(g, OP_sigmoid, affine(g, graph_input, N_IN, WIDE, 1, &state));
        const graph_operand all = sum(g, graph_node_of(g, OP_mul, z, near_1, graph_input, NULL), z);
        const graph_operand x = taker >= 4 ? pass_on(g, all, WIDE, (passing)(taker - 4), &state) : all;
        const op_id op = taker == 1 ? OP_sigmoid : OP_relu;
        const bool as_it_is = taker == 0 || taker >= 4;
        ga_model *m = taker == 3 ? model_of_graph(g, NULL) : graph_end(g, as_it_is ? x : graph_unary(g, op, x), WIDE, &state);
        const size_t decided = decided_alone(m, &state);
        ASSERT(decided == 0, "%zu: %zu", taker, decided);
    }
}

static void
check_declined(ga_model *m, const char *what)
{
    const ga_estimator e = network_estimator("exact", GA_NAIVE, GA_PRODUCT_DEFAULT);
    sign_filter *f = sign_filter_new(m, &e, 2);
    ASSERT(f == NULL, "%s", what);
    sign_filter_free(f);
    ga_model_free(m);
}

/* Every operation on its own and with others: what has bounds has those of the balls, and what has none is declined. */
static void
graphs_of_all_operations(void)
{
    uint64_t state = test_seed();
    size_t decided = 0, with = 0;
    for (size_t k = 0; k < N_GRAPHS; k++) {
        ga_model *m = model_of_graph(graphs[k].make(GA_F32, &state), NULL);
        bool has = true;
        for (size_t i = 0; i < m->graph->n_nodes; i++)
            has = has && op_bound_of(m->graph->node[i].op)->run != NULL;
        if (!has) {
            check_declined(m, graphs[k].name);
        } else if (graphs[k].loss == -1) {
            const size_t n = compare_graph(m, 1, 1, &state);
            decided += n;
            with++;
        } else {
            ga_model_free(m);
        }
    }
    ASSERT(with >= 10 && decided > with * ROWS / 2, "%zu of %zu graphs", decided, with);
}

/* Operands, exponents, sizes and leaves that bounds are not for. */
static void
graphs_without_bounds(void)
{
    uint64_t state = test_seed();
    ga_graph *g = graph_begin(N_IN);
    const graph_operand row = graph_random_parameter(g, 1, N_IN, 1, &state);
    const graph_operand of_row = affine(g, row, N_IN, WIDE, 1, &state);
    check_declined(graph_end(g, sum(g, affine(g, graph_input, N_IN, WIDE, 1, &state), of_row), WIDE, &state), "a constant");
    g = graph_begin(N_IN);
    const graph_operand other = graph_random_parameter(g, 1, N_IN, 1, &state);
    check_declined(graph_end(g, affine(g, other, N_IN, WIDE, 1, &state), WIDE, &state), "no gradient");
    g = graph_begin(1 << 20);
    check_declined(graph_end(g, affine(g, graph_input, 1 << 20, 1, 1, &state), 1, &state), "long sums");
    ga_model *m = branches(false, OP_sigmoid, 1, 1, &state);
    const program_options o = { .loss = GA_CROSS_ENTROPY, .gain = 1, .logit_scale = 1, .input = true };
    program *p = program_new(m->graph, &o);
    bound_tape *t = bound_tape_new(p, 2);
    ASSERT(t != NULL);
    bound_tape_free(t);
    for (size_t k = 0; k < p->n; k++) {
        instruction *const i = p->code + k, before = *i;
        if (i->op == OP_mul) { /* a derivative is its second operand, */
            i->in[0] = before.in[1];
            i->in[1] = before.in[0];
        } else if (i->op == OP_add && k < p->n_forward) /* and nobody else's */
            i->in[1] = p->code[program_maker(p, i->in[1])].out[1];
        else
            continue;
        t = bound_tape_new(p, 2);
        ASSERT(t == NULL, "instruction %zu", k);
        bound_tape_free(t);
        *i = before;
    }
    program_free(p);
    ga_model_free(m);
}

/* The largest logit but the label's; where two are truly equal, computed with different noise, nothing is decided. */
static void
margins(void)
{
    static const size_t sizes[] = { 40, 24, 5 };
    static const ga_activation hidden[] = { GA_TANH };
    uint64_t state = test_seed();
    size_t decided = 0;
    for (size_t round = 0; round < 4; round++) {
        ga_model *m = network_new(GA_F32, 2, sizes, hidden, ldexp(1, (int)round), &state);
        ga_dataset *ds = network_images(m, ROWS, &state);
        decided += compare_of(m, ds, 0, GA_MARGIN, 1, 1);
        ga_dataset_free(ds);
        ga_model_free(m);
    }
    ASSERT(decided > 4 * ROWS * 9 / 10, "%zu", decided);
    ga_graph *g = graph_begin(GREYS);
    affine(g, graph_input, GREYS, 3, 0, &state);
    for (size_t c = 1; c < 3; c++) {
        set_pairs(g, 0, c * GREYS, c - 1, 1);
        dtype_set(GA_F32, g->parameter[1].exact, c, 9);
    }
    ga_model *m = model_of_graph(g, NULL);
    ga_dataset *ds = network_images(m, ROWS, &state);
    for (size_t i = 0; i < ROWS; i++) {
        memset(ds->pixel + i * GREYS, (int)(3 + 5 * i), GREYS);
        ds->label[i] = 0;
    }
    decided = compare_of(m, ds, 0, GA_MARGIN, 1, 1);
    ASSERT(decided == 0, "%zu", decided);
    ga_dataset_free(ds);
    ga_model_free(m);
}

static void
refused(void)
{
    static const size_t sizes[] = { 4, 3, 2 };
    static const ga_activation sigmoid[] = { GA_SIGMOID };
    uint64_t state = test_seed();
    ga_estimator e = network_estimator("exact", GA_NAIVE, GA_PRODUCT_DEFAULT);
    ga_model *f32 = network_new(GA_F32, 2, sizes, sigmoid, 1, &state), *f64 = network_new(GA_F64, 2, sizes, sigmoid, 1, &state);
    sign_filter *f = sign_filter_new(f32, &e, 1);
    ASSERT(f != NULL && sign_filter_new(f64, &e, 1) == NULL);
    e.loss = GA_SQUARED_ERROR;
    ASSERT(sign_filter_new(f32, &e, 1) == NULL);
    sign_filter_free(f);
    ga_model_free(f32);
    ga_model_free(f64);
}

TEST_MAIN("sign_filter", TEST(random_networks), TEST(shipped_networks), TEST(noise_is_not_decided),
          TEST(noise_of_arguments_is_not_decided), TEST(noise_of_derivatives_is_not_decided),
          TEST(kink_is_not_decided), TEST(graphs_with_bounds), TEST(branches_apart), TEST(what_is_dropped_is_not_zero),
          TEST(noise_of_sums_is_not_decided), TEST(noise_of_functions_is_not_decided), TEST(noise_of_slopes_is_not_decided),
          TEST(noise_of_logits_is_not_decided),
          TEST(computed_zeros_are_not_zero), TEST(units_are_not_taken_for_1), TEST(units_are_passed_on), TEST(noise_is_passed_on),
          TEST(graphs_of_all_operations), TEST(margins), TEST(graphs_without_bounds), TEST(refused))
