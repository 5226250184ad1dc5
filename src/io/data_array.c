/* SPDX-License-Identifier: Apache-2.0 */
/* data_array.c -- arrays of images or labels from NumPy's files; see data.h */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "io/data.h"

void
data_array_free(data_array *a)
{
    free(a->pixel);
    free(a->value);
    *a = (data_array){ 0 };
}

ga_code
data_from_npy(data_array *a, tensors_source *source, const char *name, const npy *array)
{
    const bool bytes = array->dtype == NPY_U8;
    const char *const colon = *name != '\0' ? ": " : "";
    size_t size;
    if (__builtin_mul_overflow(array->n, bytes ? 1 : sizeof *a->value, &size))
        return file_fail(source->st, GA_NO_MEMORY, source->path, "%s%sits size in memory overflows", name, colon);
    const ga_code code = source_take(source, size);
    if (code != GA_OK)
        return code;
    void *const data = malloc(size);
    if (data == NULL)
        return file_fail(source->st, GA_NO_MEMORY, source->path, "%s%sout of memory for %zu bytes", name, colon, size);
    *a = (data_array){ .n_dims = array->n_dims, .pixel = bytes ? data : NULL, .value = bytes ? NULL : data };
    memcpy(a->dim, array->dim, array->n_dims * sizeof *a->dim);
    if (bytes) {
        memcpy(a->pixel, array->data, size);
        return GA_OK;
    }
    const size_t width = array->n / array->dim[0];
    for (size_t i = 0; i < array->n; i++) {
        if (!npy_get(a->value + i, array, i))
            return SOURCE_FAULT(source, "%s%snumber %zu of row %zu is an integer that binary64 does not hold", name, colon,
                                i % width, i / width);
        if (!isfinite(a->value[i]))
            return SOURCE_FAULT(source, "%s%snumber %zu of row %zu is not finite", name, colon, i % width, i / width);
        a->value[i] += 0.0; /* -0 becomes 0 */
    }
    return GA_OK;
}

/* ---- .npz ------------------------------------------------------------------------------------------------------- */

enum { LIST = 400 };

/* Two passes: which arrays there are; then the one that is chosen. */
typedef struct {
    const char *key;
    const char *const *usual;
    char list[LIST]; /* of all names */
    size_t n;        /* that could be meant */
    char *name;      /* of the last of them */
    bool no_memory, reading;
    data_array *a;
} choice;

static bool
is_candidate(const choice *c, const char *name)
{
    if (c->key != NULL)
        return strcmp(name, c->key) == 0;
    for (size_t i = 0; c->usual[i] != NULL; i++)
        if (strcmp(name, c->usual[i]) == 0)
            return true;
    return false;
}

static bool
wanted(void *data, const char *name)
{
    choice *c = data;
    if (c->reading)
        return strcmp(name, c->name) == 0;
    const size_t at = strlen(c->list);
    snprintf(c->list + at, sizeof c->list - at, "%s%s", at > 0 ? ", " : "", name);
    if (is_candidate(c, name)) {
        c->n++;
        free(c->name);
        c->no_memory = (c->name = strdup(name)) == NULL;
    }
    return false;
}

static ga_code
take_array(void *data, tensors_source *source, const char *name, const npy *array)
{
    choice *c = data;
    return data_from_npy(c->a, source, name, array);
}

ga_code
data_from_npz(data_array *a, tensors_source *source, const file_bytes *file, const char *key, const char *const *usual,
              const char *what, const char *option)
{
    choice c = { .key = key, .usual = usual, .a = a };
    ga_code code = npz_visit(source, file, wanted, take_array, &c);
    if (code == GA_OK && c.no_memory)
        code = file_fail(source->st, GA_NO_MEMORY, source->path, "out of memory");
    else if (code == GA_OK && key != NULL && c.n != 1)
        code = SOURCE_FAULT(source, "%s array is called '%s' (%s); there are: %s", c.n == 0 ? "no" : "more than one", key, option,
                            c.list);
    else if (code == GA_OK && c.n != 1)
        code = SOURCE_FAULT(source, "which array holds the %s (%s)? there are: %s", what, option, c.list);
    c.reading = true;
    if (code == GA_OK)
        code = npz_visit(source, file, wanted, take_array, &c);
    free(c.name);
    return code;
}
