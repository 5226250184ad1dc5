/* SPDX-License-Identifier: Apache-2.0 */
/* dataset.c -- images and labels in memory; see gradaudit/dataset.h */
#include <stdbool.h>
#include <stdlib.h>

#include <gradaudit/dataset.h>

#include "model/normalise.h"

void
ga_dataset_free(ga_dataset *ds)
{
    if (ds == NULL)
        return;
    free(ds->pixel);
    free(ds->label);
    free(ds);
}

ga_code
ga_dataset_check(const ga_dataset *ds, const ga_model *model, ga_status *st)
{
    size_t classes = ga_model_classes(model);

    if (ds->rows * ds->cols != ga_model_inputs(model))
        return ga_fail(st, GA_BAD_FILE, "images of %zu x %zu pixels do not fit a model of %zu inputs", ds->rows, ds->cols,
                       ga_model_inputs(model));
    if (ds->label == NULL)
        return ga_fail(st, GA_BAD_FILE, "the images have no labels");
    for (size_t i = 0; i < ds->n; i++)
        if (ds->label[i] >= classes)
            return ga_fail(st, GA_BAD_FILE, "label %d of image %zu is not one of the model's %zu classes", ds->label[i], i,
                           classes);
    return GA_OK;
}

void
ga_dataset_image(double *x, const ga_dataset *ds, size_t i, ga_dtype type)
{
    const size_t n = ds->rows * ds->cols;
    const uint8_t *restrict k = ds->pixel + i * n;
    double *restrict to = x;

    if (type == GA_F32)
#pragma omp simd
        for (size_t j = 0; j < n; j++)
            to[j] = (double)((float)k[j] / 255.0f); /* IEEE division: rounded once */
    else
#pragma omp simd
        for (size_t j = 0; j < n; j++)
            to[j] = k[j] / 255.0;
}

double
ga_dataset_pixel(const ga_dataset *ds, size_t i, size_t k, ga_dtype type)
{
    const uint8_t pixel = ds->pixel[i * ds->rows * ds->cols + k];
    return type == GA_F32 ? (double)((float)pixel / 255.0f) : pixel / 255.0;
}

void
ga_model_image(double *x, const ga_model *model, const ga_dataset *ds, size_t i)
{
    if (model->normalise == NULL)
        ga_dataset_image(x, ds, i, model->dtype);
    else
        normalise_bytes(x, ds->pixel + i * ds->rows * ds->cols, model->normalise, model->dtype);
}

/* Reads the decimal digits at *text, and moves past them; false when there is none or the number overflows. */
static bool
parse_index(size_t *index, const char **text)
{
    const char *s = *text;

    for (*index = 0; *s >= '0' && *s <= '9'; s++)
        if (__builtin_mul_overflow(*index, (size_t)10, index) ||
            __builtin_add_overflow(*index, (size_t)(*s - '0'), index))
            return false;
    bool any = s > *text;
    *text = s;
    return any;
}

ga_code
ga_range_parse(ga_range *range, const char *text, const ga_dataset *ds, ga_status *st)
{
    ga_range r = { 0, ds->n - 1 };

    if (text != NULL) {
        const char *s = text;
        bool valid = parse_index(&r.first, &s);
        r.last = r.first;
        if (valid && *s == '-') {
            s++;
            valid = parse_index(&r.last, &s);
        }
        if (!valid || *s != '\0' || r.first > r.last)
            return ga_fail(st, GA_USAGE, "images are given as \"17\" or \"0-9\", not as this range");
    }
    if (r.last >= ds->n)
        return ga_fail(st, GA_USAGE, "image %zu is beyond the last image, %zu", r.last, ds->n - 1);
    *range = r;
    return GA_OK;
}
