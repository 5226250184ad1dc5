/* SPDX-License-Identifier: Apache-2.0 */
/* tensors.c -- see tensors.h */
#include <stdlib.h>
#include <string.h>

#include "graph/graph.h"
#include "io/npz.h"
#include "num/dtype.h"

enum { META_CAP = 4096 };

void
tensor_get(void *to, ga_dtype dtype, const tensor *t, size_t i)
{
    const size_t size = tensor_element_size(t->element), place = t->fortran ? i % t->dim[1] * t->dim[0] + i / t->dim[1] : i;
    uint64_t v = little_endian(t->data + place * size, size);
    if (t->big_endian)
        v = __builtin_bswap64(v) >> (64 - 8 * size);
    const uint32_t narrow = t->element == ELEMENT_F16    ? dtype_widen_binary16((uint32_t)v)
                            : t->element == ELEMENT_BF16 ? (uint32_t)v << 16 /* the upper half of a binary32 */
                                                         : (uint32_t)v;
    float f;
    memcpy(&f, &narrow, sizeof f);
    if (t->element == ELEMENT_F64)
        memcpy(to, &v, sizeof v);
    else if (dtype == GA_F64)
        memcpy(to, &(double){ f }, sizeof(double));
    else
        memcpy(to, &narrow, sizeof narrow);
}

static ga_code
check_tensor(tensor *new, const tensors *t, const tensors_source *source, const char *name, size_t n_dims,
             const size_t *dim)
{
    size_t n = 1;

    if (strlen(name) > TENSOR_NAME_CAP)
        return SOURCE_FAULT(source, "the name of a tensor has more than %d bytes", TENSOR_NAME_CAP);
    for (size_t i = 0; i < t->n; i++)
        if (strcmp(t->tensor[i].name, name) == 0)
            return SOURCE_FAULT(source, "two tensors are called '%s'", name);
    if (t->n == TENSORS_CAP)
        return SOURCE_FAULT(source, "more than %d tensors", TENSORS_CAP);
    if (n_dims > TENSOR_DIMS)
        return SOURCE_FAULT(source, "%s has %zu dimensions, as %s has; " TENSORS_READ, name, n_dims,
                            n_dims == 4 ? "a convolution's weight" : "no weight of a fully connected layer");
    for (size_t d = 0; d < n_dims; d++) {
        if (dim[d] == 0)
            return SOURCE_FAULT(source, "%s: a dimension is 0", name);
        if (__builtin_mul_overflow(n, dim[d], &n))
            return SOURCE_FAULT(source, "%s: the product of its dimensions overflows", name);
        new->dim[d] = dim[d];
    }
    return new->element != ELEMENT_OTHER && __builtin_mul_overflow(n, tensor_element_size(new->element), &n)
               ? SOURCE_FAULT(source, "%s: its size in bytes overflows", name) : GA_OK;
}

static ga_code
add(tensors *t, tensors_source *source, const char *name, tensor *new, const size_t *dim)
{
    const ga_code code = check_tensor(new, t, source, name, new->n_dims, dim);
    if (code != GA_OK)
        return code;
    if (t->tensor == NULL && (t->tensor = calloc(TENSORS_CAP, sizeof *t->tensor)) == NULL)
        return file_fail(source->st, GA_NO_MEMORY, source->path, "out of memory");
    if ((new->name = strdup(name)) == NULL)
        return file_fail(source->st, GA_NO_MEMORY, source->path, "out of memory");
    t->tensor[t->n++] = *new;
    return GA_OK;
}

ga_code
tensors_add(tensors *t, tensors_source *source, const char *name, tensor_element element, size_t n_dims, const size_t *dim,
            const void *data, file_view *own)
{
    tensor new = { .element = element, .n_dims = n_dims, .dim = { 1, 1 }, .data = data };
    if (own != NULL) {
        new.own = *own;
        *own = (file_view){ 0 };
    }
    const ga_code code = add(t, source, name, &new, dim);
    if (code != GA_OK)
        file_unmap(&new.own);
    return code;
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

const char *
tensors_find_meta(const tensors *t, const char *key)
{
    for (size_t i = 0; i < t->n_meta; i++)
        if (strcmp(t->meta[i].key, key) == 0)
            return t->meta[i].value;
    return NULL;
}

void
tensors_free(tensors *t)
{
    for (size_t i = 0; i < t->n; i++) {
        free(t->tensor[i].name);
        file_unmap(&t->tensor[i].own);
    }
    for (size_t i = 0; i < t->n_meta; i++) {
        free(t->meta[i].key);
        free(t->meta[i].value);
    }
    npz_close(t->archive);
    graph_free(t->graph);
    free(t->tensor);
    free(t->meta);
    *t = (tensors){ 0 };
}
