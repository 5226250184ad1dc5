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
    if (array->scalar)
        return SOURCE_FAULT(source, "%s%sa single number, not an array; save np.atleast_1d(a)", name, colon);
    if (__builtin_mul_overflow(array->n, bytes ? 1 : sizeof *a->value, &size))
        return file_fail(source->st, GA_NO_MEMORY, source->path, "%s%sits size in memory overflows", name, colon);
    const ga_code code = source_take(source, size);
    if (code != GA_OK || source->look)
        return code;
    void *const data = malloc(size);
    if (data == NULL)
        return file_fail(source->st, GA_NO_MEMORY, source->path, "%s%sout of memory for %zu bytes", name, colon, size);
    *a = (data_array){ .n_dims = array->n_dims, .pixel = bytes ? data : NULL, .value = bytes ? NULL : data };
    memcpy(a->dim, array->dim, array->n_dims * sizeof *a->dim);
    for (size_t i = 0; bytes && i < array->n; i++) {
        double pixel;
        npy_get(&pixel, array, i);
        a->pixel[i] = (uint8_t)pixel;
    }
    if (bytes)
        return GA_OK;
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

static bool
is_candidate(const char *name, const char *key, const char *const *usual)
{
    if (key != NULL)
        return strcmp(name, key) == 0;
    for (size_t i = 0; usual[i] != NULL; i++)
        if (strcmp(name, usual[i]) == 0)
            return true;
    return false;
}

ga_code
data_npz_choose(size_t *entry, const npz *archive, tensors_source *source, const char *key, const char *const *usual,
                const char *what, const char *option)
{
    char list[LIST] = "";
    size_t found = 0;
    for (size_t i = 0; i < npz_count(archive); i++) {
        const char *const name = npz_name(archive, i);
        const size_t at = strlen(list);
        snprintf(list + at, sizeof list - at, "%s%s", at > 0 ? ", " : "", name);
        if (is_candidate(name, key, usual)) {
            found++;
            *entry = i;
        }
    }
    if (found == 1)
        return GA_OK;
    if (key != NULL)
        return SOURCE_FAULT(source, "%s array is called '%s' (%s); there are: %s", found == 0 ? "no" : "more than one", key, option,
                            list);
    return SOURCE_FAULT(source, "which array holds the %s (%s)? there are: %s", what, option, list);
}

bool
data_npz_has(const npz *archive, const char *const *usual)
{
    for (size_t i = 0; i < npz_count(archive); i++)
        if (is_candidate(npz_name(archive, i), NULL, usual))
            return true;
    return false;
}

ga_code
data_from_npz(data_array *a, tensors_source *source, npz *archive, size_t entry)
{
    file_view bytes;
    npy array;
    ga_code code = npz_entry(&array, &bytes, archive, entry, source);
    if (code != GA_OK)
        return code;
    code = data_from_npy(a, source, npz_name(archive, entry), &array);
    source->used -= bytes.bytes.size;
    file_unmap(&bytes);
    return code;
}
