/* SPDX-License-Identifier: Apache-2.0 */
/* networks.h -- random networks and images for tests. */
#ifndef GRADAUDIT_NETWORKS_H
#define GRADAUDIT_NETWORKS_H

#include <stdlib.h>

#include "core/dataset.h"
#include "core/gradient.h"
#include "graph/stored.h"
#include "num/recipe.h"

#include "layers.h"
#include "test.h"

/* Uniform in (-1, 1). */
static inline double
network_uniform(uint64_t *state)
{
    return ((double)(test_random(state) >> 11) + 0.5) * 0x1p-52 - 1;
}

/* Layers of the given sizes, hidden activations in turn from activation[0..n_layers-2], weights uniform times
   scale / sqrt(inputs), biases uniform times scale / 4: pre-activations grow with scale. */
static inline ga_model *
network_new(ga_dtype dtype, size_t n_layers, const size_t *sizes, const ga_activation *activation, double scale, uint64_t *state)
{
    ga_model *m = ga_model_new(dtype, n_layers, sizes, activation, NULL);
    if (m == NULL)
        exit(99);
    for (size_t l = 0; l < n_layers; l++) {
        const ga_layer *layer = m->layer + l;
        for (size_t i = 0; i < layer->n_in * layer->n_out; i++)
            ga_model_set(m, layer->weight, i, network_uniform(state) * scale / sqrt((double)layer->n_in));
        for (size_t i = 0; i < layer->n_out; i++)
            ga_model_set(m, layer->bias, i, network_uniform(state) * scale / 4);
    }
    return m;
}

/* n images of as many pixels as the model has inputs, half of them zero, and labels among its classes. */
static inline ga_dataset *
network_images(const ga_model *m, size_t n, uint64_t *state)
{
    ga_dataset *ds = calloc(1, sizeof *ds);
    if (ds == NULL)
        exit(99);
    *ds = (ga_dataset){ .n = n, .rows = 1, .cols = ga_model_inputs(m) };
    ds->pixel = malloc(n * ds->cols);
    ds->label = malloc(n * sizeof(uint32_t));
    for (size_t i = 0; i < n * ds->cols; i++) {
        const uint64_t r = test_random(state);
        ds->pixel[i] = r & 256 ? (uint8_t)r : 0;
    }
    for (size_t i = 0; i < n; i++)
        ds->label[i] = (uint8_t)(test_random(state) % ga_model_classes(m));
    return ds;
}

static inline ga_estimator
network_estimator(const char *format, ga_formulas formulas, ga_product product)
{
    ga_estimator e = { .formulas = formulas, .product = product, .gain = 1, .logit_scale = 1 };
    if (ga_format_parse(&e.format, format, NULL) != GA_OK)
        exit(99);
    return e;
}

/* The program of the gradients to the input and to all parameters, as the recipe of the format has it. */
static inline program *
network_program(const ga_model *m, const ga_estimator *e)
{
    const program_options options = { .loss = e->loss, .gain = e->gain, .logit_scale = e->logit_scale, .number = e->number,
                                      .input = true, .parameters = true };
    program *const plain = program_new(m->graph, &options);
    if (!recipe_is(e->format))
        return plain;
    program *const p = program_stored(plain, e->format, e->formulas, NULL);
    program_free(plain);
    return p;
}

/* The values of layer l of such a program. */
static inline mlp_layer
network_layer(const program *p, size_t n_layers, size_t l)
{
    mlp_layer *all = layers_of(p, n_layers), layer = all[l];
    free(all);
    return layer;
}

/* What layers make, and the gradients of that: z, a, d, what the loss makes of the logits, delta, scaled and back of mlp_layer, and
   the leaf. */
typedef enum { TENSOR_PREACTIVATION, TENSOR_ACTIVATION, TENSOR_DERIVATIVE, TENSOR_PROBABILITY, TENSOR_DELTA, TENSOR_SCALED,
               TENSOR_BACK_SUM, TENSOR_INPUT_GRADIENT, N_TENSORS } network_tensor;

static inline value_id
network_value(const program *p, size_t n_layers, network_tensor which, size_t l)
{
    const mlp_layer layer = network_layer(p, n_layers, l);
    switch (which) {
    case TENSOR_PREACTIVATION:
        return layer.z;
    case TENSOR_ACTIVATION:
        return layer.a;
    case TENSOR_DERIVATIVE:
        return layer.d;
    case TENSOR_PROBABILITY:
        return p->code[p->n_forward].out[0];
    case TENSOR_DELTA:
        return layer.delta;
    case TENSOR_SCALED:
        return layer.scaled;
    case TENSOR_BACK_SUM:
        return layer.back;
    case TENSOR_INPUT_GRADIENT:
    case N_TENSORS:
        break;
    }
    return p->gradient_of[p->input];
}

/* On a tape: a value of layer l of model m, and the gradient of a value. */
#define LAYER(t, m, l, what) ((t)->value + network_layer((t)->p, (m)->n_layers, l).what)
#define GRADIENT(t, v) ((t)->value + (t)->p->gradient_of[v])
#define WEIGHT_GRADIENT(t, m, l) GRADIENT(t, network_layer((t)->p, (m)->n_layers, l).weight)
#define BIAS_GRADIENT(t, m, l) GRADIENT(t, network_layer((t)->p, (m)->n_layers, l).bias)
#define INPUT(t) ((t)->value + (t)->p->input)

#endif
