/* SPDX-License-Identifier: Apache-2.0 */
/* dataset_check.c -- whether images and labels fit a model; see core/dataset.h */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "graph/graph.h"
#include "model/dataset.h"
#include "model/preprocessing.h"

/* Scaling is monotonic, and so is rounding: what holds for the least and the largest value holds for all. */
static ga_code
check_finite(const ga_dataset *ds, const scaling *s, ga_dtype type, ga_status *st)
{
    double end[4] = { ds->value != NULL ? ds->least : 0, ds->value != NULL ? ds->largest : 255 };
    dataset_raw_bounds(end + 2, end + 3, ds);
    for (size_t c = 0; c < dataset_channels(s); c++)
        for (size_t i = 0; i < 4; i++)
            if (!isfinite(dataset_scaled(ds, s, c, end[i], type)))
                return ga_fail(st, GA_BAD_FILE, "numbers between %g and %g are, scaled, beyond the range of %s", end[0], end[1],
                               type == GA_F32 ? "binary32" : "binary64");
    return GA_OK;
}

static ga_code
check_labels(const ga_dataset *ds, size_t classes, ga_status *st)
{
    if (ds->target != NULL && ds->n_targets != classes)
        return ga_fail(st, GA_BAD_FILE, "rows of %zu %s do not fit a network of %zu outputs: a row has one for each", ds->n_targets,
                       ds->upstream ? "upstream gradients" : "targets", classes);
    if (ds->label == NULL)
        return ga_fail(st, GA_BAD_FILE, "the images have no labels");
    if (ds->classes != 0 && ds->classes != classes)
        return ga_fail(st, GA_BAD_FILE, "one-hot labels of %zu classes do not fit a model of %zu classes", ds->classes, classes);
    for (size_t i = 0; i < ds->n && classes > 1; i++) /* the label of one output is a number */
        if (ds->label[i] >= classes)
            return ga_fail(st, GA_BAD_FILE, "label %d of image %zu is not one of the model's %zu classes", ds->label[i], i,
                           classes);
    return GA_OK;
}

/* Those of n dimensions that are not 1; returns how many. */
static size_t
without_ones(size_t to[3], const size_t *dim, size_t n)
{
    size_t kept = 0;
    for (size_t d = 0; d < n && d < 3; d++)
        if (dim[d] != 1)
            to[kept++] = dim[d];
    return kept;
}

/* Data that say nothing of height and width fit any image of so many numbers; others must be as the network takes them: channels,
   height, width. */
static ga_code
check_shape(const ga_dataset *ds, const op_shape *input, ga_status *st)
{
    const size_t flat[] = { ds->rows, ds->cols }, *const dim = ds->n_dims > 0 ? ds->dim : flat;
    size_t own[3], wanted[3];
    const size_t n = without_ones(own, dim, ds->n_dims > 0 ? ds->n_dims : 2), m = without_ones(wanted, input->dim, input->n_dims);
    if (n < 2 || input->n_dims < 3 || (n == m && memcmp(own, wanted, n * sizeof *own) == 0))
        return GA_OK;
    char text[64];
    snprintf(text, sizeof text, n == 3 ? "%zu x %zu x %zu" : "%zu x %zu", own[0], own[1], n == 3 ? own[2] : 0);
    return ga_fail(st, GA_BAD_FILE, "images of %s do not fit a model of %zu channels, each %zu x %zu: [images, channels, height, "
                                    "width] are wanted", text, input->dim[0], input->dim[1], input->dim[2]);
}

static ga_code
check(const ga_dataset *ds, const ga_model *model, bool labels, ga_status *st)
{
    if (ds->rows * ds->cols != ga_model_inputs(model))
        return ga_fail(st, GA_BAD_FILE, "images of %zu inputs (%zu x %zu) do not fit a model of %zu inputs", ds->rows * ds->cols,
                       ds->rows, ds->cols, ga_model_inputs(model));
    if (check_shape(ds, &model->graph->input, st) != GA_OK)
        return GA_BAD_FILE;
    if (labels && check_labels(ds, ga_model_classes(model), st) != GA_OK)
        return GA_BAD_FILE;
    preprocessing in;
    ga_code code = check_finite(ds, ds->scaling, model->dtype, st); /* attacks move these, */
    if (code != GA_OK || (code = preprocessing_open(&in, model, ds, st)) != GA_OK)
        return code;
    if (in.whole != NULL)
        code = check_finite(ds, in.whole, model->dtype, st); /* and these are what the first layer takes */
    preprocessing_close(&in);
    return code;
}

ga_code
ga_dataset_check(const ga_dataset *ds, const ga_model *model, ga_status *st)
{
    return check(ds, model, true, st);
}

ga_code
dataset_check_images(const ga_dataset *ds, const ga_model *model, ga_status *st)
{
    return check(ds, model, false, st);
}
