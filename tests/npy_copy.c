/* SPDX-License-Identifier: Apache-2.0 */
/* npy_copy.c -- npy_copy IN [OUT], for tests/numpy.sh: prints a NumPy array's dtype and dimensions, and its elements as %a, one a
   line; writes it to OUT with two dimensions, row by row from the last. */
#include "io/npy.h"

#include <stdio.h>

int
main(int argc, char **argv)
{
    static const char *const names[] = { [NPY_F32] = "<f4", [NPY_F64] = "<f8", [NPY_U8] = "|u1", [NPY_I64] = "<i8",
                                         [NPY_F16] = "<f2", [NPY_I8] = "|i1",  [NPY_I16] = "<i2", [NPY_I32] = "<i4",
                                         [NPY_U16] = "<u2", [NPY_U32] = "<u4", [NPY_BOOL] = "|b1",
                                         [NPY_BF16] = "|V2" };
    ga_status st = { 0 };
    npy *a;
    npy_writer *w;

    if (argc != 2 && argc != 3)
        return 99;
    if (npy_read(&a, argv[1], &st) != GA_OK) {
        fprintf(stderr, "%s\n", st.message);
        return st.code;
    }
    printf("%s", names[a->dtype]);
    for (size_t d = 0; d < a->n_dims; d++)
        printf(" %zu", a->dim[d]);
    putchar('\n');
    for (size_t i = 0; i < a->n; i++) {
        double value;
        bool exact = npy_get(&value, a, i);
        printf("%a%s\n", value, exact ? "" : " inexact");
    }
    if (argc == 2) {
        npy_free(a);
        return fclose(stdout) == 0 ? 0 : 99;
    }
    size_t row = a->n / a->dim[0] * npy_dtype_size(a->dtype);
    ga_code code = npy_writer_open(&w, argv[2], a->dtype, a->dim[0], a->n / a->dim[0], false, &st);
    for (size_t i = a->dim[0]; code == GA_OK && i-- > 0;)
        code = npy_writer_put(w, i, 1, (const char *)a->data + i * row, &st);
    if (code != GA_OK || npy_writer_finish(w, &st) != GA_OK) {
        fprintf(stderr, "%s\n", st.message);
        return 99;
    }
    npy_free(a);
    return fclose(stdout) == 0 ? 0 : 99;
}
