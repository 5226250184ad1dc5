/* SPDX-License-Identifier: Apache-2.0 */
/* image_tape.c -- see image_tape.h */
#include <stdlib.h>
#include <string.h>

#include "audit/image_tape.h"
#include "pass/truth.h"

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
        for (size_t l = 0; t->truth[k] != NULL && l < t->n_layers; l++)
            free(t->truth[k][l]);
        free(t->value[k]);
        free(t->truth[k]);
    }
    for (size_t l = 0; t->largest != NULL && l < t->n_layers; l++)
        free(t->largest[l]);
    free(t->largest);
    free(t->largest_known);
    free(t);
}

static image_tape *
tape_new(const ga_model *model, bool truths)
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
        ok = (t->value[k] = calloc(t->n_layers, sizeof *t->value[k])) != NULL &&
             (!truths || (t->truth[k] = calloc(t->n_layers, sizeof *t->truth[k])) != NULL);
        for (size_t l = 0; ok && l < t->n_layers; l++) {
            const ga_layer *layer = model->layer + l;
            const bool input = k == TENSOR_INPUT || k == TENSOR_INPUT_GRADIENT;
            const size_t n = input ? layer->n_in : layer->n_out;
            if (has((engine_tensor)k, l, t->n_layers))
                ok = (t->value[k][l] = calloc(n, sizeof ***t->value)) != NULL &&
                     (!truths || (t->truth[k][l] = calloc(n, sizeof ***t->truth)) != NULL);
        }
    }
    if (!ok) {
        image_tape_free(t);
        return NULL;
    }
    return t;
}

image_tape *
image_tape_new(const ga_model *model)
{
    return tape_new(model, false);
}

image_tape *
image_tape_new_true(const ga_model *model)
{
    return tape_new(model, true);
}

/* The bound of an undecided truth. */
static void
round_truths(ga_number *value, const ga_truth *t, size_t n)
{
    const int64_t most = INT64_C(1) << 61;
    for (size_t i = 0; i < n; i++)
        value[i] = t[i].state != GA_UNDECIDED_ELEMENT
                       ? truth_number(t + i)
                       : (ga_number){ .klass = GA_NORMAL, .mantissa = 1, .exponent = t[i].bound < most ? t[i].bound : most };
}

void
image_tape_read(image_tape *t, const engine_ops *ops, const void *engine, size_t row)
{
    t->readings++;
    memset(t->largest_known, 0, t->n_layers * sizeof *t->largest_known);
    for (size_t k = 0; k < N_TENSORS; k++)
        for (size_t l = 0; l < t->n_layers; l++)
            if (t->truth[k] != NULL && t->truth[k][l] != NULL)
                round_truths(t->value[k][l], t->truth[k][l], ops->tensor_truth(t->truth[k][l], engine, (engine_tensor)k, l, row));
            else if (t->value[k][l] != NULL)
                ops->tensor(t->value[k][l], engine, (engine_tensor)k, l, row);
}
