/* SPDX-License-Identifier: Apache-2.0 */
/* npy_fuzz.c -- .npy files, every number of which is read */
#include "fuzz.h"
#include "io/npy.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    file_view file = { .bytes = { malloc(size + (size == 0)), size } };
    ga_status st = { 0 };
    npy *array;

    fuzz_demand(file.bytes.data != NULL, "out of memory");
    if (size > 0)
        memcpy(file.bytes.data, data, size);
    fuzz_check_status(npy_parse(&array, &file, "file", &st), &st);
    if (array != NULL) {
        size_t n = 1;
        volatile double sum = 0;
        double value;
        fuzz_demand(array->n_dims >= 1 && array->n_dims <= NPY_DIMS, "a number of dimensions that is not promised");
        for (size_t d = 0; d < array->n_dims; d++)
            n *= array->dim[d];
        fuzz_demand(n == array->n && n > 0 && n * npy_dtype_size(array->dtype) <= size, "more numbers than bytes");
        fuzz_demand((uintptr_t)array->data % npy_dtype_size(array->dtype) == 0, "numbers that are not aligned");
        for (size_t i = 0; i < n; i++) {
            npy_get(&value, array, i);
            sum += value;
        }
    }
    npy_free(array);
    return 0;
}
