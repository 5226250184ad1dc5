/* SPDX-License-Identifier: Apache-2.0 */
/* safetensors.c -- a model read from a safetensors file; see safetensors.h and gradaudit/model.h

   Nothing in the file is believed before it is checked against the file's size: memory is allocated for what is there. */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include <gradaudit/model.h>

#include "io/file.h"
#include "io/safetensors.h"
#include "model/dtype.h"

typedef struct {
    ga_dtype dtype;
    size_t dim[2]; /* rows and columns; dim[1] = 0 for a bias */
    size_t begin, end;
    size_t index;
    bool present;
} tensor;

typedef struct {
    const char *path;
    ga_status *st;
    file_bytes file;
    const uint8_t *data; /* what follows the header */
    size_t data_size;
    json_t *header;
    tensor tensor[2 * GA_MAX_LAYERS];
    size_t n_layers;
} reader;

#define FAULT(r, ...) file_fail((r)->st, GA_BAD_FILE, (r)->path, __VA_ARGS__)

static ga_code
parse_header(reader *r)
{
    uint64_t n = 0;
    json_error_t error;
    const char *text = (const char *)r->file.data + SAFETENSORS_LENGTH;

    if (r->file.size < SAFETENSORS_LENGTH)
        return FAULT(r, "truncated: %zu bytes are no safetensors file", r->file.size);
    for (int i = SAFETENSORS_LENGTH - 1; i >= 0; i--)
        n = n << 8 | r->file.data[i];
    if (n > SAFETENSORS_HEADER_CAP)
        return FAULT(r, "not a safetensors file: a header of %ju bytes is over the limit of %d", (uintmax_t)n,
                     SAFETENSORS_HEADER_CAP);
    if (n > r->file.size - SAFETENSORS_LENGTH)
        return FAULT(r, "truncated: its header has %ju bytes, %zu follow", (uintmax_t)n, r->file.size - SAFETENSORS_LENGTH);
    if (n == 0 || *text != '{')
        return FAULT(r, "not a safetensors file: its header does not begin with {");
    r->header = json_loadb(text, (size_t)n, JSON_REJECT_DUPLICATES, &error);
    if (r->header == NULL && (json_error_code(&error) == json_error_out_of_memory || *error.text == '\0'))
        return file_fail(r->st, GA_NO_MEMORY, r->path, "out of memory for its header");
    if (r->header == NULL)
        return FAULT(r, "malformed header: %s", error.text);
    r->data = r->file.data + SAFETENSORS_LENGTH + n;
    r->data_size = r->file.size - SAFETENSORS_LENGTH - (size_t)n;
    return GA_OK;
}

/* The number of a tensor by its name; false when the name is not one of ours: fc1.weight, not fc01.weight. */
static bool
parse_name(size_t *index, const char *name)
{
    char canonical[SAFETENSORS_NAME];

    if (strncmp(name, "fc", 2) != 0)
        return false;
    unsigned long layer = strtoul(name + 2, NULL, 10); /* whatever this took, the comparison below decides */
    if (layer == 0 || layer > SIZE_MAX / 2)
        return false;
    *index = 2 * (layer - 1);
    if (strcmp(name, tensor_name(canonical, *index)) == 0)
        return true;
    return strcmp(name, tensor_name(canonical, ++*index)) == 0;
}

/* An array of n non-negative integers. */
static bool
parse_sizes(size_t *size, size_t n, const json_t *array)
{
    if (!json_is_array(array) || json_array_size(array) != n)
        return false;
    for (size_t i = 0; i < n; i++) {
        const json_t *value = json_array_get(array, i);
        json_int_t v = json_integer_value(value);
        if (!json_is_integer(value) || v < 0 || (uintmax_t)v > SIZE_MAX)
            return false;
        size[i] = (size_t)v;
    }
    return true;
}

static ga_code
parse_tensor(reader *r, const char *name, const json_t *info)
{
    size_t index, offset[2], bytes;

    if (!parse_name(&index, name))
        return FAULT(r, "unknown tensor '%s'", name);
    if (index >= 2 * GA_MAX_LAYERS)
        return FAULT(r, "%s: more than %d layers", name, GA_MAX_LAYERS);
    tensor *t = r->tensor + index;
    const char *dtype = json_string_value(json_object_get(info, "dtype"));
    if (dtype == NULL || json_object_size(info) != 3)
        return FAULT(r, "%s: not an object of dtype, shape and data_offsets", name);
    if (strcmp(dtype, "F32") != 0 && strcmp(dtype, "F64") != 0)
        return FAULT(r, "%s: dtype '%s' is not F32 or F64", name, dtype);
    t->dtype = strcmp(dtype, "F32") == 0 ? GA_F32 : GA_F64;
    if (!parse_sizes(t->dim, index % 2 == 0 ? 2 : 1, json_object_get(info, "shape")))
        return FAULT(r, "%s: its shape is not %s", name, index % 2 == 0 ? "[outputs, inputs]" : "[outputs]");
    if (t->dim[0] == 0 || (index % 2 == 0 && t->dim[1] == 0))
        return FAULT(r, "%s: a dimension is 0", name);
    if (!parse_sizes(offset, 2, json_object_get(info, "data_offsets")) || offset[0] > offset[1] || offset[1] > r->data_size)
        return FAULT(r, "%s: its data_offsets are not within the %zu bytes of data", name, r->data_size);
    if (__builtin_mul_overflow(t->dim[0], index % 2 == 0 ? t->dim[1] : 1, &bytes) ||
        __builtin_mul_overflow(bytes, dtype_size(t->dtype), &bytes) || bytes != offset[1] - offset[0])
        return FAULT(r, "%s: its shape and dtype do not need the %zu bytes of its data_offsets", name, offset[1] - offset[0]);
    t->begin = offset[0];
    t->end = offset[1];
    t->index = index;
    t->present = true;
    r->n_layers = index / 2 + 1 > r->n_layers ? index / 2 + 1 : r->n_layers;
    return GA_OK;
}

static ga_code
parse_tensors(reader *r)
{
    const char *name;
    json_t *info;
    char missing[SAFETENSORS_NAME];

    json_object_foreach(r->header, name, info)
        if (strcmp(name, "__metadata__") != 0 && parse_tensor(r, name, info) != GA_OK)
            return GA_BAD_FILE;
    for (size_t i = 0; i < 2 * r->n_layers || i < 2; i++) {
        if (!r->tensor[i].present)
            return FAULT(r, "%s is missing", tensor_name(missing, i));
        if (r->tensor[i].dtype != r->tensor[0].dtype)
            return FAULT(r, "%s: its dtype differs from fc1.weight's", tensor_name(missing, i));
    }
    return GA_OK;
}

static int
compare_begin(const void *a, const void *b)
{
    const tensor *s = a, *t = b;
    return s->begin < t->begin ? -1 : s->begin > t->begin;
}

/* The tensors, in whatever order, cover the data without overlap or hole. */
static ga_code
check_cover(reader *r)
{
    size_t at = 0, n = 2 * r->n_layers;
    tensor *sorted = malloc(n * sizeof *sorted);
    char name[SAFETENSORS_NAME];
    ga_code code = GA_OK;

    if (sorted == NULL)
        return file_fail(r->st, GA_NO_MEMORY, r->path, "out of memory");
    memcpy(sorted, r->tensor, n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, compare_begin);
    for (size_t i = 0; i < n && code == GA_OK; at = sorted[i++].end)
        if (sorted[i].begin < at)
            code = FAULT(r, "%s: its data overlap another tensor's", tensor_name(name, sorted[i].index));
        else if (sorted[i].begin > at)
            code = FAULT(r, "%zu bytes before %s belong to no tensor", sorted[i].begin - at, tensor_name(name,
                                                                                                         sorted[i].index));
    if (code == GA_OK && at != r->data_size)
        code = FAULT(r, "%zu trailing bytes", r->data_size - at);
    free(sorted);
    return code;
}

/* sizes[0..n_layers] from shapes that chain. */
static ga_code
check_shapes(size_t *sizes, reader *r)
{
    sizes[0] = r->tensor[0].dim[1];
    for (size_t l = 0; l < r->n_layers; l++) {
        const tensor *weight = r->tensor + 2 * l, *bias = weight + 1;
        if (weight->dim[1] != sizes[l])
            return FAULT(r, "fc%zu.weight has %zu columns, but fc%zu has %zu outputs", l + 1, weight->dim[1], l, sizes[l]);
        if (bias->dim[0] != weight->dim[0])
            return FAULT(r, "fc%zu.bias has %zu elements, but fc%zu.weight %zu rows", l + 1, bias->dim[0], l + 1,
                         weight->dim[0]);
        sizes[l + 1] = weight->dim[0];
    }
    return GA_OK;
}

/* activation[0..n_layers-2] from the metadata: one name for all hidden layers, or one for each. */
static ga_code
parse_activations(ga_activation *activation, reader *r)
{
    const json_t *metadata = json_object_get(r->header, "__metadata__");
    const char *text = json_string_value(json_object_get(metadata, "activation"));
    size_t n = 0, hidden = r->n_layers - 1;
    char name[16];

    if (text == NULL || (hidden == 0 && *text == '\0'))
        return hidden == 0 ? GA_OK : FAULT(r, "the metadata string 'activation' is missing");
    for (const char *s = text, *end; s != NULL; s = *end == ',' ? end + 1 : NULL, n++) {
        end = s + strcspn(s, ",");
        snprintf(name, sizeof name, "%.*s", (int)(end - s < (int)sizeof name ? end - s : (int)sizeof name), s);
        int a = ga_activation_parse(name);
        if (a < 0 || a == GA_LINEAR)
            return FAULT(r, "activation '%.*s' is not sigmoid, tanh or relu", (int)(end - s < 100 ? end - s : 100), s);
        if (n < hidden)
            activation[n] = (ga_activation)a;
    }
    for (size_t l = 1; n == 1 && l < hidden; l++)
        activation[l] = activation[0];
    return n == 1 || n == hidden ? GA_OK : FAULT(r, "%zu activations for %zu hidden layers", n, hidden);
}

static ga_code
copy_metadata(ga_model *model, reader *r)
{
    json_t *metadata = json_object_get(r->header, "__metadata__"), *value;
    const char *key;

    if (metadata != NULL && !json_is_object(metadata))
        return FAULT(r, "__metadata__ is not an object");
    if (json_object_size(metadata) > SAFETENSORS_KEYS_CAP)
        return FAULT(r, "more than %d metadata keys", SAFETENSORS_KEYS_CAP);
    json_object_foreach(metadata, key, value) {
        if (!json_is_string(value))
            return FAULT(r, "the metadata value of '%s' is not a string", key);
        if (!ga_model_set_meta(model, key, json_string_value(value)))
            return file_fail(r->st, GA_NO_MEMORY, r->path, "out of memory");
    }
    return GA_OK;
}

static ga_code
read_model(ga_model **model, reader *r)
{
    size_t sizes[GA_MAX_LAYERS + 1];
    ga_activation activation[GA_MAX_LAYERS];
    ga_status inner = { 0 };
    ga_code code = file_read(&r->file, r->path, FILE_CAP, FILE_PLAIN, r->st);

    if (code != GA_OK || (code = parse_header(r)) != GA_OK || (code = parse_tensors(r)) != GA_OK ||
        (code = check_cover(r)) != GA_OK || (code = check_shapes(sizes, r)) != GA_OK ||
        (code = parse_activations(activation, r)) != GA_OK)
        return code;
    *model = ga_model_new(r->tensor[0].dtype, r->n_layers, sizes, activation, &inner);
    if (*model == NULL)
        return file_fail(r->st, inner.code, r->path, "%s", inner.message);
    for (size_t l = 0; l < r->n_layers; l++) {
        const tensor *t = r->tensor + 2 * l;
        memcpy((*model)->layer[l].weight, r->data + t[0].begin, t[0].end - t[0].begin);
        memcpy((*model)->layer[l].bias, r->data + t[1].begin, t[1].end - t[1].begin);
    }
    if ((code = copy_metadata(*model, r)) != GA_OK)
        return code;
    if (ga_model_check(*model, &inner) != GA_OK)
        return FAULT(r, "%s", inner.message);
    return GA_OK;
}

ga_code
ga_model_read(ga_model **model, const char *path, ga_status *st)
{
    reader *r = calloc(1, sizeof *r);

    *model = NULL;
    if (r == NULL)
        return file_fail(st, GA_NO_MEMORY, path, "out of memory");
    r->path = path;
    r->st = st;
    ga_code code = read_model(model, r);
    if (code != GA_OK) {
        ga_model_free(*model);
        *model = NULL;
    }
    json_decref(r->header);
    free(r->file.data);
    free(r);
    return code;
}
