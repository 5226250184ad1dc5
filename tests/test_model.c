/* SPDX-License-Identifier: Apache-2.0 */
/* test_model.c -- a model's life without files: sizes, elements, metadata, checks, rounding. */
#include <stdint.h>
#include <string.h>

#include "core/model.h"

#include "graph/layers.h"
#include "model/model.h"
#include "networks.h"
#include "graphs.h"

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
    const ga_activation unknown[] = { GA_LINEAR, (ga_activation)99 };
    ASSERT(ga_model_new(GA_F32, 3, (size_t[]){ 1, 1, 1, 1 }, unknown, &st) == NULL && st.code == GA_USAGE);
    ASSERT(strcmp(st.message, "layer 2 cannot be unknown") == 0, "%s", st.message);
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
    ASSERT(ga_model_check(model, true, &st) == GA_OK && ga_model_nonfinite(model) == 1);
    ga_model_set(model, model->layer[1].weight, 7, 0);
    ga_model_set(model, model->layer[0].bias, 3, -INFINITY);
    ASSERT(ga_model_check(model, false, &st) == GA_BAD_FILE && strcmp(st.message, "fc1.bias: element 3 is infinite") == 0, "%s",
           st.message);
    ga_model_free(model);
}

/* The layers' numbers are those of the model's own graph, and of a copy's. */
static void
layers_are_the_graph(void)
{
    for (ga_dtype dtype = GA_F32; dtype <= GA_F64; dtype++) {
        const ga_activation hidden[] = { GA_TANH, GA_LINEAR, GA_RELU, GA_SIGMOID };
        ga_model *model = ga_model_new(dtype, 5, (size_t[]){ 6, 5, 4, 3, 2, 1 }, hidden, NULL);
        ga_model_set(model, model->layer[2].weight, 11, 0.5);
        ga_model *const copy = ga_model_copy(model, NULL), *const all[] = { model, copy };
        for (size_t k = 0; k < 2; k++) {
            const ga_graph *const g = all[k]->graph;
            ASSERT(all[k]->n_layers == 5 && g->n_parameters == 10 && g->n_nodes == 9 && g->n_outputs == 1);
            for (size_t l = 0; l < 5; l++) {
                const ga_layer *const layer = all[k]->layer + l;
                const graph_parameter *const w = g->parameter + 2 * l, *const b = w + 1;
                ASSERT(layer->weight == w->exact && layer->bias == b->exact && layer->n_in == 6 - l && layer->n_out == 5 - l);
                ASSERT(w->rows == 5 - l && w->cols == 6 - l && b->rows == 1 && b->cols == 5 - l && w->name[2] == (char)('1' + l));
                ASSERT(layer->activation == (l < 4 ? hidden[l] : GA_LINEAR));
            }
            ASSERT(ga_model_get(all[k], g->parameter[4].exact, 11) == 0.5);
            ASSERT(strcmp(g->parameter[0].name, "fc1.weight") == 0 && strcmp(g->node[8].name, "fc5") == 0);
        }
        ASSERT(copy->layer[2].weight != model->layer[2].weight && ga_model_set_output(copy, GA_SOFTMAX));
        ASSERT(ga_model_output(copy) == GA_SOFTMAX && ga_model_output(model) == GA_LOGITS);
        ga_model_free(model);
        ga_model_free(copy);
    }
}

/* What is wrong with a chain of two layers, 3 x 3 each: nothing, or one of these. */
static void
spoil(ga_graph *g, size_t what)
{
    const graph_operand first = { FROM_NODE, 0 };
    graph_operand *const operand[] = { &g->node[0].in[1], &g->node[0].in[2], &g->node[2].in[1], &g->node[2].in[2] };
    if (what >= 1 && what <= 4)
        operand[what - 1]->index = (operand[what - 1]->index + 2) % 4; /* the other layer's */
    else if (what >= 5 && what <= 8)
        g->parameter[what - 5].constant = true;
    else if (what == 9)
        g->node[0].op = OP_add;
    else if (what == 10)
        g->node[2].in[0] = graph_input;
    else if (what == 11)
        g->node[2].in[0] = first;
    else if (what == 12)
        g->node[1].in[0] = graph_input;
    else if (what == 13)
        g->node[1].op = OP_softmax; /* no activation */
    else if (what == 14) { /* ends in a function */
        free(g->node[2].name);
        g->n_nodes = 2;
    } else if (what == 15)
        graph_add_parameter(g, 1, 1, "more");
    else if (what == 16)
        g->node[0].in[0] = first;
}

static void
chains_have_layers(void)
{
    uint64_t state = test_seed();
    for (size_t what = 0; what <= 16; what++) {
        ga_graph *g = graph_new(GA_F64, &(op_shape){ 1, { 3 } });
        graph_affine(g, graph_unary(g, OP_tanh, graph_affine(g, graph_input, 3, 3, &state)), 3, 3, &state);
        spoil(g, what);
        ga_model *model = model_of_graph(g, NULL);
        ASSERT(model->n_layers == (what == 0 ? 2 : 0), "%zu: %zu", what, model->n_layers);
        ASSERT(what > 0 || (model->layer[0].activation == GA_TANH && model->layer[1].weight == g->parameter[2].exact));
        ASSERT(what > 0 || (strcmp(g->node[1].name, "fc1") == 0 && strcmp(g->node[2].name, "fc2") == 0 &&
                            strcmp(g->parameter[3].name, "fc2.bias") == 0));
        ASSERT(model_need_layers(model, "a test", NULL) == (what == 0 ? GA_OK : GA_USAGE));
        ga_model_free(model);
    }
    for (size_t n = GA_MAX_LAYERS; n <= GA_MAX_LAYERS + 1; n++) {
        ga_graph *g = graph_new(GA_F32, &(op_shape){ 1, { 1 } });
        for (size_t l = 0; l < n; l++)
            ASSERT(graph_add_layer(g, 1, 1, l + 1 < n ? OP_relu : N_OPS));
        ga_model *model = model_of_graph(g, NULL);
        ASSERT(model->n_layers == (n == GA_MAX_LAYERS ? n : 0));
        ga_model_free(model);
    }
    ASSERT(model_of_graph(NULL, NULL) == NULL);
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

TEST_MAIN("model", TEST(sizes), TEST(elements), TEST(metadata), TEST(checks), TEST(layers_are_the_graph),
          TEST(chains_have_layers), TEST(most_classes))
