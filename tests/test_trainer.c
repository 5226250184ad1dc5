/* SPDX-License-Identifier: Apache-2.0 */
/* test_trainer.c -- the parts of training: optimiser steps, dropout and shifts, the gain of the readout, and the gradients of
   penalty and gains against central differences in binary64. */
#include <string.h>

#include "core/train.h"

#include "networks.h"
#include "test.h"
#include "train/augment.h"
#include "train/optimiser.h"
#include "train/readout.h"
#include "train/trainer.h"

static const size_t sizes[] = { 12, 9, 7, 4 };
enum { LAYERS = 3, BATCH = 6 };

/* Ten steps of each optimiser on one weight against the formulas in binary64. */
static void
optimiser_steps(void)
{
    float w = 0.5f, m = 0, v = 0, u = 0.5f, mu = 0;
    double w64 = 0.5, m64 = 0, v64 = 0, u64 = 0.5, mu64 = 0;
    for (size_t t = 1; t <= 10; t++) {
        const float g = (float)(t % 3) - 0.75f;
        const optimiser_step step = { .lr = 0.01, .decay = 0.1, .scale = 0.25, .momentum = 0.9, .eps = 1e-8, .count = t };
        const double g64 = 0.25 * (double)g;
        optimiser_adam(&w, &m, &v, &g, 1, &step);
        optimiser_sgd(&u, &mu, &g, 1, &step);
        m64 = 0.9 * m64 + 0.1 * g64;
        v64 = 0.999 * v64 + 0.001 * g64 * g64;
        w64 -= 0.01 * 0.1 * w64 + 0.01 * (m64 / (1 - pow(0.9, (double)t))) / (sqrt(v64 / (1 - pow(0.999, (double)t))) + 1e-8);
        mu64 = 0.9 * mu64 + g64;
        u64 -= 0.01 * 0.1 * u64 + 0.01 * mu64;
        ASSERT(fabs((double)w - w64) < 2e-6 && fabs((double)u - u64) < 1e-6, "step %zu: %g %g, %g %g", t,
               (double)w, w64, (double)u, u64);
    }
}

/* Zeros with probability p, the rest scaled so that the mean stays. */
static void
dropout(void)
{
    enum { N = 100000 };
    static float a[N];
    random_stream random = random_start(test_seed(), 0);
    size_t zeros = 0;
    for (size_t i = 0; i < N; i++)
        a[i] = 3;
    augment_drop(a, N, 0.25, &random);
    for (size_t i = 0; i < N; i++) {
        ASSERT(a[i] == 0 || a[i] == 3 * (float)(1 / 0.75), "%g", (double)a[i]);
        zeros += a[i] == 0;
    }
    ASSERT(fabs((double)zeros - 0.25 * N) < 5 * sqrt(0.25 * 0.75 * N), "%zu zeros", zeros);
}

/* Shifts stay within bounds, reach them, and zeros come in. */
static void
shifts(void)
{
    uint8_t pixel[49] = { 0 };
    bool met[3][3] = { { false } };
    ga_dataset ds = { .n = 1, .rows = 7, .cols = 7, .pixel = pixel };
    random_stream random = random_start(test_seed(), 0);
    pixel[3 * 7 + 3] = 255;
    for (int i = 0; i < 400; i++) {
        float x[49];
        int lit = 0;
        memset(x, 0xff, sizeof x);
        augment_place(x, &ds, 0, 1, &random);
        for (int k = 0; k < 49; k++)
            if (x[k] != 0) {
                lit++;
                if (ASSERT(x[k] == 1 && abs(k / 7 - 3) <= 1 && abs(k % 7 - 3) <= 1, "pixel %d is %g", k, (double)x[k]))
                    met[k / 7 - 2][k % 7 - 2] = true;
            }
        ASSERT(lit == 1);
    }
    for (int k = 0; k < 9; k++)
        ASSERT(met[k / 3][k % 3], "shift %d", k);
}

/* The gain moves against the sign of the derivative; where p_y rounds to 1 it still grows. */
static void
readout_gain(void)
{
    const float right[] = { 50, 0, 0 }, wrong[] = { 0, 50, 0 };
    const size_t index[] = { 0 };
    double s = 0;
    readout *r = readout_new(1, 3, 1);
    readout_set(r, 0, right, 0);
    const double loss = readout_step(&s, r, 2e-3, index, 1);
    ASSERT_ULP(loss, 2 * exp(-50), 2);
    ASSERT(s == 2e-3, "%g", s);
    readout_set(r, 0, wrong, 0);
    readout_step(&s, r, 2e-3, index, 1);
    ASSERT(s == 0, "%g", s);
    readout_free(r);
}

/* The loss of train.h in binary64, straight from its formula. */
typedef struct {
    ga_model *model; /* of binary64, so that differences can be small */
    const ga_dataset *ds;
    double lambda, s[LAYERS];
} plain;

static double
plain_loss(const plain *p)
{
    double total = 0;
    for (size_t i = 0; i < p->ds->n; i++) {
        double a[16], z[16], sum = 0;
        ga_dataset_image(a, p->ds, i, GA_F32);
        for (size_t l = 0; l < LAYERS; l++) {
            const ga_layer *layer = p->model->layer + l;
            for (size_t o = 0; o < layer->n_out; o++) {
                z[o] = ga_model_get(p->model, layer->bias, o);
                for (size_t k = 0; k < layer->n_in; k++)
                    z[o] += ga_model_get(p->model, layer->weight, o * layer->n_in + k) * a[k];
                z[o] *= exp(p->s[l]);
            }
            for (size_t o = 0; o < layer->n_out && l + 1 < LAYERS; o++) {
                const double t = tanh(z[o]), s = 1 / (1 + exp(-z[o]));
                const bool relu = layer->activation == GA_RELU, is_tanh = layer->activation == GA_TANH;
                a[o] = relu ? fmax(z[o], 0) : is_tanh ? t : s;
                total += p->lambda * (relu ? a[o] : is_tanh ? 1 - t * t : s * (1 - s));
            }
        }
        for (size_t c = 0; c < sizes[LAYERS]; c++)
            sum += exp(z[c] - z[p->ds->label[i]]);
        total += log(sum);
    }
    return total;
}

/* (L(*x + h) - L(*x - h)) / 2h, h = 1e-5. */
static double
difference(plain *p, double *x)
{
    const double held = *x, h = 1e-5;
    *x = held + h;
    const double above = plain_loss(p);
    *x = held - h;
    const double below = plain_loss(p);
    *x = held;
    return (above - below) / (2 * h);
}

static void
check_gradient(const char *what, double got, double want, size_t l)
{
    ASSERT(fabs(got - want) < 2e-5 * (1 + fabs(want)), "%s of layer %zu: got %g, want %g", what, l, got, want);
}

static void
gradients(void)
{
    uint64_t state = test_seed();
    const size_t index[BATCH] = { 0, 1, 2, 3, 4, 5 };
    for (int activation = GA_SIGMOID; activation <= GA_RELU; activation++) {
        const ga_activation each[] = { (ga_activation)activation, (ga_activation)activation };
        ga_model *model = network_new(GA_F32, LAYERS, sizes, each, 2, &state);
        ga_dataset *ds = network_images(model, BATCH, &state);
        trainer *t = trainer_new(model, ds, BATCH, false);
        const ga_stage stage = { .name = "T", .optimiser = GA_ADAM, .epochs = 1, .batch = BATCH };
        plain p = { .model = ga_model_new(GA_F64, LAYERS, sizes, each, NULL), .ds = ds, .lambda = (double)0.3f };
        for (size_t l = 0; l < LAYERS; l++) {
            const ga_layer *from = model->layer + l;
            p.s[l] = l + 1 < LAYERS ? (double)(trainer_log_gain(t)[l] = 0.25f * (float)(l + 1)) : 0;
            for (size_t i = 0; i < from->n_in * from->n_out; i++)
                ga_model_set(p.model, p.model->layer[l].weight, i, ga_model_get(model, from->weight, i));
            for (size_t i = 0; i < from->n_out; i++)
                ga_model_set(p.model, p.model->layer[l].bias, i, ga_model_get(model, from->bias, i));
        }
        trainer_sums sums = { 0, 0 };
        random_stream random = random_start(1, 1);
        trainer_gradient(&sums, t, &stage, p.lambda, index, BATCH, &random);
        const double loss = sums.loss + p.lambda * sums.penalty;
        ASSERT(fabs(loss - plain_loss(&p)) < 1e-5 * loss, "loss %g, want %g", loss, plain_loss(&p));
        for (size_t l = 0; l < LAYERS; l++) {
            const ga_layer *layer = p.model->layer + l;
            double *weight = layer->weight, *bias = layer->bias;
            for (size_t i = 0; i < layer->n_in * layer->n_out; i++)
                check_gradient("weight", (double)trainer_parameter_gradient(t, 2 * l)[i], difference(&p, weight + i), l);
            for (size_t i = 0; i < layer->n_out; i++)
                check_gradient("bias", (double)trainer_parameter_gradient(t, 2 * l + 1)[i], difference(&p, bias + i), l);
            if (l + 1 < LAYERS)
                check_gradient("log-gain", (double)trainer_gain_gradient(t)[l], difference(&p, p.s + l), l);
        }
        trainer_free(t);
        ga_dataset_free(ds);
        ga_model_free(p.model);
        ga_model_free(model);
    }
}

/* Dropout is a batch's own: without it, and in logits, a trainer that may drop does what one does that never drops. */
static void
dropout_of_a_batch(void)
{
    const size_t index[BATCH] = { 0, 1, 2, 3, 4, 5 };
    uint64_t state = test_seed();
    ga_model *model = network_new(GA_F32, LAYERS, sizes, (ga_activation[]){ GA_SIGMOID, GA_TANH }, 2, &state);
    ga_dataset *ds = network_images(model, BATCH, &state);
    trainer *t[2] = { trainer_new(model, ds, BATCH, false), trainer_new(model, ds, BATCH, true) };
    ga_stage stage = { .name = "T", .optimiser = GA_ADAM, .epochs = 1, .batch = BATCH };
    trainer_sums sums[3] = { { 0, 0 } };
    random_stream random = random_start(test_seed(), 1);
    for (int i = 0; i < 2; i++)
        trainer_gradient(sums + i, t[i], &stage, 0.25, index, BATCH, &random);
    ASSERT(memcmp(sums, sums + 1, sizeof *sums) == 0);
    for (size_t k = 0; k < 2 * LAYERS; k++) {
        const size_t n = sizes[k / 2 + 1] * (k % 2 == 0 ? sizes[k / 2] : 1);
        ASSERT(memcmp(trainer_parameter_gradient(t[0], k), trainer_parameter_gradient(t[1], k), n * sizeof(float)) == 0,
               "parameter %zu", k);
    }
    stage.dropout = 31. / 32;
    trainer_gradient(sums + 2, t[1], &stage, 0, index, BATCH, &random);
    ASSERT(sums[2].loss != sums[0].loss && sums[2].penalty != sums[0].penalty);
    const size_t n_out = sizes[LAYERS - 1], n_in = sizes[LAYERS - 2];
    const float *w = trainer_parameter_gradient(t[1], 2 * LAYERS - 4), *b = trainer_parameter_gradient(t[1], 2 * LAYERS - 3);
    size_t dropped = 0;
    for (size_t o = 0; o < n_out; o++) { /* most units are dropped in every image */
        bool zero = b[o] == 0;
        for (size_t i = 0; i < n_in; i++)
            zero = zero && w[o * n_in + i] == 0;
        ASSERT(zero == (b[o] == 0), "unit %zu", o);
        dropped += zero;
    }
    ASSERT(dropped > 0, "all %zu units have a gradient", n_out);
    ASSERT(memcmp(trainer_logits(t[0], 0, BATCH), trainer_logits(t[1], 0, BATCH), BATCH * sizes[LAYERS] * sizeof(float)) == 0);
    for (int i = 0; i < 2; i++)
        trainer_free(t[i]);
    ga_dataset_free(ds);
    ga_model_free(model);
}

/* One SGD step by its formula: the mean gradient, weights decayed and biases not, the readout at its own rate. */
static void
one_step(void)
{
    const ga_stage stage = { .name = "T", .optimiser = GA_SGD, .epochs = 1, .batch = BATCH, .decay = 2, .readout_factor = 3,
                             .lr = { 0.125, 0.125, 0, 1, GA_LINEARLY } };
    const size_t index[BATCH] = { 5, 4, 3, 2, 1, 0 };
    uint64_t state = test_seed();
    ga_model *before = network_new(GA_F32, LAYERS, sizes, (ga_activation[]){ GA_RELU, GA_SIGMOID }, 1, &state);
    ga_model *after = ga_model_copy(before, NULL);
    ga_dataset *ds = network_images(before, BATCH, &state);
    trainer *t = trainer_new(before, ds, BATCH, false);
    trainer_sums sums = { 0, 0 };
    random_stream random = random_start(1, 1);
    trainer_begin_stage(t);
    trainer_step(&sums, t, &stage, 0.5, index, BATCH, &random);
    trainer_end_stage(t, after);
    for (size_t l = 0; l < LAYERS; l++) {
        const ga_layer *layer = before->layer + l;
        const double lr = l + 1 == LAYERS ? 0.375 : 0.125, tolerance = 1e-6;
        for (size_t i = 0; i < layer->n_in * layer->n_out; i++) {
            const double want = ga_model_get(before, layer->weight, i) * (1 - 2 * lr) -
                                lr * (double)trainer_parameter_gradient(t, 2 * l)[i] / BATCH;
            ASSERT(fabs(ga_model_get(after, after->layer[l].weight, i) - want) < tolerance, "weight %zu of layer %zu", i, l);
        }
        for (size_t i = 0; i < layer->n_out; i++) {
            const double want = ga_model_get(before, layer->bias, i) -
                                lr * (double)trainer_parameter_gradient(t, 2 * l + 1)[i] / BATCH;
            ASSERT(fabs(ga_model_get(after, after->layer[l].bias, i) - want) < tolerance, "bias %zu of layer %zu", i, l);
        }
    }
    trainer_free(t);
    ga_dataset_free(ds);
    ga_model_free(after);
    ga_model_free(before);
}

/* Gains that are multiplied into the weights leave the network as it was. */
static void
folding(void)
{
    uint64_t state = test_seed();
    ga_model *model = network_new(GA_F32, LAYERS, sizes, (ga_activation[]){ GA_SIGMOID, GA_TANH }, 1, &state);
    ga_dataset *ds = network_images(model, BATCH, &state);
    trainer *t = trainer_new(model, ds, BATCH, false);
    float before[BATCH * 4];
    trainer_begin_stage(t);
    for (size_t l = 0; l < LAYERS; l++)
        trainer_log_gain(t)[l] = 0.5f + (float)l;
    memcpy(before, trainer_logits(t, 0, BATCH), sizeof before);
    trainer_end_stage(t, model);
    const float *after = trainer_logits(t, 0, BATCH);
    for (size_t i = 0; i < BATCH * 4; i++)
        ASSERT(fabsf(after[i] - before[i]) <= 2e-5f * (1 + fabsf(before[i])), "logit %zu: %g, %g", i, (double)after[i],
               (double)before[i]);
    ASSERT(trainer_log_gain(t)[0] == 0);
    trainer_free(t);
    ga_dataset_free(ds);
    ga_model_free(model);
}

TEST_MAIN("trainer", TEST(optimiser_steps), TEST(dropout), TEST(shifts), TEST(readout_gain), TEST(gradients),
          TEST(dropout_of_a_batch), TEST(one_step), TEST(folding))
