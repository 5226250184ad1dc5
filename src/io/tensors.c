/* SPDX-License-Identifier: Apache-2.0 */
/* tensors.c -- see tensors.h */
#include <stdlib.h>
#include <string.h>

#include "io/tensors.h"
#include "model/dtype.h"

enum { META_CAP = 4096 };

ga_code
source_take(tensors_source *source, size_t bytes)
{
    if (bytes > source->options->max_memory || source->used > source->options->max_memory - bytes)
        return file_fail(source->st, GA_NO_MEMORY, source->path, "needs more than the limit of %zu bytes of memory (--max-mem)",
                         source->options->max_memory);
    source->used += bytes;
    return GA_OK;
}

static uint64_t
little_endian(const uint8_t *b, size_t n)
{
    uint64_t v = 0;
    while (n-- > 0)
        v = v << 8 | b[n];
    return v;
}

/* Numbers of the file as those of this machine. */
static void
copy_numbers(tensor *t, tensor_element element, const uint8_t *data, size_t n)
{
    const size_t size = tensor_element_size(element);
    for (size_t i = 0; i < n; i++) {
        const uint64_t v = little_endian(data + i * size, size);
        const uint32_t narrow = element == ELEMENT_F16    ? dtype_widen_binary16((uint32_t)v)
                                : element == ELEMENT_BF16 ? (uint32_t)v << 16 /* the upper half of a binary32 */
                                                          : (uint32_t)v;
        if (element == ELEMENT_F64)
            memcpy((char *)t->data + 8 * i, &v, 8);
        else
            memcpy((char *)t->data + 4 * i, &narrow, 4);
    }
}

ga_code
tensors_add(tensors *t, tensors_source *source, const char *name, tensor_element element, size_t n_dims, const size_t *dim,
            const void *data)
{
    size_t n = 1, bytes;
    tensor new = { .dtype = element == ELEMENT_F64 ? GA_F64 : GA_F32, .n_dims = n_dims, .dim = { 1, 1 } };

    if (strlen(name) > TENSOR_NAME_CAP)
        return SOURCE_FAULT(source, "the name of a tensor has more than %d bytes", TENSOR_NAME_CAP);
    for (size_t i = 0; i < t->n; i++)
        if (strcmp(t->tensor[i].name, name) == 0)
            return SOURCE_FAULT(source, "two tensors are called '%s'", name);
    if (t->n == TENSORS_CAP)
        return SOURCE_FAULT(source, "more than %d tensors", TENSORS_CAP);
    if (n_dims == 0 || n_dims > TENSOR_DIMS)
        return SOURCE_FAULT(source, "%s: %zu dimensions are not those of a fully connected layer (2, and 1 for its bias)", name,
                            n_dims);
    for (size_t d = 0; d < n_dims; d++) {
        if (dim[d] == 0)
            return SOURCE_FAULT(source, "%s: a dimension is 0", name);
        if (__builtin_mul_overflow(n, dim[d], &n))
            return SOURCE_FAULT(source, "%s: the product of its dimensions overflows", name);
        new.dim[d] = dim[d];
    }
    if (__builtin_mul_overflow(n, dtype_size(new.dtype), &bytes))
        return SOURCE_FAULT(source, "%s: its size in bytes overflows", name);
    if (t->tensor == NULL && (t->tensor = calloc(TENSORS_CAP, sizeof *t->tensor)) == NULL)
        return file_fail(source->st, GA_NO_MEMORY, source->path, "out of memory");
    ga_code code = source_take(source, bytes);
    if (code != GA_OK)
        return code;
    new.name = strdup(name);
    new.data = malloc(bytes);
    if (new.name == NULL || new.data == NULL) {
        free(new.name);
        free(new.data);
        return file_fail(source->st, GA_NO_MEMORY, source->path, "out of memory for %zu bytes", bytes);
    }
    copy_numbers(&new, element, data, n);
    t->tensor[t->n++] = new;
    return GA_OK;
}

ga_code
tensors_add_meta(tensors *t, tensors_source *source, const char *key, const char *value)
{
    if (t->n_meta == META_CAP)
        return SOURCE_FAULT(source, "more than %d metadata keys", META_CAP);
    ga_meta *grown = realloc(t->meta, (t->n_meta + 1) * sizeof *grown), new = { strdup(key), strdup(value) };
    if (grown != NULL)
        t->meta = grown;
    if (grown == NULL || new.key == NULL || new.value == NULL) {
        free(new.key);
        free(new.value);
        return file_fail(source->st, GA_NO_MEMORY, source->path, "out of memory");
    }
    t->meta[t->n_meta++] = new;
    return GA_OK;
}

void
tensors_free(tensors *t)
{
    for (size_t i = 0; i < t->n; i++) {
        free(t->tensor[i].name);
        free(t->tensor[i].data);
    }
    for (size_t i = 0; i < t->n_meta; i++) {
        free(t->meta[i].key);
        free(t->meta[i].value);
    }
    free(t->tensor);
    free(t->meta);
    *t = (tensors){ 0 };
}
