/* SPDX-License-Identifier: Apache-2.0 */
/* idx_fuzz.c -- IDX files, plain and gzip: the bytes as images, and as the labels of two images */
#include "core/dataset.h"

#include "fuzz.h"

static void
check(ga_code code, const ga_status *st, ga_dataset *ds)
{
    fuzz_check_status(code, st);
    fuzz_demand((code == GA_OK) == (ds != NULL), "images after a failure, or none");
    if (ds != NULL) {
        volatile unsigned sum = 0;
        fuzz_demand(ds->n > 0 && ds->rows > 0 && ds->cols > 0, "no images");
        for (size_t i = 0; i < ds->n * ds->rows * ds->cols; i++)
            sum += ds->pixel[i];
        for (size_t i = 0; ds->label != NULL && i < ds->n; i++)
            sum += ds->label[i];
    }
    ga_dataset_free(ds);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t two[] = { 0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 1, 7, 9 };
    const char *const fuzzed = fuzz_path(0, data, size), *const images = fuzz_path(1, two, sizeof two);
    ga_status st = { 0 }, labels_st = { 0 };
    ga_dataset *ds;

    ga_code code = ga_dataset_read(&ds, fuzzed, NULL, &st);
    check(code, &st, ds);
    code = ga_dataset_read(&ds, images, fuzzed, &labels_st);
    check(code, &labels_st, ds);
    return 0;
}
