/* SPDX-License-Identifier: Apache-2.0 */
/* model.c -- models from files and arrays; see gradaudit/model.h */
#include "core/model.h"

#include "api/api.h"
#include "graph/graph.h"
#include "io/tensors.h"

static ga_code
read_options(ga_model_options *own, ga_load *load, const ga_model_options *options, ga_status *st)
{
    const ga_code code = api_options(own, sizeof *own, options, "ga_model_options", st);
    const int layout = code == GA_OK && own->layout != NULL ? ga_layout_parse(own->layout) : GA_ANY_LAYOUT;
    if (code != GA_OK)
        return code;
    if (layout < 0)
        return ga_fail(st, GA_USAGE, "layout is \"out-in\" or \"in-out\", not '%.100s'", own->layout);
    *load = (ga_load){ .layout = (ga_layout)layout, .activation = own->activation, .allow_nonfinite = own->allow_nonfinite != 0,
                       .max_file = own->max_file, .max_memory = own->max_memory, .fuse = own->fuse != 0 };
    return GA_OK;
}

/* *model is replaced by a copy that is rounded. On failure it is NULL. */
static ga_code
round_model(ga_model **model, const char *name, ga_status *st)
{
    ga_status why = { 0 };
    ga_model *const rounded = ga_model_round(*model, &why);
    ga_model_free(*model);
    *model = rounded;
    return rounded != NULL ? GA_OK : file_fail(st, why.code, name, "%s", why.message);
}

/* A file at path, or one of these bytes, which path is only the name of. */
static ga_code
open_file(ga_model **model, const char *path, const file_bytes *bytes, const ga_model_options *options, ga_status *st)
{
    ga_model_options own;
    ga_load load;
    ga_code code = read_options(&own, &load, options, st);
    if (code == GA_OK)
        code = bytes != NULL ? model_load_bytes(model, bytes, path, &load, st) : ga_model_load(model, path, &load, st);
    return code == GA_OK && own.round ? round_model(model, path, st) : code;
}

/* After a failure there is no model. */
static ga_code
leave(api_call *call, ga_model **model, ga_code code, ga_status *st)
{
    code = api_leave(call, code, st);
    if (code != GA_OK) {
        ga_model_free(*model);
        *model = NULL;
    }
    return code;
}

ga_code
ga_model_open(ga_model **model, const char *path, const ga_model_options *options, ga_status *st)
{
    api_call call;
    ga_code code = api_given(st, "model", model);
    if (code != GA_OK)
        return code;
    *model = NULL;
    if ((code = api_enter(&call, NULL, st)) != GA_OK)
        return code;
    code = path != NULL ? open_file(model, path, NULL, options, st) : ga_fail(st, GA_USAGE, "which model? its path is NULL");
    return leave(&call, model, code, st);
}

ga_code
ga_model_open_bytes(ga_model **model, const void *bytes, size_t n, const char *name, const ga_model_options *options,
                    ga_status *st)
{
    const file_bytes file = { (uint8_t *)(uintptr_t)bytes, n };
    api_call call;
    ga_code code = api_given(st, "model", model);
    if (code != GA_OK)
        return code;
    *model = NULL;
    if ((code = api_enter(&call, NULL, st)) != GA_OK)
        return code;
    code = bytes != NULL || n == 0 ? open_file(model, name != NULL ? name : "the model", &file, options, st)
                                   : ga_fail(st, GA_USAGE, "which model? its bytes are NULL");
    return leave(&call, model, code, st);
}

static ga_code
from_arrays(ga_model **model, const ga_array *weight, const ga_array *bias, size_t n_layers, const ga_model_options *options,
            ga_status *st)
{
    ga_model_options own;
    ga_load load;
    ga_code code = read_options(&own, &load, options, st);
    if (code == GA_OK && n_layers > 0)
        code = api_given(st, "weight", weight);
    if (code != GA_OK || (code = model_from_arrays(model, weight, bias, n_layers, &load, st)) != GA_OK || !own.round)
        return code;
    if ((code = round_model(model, "the model", st)) != GA_OK)
        return code;
    (*model)->rounded = false; /* its digest is that of the rounded numbers, as if the arrays had been binary32 */
    return model_digest((*model)->sha256, *model, "the model", st);
}

ga_code
ga_model_from_arrays(ga_model **model, const ga_array *weight, const ga_array *bias, size_t n_layers,
                     const ga_model_options *options, ga_status *st)
{
    api_call call;
    ga_code code = api_given(st, "model", model);
    if (code != GA_OK)
        return code;
    *model = NULL;
    if ((code = api_enter(&call, NULL, st)) != GA_OK)
        return code;
    code = from_arrays(model, weight, bias, n_layers, options, st);
    return leave(&call, model, code, st);
}

ga_code
ga_model_save(const ga_model *model, const char *path, ga_status *st)
{
    api_call call;
    ga_code code = api_given(st, "model", model);
    if (code != GA_OK || (code = api_enter(&call, NULL, st)) != GA_OK)
        return code;
    code = path != NULL ? ga_model_write(model, path, st) : ga_fail(st, GA_USAGE, "where to? the path is NULL");
    return api_leave(&call, code, st);
}

int
ga_model_bits(const ga_model *model)
{
    return model->dtype == GA_F32 ? 32 : 64;
}

const char *
ga_model_sha256(const ga_model *model)
{
    return model->sha256;
}

/* Tensor i among the graph's parameters; their number: there is none. */
static size_t
find_tensor(const ga_graph *g, size_t i)
{
    size_t k = 0;
    while (k < g->n_parameters && (g->parameter[k].constant || i-- > 0))
        k++;
    return k;
}

size_t
ga_model_tensors(const ga_model *model)
{
    size_t n = 0;
    for (size_t k = 0; k < model->graph->n_parameters; k++)
        n += !model->graph->parameter[k].constant;
    return n;
}

const char *
ga_model_tensor_name(const ga_model *model, size_t i)
{
    const size_t k = find_tensor(model->graph, i);
    return k < model->graph->n_parameters ? model->graph->parameter[k].name : NULL;
}

size_t
ga_model_tensor_shape(size_t *dim, size_t room, const ga_model *model, size_t i)
{
    const size_t k = find_tensor(model->graph, i);
    const op_shape shape = k < model->graph->n_parameters ? graph_parameter_shape(model->graph, k) : (op_shape){ 0 };
    for (size_t d = 0; d < room; d++)
        dim[d] = d < shape.n_dims ? shape.dim[d] : 1;
    return shape.n_dims;
}
