/* SPDX-License-Identifier: Apache-2.0 */
/* model_arrays.c -- a model of fully connected layers from arrays in memory; see tensors.h */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "io/assemble.h"
#include "io/npy.h"
#include "num/dtype.h"

enum { ARRAY_NAME = 32 };

/* Weight and bias of a layer; without a bias its n is 0. */
typedef struct {
    npy weight, bias;
    size_t n_in, n_out;
} pair;

static const char *
array_name(char name[ARRAY_NAME], const char *what, size_t l)
{
    snprintf(name, ARRAY_NAME, "%s %zu", what, l + 1);
    return name;
}

static ga_code
look(npy *to, const ga_array *numbers, const char *name, ga_status *st)
{
    const ga_code code = npy_lend(to, NULL, numbers, name, st);
    if (code != GA_OK || to->dtype == NPY_F64 || to->dtype == NPY_F32 || to->dtype == NPY_F16)
        return code;
    return file_fail(st, GA_BAD_FILE, name, "the numbers of a model are '<f8', '<f4' or '<f2', not '%s'", numbers->type);
}

/* Layer l, whose inputs are n_before outputs of the layer before it; 0: it is the first. */
static ga_code
look_at_layer(pair *p, const ga_array *weight, const ga_array *bias, size_t l, size_t n_before, bool in_out, ga_status *st)
{
    char name[ARRAY_NAME];
    ga_code code = look(&p->weight, weight, array_name(name, "weight", l), st);
    if (code != GA_OK)
        return code;
    if (p->weight.n_dims != 2)
        return file_fail(st, GA_BAD_FILE, name, "%zu dimension%s, not 2: %s", p->weight.n_dims, p->weight.n_dims == 1 ? "" : "s",
                         in_out ? "inputs x outputs" : "outputs x inputs");
    p->n_in = p->weight.dim[!in_out];
    p->n_out = p->weight.dim[in_out];
    if (n_before != 0 && p->n_in != n_before)
        return file_fail(st, GA_BAD_FILE, name, "%zu x %zu takes %zu inputs, and weight %zu makes %zu outputs%s", p->weight.dim[0],
                         p->weight.dim[1], p->n_in, l, n_before,
                         in_out ? "" : "; the layout \"in-out\" is for weights of inputs x outputs");
    if (bias == NULL || bias->data == NULL)
        return GA_OK;
    if ((code = look(&p->bias, bias, array_name(name, "bias", l), st)) != GA_OK)
        return code;
    return p->bias.n_dims == 1 && p->bias.n == p->n_out
               ? GA_OK : file_fail(st, GA_BAD_FILE, name, "%zu number%s of %zu dimension%s, not one for each of the %zu outputs of "
                                   "weight %zu", p->bias.n, p->bias.n == 1 ? "" : "s", p->bias.n_dims,
                                   p->bias.n_dims == 1 ? "" : "s", p->n_out, l + 1);
}

/* to[i, j] = from[i, j], or from[j, i] if that is transposed; each exact in the model's dtype. */
static ga_code
copy(const ga_model *model, void *to, size_t rows, size_t cols, const npy *from, bool transposed, bool nonfinite, const char *name,
     ga_status *st)
{
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < cols; j++) {
            double value;
            npy_get(&value, from, transposed ? j * rows + i : i * cols + j);
            if (!nonfinite && !isfinite(value))
                return file_fail(st, GA_BAD_FILE, name, "number %zu of row %zu is %s; allow_nonfinite takes it as it is",
                                 transposed ? i : j, transposed ? j : i, isnan(value) ? "NaN" : "infinite");
            ga_model_set(model, to, i * cols + j, value);
        }
    return GA_OK;
}

static ga_code
fill(ga_model *model, const pair *p, const ga_load *o, ga_status *st)
{
    char name[ARRAY_NAME];
    ga_code code = GA_OK;
    for (size_t l = 0; l < model->n_layers && code == GA_OK; l++) {
        const ga_layer *const to = model->layer + l;
        code = copy(model, to->weight, to->n_out, to->n_in, &p[l].weight, o->layout == GA_IN_OUT, o->allow_nonfinite,
                    array_name(name, "weight", l), st);
        if (code == GA_OK && p[l].bias.n > 0)
            code = copy(model, to->bias, 1, to->n_out, &p[l].bias, false, o->allow_nonfinite, array_name(name, "bias", l), st);
    }
    return code != GA_OK ? code : ga_model_check(model, true, st);
}

static ga_code
find_activations(ga_activation *activation, size_t hidden, const char *text, ga_status *st)
{
    ga_status wrong = { 0 };
    if (text == NULL && hidden > 0)
        return ga_fail(st, GA_USAGE, "activation: the arrays do not say what the hidden layers compute: it is sigmoid, tanh, relu, "
                                     "linear or another, or one for each with commas");
    if (text == NULL)
        return GA_OK;
    const bool known = activations_parse(activation, hidden, text, &wrong) == GA_OK;
    for (size_t l = 0; known && l < hidden; l++)
        if (activation[l] == GA_PRELU)
            return ga_fail(st, GA_USAGE, "activation: prelu has slopes, which these arrays do not: save them beside the weights, "
                                         "as prelu1.weight, in a .npz or safetensors file, and load that");
    return known ? GA_OK : ga_fail(st, GA_USAGE, "activation: %s", wrong.message);
}

static ga_code
make(ga_model **model, pair *p, const ga_array *weight, const ga_array *bias, size_t n, const ga_load *o, ga_status *st)
{
    size_t sizes[GA_MAX_LAYERS + 1] = { 0 }, parameters = 0;
    ga_activation activation[GA_MAX_LAYERS];
    ga_dtype dtype = GA_F32;
    ga_status inner = { 0 };
    ga_code code = find_activations(activation, n - 1, o->activation, st);
    for (size_t l = 0; l < n && code == GA_OK; l++) {
        code = look_at_layer(p + l, weight + l, bias != NULL ? bias + l : NULL, l, sizes[l], o->layout == GA_IN_OUT, st);
        sizes[l] = p[l].n_in;
        sizes[l + 1] = p[l].n_out;
        parameters += p[l].weight.n + p[l].n_out; /* the weights are in memory, with outputs each of them at least one */
        if (p[l].weight.dtype == NPY_F64 || (p[l].bias.n > 0 && p[l].bias.dtype == NPY_F64))
            dtype = GA_F64;
    }
    tensors_source source = { .path = "the arrays", .options = o, .st = st };
    if (code != GA_OK || (code = source_take(&source, parameters * dtype_size(dtype))) != GA_OK)
        return code;
    if ((*model = ga_model_new(dtype, n, sizes, activation, &inner)) == NULL)
        return file_fail(st, inner.code, source.path, "%s", inner.message);
    return fill(*model, p, o, st);
}

ga_code
model_from_arrays(ga_model **model, const ga_array *weight, const ga_array *bias, size_t n_layers, const ga_load *asked,
                  ga_status *st)
{
    const ga_load options = load_limits(asked);
    *model = NULL;
    if (n_layers == 0 || n_layers > GA_MAX_LAYERS)
        return ga_fail(st, GA_USAGE, "a network has 1 to %d layers, not %zu", GA_MAX_LAYERS, n_layers);
    pair *const p = calloc(n_layers, sizeof *p);
    ga_code code = p != NULL ? make(model, p, weight, bias, n_layers, &options, st) : ga_fail(st, GA_NO_MEMORY, "out of memory");
    free(p);
    if (code == GA_OK)
        code = model_digest((*model)->sha256, *model, "the model", st);
    if (code != GA_OK) {
        ga_model_free(*model);
        *model = NULL;
    }
    return code;
}
