/* SPDX-License-Identifier: Apache-2.0 */
/* model.c -- a multi-layer perceptron and its metadata; see gradaudit/model.h */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gradaudit/model.h>

#include "graph/graph.h"
#include "graph/op_graph.h"
#include "model/dtype.h"
#include "model/model.h"
#include "model/names.h"

#define ACTIVATION(value, op, name) [value] = name,
static const char *const activation_names[] = {
#include "op/activations.def"
};
#undef ACTIVATION
static const word_list activation_words = WORD_LIST("activation", activation_names);
const word_list hidden_words = WORD_LIST("activation of hidden layers", activation_names);
const word_list trained_words = { "activation to train", activation_names + GA_SIGMOID, GA_RELU };

const char *
ga_activation_name(ga_activation activation)
{
    return (size_t)activation < activation_words.n ? activation_names[activation] : "unknown";
}

int
ga_activation_parse(const char *name)
{
    return word_find(&activation_words, name);
}

static const char *const step_names[] = { [GA_SUBTRACT] = "subtract", [GA_MULTIPLY] = "multiply", [GA_DIVIDE] = "divide" };

const char *
ga_step_name(ga_step_kind kind)
{
    return step_names[kind];
}

static const char *const output_names[] = { [GA_LOGITS] = "logits", [GA_SOFTMAX] = "softmax", [GA_LOG_SOFTMAX] = "log-softmax" };
const word_list output_words = WORD_LIST("output", output_names);

const char *
ga_output_name(ga_output output)
{
    return output_names[output];
}

int
ga_output_parse(const char *name)
{
    return word_find(&output_words, name);
}

static const char *const layout_names[] = { "out-in", "in-out" };
const word_list layout_words = WORD_LIST("layout", layout_names);

int
ga_layout_parse(const char *name)
{
    const int place = word_find(&layout_words, name);
    return place < 0 ? -1 : place + GA_OUT_IN;
}

const char *
ga_output_note(ga_output output)
{
    switch (output) {
    case GA_SOFTMAX:
        return "The network ends in softmax. Gradients here are those of the cross-entropy of its probabilities, that is of its "
               "logits. A loss that takes the probabilities for logits has a second softmax: its gradient is smaller, and vanishes "
               "where the first softmax is saturated, in any precision.";
    case GA_LOG_SOFTMAX:
        return "The network ends in log-softmax. Gradients here are those of the cross-entropy of its probabilities, that is of "
               "its logits. A loss that takes log-probabilities for logits has the same gradient with more roundings; one that "
               "takes their exponentials for logits has a second softmax, whose gradient vanishes where the first is saturated.";
    default:
        return NULL;
    }
}

ga_model *
ga_model_new(ga_dtype dtype, size_t n_layers, const size_t *sizes, const ga_activation *activation, ga_status *st)
{
    if (n_layers == 0 || n_layers > GA_MAX_LAYERS) {
        ga_fail(st, GA_USAGE, "a model has 1 to %d layers, not %zu", GA_MAX_LAYERS, n_layers);
        return NULL;
    }
    for (size_t l = 0; l <= n_layers; l++)
        if (sizes[l] == 0 || (l > 0 && sizes[l - 1] > SIZE_MAX / 2 / sizeof(double) / sizes[l])) {
            ga_fail(st, GA_USAGE, "layer %zu has a size of 0 or too large", l);
            return NULL;
        }
    ga_model *model = calloc(1, sizeof *model);
    if (model == NULL || (model->layer = calloc(n_layers, sizeof *model->layer)) == NULL)
        goto no_memory;
    model->dtype = dtype;
    model->n_layers = n_layers;
    for (size_t l = 0; l < n_layers; l++) {
        ga_layer *layer = model->layer + l;
        layer->n_in = sizes[l];
        layer->n_out = sizes[l + 1];
        layer->activation = l + 1 < n_layers ? activation[l] : GA_LINEAR;
        layer->weight = calloc(layer->n_in * layer->n_out, dtype_size(dtype));
        layer->bias = calloc(layer->n_out, dtype_size(dtype));
        if (layer->weight == NULL || layer->bias == NULL)
            goto no_memory;
    }
    return model;
no_memory:
    ga_model_free(model);
    ga_fail(st, GA_NO_MEMORY, "out of memory for a model");
    return NULL;
}

static ga_model *
copy_layers(const ga_model *model, ga_dtype dtype, ga_status *st)
{
    size_t sizes[GA_MAX_LAYERS + 1];
    ga_activation activation[GA_MAX_LAYERS];

    sizes[0] = model->layer[0].n_in;
    for (size_t l = 0; l < model->n_layers; l++) {
        sizes[l + 1] = model->layer[l].n_out;
        activation[l] = model->layer[l].activation;
    }
    ga_model *copy = ga_model_new(dtype, model->n_layers, sizes, activation, st);
    if (copy == NULL)
        return NULL;
    for (size_t l = 0; l < model->n_layers; l++) {
        const ga_layer *from = model->layer + l;
        for (size_t i = 0; i < from->n_in * from->n_out; i++)
            ga_model_set(copy, copy->layer[l].weight, i, ga_model_get(model, from->weight, i));
        for (size_t i = 0; i < from->n_out; i++)
            ga_model_set(copy, copy->layer[l].bias, i, ga_model_get(model, from->bias, i));
    }
    return copy;
}

ga_model *
model_of_graph(ga_graph *g, ga_status *st)
{
    ga_model *model = g != NULL ? calloc(1, sizeof *model) : NULL;
    if (model != NULL) {
        model->dtype = g->dtype;
        model->graph = g;
        return model;
    }
    graph_free(g);
    ga_fail(st, GA_NO_MEMORY, "out of memory for a model");
    return NULL;
}

ga_code
model_need_layers(const ga_model *model, const char *what, ga_status *st)
{
    return model->graph == NULL ? GA_OK : ga_fail(st, GA_USAGE, "%s takes networks of fully connected layers only; gradient, "
                                                                "forward, attack and sweep take this one", what);
}

static ga_model *
copy_as(const ga_model *model, ga_dtype dtype, ga_status *st)
{
    ga_model as = { .dtype = dtype };
    ga_model *const copy = model->graph == NULL ? copy_layers(model, dtype, st)
                                                : model_of_graph(graph_copy(model->graph, dtype, &as), st);
    if (copy == NULL)
        return NULL;
    copy->output = model->output;
    memcpy(copy->sha256, model->sha256, sizeof copy->sha256);
    bool good = true;
    for (size_t i = 0; good && i < model->n_steps; i++)
        good = ga_model_add_step(copy, model->step[i].kind, model->step[i].constant);
    for (size_t i = 0; good && i < model->n_meta; i++)
        good = ga_model_set_meta(copy, model->meta[i].key, model->meta[i].value);
    if (good)
        return copy;
    ga_model_free(copy);
    ga_fail(st, GA_NO_MEMORY, "out of memory for a model");
    return NULL;
}

ga_model *
ga_model_copy(const ga_model *model, ga_status *st)
{
    return copy_as(model, model->dtype, st);
}

ga_model *
ga_model_round(const ga_model *model, ga_status *st)
{
    ga_model *rounded = copy_as(model, GA_F32, st);
    if (rounded != NULL && ga_model_nonfinite(rounded) != ga_model_nonfinite(model)) {
        ga_model_free(rounded);
        ga_fail(st, GA_BAD_FILE, "a weight overflows binary32");
        return NULL;
    }
    return rounded;
}

void
ga_model_free(ga_model *model)
{
    if (model == NULL)
        return;
    for (size_t l = 0; l < model->n_layers; l++) {
        free(model->layer[l].weight);
        free(model->layer[l].bias);
    }
    for (size_t i = 0; i < model->n_meta; i++) {
        free(model->meta[i].key);
        free(model->meta[i].value);
    }
    free(model->meta);
    free(model->layer);
    graph_free(model->graph);
    for (size_t i = 0; i < model->n_steps; i++)
        free(model->step[i].constant);
    free(model->step);
    free(model);
}

double
ga_model_get(const ga_model *model, const void *array, size_t i)
{
    return model->dtype == GA_F32 ? (double)((const float *)array)[i] : ((const double *)array)[i];
}

void
ga_model_set(const ga_model *model, void *array, size_t i, double value)
{
    if (model->dtype == GA_F32)
        ((float *)array)[i] = (float)value;
    else
        ((double *)array)[i] = value;
}

size_t
ga_model_inputs(const ga_model *model)
{
    return model->graph != NULL ? op_shape_size(&model->graph->input) : model->layer[0].n_in;
}

size_t
ga_model_classes(const ga_model *model)
{
    return model->graph != NULL ? model->graph->n_outputs : model->layer[model->n_layers - 1].n_out;
}

size_t
ga_model_parameters(const ga_model *model)
{
    size_t n = 0;
    for (size_t l = 0; l < model->n_layers; l++)
        n += (model->layer[l].n_in + 1) * model->layer[l].n_out;
    for (size_t k = 0; model->graph != NULL && k < model->graph->n_parameters; k++)
        if (!model->graph->parameter[k].constant)
            n += model->graph->parameter[k].rows * model->graph->parameter[k].cols;
    return n;
}

const char *
ga_model_meta(const ga_model *model, const char *key)
{
    for (size_t i = 0; i < model->n_meta; i++)
        if (strcmp(model->meta[i].key, key) == 0)
            return model->meta[i].value;
    return NULL;
}

bool
ga_model_set_meta(ga_model *model, const char *key, const char *value)
{
    char *copy = strdup(value);
    if (copy == NULL)
        return false;
    for (size_t i = 0; i < model->n_meta; i++)
        if (strcmp(model->meta[i].key, key) == 0) {
            free(model->meta[i].value);
            model->meta[i].value = copy;
            return true;
        }
    ga_meta *meta = realloc(model->meta, (model->n_meta + 1) * sizeof *meta);
    char *name = strdup(key);
    if (meta != NULL)
        model->meta = meta;
    if (meta == NULL || name == NULL) {
        free(name);
        free(copy);
        return false;
    }
    meta[model->n_meta++] = (ga_meta){ name, copy };
    return true;
}

bool
ga_model_add_step(ga_model *model, ga_step_kind kind, const double *constant)
{
    const size_t n = ga_model_inputs(model);
    if (model->n_steps == GA_NORMALISE_STEPS)
        return false;
    for (size_t i = 0; i < n; i++)
        if (!isfinite(constant[i]) || (kind == GA_DIVIDE && constant[i] == 0))
            return false;
    if (model->step == NULL && (model->step = calloc(GA_NORMALISE_STEPS, sizeof *model->step)) == NULL)
        return false;
    double *const copy = malloc(n * sizeof *copy);
    if (copy == NULL)
        return false;
    memcpy(copy, constant, n * sizeof *copy);
    model->step[model->n_steps++] = (ga_step){ kind, copy };
    return true;
}

static ga_code
check_finite(const ga_model *model, const void *array, size_t n, const char *name, ga_status *st)
{
    for (size_t i = 0; i < n; i++)
        if (!isfinite(ga_model_get(model, array, i)))
            return ga_fail(st, GA_BAD_FILE, "%s: element %zu is %s", name, i,
                           isnan(ga_model_get(model, array, i)) ? "NaN" : "infinite");
    return GA_OK;
}

static ga_code
check_layer(const ga_model *model, size_t l, ga_status *st)
{
    const ga_layer *layer = model->layer + l;
    char name[32];
    snprintf(name, sizeof name, "fc%zu.weight", l + 1);
    const ga_code code = check_finite(model, layer->weight, layer->n_in * layer->n_out, name, st);
    if (code != GA_OK)
        return code;
    snprintf(name, sizeof name, "fc%zu.bias", l + 1);
    return check_finite(model, layer->bias, layer->n_out, name, st);
}

ga_code
ga_model_check(const ga_model *model, bool allow_nonfinite, ga_status *st)
{
    for (size_t l = 0; l < model->n_layers; l++) {
        const ga_layer *layer = model->layer + l;
        if (l > 0 && layer->n_in != layer[-1].n_out)
            return ga_fail(st, GA_BAD_FILE, "fc%zu.weight has %zu columns, but fc%zu has %zu outputs", l + 1, layer->n_in, l,
                           layer[-1].n_out);
        const ga_activation f = layer->activation;
        if (f != GA_LINEAR && (l + 1 == model->n_layers || (f != GA_SIGMOID && f != GA_TANH && f != GA_RELU)))
            return ga_fail(st, GA_BAD_FILE, "layer %zu cannot be %s", l + 1, ga_activation_name(f));
        if (!allow_nonfinite && check_layer(model, l, st) != GA_OK)
            return GA_BAD_FILE;
    }
    for (size_t k = 0; model->graph != NULL && !allow_nonfinite && k < model->graph->n_parameters; k++) {
        const graph_parameter *p = model->graph->parameter + k;
        if (check_finite(model, p->exact, p->rows * p->cols, p->name, st) != GA_OK)
            return GA_BAD_FILE;
    }
    if (ga_model_classes(model) > GA_MAX_CLASSES)
        return ga_fail(st, GA_BAD_FILE, "%zu classes are more than %d", ga_model_classes(model), GA_MAX_CLASSES);
    return GA_OK;
}

size_t
ga_model_nonfinite(const ga_model *model)
{
    size_t n = 0;
    for (size_t l = 0; l < model->n_layers; l++) {
        const ga_layer *layer = model->layer + l;
        for (size_t i = 0; i < layer->n_in * layer->n_out; i++)
            n += !isfinite(ga_model_get(model, layer->weight, i));
        for (size_t i = 0; i < layer->n_out; i++)
            n += !isfinite(ga_model_get(model, layer->bias, i));
    }
    for (size_t k = 0; model->graph != NULL && k < model->graph->n_parameters; k++)
        for (size_t i = 0; i < model->graph->parameter[k].rows * model->graph->parameter[k].cols; i++)
            n += !isfinite(ga_model_get(model, model->graph->parameter[k].exact, i));
    return n;
}
