/* SPDX-License-Identifier: Apache-2.0 */
/* model.c -- a graph with what is done before and after it, and its metadata; see core/model.h */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/model.h"

#include "graph/fuse.h"
#include "graph/layers.h"
#include "graph/op_graph.h"
#include "model/model.h"
#include "num/dtype.h"

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
    ga_graph *g = graph_new(dtype, &(op_shape){ 1, { sizes[0] } });
    for (size_t l = 0; l < n_layers && g != NULL; l++) {
        const bool hidden = l + 1 < n_layers;
        const op_id function = hidden ? graph_activation(activation[l]) : N_OPS;
        if (hidden && function == N_OPS) {
            graph_free(g);
            ga_fail(st, GA_USAGE, "layer %zu cannot be %s", l + 1, ga_activation_name(activation[l]));
            return NULL;
        }
        if (!graph_add_layer(g, sizes[l], sizes[l + 1], function)) {
            graph_free(g);
            g = NULL;
        }
    }
    return model_of_graph(g, st);
}

ga_model *
model_of_graph(ga_graph *g, ga_status *st)
{
    ga_model *const model = g != NULL ? calloc(1, sizeof *model) : NULL;
    ga_layer *layer = NULL;
    if (model == NULL || !graph_layers(&layer, &model->n_layers, g)) {
        free(model);
        graph_free(g);
        ga_fail(st, GA_NO_MEMORY, "out of memory for a model");
        return NULL;
    }
    model->dtype = g->dtype;
    model->graph = g;
    model->layer = layer;
    return model;
}

ga_code
model_need_layers(const ga_model *model, const char *what, ga_status *st)
{
    if (model->n_layers > 0)
        return GA_OK;
    return ga_fail(st, GA_USAGE, "%s takes networks of fully connected layers only; all commands but convert take this one as it "
                                 "is", what);
}

static ga_model *
copy_as(const ga_model *model, ga_dtype dtype, ga_status *st)
{
    ga_model *const copy = model_of_graph(graph_copy(model->graph, dtype), st);
    if (copy == NULL)
        return NULL;
    memcpy(copy->sha256, model->sha256, sizeof copy->sha256);
    copy->rounded = model->rounded;
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
    if (rounded != NULL)
        rounded->rounded = true;
    return rounded;
}

void
ga_model_free(ga_model *model)
{
    if (model == NULL)
        return;
    for (size_t i = 0; i < model->n_meta; i++) {
        free(model->meta[i].key);
        free(model->meta[i].value);
    }
    free(model->meta);
    free((ga_layer *)(uintptr_t)model->layer);
    graph_free(model->graph);
    for (size_t i = 0; i < model->n_steps; i++)
        free(model->step[i].constant);
    free(model->step);
    free(model);
}

double
ga_model_get(const ga_model *model, const void *array, size_t i)
{
    return dtype_get(model->dtype, array, i);
}

void
ga_model_set(const ga_model *model, void *array, size_t i, double value)
{
    dtype_set(model->dtype, array, i, value);
}

size_t
ga_model_inputs(const ga_model *model)
{
    return op_shape_size(&model->graph->input);
}

size_t
ga_model_classes(const ga_model *model)
{
    return model->graph->n_outputs;
}

size_t
ga_model_parameters(const ga_model *model)
{
    size_t n = 0;
    for (size_t k = 0; k < model->graph->n_parameters; k++)
        if (!model->graph->parameter[k].constant)
            n += model->graph->parameter[k].rows * model->graph->parameter[k].cols;
    return n;
}

void
ga_model_fused(char *text, size_t size, const ga_model *model)
{
    graph_fused(text, size, model->graph);
}

ga_output
ga_model_output(const ga_model *model)
{
    return graph_output_of(model->graph);
}

bool
ga_model_set_output(ga_model *model, ga_output output)
{
    const op_id end = graph_output(output);
    if (end != N_OPS)
        model->graph->end = end;
    return end != N_OPS;
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
check_finite(const graph_parameter *p, ga_dtype dtype, ga_status *st)
{
    for (size_t i = 0; i < p->rows * p->cols; i++) {
        const double x = dtype_get(dtype, p->exact, i);
        if (!isfinite(x))
            return ga_fail(st, GA_BAD_FILE, "%s: element %zu is %s", p->name, i, isnan(x) ? "NaN" : "infinite");
    }
    return GA_OK;
}

ga_code
ga_model_check(const ga_model *model, bool allow_nonfinite, ga_status *st)
{
    const ga_graph *const g = model->graph;
    for (size_t k = 0; !allow_nonfinite && k < g->n_parameters; k++)
        if (check_finite(g->parameter + k, g->dtype, st) != GA_OK)
            return GA_BAD_FILE;
    if (g->n_outputs > GA_MAX_CLASSES)
        return ga_fail(st, GA_BAD_FILE, "%zu classes are more than %d", g->n_outputs, GA_MAX_CLASSES);
    return GA_OK;
}

size_t
ga_model_nonfinite(const ga_model *model)
{
    const ga_graph *const g = model->graph;
    size_t n = 0;
    for (size_t k = 0; k < g->n_parameters; k++)
        for (size_t i = 0; i < g->parameter[k].rows * g->parameter[k].cols; i++)
            n += !isfinite(dtype_get(g->dtype, g->parameter[k].exact, i));
    return n;
}
