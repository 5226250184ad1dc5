/* SPDX-License-Identifier: Apache-2.0 */
/* safetensors_write.c -- a model written as a safetensors file: same model, same bytes; see safetensors.h

   Order: __metadata__ with its keys sorted, fc1.weight, fc1.bias, prelu1.weight if PReLU stands there, fc2.weight, …; the
   header is padded with spaces so that the numbers begin at a multiple of 8 bytes. Steps before the first layer come first:
   normalise.1.subtract, …, of F64. "activation" and "output" are written from the model, whatever its metadata say;
   model_load.c knows such a file by "activation", which is empty if nothing is hidden. */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "core/model.h"

#include "graph/layers.h"
#include "graph/op_graph.h"
#include "io/escape.h"
#include "io/file.h"
#include "io/json_line.h"
#include "io/safetensors.h"
#include "io/tensors.h"
#include "model/model.h"
#include "model/names.h"
#include "num/dtype.h"

/* The name of what stands behind the layer whose sum is node k: that of the next node, or nothing. */
static const char *
activation_behind(const ga_graph *g, size_t k)
{
    ga_activation activation = GA_LINEAR;
    if (g->node[k + 1].op != OP_affine && !graph_activation_of(&activation, g->node[k + 1].op))
        activation = GA_PRELU;
    return ga_activation_name(activation);
}

/* "tanh", "sigmoid,tanh,…" if the hidden layers differ, or "" without any; NULL when memory is out. */
static char *
activation_text(const ga_graph *g)
{
    const size_t hidden = graph_layers_to(g, g->n_nodes) - 1;
    size_t named = hidden > 0, end = 0, l = 0;
    char *text = calloc(hidden + 1, ACTIVATION_NAME);
    for (size_t k = 0; k + 1 < g->n_nodes; k++)
        if (g->node[k].op == OP_affine && strcmp(activation_behind(g, k), activation_behind(g, 0)) != 0)
            named = hidden;
    for (size_t k = 0; text != NULL && l < named; k++)
        if (g->node[k].op == OP_affine)
            end += (size_t)sprintf(text + end, "%s%s", l++ == 0 ? "" : ",", activation_behind(g, k));
    return text;
}

/* JSON is UTF-8: text, or a copy with \xNN for the bytes that are not UTF-8 (in a path, say); NULL when memory is out. */
static char *
utf8_copy(const char *text)
{
    json_t *string = json_string(text); /* NULL: not UTF-8 */
    char *copy = string != NULL ? strdup(text) : escape_copy(escape_terminal, text);

    json_decref(string);
    return copy;
}

/* object[key] = value; false when memory is out. */
static bool
set_string(json_t *object, const char *key, const char *value)
{
    char *k = utf8_copy(key), *v = utf8_copy(value);
    bool set = k != NULL && v != NULL && json_object_set_new(object, k, json_string(v)) == 0;

    free(k);
    free(v);
    return set;
}

static int
compare_keys(const void *a, const void *b)
{
    return strcmp(((const ga_meta *)a)->key, ((const ga_meta *)b)->key);
}

/* Only square weights: their shapes do not say their layout. */
static bool
all_square(const ga_model *model)
{
    bool square = true;
    for (size_t k = 0; k < model->graph->n_nodes; k++) {
        const graph_node *const node = model->graph->node + k;
        const graph_parameter *const w = node->op == OP_affine ? model->graph->parameter + node->in[1].index : NULL;
        square = square && (w == NULL || w->rows == w->cols);
    }
    return square;
}

/* A key whose value comes from the model. */
static bool
is_own_key(const char *key)
{
    return strcmp(key, "activation") == 0 || strcmp(key, "layout") == 0 || strcmp(key, "output") == 0;
}

static size_t
count_keys(const ga_model *model)
{
    size_t n = 1 + all_square(model) + (ga_model_output(model) != GA_LOGITS);
    for (size_t i = 0; i < model->n_meta; i++)
        n += !is_own_key(model->meta[i].key);
    return n;
}

/* The __metadata__ object; NULL when memory is out. */
static json_t *
metadata_object(const ga_model *model)
{
    char *activation = activation_text(model->graph), activation_key[] = "activation";
    char output_key[] = "output", output[NORMALISE_NAME], layout_key[] = "layout", layout[] = "out-in";
    ga_meta *meta = malloc(count_keys(model) * sizeof *meta);
    json_t *object = json_object();
    bool good = activation != NULL && meta != NULL && object != NULL;
    size_t n = 0;

    for (size_t i = 0; good && i < model->n_meta; i++)
        if (!is_own_key(model->meta[i].key))
            meta[n++] = model->meta[i];
    if (good)
        meta[n++] = (ga_meta){ activation_key, activation };
    snprintf(output, sizeof output, "%s", ga_output_name(ga_model_output(model)));
    if (good && ga_model_output(model) != GA_LOGITS)
        meta[n++] = (ga_meta){ output_key, output };
    if (good && all_square(model))
        meta[n++] = (ga_meta){ layout_key, layout };
    if (good)
        qsort(meta, n, sizeof *meta, compare_keys);
    for (size_t i = 0; good && i < n; i++)
        good = set_string(object, meta[i].key, meta[i].value);
    free(activation);
    free(meta);
    if (good)
        return object;
    json_decref(object);
    return NULL;
}

/* header[name] = a tensor of size bytes from *begin, which moves past it; shape is taken. */
static bool
add_tensor(json_t *header, const char *name, const char *dtype, size_t *begin, json_t *shape, size_t size)
{
    const size_t from = *begin;
    *begin += size;
    return json_object_set_new(header, name, json_pack("{s:s, s:o, s:[I, I]}", "dtype", dtype, "shape", shape, "data_offsets",
                                                       (json_int_t)from, (json_int_t)*begin)) == 0;
}

/* The header of *size bytes, padding included, for the caller to free; NULL when memory is out. */
static char *
header_text(size_t *size, const ga_model *model)
{
    json_t *header = json_object();
    bool good = header != NULL && json_object_set_new(header, "__metadata__", metadata_object(model)) == 0;
    const char *dtype = model->dtype == GA_F32 ? "F32" : "F64";
    size_t begin = 0;
    char name[SAFETENSORS_NAME + NORMALISE_NAME];

    for (size_t k = 0; good && k < model->n_steps; k++)
        good = add_tensor(header, normalise_tensor(name, k, model->step[k].kind), "F64", &begin,
                          json_pack("[I]", (json_int_t)ga_model_inputs(model)), ga_model_inputs(model) * sizeof(double));
    for (size_t k = 0; good && k < model->graph->n_nodes; k++) {
        const graph_node *const node = model->graph->node + k;
        const size_t l = graph_layers_to(model->graph, k);
        for (size_t i = 1; good && i < op_graph_of(node->op)->n_in; i++) {
            const graph_parameter *const p = model->graph->parameter + node->in[i].index;
            const bool weight = node->op == OP_affine && i == 1;
            json_t *shape = weight ? json_pack("[I, I]", (json_int_t)p->rows, (json_int_t)p->cols)
                                   : json_pack("[I]", (json_int_t)p->cols);
            snprintf(name, sizeof name, node->op == OP_prelu ? "prelu%zu.weight" : weight ? "fc%zu.weight" : "fc%zu.bias", l);
            good = add_tensor(header, name, dtype, &begin, shape, p->rows * p->cols * dtype_size(model->dtype));
        }
    }
    char *text = good ? json_line(header, 0) : NULL, *padded = NULL;
    if (text != NULL) {
        size_t length = strlen(text);
        *size = (length + 7) / 8 * 8;
        if ((padded = malloc(*size)) != NULL) {
            memcpy(padded, text, length);
            memset(padded + length, ' ', *size - length);
        }
    }
    free(text);
    json_decref(header);
    return padded;
}

/* Where the bytes of the file go: to a stream, or into a digest. */
typedef struct {
    FILE *stream;
    struct sha256_ctx *sha;
} sink;

static void
put(const sink *to, const void *bytes, size_t n)
{
    if (to->stream != NULL)
        fwrite(bytes, 1, n, to->stream);
    else
        sha256_update(to->sha, n, bytes);
}

static void
put_model(const sink *to, const char *header, size_t size, const ga_model *model)
{
    uint8_t length[SAFETENSORS_LENGTH];
    for (int i = 0; i < SAFETENSORS_LENGTH; i++)
        length[i] = (uint8_t)((uint64_t)size >> 8 * i);
    put(to, length, sizeof length);
    put(to, header, size);
    for (size_t k = 0; k < model->n_steps; k++)
        put(to, model->step[k].constant, ga_model_inputs(model) * sizeof(double));
    for (size_t k = 0; k < model->graph->n_parameters; k++) {
        const graph_parameter *const p = model->graph->parameter + k;
        put(to, p->exact, p->rows * p->cols * dtype_size(model->dtype));
    }
}

/* The file's header of *size bytes, for the caller to free, if the model can be written. */
static ga_code
make_header(char **header, size_t *size, const ga_model *model, const char *path, ga_status *st)
{
    ga_status inner = { 0 };
    *header = NULL;
    *size = 0;
    if ((!graph_is_chain(model->graph) && model_need_layers(model, "a safetensors file", &inner) != GA_OK) ||
        ga_model_check(model, true, &inner) != GA_OK)
        return file_fail(st, inner.code, path, "not written: %s", inner.message);
    if ((*header = header_text(size, model)) == NULL)
        return file_fail(st, GA_NO_MEMORY, path, "out of memory");
    return *size <= SAFETENSORS_HEADER_CAP && count_keys(model) <= SAFETENSORS_KEYS_CAP
               ? GA_OK : file_fail(st, GA_NO_MEMORY, path, "not written: its metadata are over the limit of %d bytes or %d keys",
                                   SAFETENSORS_HEADER_CAP, SAFETENSORS_KEYS_CAP);
}

ga_code
ga_model_write(const ga_model *model, const char *path, ga_status *st)
{
    out_file out;
    char *header;
    size_t size;
    ga_code code = make_header(&header, &size, model, path, st);
    if (code == GA_OK && (code = out_open(&out, path, st)) == GA_OK) {
        put_model(&(sink){ .stream = out.stream }, header, size, model);
        code = out_commit(&out, st);
    }
    free(header);
    return code;
}

ga_code
model_digest(char sha256[GA_SHA256], const ga_model *model, const char *name, ga_status *st)
{
    struct sha256_ctx sha;
    char *header;
    size_t size;
    const ga_code code = make_header(&header, &size, model, name, st);
    if (code == GA_OK) {
        sha256_init(&sha);
        put_model(&(sink){ .sha = &sha }, header, size, model);
        digest_end(sha256, &sha);
    }
    free(header);
    return code;
}
