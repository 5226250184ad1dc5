/* SPDX-License-Identifier: Apache-2.0 */
/* test_train.c -- schedules and flags of recipes, and whole trainings: same seed, same bits; NaN stops. */
#include <string.h>

#include "core/train.h"

#include "networks.h"
#include "test.h"

static const size_t sizes[] = { 12, 9, 7, 4 };
enum { LAYERS = 3 };

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
        "V.lr", "V.lr=", "V.lr=x", "V.lr=1x", "V.lr= 1", "V.lr=nan", "V.lr=-1", "V.lr.hold=1.5", "V.lr.end=1.5", "V.lr.x=1",
        "W.lr=1", "lr=1", "V.epochs=1.5", "V.epochs=-1", "V.batch=0", "V.dropout=1", "V.momentum=nan", "C.penalty=0",
        "V.epochs.to=1", "validation=x", "weights=x", "weights=-1", "weights=inf", "weights=nan", "weights.to=1",
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
    ASSERT(ga_recipe_set(&r, "weights=0.5", NULL) == GA_OK && r.deviation == 0.5);
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

/* Mean square of layer l's weights after no step. */
static double
first_square(const ga_recipe *recipe, size_t l)
{
    static const size_t wide[] = { 300, 100, 50, 30 };
    ga_recipe r = *recipe;
    uint64_t state = test_seed();
    ga_model *shape = ga_model_new(GA_F32, LAYERS, wide, (ga_activation[]){ GA_RELU, GA_RELU }, NULL), *model = NULL;
    ga_dataset *ds = network_images(shape, 30, &state);
    double sum = 0;
    r.stage[0].epochs = 0;
    if (!ASSERT(ga_train(&model, &r, LAYERS, wide, GA_RELU, test_seed(), ds, NULL, NULL) == GA_OK))
        return NAN;
    const ga_layer *layer = model->layer + l;
    const size_t n = layer->n_in * layer->n_out;
    for (size_t i = 0; i < n; i++)
        sum += pow((double)((const float *)layer->weight)[i], 2);
    ga_model_free(model);
    ga_model_free(shape);
    ga_dataset_free(ds);
    return sum / (double)n;
}

/* The variance of n normal numbers has a deviation of sqrt(2/n): 0.037 with the fewest of these weights. */
static void
first_weights(void)
{
    static const double by_sizes[] = { 2. / 300, 2. / 100, 1. / 50 };
    const ga_recipe vanilla = small_recipe("vanilla-relu"), overconfident = small_recipe("overconfident-relu");
    ASSERT(vanilla.deviation == 0 && overconfident.deviation > 0);
    for (size_t l = 0; l < LAYERS; l++) {
        const double v = first_square(&vanilla, l) / by_sizes[l];
        const double o = first_square(&overconfident, l) / pow(overconfident.deviation, 2);
        ASSERT(fabs(v - 1) < 0.25 && fabs(o - 1) < 0.25, "layer %zu: %g %g", l, v, o);
    }
}

/* What the validation images show changes no weight; what the last training image shows does. */
static void
held_back(void)
{
    const ga_recipe r = small_recipe("vanilla-relu");
    ga_dataset *ds = easy_images();
    ga_model *model[3];
    for (size_t k = 0; k < 3; k++) {
        if (!ASSERT(ga_train(model + k, &r, LAYERS, sizes, GA_RELU, 1, ds, NULL, NULL) == GA_OK))
            return;
        ds->pixel[(k == 0 ? 40 : 39) * ds->cols + 5] ^= 255;
    }
    ASSERT(same_weights(model[0], model[1]) && !same_weights(model[1], model[2]));
    for (size_t k = 0; k < 3; k++)
        ga_model_free(model[k]);
    ga_dataset_free(ds);
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
    r.eps = 1; /* it reaches any image */
    const size_t before = counts.correct_after;
    ASSERT(ga_train_validate(&counts, model, &r, ds, 1, NULL) == GA_OK && counts.correct_after < before, "%zu, %zu", before,
           counts.correct_after);
    r.eps = 0;
    ASSERT(ga_train_validate(&counts, model, &r, ds, 1, NULL) == GA_OK && counts.correct_after == counts.correct);
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
    size_t one[LAYERS + 1];
    memcpy(one, sizes, sizeof one);
    one[LAYERS] = 1;
    ASSERT(ga_train(&model, &r, LAYERS, one, GA_RELU, 1, ds, NULL, &st) == GA_USAGE && model == NULL, "%s", st.message);
    ASSERT(strstr(st.message, "this network has one output") != NULL, "%s", st.message);
    r.stage[0].lr = (ga_schedule){ 1e30, 1e30, 0, 1, GA_LINEARLY };
    ASSERT(ga_train(&model, &r, LAYERS, sizes, GA_RELU, 1, ds, NULL, &st) == GA_GATE_FAILED && model == NULL, "%s", st.message);
    ASSERT(strstr(st.message, "stage V, epoch 1, batch") != NULL && strstr(st.message, "the loss is") != NULL, "%s", st.message);
    r.stage[0].batch = 40; /* the loss of the only batch is still finite */
    r.stage[0].epochs = 1;
    r.stage[0].lr.from = 1e39;
    ASSERT(ga_train(&model, &r, LAYERS, sizes, GA_RELU, 1, ds, NULL, &st) == GA_GATE_FAILED && model == NULL, "%s", st.message);
    ASSERT(strstr(st.message, "a weight is no longer finite") != NULL, "%s", st.message);
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

TEST_MAIN("train", TEST(schedules), TEST(flags), TEST(arch), TEST(seeds), TEST(first_weights), TEST(held_back), TEST(learning),
          TEST(refusals))
