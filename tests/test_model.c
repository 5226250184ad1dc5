/* SPDX-License-Identifier: Apache-2.0 */
/* test_model.c -- a model's life without files: sizes, elements, metadata, checks, rounding. */
#include <stdint.h>
#include <string.h>

#include <gradaudit/model.h>

#include "test.h"

static ga_model *
small_model(ga_dtype dtype)
{
    return ga_model_new(dtype, 2, (size_t[]){ 3, 4, 2 }, (ga_activation[]){ GA_TANH }, NULL);
}

static void
sizes(void)
{
    ga_status st = { 0 };
    ga_model *model = small_model(GA_F32);
    ASSERT(ga_model_inputs(model) == 3 && ga_model_classes(model) == 2 && ga_model_parameters(model) == 26);
    ASSERT(model->layer[0].activation == GA_TANH && model->layer[1].activation == GA_LINEAR);
    ga_model_free(model);
    ASSERT(ga_model_new(GA_F32, 1, (size_t[]){ 3, 0 }, NULL, &st) == NULL && st.code == GA_USAGE);
    ASSERT(ga_model_new(GA_F32, 1, (size_t[]){ SIZE_MAX / 8, 8 }, NULL, &st) == NULL && st.code == GA_USAGE);
    ASSERT(ga_model_new(GA_F32, 0, (size_t[]){ 3 }, NULL, &st) == NULL && st.code == GA_USAGE);
}

static void
elements(void)
{
    ga_model *f32 = small_model(GA_F32), *f64 = small_model(GA_F64);
    ga_model_set(f32, f32->layer[0].weight, 5, 0.1);
    ga_model_set(f64, f64->layer[0].weight, 5, 0.1);
    ASSERT(ga_model_get(f32, f32->layer[0].weight, 5) == (double)0.1f);
    ASSERT(ga_model_get(f64, f64->layer[0].weight, 5) == 0.1);
    ga_model *rounded = ga_model_round(f64, NULL);
    ASSERT(rounded->dtype == GA_F32 && ga_model_get(rounded, rounded->layer[0].weight, 5) == (double)0.1f);
    ga_model_free(rounded);
    ga_model_set(f64, f64->layer[1].bias, 1, 0x1p128);
    ga_status st = { 0 };
    ASSERT(ga_model_round(f64, &st) == NULL && st.code == GA_BAD_FILE, "%s", st.message);
    ga_model_free(f32);
    ga_model_free(f64);
}

static void
metadata(void)
{
    ga_model *model = small_model(GA_F32);
    ASSERT(ga_model_meta(model, "seed") == NULL);
    ASSERT(ga_model_set_meta(model, "seed", "1") && ga_model_set_meta(model, "seed", "2") && model->n_meta == 1);
    ga_model *copy = ga_model_copy(model, NULL);
    ga_model_free(model);
    ASSERT(strcmp(ga_model_meta(copy, "seed"), "2") == 0);
    ga_model_free(copy);
}

static void
checks(void)
{
    ga_model *model = small_model(GA_F32);
    ga_status st = { 0 };
    ASSERT(ga_model_check(model, false, NULL) == GA_OK);
    ga_model_set(model, model->layer[1].weight, 7, NAN);
    ASSERT(ga_model_check(model, false, &st) == GA_BAD_FILE && strcmp(st.message, "fc2.weight: element 7 is NaN") == 0, "%s",
           st.message);
    ga_model_set(model, model->layer[1].weight, 7, 0);
    model->layer[0].activation = GA_LINEAR;
    ASSERT(ga_model_check(model, false, &st) == GA_OK);
    model->layer[0].activation = (ga_activation)(GA_RELU + 1);
    ASSERT(ga_model_check(model, false, &st) == GA_BAD_FILE && strcmp(st.message, "layer 1 cannot be unknown") == 0, "%s",
           st.message);
    model->layer[0].activation = GA_TANH;
    model->layer[model->n_layers - 1].activation = GA_TANH;
    ASSERT(ga_model_check(model, false, &st) == GA_BAD_FILE && strstr(st.message, " cannot be tanh") != NULL, "%s", st.message);
    ga_model_free(model);
}

static void
most_classes(void)
{
    for (size_t more = 0; more < 2; more++) {
        ga_status st = { 0 };
        ga_model *model = ga_model_new(GA_F32, 1, (size_t[]){ 1, GA_MAX_CLASSES + more }, NULL, NULL);
        ASSERT(ga_model_check(model, false, &st) == (more ? GA_BAD_FILE : GA_OK));
        ASSERT(!more || strcmp(st.message, "1048577 classes are more than 1048576") == 0, "%s", st.message);
        ga_model_free(model);
    }
}

TEST_MAIN("model", TEST(sizes), TEST(elements), TEST(metadata), TEST(checks), TEST(most_classes))
