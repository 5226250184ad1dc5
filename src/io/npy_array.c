/* SPDX-License-Identifier: Apache-2.0 */
/* npy_array.c -- numbers in memory as the bytes of a .npy file; see npy.h */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/file.h"
#include "io/npy.h"

enum { MOST_DIMS = 32, MOST_TYPE = 8, BEFORE = 10 /* magic, version, length */ };

/* Beyond its dictionary a header of NumPy has room for any first dimension, at least one space, and what aligns the numbers. */
size_t
npy_make_header(char header[NPY_HEADER_ROOM], const char *type, size_t n_dims, const size_t *dim)
{
    enum { LONGEST_SIZE = 21, ALIGN = 64 };
    char *const text = header + BEFORE, first[32] = "";
    size_t n = (size_t)sprintf(text, "{'descr': '%s', 'fortran_order': False, 'shape': (", type);
    for (size_t d = 0; d < n_dims; d++)
        n += (size_t)sprintf(text + n, d == 0 ? "%zu" : ", %zu", dim[d]);
    n += (size_t)sprintf(text + n, "%s), }", n_dims == 1 ? "," : "");
    if (n_dims > 0)
        n += (size_t)sprintf(text + n, "%*s", LONGEST_SIZE - snprintf(first, sizeof first, "%zu", dim[0]), "");
    const size_t padding = ALIGN - (BEFORE + n + 1) % ALIGN, length = n + padding + 1;
    sprintf(text + n, "%*s\n", (int)padding, "");
    memcpy(header, "\x93NUMPY\1\0", 8);
    header[8] = (char)(length & 0xff);
    header[9] = (char)(length >> 8);
    return BEFORE + length;
}

/* The bytes of the numbers; what they are is for the reader of the header to say. */
static ga_code
count_bytes(size_t *size, const ga_array *numbers, const char *name, ga_status *st)
{
    const char *const type = numbers->type;
    bool ok = type != NULL && strlen(type) >= 2 && strlen(type) <= MOST_TYPE && strchr("<>|", type[0]) != NULL;
    for (size_t i = 1; ok && type[i] != '\0'; i++)
        ok = isalnum((unsigned char)type[i]);
    if (!ok)
        return file_fail(st, GA_USAGE, name, "the type of an array is one of NumPy's, such as '<f4', not '%.*s'", MOST_TYPE,
                         type != NULL ? type : "");
    if (numbers->n_dims > MOST_DIMS || (numbers->n_dims > 0 && numbers->dim == NULL))
        return file_fail(st, GA_USAGE, name, "an array has at most %d dimensions, and a size for each", MOST_DIMS);
    *size = strtoul(type + 2, NULL, 10);
    for (size_t d = 0; d < numbers->n_dims; d++)
        if (__builtin_mul_overflow(*size, numbers->dim[d], size))
            return file_fail(st, GA_NO_MEMORY, name, "an array whose size in bytes overflows");
    if (numbers->data == NULL)
        return file_fail(st, GA_USAGE, name, "there is no array: its data is NULL");
    return GA_OK;
}

ga_code
npy_save(file_view *file, const ga_array *numbers, const char *name, ga_status *st)
{
    char header[NPY_HEADER_ROOM];
    size_t size;
    *file = (file_view){ 0 };
    const ga_code code = count_bytes(&size, numbers, name, st);
    if (code != GA_OK)
        return code;
    if (size > FILE_CAP)
        return file_fail(st, GA_NO_MEMORY, name, "an array of more than %zu bytes", FILE_CAP);
    const size_t before = npy_make_header(header, numbers->type, numbers->n_dims, numbers->dim);
    uint8_t *const data = malloc(before + size);
    if (data == NULL)
        return file_fail(st, GA_NO_MEMORY, name, "out of memory for an array");
    memcpy(data, header, before);
    memcpy(data + before, numbers->data, size);
    file->bytes = (file_bytes){ data, before + size };
    digest_bytes(file->sha256, data, before + size);
    return GA_OK;
}

ga_code
npy_of_array(npy **array, const ga_array *numbers, const char *name, ga_status *st)
{
    file_view file;
    const ga_code code = npy_save(&file, numbers, name, st);
    *array = NULL;
    return code == GA_OK ? npy_parse(array, &file, name, st) : code;
}

ga_code
npy_lend(npy *array, char sha256[DIGEST_TEXT], const ga_array *numbers, const char *name, ga_status *st)
{
    char header[NPY_HEADER_ROOM];
    size_t size;
    *array = (npy){ 0 };
    ga_code code = count_bytes(&size, numbers, name, st);
    if (code != GA_OK)
        return code;
    const file_bytes first = { (uint8_t *)header, npy_make_header(header, numbers->type, numbers->n_dims, numbers->dim) };
    if ((code = npy_look(array, &first, first.size + size, name, st)) != GA_OK)
        return code;
    array->data = numbers->data;
    if (sha256 != NULL) {
        struct sha256_ctx sha;
        sha256_init(&sha);
        sha256_update(&sha, first.size, first.data);
        sha256_update(&sha, size, numbers->data);
        digest_end(sha256, &sha);
    }
    return GA_OK;
}
