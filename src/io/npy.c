/* SPDX-License-Identifier: Apache-2.0 */
/* npy.c -- reading NumPy arrays; see npy.h */
#include <stdlib.h>
#include <string.h>

#include "io/file.h"
#include "io/npy.h"
#include "num/dtype.h"

ga_code
npy_need_array(const npy *a, const char *name, ga_status *st)
{
    return a->scalar ? file_fail(st, GA_BAD_FILE, name, "a single number, not an array; save np.atleast_1d(a)") : GA_OK;
}

/* *file is the array's, on failure too. */
static ga_code
parse_array(npy *a, file_view *file, const char *name, ga_status *st)
{
    uint8_t *const bytes = file->bytes.data;
    ga_code code = npy_look(a, &file->bytes, file->bytes.size, name, st);
    a->file = *file;
    *file = (file_view){ 0 };
    if (code != GA_OK || (code = npy_need_array(a, name, st)) != GA_OK)
        return code;
    const size_t end = (size_t)((const uint8_t *)a->data - bytes); /* of the header */
    if (end % sizeof(double) != 0) { /* as NumPy does not pad it */
        memmove(bytes, a->data, a->file.bytes.size - end);
        a->data = bytes;
    }
    return GA_OK;
}

ga_code
npy_parse(npy **array, file_view *file, const char *name, ga_status *st)
{
    npy *a = *array = calloc(1, sizeof *a);
    if (a == NULL) {
        file_unmap(file);
        return file_fail(st, GA_NO_MEMORY, name, "out of memory");
    }
    const ga_code code = parse_array(a, file, name, st);
    if (code != GA_OK) {
        npy_free(a);
        *array = NULL;
    }
    return code;
}

ga_code
npy_read(npy **array, const char *path, ga_status *st)
{
    file_view file;
    const file_limits limits = { .cap = FILE_CAP, .packing = FILE_MAYBE_GZIP, .bound = npy_bound, .small = FILE_SMALL };
    npy mapped;
    ga_code code = file_map(&file, path, &limits, st);
    *array = NULL;
    if (code == GA_OK && file.mapped &&
        (code = npy_look(&mapped, &file.bytes, file.bytes.size, path, st)) == GA_OK) /* before it takes memory */
        code = file_own(&file, path, st);
    if (code == GA_OK)
        return npy_parse(array, &file, path, st);
    file_unmap(&file);
    return code;
}

void
npy_free(npy *array)
{
    if (array != NULL)
        file_unmap(&array->file);
    free(array);
}

/* Element i's position in the file if the first index runs fastest. */
static size_t
fortran_place(const npy *array, size_t i)
{
    size_t at = 0;
    for (size_t d = array->n_dims; d-- > 1; i /= array->dim[d])
        at = at * array->dim[d] + i % array->dim[d];
    return at * array->dim[0] + i;
}

bool
npy_get(double *value, const npy *array, size_t i)
{
    const size_t size = npy_dtype_size(array->dtype);
    uint64_t bits = 0;
    uint32_t narrow;
    float f32;

    /* in this machine's order */
    memcpy(&bits, (const char *)array->data + (array->fortran ? fortran_place(array, i) : i) * size, size);
    if (array->big_endian)
        bits = __builtin_bswap64(bits) >> (64 - 8 * size);
    switch (array->dtype) {
    case NPY_F64:
        memcpy(value, &bits, sizeof *value);
        return true;
    case NPY_F32:
    case NPY_F16:
    case NPY_BF16:
        narrow = array->dtype == NPY_F32   ? (uint32_t)bits
                 : array->dtype == NPY_F16 ? dtype_widen_binary16((uint32_t)bits)
                                           : (uint32_t)bits << 16;
        memcpy(&f32, &narrow, sizeof f32);
        *value = f32;
        return true;
    case NPY_U8:
    case NPY_U16:
    case NPY_U32:
        *value = (double)bits;
        return true;
    case NPY_I8:
        *value = (int8_t)bits;
        return true;
    case NPY_I16:
        *value = (int16_t)bits;
        return true;
    case NPY_I32:
        *value = (int32_t)bits;
        return true;
    case NPY_BOOL:
        *value = bits != 0;
        return true;
    case NPY_I64:
        break;
    }
    const int64_t i64 = (int64_t)bits;
    *value = (double)i64;
    return *value < 0x1p63 && (int64_t)*value == i64; /* INT64_MAX rounds to 2^63, which is no int64 */
}
