/* SPDX-License-Identifier: Apache-2.0 */
/* npy_tensors.c -- the tensors of a .npz file, and of a folder of .npy files; see tensors.h and npz.h */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "io/digest.h"
#include "io/npy.h"
#include "io/npz.h"

static tensor_element
element_of(const npy *array)
{
    if (array->scalar && array->n == 0)
        return ELEMENT_OTHER;
    switch (array->dtype) {
    case NPY_F64:
        return ELEMENT_F64;
    case NPY_F32:
        return ELEMENT_F32;
    case NPY_F16:
        return ELEMENT_F16;
    case NPY_BF16:
        return ELEMENT_BF16;
    default:
        return ELEMENT_OTHER;
    }
}

/* Texts that a safetensors file has as metadata. */
static bool
is_metadata(const char *name)
{
    return strcmp(name, "activation") == 0 || strcmp(name, "output") == 0 || strcmp(name, "layout") == 0;
}

/* An array among the tensors; own: what its data are in. A text that is metadata is both, as the places of tensors are those of the
   archive's entries. */
static ga_code
add_npy(tensors *t, tensors_source *source, const char *name, const npy *array, file_view *own)
{
    ga_code code = tensors_add(t, source, name, element_of(array), array->n_dims, array->dim, array->data, own);
    if (code == GA_OK && array->text[0] != '\0' && is_metadata(name))
        code = tensors_add_meta(t, source, name, array->text);
    if (code == GA_OK) {
        t->tensor[t->n - 1].big_endian = array->big_endian;
        t->tensor[t->n - 1].fortran = array->fortran && array->n_dims == 2;
    }
    return code;
}

ga_code
npz_read(tensors *t, tensors_source *source, const file_bytes *file)
{
    ga_code code = npz_open(&t->archive, source, file);
    for (size_t i = 0; code == GA_OK && i < npz_count(t->archive); i++) {
        npy array = { 0 };
        if ((code = npz_look(&array, t->archive, i, source)) != GA_OK && array.objects)
            code = refuse_convertible(source, "'%.30s' is Python objects, of which NumPy saved a pickle: save numbers as "
                                              "a.astype('<f4'), or '<f8'", npz_name(t->archive, i));
        if (code == GA_OK)
            code = add_npy(t, source, npz_name(t->archive, i), &array, NULL);
    }
    return code;
}

/* The tensor's numbers are the array's, if it is still the same. */
static ga_code
take_numbers(tensor *t, const npy *array, tensors_source *source)
{
    if (element_of(array) != t->element || array->n_dims != t->n_dims || array->big_endian != t->big_endian ||
        (array->fortran && array->n_dims == 2) != t->fortran || memcmp(array->dim, t->dim, t->n_dims * sizeof *t->dim) != 0)
        return SOURCE_FAULT(source, "%s: changes while it is read", t->name);
    t->data = array->data;
    return GA_OK;
}

/* The numbers of a tensor that npz_read made from entry i. */
static ga_code
fetch_entry(tensor *t, npz *archive, size_t i, tensors_source *source)
{
    npy array;
    const ga_code code = npz_entry(&array, &t->own, archive, i, source);
    return code == GA_OK ? take_numbers(t, &array, source) : code;
}

/* The numbers of a tensor that npy_folder_read made from a mapped file. */
static ga_code
fetch_file(tensor *t, tensors_source *source)
{
    ga_status inner = { 0 };
    npy array;
    ga_code code = file_own(&t->own, source->path, source->st);
    if (code == GA_OK && (code = npy_look(&array, &t->own.bytes, t->own.bytes.size, t->name, &inner)) != GA_OK)
        code = file_fail(source->st, code, source->path, "%s", inner.message);
    return code == GA_OK ? take_numbers(t, &array, source) : code;
}

ga_code
tensors_fetch(tensors *t, tensors_source *source)
{
    ga_code code = GA_OK;
    for (size_t i = 0; code == GA_OK && i < t->n; i++)
        code = t->tensor[i].own.mapped ? source_take(source, t->tensor[i].own.bytes.size) : GA_OK;
    for (size_t i = 0; code == GA_OK && i < t->n; i++)
        code = t->archive != NULL ? t->tensor[i].left_out ? GA_OK : fetch_entry(t->tensor + i, t->archive, i, source) :
               t->tensor[i].own.mapped ? fetch_file(t->tensor + i, source) : GA_OK;
    return code;
}

/* ---- a folder --------------------------------------------------------------------------------------------------- */

static int
is_npy(const struct dirent *entry)
{
    const size_t n = strlen(entry->d_name);
    return n > 4 && strcmp(entry->d_name + n - 4, ".npy") == 0 && entry->d_name[0] != '.';
}

/* As bytes, in any locale. */
static int
by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

void
npy_folder_digest(char sha256[DIGEST_TEXT], const tensors *t)
{
    struct sha256_ctx sha;
    sha256_init(&sha);
    for (size_t i = 0; i < t->n; i++) {
        sha256_update(&sha, DIGEST_TEXT - 1, (const uint8_t *)t->tensor[i].own.sha256);
        sha256_update(&sha, 2, (const uint8_t *)"  ");
        sha256_update(&sha, strlen(t->tensor[i].name), (const uint8_t *)t->tensor[i].name);
        sha256_update(&sha, 5, (const uint8_t *)".npy\n");
    }
    digest_end(sha256, &sha);
}

/* *small: what may still be read at once. */
static ga_code
read_file(tensors *t, tensors_source *source, const char *file_name, size_t *small)
{
    const size_t size = strlen(source->path) + strlen(file_name) + 2;
    char *path = malloc(size), *name = strndup(file_name, strlen(file_name) - 4);
    const file_limits limits = { source->options->max_file, "--max-file", FILE_PLAIN, npy_bound, *small };
    struct stat about;
    file_view file = { 0 };
    npy array = { 0 };
    ga_code code = path == NULL || name == NULL ? file_fail(source->st, GA_NO_MEMORY, source->path, "out of memory") : GA_OK;

    if (code == GA_OK) {
        snprintf(path, size, "%s/%s", source->path, file_name);
        if (stat(path, &about) == 0 && !S_ISREG(about.st_mode)) /* a pipe has no end, a device perhaps neither */
            code = file_fail(source->st, GA_BAD_FILE, path, "not a regular file");
        else if (strpbrk(file_name, "\n\r\\") != NULL) /* which sha256sum escapes */
            code = file_fail(source->st, GA_BAD_FILE, path, "a line break or a backslash in the name of an array");
    }
    if (code == GA_OK)
        code = file_map(&file, path, &limits, source->st);
    if (code == GA_OK && !file.mapped) {
        *small -= file.bytes.size;
        code = source_take(source, file.bytes.size);
    }
    if (code == GA_OK)
        code = npy_look(&array, &file.bytes, file.bytes.size, path, source->st);
    if (code == GA_OK)
        code = add_npy(t, source, name, &array, &file);
    file_unmap(&file);
    free(path);
    free(name);
    return code;
}

ga_code
npy_folder_read(tensors *t, tensors_source *source)
{
    struct dirent **entry;
    const int n = scandir(source->path, &entry, is_npy, by_name);
    size_t small = FILE_SMALL;
    ga_code code = n < 0 ? file_fail_errno(source->st, source->path, "read", errno) :
                   n == 0 ? other_folder_refuse(source) :
                   n > TENSORS_CAP ? SOURCE_FAULT(source, "more than %d .npy files", TENSORS_CAP) : GA_OK;
    for (int i = 0; i < n; i++) {
        if (code == GA_OK)
            code = read_file(t, source, entry[i]->d_name, &small);
        free(entry[i]);
    }
    if (n >= 0)
        free(entry);
    return code;
}
