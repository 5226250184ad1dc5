/* SPDX-License-Identifier: Apache-2.0 */
/* test_train.c -- schedules and flags, optimiser steps, the gradients of penalty and gains against central differences in
   binary64, dropout, and whole trainings: same seed same bits, NaN stops. */
#include <string.h>

#include <gradaudit/train.h>

#include "networks.h"
#include "test.h"
#include "train/augment.h"
#include "train/optimiser.h"
#include "train/readout.h"
#include "train/trainer.h"

static const size_t sizes[] = { 12, 9, 7, 4 };
enum { LAYERS = 3, BATCH = 6 };

static void
schedules(void)
{
    const ga_schedule step = { 0.15, 0.015, 0.7, 0.7, GA_LINEARLY }, line = { 0, 0.1, 0, 0.5, GA_LINEARLY };
    const ga_schedule curve = { 1e-2, 1e-4, 0.5, 1, GA_EXPONENTIALLY };
    ASSERT(ga_schedule_at(&step, 0) == 0.15 && ga_schedule_at(&step, 0.699) == 0.15 && ga_schedule_at(&step, 0.7) == 0.015);
    ASSERT(ga_schedule_at(&line, 0) == 0 && ga_schedule_at(&line, 0.5) == 0.1 && ga_schedule_at(&line, 1) == 0.1);
    ASSERT_ULP(ga_schedule_at(&line, 0.25), 0.05, 1);
    ASSERT(ga_schedule_at(&curve, 0.5) == 1e-2 && ga_schedule_at(&curve, 1) == 1e-4);
    ASSERT_ULP(ga_schedule_at(&curve, 0.75), 1e-3, 4);
}

static void
flags(void)
{
    static const char *const bad[] = {
        "V.lr", "V.lr=", "V.lr=x", "V.lr=1x", "V.lr= 1", "V.lr=nan", "V.lr=-1", "V.lr.hold=1.5", "V.lr.x=1", "W.lr=1", "lr=1",
        "V.epochs=1.5", "V.epochs=-1", "V.batch=0", "V.dropout=1", "V.momentum=nan", "C.penalty=0", "V.epochs.to=1", "validation=x",
        "=", ""
    };
    ga_recipe r = *ga_recipe_find("saturated-sigmoid");
    const ga_recipe before = r;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        ga_status st = { 0 };
        ASSERT(ga_recipe_set(&r, bad[i], &st) == GA_USAGE && st.message[0] != '\0', "%s", bad[i]);
    }
    ASSERT(memcmp(&r, &before, sizeof r) == 0);
    ASSERT(ga_recipe_set(&r, "B.lr.to=2e-3", NULL) == GA_OK);
    ASSERT(r.stage[1].lr.to == 2e-3 && r.stage[1].lr.from == before.stage[1].lr.from);
    ASSERT(ga_recipe_set(&r, "C.epochs=3", NULL) == GA_OK && r.stage[2].epochs == 3);
    ASSERT(strcmp(r.changes, " --set B.lr.to=2e-3 --set C.epochs=3") == 0, "%s", r.changes);
    ASSERT(ga_recipe_find("no-such") == NULL);
}

static void
arch(void)
{
    static const char *const bad[] = { "", "10", "-10", "10-", "10--5", "10-0", "10-5x", "0x10-5",
                                       "10-99999999999999999999", "10,5" };
    size_t got[GA_MAX_LAYERS + 1], n = 77;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ASSERT(ga_arch_parse(got, &n, bad[i], NULL) == GA_USAGE && n == 77, "%s", bad[i]);
    ASSERT(ga_arch_parse(got, &n, "784-128-10", NULL) == GA_OK && n == 2 && got[0] == 784 && got[1] == 128 && got[2] == 10);
}

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

/* ---- the loss of train.h in binary64, straight from its formula ---- */

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
        trainer *t = trainer_new(model, ds, BATCH);
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
                check_gradient("weight", (double)trainer_weight_gradient(t, l)[i], difference(&p, weight + i), l);
            for (size_t i = 0; i < layer->n_out; i++)
                check_gradient("bias", (double)trainer_bias_gradient(t, l)[i], difference(&p, bias + i), l);
            if (l + 1 < LAYERS)
                check_gradient("log-gain", (double)trainer_gain_gradient(t)[l], difference(&p, p.s + l), l);
        }
        trainer_free(t);
        ga_dataset_free(ds);
        ga_model_free(p.model);
        ga_model_free(model);
    }
}

/* Gains that are multiplied into the weights leave the network as it was. */
static void
folding(void)
{
    uint64_t state = test_seed();
    ga_model *model = network_new(GA_F32, LAYERS, sizes, (ga_activation[]){ GA_SIGMOID, GA_TANH }, 1, &state);
    ga_dataset *ds = network_images(model, BATCH, &state);
    trainer *t = trainer_new(model, ds, BATCH);
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

/* Zeros with probability p, the rest scaled so that the mean stays; derivatives by the same factors. */
static void
dropout(void)
{
    enum { N = 100000 };
    static float a[N], d[N];
    random_stream random = random_start(test_seed(), 0);
    size_t zeros = 0;
    for (size_t i = 0; i < N; i++)
        a[i] = d[i] = 3;
    augment_drop(a, d, N, 0.25, &random);
    for (size_t i = 0; i < N; i++) {
        ASSERT(a[i] == d[i] && (a[i] == 0 || a[i] == 3 * (float)(1 / 0.75)), "%g %g", (double)a[i], (double)d[i]);
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
    ga_dataset ds = { 1, 7, 7, pixel, NULL };
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

/* ---- whole trainings ---- */

/* 60 images whose class is where their light is; the last 20 are for validation. */
static ga_dataset *
easy_images(void)
{
    uint64_t state = test_seed();
    ga_model *shape = ga_model_new(GA_F32, LAYERS, sizes, (ga_activation[]){ GA_RELU, GA_RELU }, NULL);
    ga_dataset *ds = network_images(shape, 60, &state);
    for (size_t i = 0; i < ds->n * ds->cols; i++)
        ds->pixel[i] = (uint8_t)(ds->pixel[i] / 8 + (i % ds->cols / 3 == ds->label[i / ds->cols] ? 200 : 0));
    ga_model_free(shape);
    return ds;
}

typedef struct {
    size_t epochs, stages;
    ga_model *vanilla;
} watched;

static void
count_epoch(void *data, const ga_training_progress *p)
{
    watched *w = data;
    w->epochs++;
    ASSERT(isfinite(p->loss) && p->epoch >= 1 && p->epoch <= p->epochs && p->accuracy >= 0 && p->accuracy <= 1);
}

static ga_code
keep_vanilla(void *data, const ga_recipe *recipe, size_t stage, const ga_model *model, ga_status *st)
{
    watched *w = data;
    (void)recipe;
    w->stages++;
    if (stage == 0)
        w->vanilla = ga_model_copy(model, st);
    return GA_OK;
}

static ga_recipe
small_recipe(const char *name)
{
    ga_recipe r = *ga_recipe_find(name);
    ga_recipe_set(&r, "validation=20", NULL);
    for (size_t i = 0; i < r.n_stages; i++) {
        r.stage[i].batch = 8;
        r.stage[i].epochs = 20;
    }
    return r;
}

static bool
same_weights(const ga_model *a, const ga_model *b)
{
    for (size_t l = 0; l < LAYERS; l++) {
        const ga_layer *x = a->layer + l, *y = b->layer + l;
        if (memcmp(x->weight, y->weight, x->n_in * x->n_out * sizeof(float)) != 0 ||
            memcmp(x->bias, y->bias, x->n_out * sizeof(float)) != 0)
            return false;
    }
    return true;
}

/* Same seed, same bits; another seed, others; the stages of a saturated recipe begin with the vanilla one. */
static void
seeds(void)
{
    static const char *const names[][2] = { { "vanilla-sigmoid", "saturated-sigmoid" }, { "vanilla-relu", "saturated-relu" } };
    for (size_t i = 0; i < 2; i++) {
        const ga_recipe vanilla = small_recipe(names[i][0]), saturated = small_recipe(names[i][1]);
        ga_dataset *ds = easy_images();
        ga_model *model[4];
        watched w = { 0, 0, NULL };
        const ga_training_watch watch = { count_epoch, keep_vanilla, &w };
        ga_status st = { 0 };
        for (size_t k = 0; k < 4; k++) {
            const ga_code code = ga_train(model + k, k < 3 ? &vanilla : &saturated, LAYERS, sizes, vanilla.activation,
                                          k == 2 ? 8 : 7, ds, k == 3 ? &watch : NULL, &st);
            if (!ASSERT(code == GA_OK, "%s", st.message))
                return;
        }
        ASSERT(same_weights(model[0], model[1]) && !same_weights(model[0], model[2]) && !same_weights(model[0], model[3]));
        ASSERT(w.stages == 3 && w.epochs == 60 && w.vanilla != NULL && same_weights(model[0], w.vanilla));
        ASSERT(strcmp(ga_model_meta(w.vanilla, "recipe"), names[i][0]) == 0);
        ASSERT(strcmp(ga_model_meta(model[3], "recipe"), names[i][1]) == 0);
        ASSERT(strcmp(ga_model_meta(w.vanilla, "command"), ga_model_meta(model[0], "command")) == 0);
        ASSERT(strstr(ga_model_meta(model[0], "command"), "--arch 12-9-7-4") != NULL);
        ASSERT(strcmp(ga_model_meta(model[0], "seed"), "7") == 0);
        for (size_t k = 0; k < 4; k++)
            ga_model_free(model[k]);
        ga_model_free(w.vanilla);
        ga_dataset_free(ds);
    }
}

/* What is easy is learnt, and the figures stored are those of the validation images. */
static void
learning(void)
{
    ga_dataset *ds = easy_images();
    ga_recipe r = small_recipe("vanilla-sigmoid");
    ga_model *model;
    ga_attack_counts counts;
    r.stage[0].epochs = 60;
    ASSERT(ga_train(&model, &r, LAYERS, sizes, GA_SIGMOID, 1, ds, NULL, NULL) == GA_OK);
    ASSERT(ga_train_validate(&counts, model, &r, ds, 1, NULL) == GA_OK && counts.images == 20 && counts.correct >= 19, "%zu",
           counts.correct);
    char text[32];
    snprintf(text, sizeof text, "%.4f", 5. * (double)counts.correct);
    ASSERT(strcmp(ga_model_meta(model, "validation-accuracy"), text) == 0);
    ga_model_free(model);
    ga_dataset_free(ds);
}

static void
refusals(void)
{
    ga_dataset *ds = easy_images();
    ga_model *model = (ga_model *)ds;
    ga_status st = { 0 };
    ga_recipe r = small_recipe("vanilla-sigmoid");
    r.stage[0].lr = (ga_schedule){ 1e30, 1e30, 0, 1, GA_LINEARLY };
    ASSERT(ga_train(&model, &r, LAYERS, sizes, GA_RELU, 1, ds, NULL, &st) == GA_GATE_FAILED && model == NULL, "%s", st.message);
    ASSERT(strstr(st.message, "stage V, epoch 1") != NULL, "%s", st.message);
    r = small_recipe("vanilla-sigmoid");
    r.stage[0].lr.from = NAN;
    ASSERT(ga_train(&model, &r, LAYERS, sizes, GA_SIGMOID, 1, ds, NULL, &st) == GA_GATE_FAILED && model == NULL, "%s", st.message);
    r = small_recipe("vanilla-sigmoid");
    r.n_validation = 60;
    ASSERT(ga_train(&model, &r, LAYERS, sizes, GA_SIGMOID, 1, ds, NULL, &st) == GA_USAGE && model == NULL);
    r.n_validation = 55;
    ASSERT(ga_train(&model, &r, LAYERS, sizes, GA_SIGMOID, 1, ds, NULL, &st) == GA_USAGE && model == NULL);
    r = small_recipe("penalty-sigmoid");
    r.stage[1].dropout = 0.5;
    ASSERT(ga_train(&model, &r, LAYERS, sizes, GA_SIGMOID, 1, ds, NULL, &st) == GA_USAGE && model == NULL);
    ga_stop_requested = GA_INTERRUPTED;
    r = small_recipe("vanilla-sigmoid");
    ASSERT(ga_train(&model, &r, LAYERS, sizes, GA_SIGMOID, 1, ds, NULL, &st) == GA_INTERRUPTED && model == NULL);
    ga_stop_requested = 0;
    ga_dataset_free(ds);
}

TEST_MAIN("train", TEST(schedules), TEST(flags), TEST(arch), TEST(optimiser_steps), TEST(gradients), TEST(folding), TEST(dropout),
          TEST(shifts), TEST(readout_gain), TEST(seeds), TEST(learning), TEST(refusals))
