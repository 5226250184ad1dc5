/* SPDX-License-Identifier: Apache-2.0 */
/* npy_copy.c -- npy_copy IN [SAVED [OUT]], for tests/numpy.sh: prints a NumPy array's dtype and dimensions, and its elements as %a,
   one a line; writes its numbers to SAVED as npy_save does, if npy_lend says the same; and to OUT with two dimensions, row by row
   from the last. */
#include "io/npy.h"

#include <stdio.h>
#include <string.h>

static const char *const names[] = { [NPY_F32] = "<f4", [NPY_F64] = "<f8", [NPY_U8] = "|u1", [NPY_I64] = "<i8",
                                     [NPY_F16] = "<f2", [NPY_I8] = "|i1",  [NPY_I16] = "<i2", [NPY_I32] = "<i4",
                                     [NPY_U16] = "<u2", [NPY_U32] = "<u4", [NPY_BOOL] = "|b1",
                                     [NPY_BF16] = "|V2" };

static int
save(const char *path, const npy *a)
{
    const ga_array numbers = { names[a->dtype], a->n_dims, a->dim, a->data };
    ga_status st = { 0 };
    file_view file;
    FILE *f = fopen(path, "wb");
    char sha256[DIGEST_TEXT];
    npy lent;
    const bool ok = f != NULL && npy_save(&file, &numbers, "a", &st) == GA_OK &&
                    npy_lend(&lent, sha256, &numbers, "a", &st) == GA_OK && strcmp(sha256, file.sha256) == 0 &&
                    lent.data == a->data && lent.dtype == a->dtype && lent.n == a->n && lent.file.bytes.data == NULL &&
                    fwrite(file.bytes.data, 1, file.bytes.size, f) == file.bytes.size && fclose(f) == 0;
    file_unmap(&file);
    return ok ? 0 : 99;
}

int
main(int argc, char **argv)
{
    ga_status st = { 0 };
    npy *a;
    npy_writer *w;

    if (argc < 2 || argc > 4)
        return 99;
    if (npy_read(&a, argv[1], &st) != GA_OK) {
        fprintf(stderr, "%s\n", st.message);
        return st.code == GA_BAD_FILE ? 3 : 99;
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
    if (argc > 2 && save(argv[2], a) != 0)
        return 99;
    if (argc < 4) {
        npy_free(a);
        return fclose(stdout) == 0 ? 0 : 99;
    }
    size_t row = a->n / a->dim[0] * npy_dtype_size(a->dtype);
    ga_code code = npy_writer_open(&w, argv[3], a->dtype, a->dim[0], a->n / a->dim[0], false, &st);
    for (size_t i = a->dim[0]; code == GA_OK && i-- > 0;)
        code = npy_writer_put(w, i, 1, (const char *)a->data + i * row, &st);
    if (code != GA_OK || npy_writer_finish(w, &st) != GA_OK) {
        fprintf(stderr, "%s\n", st.message);
        return 99;
    }
    npy_free(a);
    return fclose(stdout) == 0 ? 0 : 99;
}
