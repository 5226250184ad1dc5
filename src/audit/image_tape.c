/* SPDX-License-Identifier: Apache-2.0 */
/* image_tape.c -- see image_tape.h */
#include <stdlib.h>
#include <string.h>

#include "audit/image_tape.h"

static bool
has(engine_tensor which, size_t l, size_t n_layers)
{
    switch (which) {
    case TENSOR_INPUT:
    case TENSOR_INPUT_GRADIENT:
        return l == 0;
    case TENSOR_ACTIVATION:
    case TENSOR_DERIVATIVE:
    case TENSOR_BACK_SUM:
        return l + 1 < n_layers;
    case TENSOR_PROBABILITY:
        return l + 1 == n_layers;
    default:
        return true;
    }
}

void
image_tape_free(image_tape *t)
{
    if (t == NULL)
        return;
    for (size_t k = 0; k < N_TENSORS; k++) {
        for (size_t l = 0; t->value[k] != NULL && l < t->n_layers; l++)
            free(t->value[k][l]);
        free(t->value[k]);
    }
    for (size_t l = 0; t->largest != NULL && l < t->n_layers; l++)
        free(t->largest[l]);
    free(t->largest);
    free(t->largest_known);
    free(t);
}

image_tape *
image_tape_new(const ga_model *model)
{
    image_tape *t = calloc(1, sizeof *t);
    if (t == NULL)
        return NULL;
    t->n_layers = model->n_layers;
    t->largest = calloc(t->n_layers, sizeof *t->largest);
    t->largest_known = calloc(t->n_layers, sizeof *t->largest_known);
    bool ok = t->largest != NULL && t->largest_known != NULL;
    for (size_t l = 0; ok && l < t->n_layers; l++)
        ok = (t->largest[l] = calloc(model->layer[l].n_in, sizeof **t->largest)) != NULL;
    for (size_t k = 0; ok && k < N_TENSORS; k++) {
        ok = (t->value[k] = calloc(t->n_layers, sizeof *t->value[k])) != NULL;
        for (size_t l = 0; ok && l < t->n_layers; l++) {
            const ga_layer *layer = model->layer + l;
            const bool input = k == TENSOR_INPUT || k == TENSOR_INPUT_GRADIENT;
            if (has((engine_tensor)k, l, t->n_layers))
                ok = (t->value[k][l] = calloc(input ? layer->n_in : layer->n_out, sizeof ***t->value)) != NULL;
        }
    }
    if (!ok) {
        image_tape_free(t);
        return NULL;
    }
    return t;
}

void
image_tape_read(image_tape *t, const engine_ops *ops, const void *engine, size_t row)
{
    t->readings++;
    memset(t->largest_known, 0, t->n_layers * sizeof *t->largest_known);
    for (size_t k = 0; k < N_TENSORS; k++)
        for (size_t l = 0; l < t->n_layers; l++)
            if (t->value[k][l] != NULL)
                ops->tensor(t->value[k][l], engine, (engine_tensor)k, l, row);
}
