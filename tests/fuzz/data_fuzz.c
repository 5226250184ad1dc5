/* SPDX-License-Identifier: Apache-2.0 */
/* data_fuzz.c -- data sets of any format (IDX, .npy, .npz, CSV), told by their content: the bytes as images and labels, with the
   labels in a column, and as the labels of two images */
#include "core/dataset.h"

#include "fuzz.h"
#include "zip_mutator.h"

static void
read_both(const char *images, const char *labels, const ga_data_options *options)
{
    ga_status st = { 0 };
    ga_dataset *ds;
    const ga_code code = ga_dataset_load(&ds, images, labels, options, &st);

    fuzz_check_status(code, &st);
    fuzz_demand((code == GA_OK) == (ds != NULL), "images after a failure, or none");
    if (ds != NULL) {
        double *const x = malloc(ds->rows * ds->cols * sizeof *x);
        volatile double sum = 0;
        fuzz_demand(x != NULL && ds->n > 0 && ds->rows > 0 && ds->cols > 0, "no images");
        ga_dataset_image(x, ds, ds->n - 1, GA_F32);
        sum += x[ds->rows * ds->cols - 1];
        for (size_t i = 0; ds->label != NULL && i < ds->n; i++)
            sum += ds->label[i];
        free(x);
    }
    ga_dataset_free(ds);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t two[] = { 0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 1, 7, 9 };
    static const ga_data_options options = { .max_file = FUZZ_MEMORY, .max_memory = FUZZ_MEMORY },
                                 column = { .label_column = "1", .max_file = FUZZ_MEMORY, .max_memory = FUZZ_MEMORY };
    const char *const fuzzed = fuzz_path(0, data, size), *const images = fuzz_path(1, two, sizeof two);

    read_both(fuzzed, NULL, &options);
    read_both(fuzzed, NULL, &column);
    read_both(images, fuzzed, &options);
    return 0;
}
