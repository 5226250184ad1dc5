/* SPDX-License-Identifier: Apache-2.0 */
/* safetensors.c -- the tensors and metadata of a safetensors file; see safetensors.h

   Everything in the file is checked against its size before it is believed: memory is allocated for what is there. */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "io/safetensors.h"
#include "io/tensors.h"

typedef struct {
    size_t begin, end;
    const char *name;
} extent;

typedef struct {
    tensors_source *source;
    const uint8_t *data; /* what follows the header */
    size_t size, n;
    extent *extent; /* of the tensors so far */
} reader;

#define FAULT(r, ...) SOURCE_FAULT((r)->source, __VA_ARGS__)

static ga_code
parse_header(json_t **header, reader *r, const file_bytes *file)
{
    uint64_t n = 0;
    json_error_t error;
    const char *text = (const char *)file->data + SAFETENSORS_LENGTH;

    if (file->size < SAFETENSORS_LENGTH)
        return FAULT(r, "truncated: %zu bytes are no safetensors file", file->size);
    for (int i = SAFETENSORS_LENGTH - 1; i >= 0; i--)
        n = n << 8 | file->data[i];
    if (n > SAFETENSORS_HEADER_CAP && (file->size == SAFETENSORS_LENGTH || *text != '{'))
        return FAULT(r, "not a safetensors file, nor a model of another format that is read: ONNX, .npz, a folder of .npy files");
    if (n > SAFETENSORS_HEADER_CAP)
        return FAULT(r, "not a safetensors file: a header of %ju bytes is over the limit of %d", (uintmax_t)n,
                     SAFETENSORS_HEADER_CAP);
    if (n > file->size - SAFETENSORS_LENGTH)
        return FAULT(r, "truncated: its header has %ju bytes, %zu follow", (uintmax_t)n, file->size - SAFETENSORS_LENGTH);
    if (n == 0 || *text != '{')
        return FAULT(r, "not a safetensors file: its header does not begin with {");
    *header = json_loadb(text, (size_t)n, JSON_REJECT_DUPLICATES, &error);
    if (*header == NULL && (json_error_code(&error) == json_error_out_of_memory || *error.text == '\0'))
        return file_fail(r->source->st, GA_NO_MEMORY, r->source->path, "out of memory for its header");
    if (*header == NULL)
        return FAULT(r, "malformed header: %s", error.text);
    r->data = file->data + SAFETENSORS_LENGTH + n;
    r->size = file->size - SAFETENSORS_LENGTH - (size_t)n;
    return GA_OK;
}

/* An array of at most most non-negative integers; *n of them. */
static bool
parse_sizes(size_t *size, size_t *n, size_t most, const json_t *array)
{
    *n = json_array_size(array);
    if (!json_is_array(array) || *n > most)
        return false;
    for (size_t i = 0; i < *n; i++) {
        const json_t *value = json_array_get(array, i);
        json_int_t v = json_integer_value(value);
        if (!json_is_integer(value) || v < 0 || (uintmax_t)v > SIZE_MAX)
            return false;
        size[i] = (size_t)v;
    }
    return true;
}

/* *size: bytes of a number. */
static ga_code
parse_element(tensor_element *element, size_t *size, reader *r, const char *name, const char *dtype)
{
    static const struct {
        char name[8];
        tensor_element element;
        size_t size;
    } known[] = {
        { "F64", ELEMENT_F64, 8 },   { "F32", ELEMENT_F32, 4 },   { "F16", ELEMENT_F16, 2 },   { "BF16", ELEMENT_BF16, 2 },
        { "I64", ELEMENT_OTHER, 8 }, { "U64", ELEMENT_OTHER, 8 }, { "I32", ELEMENT_OTHER, 4 }, { "U32", ELEMENT_OTHER, 4 },
        { "I16", ELEMENT_OTHER, 2 }, { "U16", ELEMENT_OTHER, 2 }, { "I8", ELEMENT_OTHER, 1 },  { "U8", ELEMENT_OTHER, 1 },
        { "BOOL", ELEMENT_OTHER, 1 },
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(dtype, known[i].name) == 0) {
            *element = known[i].element;
            *size = known[i].size;
            return GA_OK;
        }
    return FAULT(r, "%s: dtype '%s' is not F64, F32, F16 or BF16", name, dtype);
}

static ga_code
parse_tensor(tensors *t, reader *r, const char *name, const json_t *info)
{
    size_t dim[8], n_dims, offset[2], two, need = 0;
    tensor_element element = ELEMENT_F32;
    const char *dtype = json_string_value(json_object_get(info, "dtype"));

    if (dtype == NULL || json_object_size(info) != 3)
        return FAULT(r, "%s: not an object of dtype, shape and data_offsets", name);
    ga_code code = parse_element(&element, &need, r, name, dtype);
    if (code != GA_OK)
        return code;
    if (!parse_sizes(dim, &n_dims, sizeof dim / sizeof *dim, json_object_get(info, "shape")))
        return FAULT(r, "%s: its shape is not an array of at most %zu sizes", name, sizeof dim / sizeof *dim);
    if (!parse_sizes(offset, &two, 2, json_object_get(info, "data_offsets")) || two != 2 || offset[0] > offset[1] ||
        offset[1] > r->size)
        return FAULT(r, "%s: its data_offsets are not within the %zu bytes of data", name, r->size);
    for (size_t d = 0; d < n_dims; d++)
        if (__builtin_mul_overflow(need, dim[d], &need))
            return FAULT(r, "%s: the product of its dimensions overflows", name);
    if (need != offset[1] - offset[0])
        return FAULT(r, "%s: its shape and dtype do not need the %zu bytes of its data_offsets", name, offset[1] - offset[0]);
    r->extent[r->n++] = (extent){ offset[0], offset[1], name };
    return tensors_add(t, r->source, name, element, n_dims, dim, r->data + offset[0], NULL);
}

static int
compare_begin(const void *a, const void *b)
{
    const extent *s = a, *t = b;
    return s->begin < t->begin ? -1 : s->begin > t->begin;
}

/* The tensors, in whatever order, cover the data without overlap or hole. */
static ga_code
check_cover(reader *r)
{
    size_t at = 0;
    if (r->n > 1)
        qsort(r->extent, r->n, sizeof *r->extent, compare_begin);
    for (size_t i = 0; i < r->n; at = r->extent[i++].end)
        if (r->extent[i].begin < at)
            return FAULT(r, "%s: its data overlap another tensor's", r->extent[i].name);
        else if (r->extent[i].begin > at)
            return FAULT(r, "%zu bytes before %s belong to no tensor", r->extent[i].begin - at, r->extent[i].name);
    return at == r->size ? GA_OK : FAULT(r, "%zu trailing bytes", r->size - at);
}

static ga_code
parse_metadata(tensors *t, reader *r, const json_t *metadata)
{
    const char *key;
    json_t *value;
    ga_code code = GA_OK;

    if (metadata != NULL && !json_is_object(metadata))
        return FAULT(r, "__metadata__ is not an object");
    json_object_foreach((json_t *)(uintptr_t)metadata, key, value) {
        if (!json_is_string(value))
            return FAULT(r, "the metadata value of '%s' is not a string", key);
        if ((code = tensors_add_meta(t, r->source, key, json_string_value(value))) != GA_OK)
            return code;
    }
    return GA_OK;
}

static ga_code
parse_tensors(tensors *t, reader *r, json_t *header)
{
    const char *name;
    json_t *info;
    ga_code code;

    json_object_foreach(header, name, info)
        if (strcmp(name, "__metadata__") != 0 &&
            (code = r->n == TENSORS_CAP ? FAULT(r, "more than %d tensors", TENSORS_CAP) : parse_tensor(t, r, name, info)) != GA_OK)
            return code;
    return check_cover(r);
}

ga_code
safetensors_read(tensors *t, tensors_source *source, const file_bytes *file)
{
    json_t *header = NULL;
    reader r = { .source = source, .extent = calloc(TENSORS_CAP, sizeof *r.extent) };
    ga_code code = r.extent == NULL ? file_fail(source->st, GA_NO_MEMORY, source->path, "out of memory") :
                                      parse_header(&header, &r, file);
    if (code == GA_OK)
        code = parse_tensors(t, &r, header);
    if (code == GA_OK)
        code = parse_metadata(t, &r, json_object_get(header, "__metadata__"));
    json_decref(header);
    free(r.extent);
    return code;
}
