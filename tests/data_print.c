/* SPDX-License-Identifier: Apache-2.0 */
/* data_print.c -- prints a data set's inputs and labels, for data.sh: data_print f32|f64 IMAGES LABELS|- [OPTION=VALUE]... */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/dataset.h"

#include "cli/status.h"

int
main(int argc, char **argv)
{
    ga_data_options o = { 0 };
    ga_dataset *ds;
    ga_status st = { 0 };
    const struct {
        const char *name;
        const char **value;
    } option[] = { { "scale=", &o.scale }, { "mean=", &o.mean }, { "std=", &o.std }, { "clip=", &o.clip },
                   { "data-key=", &o.data_key },
                   { "labels-key=", &o.labels_key }, { "label-column=", &o.label_column } };
    if (argc < 4)
        return 99;
    for (int i = 4; i < argc; i++)
        for (size_t k = 0; k < sizeof option / sizeof *option; k++)
            if (strncmp(argv[i], option[k].name, strlen(option[k].name)) == 0)
                *option[k].value = argv[i] + strlen(option[k].name);
    if (ga_dataset_load(&ds, argv[2], strcmp(argv[3], "-") == 0 ? NULL : argv[3], &o, &st) != GA_OK) {
        fprintf(stderr, "%s\n", st.message);
        return exit_status(st.code);
    }
    const size_t n = ds->rows * ds->cols;
    const ga_dtype type = strcmp(argv[1], "f32") == 0 ? GA_F32 : GA_F64;
    double *x = malloc(3 * n * sizeof *x);
    printf("%zu %zu %zu %s\n", ds->n, ds->rows, ds->cols, ds->pixel != NULL ? "bytes" : "values");
    ga_dataset_bounds(x + n, x + 2 * n, ds, type);
    for (size_t j = 0; j < n; j++)
        printf("%a %a%c", x[n + j], x[2 * n + j], j + 1 < n ? ' ' : '\n');
    for (size_t i = 0; i < ds->n; i++) {
        ga_dataset_image(x, ds, i, type);
        printf("%d", ds->label[i]);
        for (size_t j = 0; j < n; j++)
            printf(" %a", x[j]);
        putchar('\n');
    }
    free(x);
    ga_dataset_free(ds);
    return 0;
}
