/* SPDX-License-Identifier: Apache-2.0 */
/* dataset.c -- images and labels from files and arrays; see gradaudit/dataset.h */
#include <stdlib.h>
#include <string.h>

#include "core/dataset.h"

#include "api/api.h"
#include "audit/doubts.h"
#include "io/data.h"
#include "model/dataset.h"

/* labels may be NULL. */
static ga_code
load(ga_dataset **ds, const data_file *images, const data_file *labels, const ga_dataset_options *options, ga_status *st)
{
    ga_dataset_options own;
    const ga_code code = api_options(&own, sizeof own, options, "ga_dataset_options", st);
    if (code != GA_OK)
        return code;
    const ga_data_options o = { .data_key = own.data_key, .labels_key = own.labels_key, .label_column = own.label_column,
                                .scale = own.scale, .mean = own.mean, .std = own.std, .clip = own.clip,
                                .max_file = own.max_file, .max_memory = own.max_memory, .labels_optional = true };
    return data_load(ds, images, labels, &o, st);
}

/* After a failure there is no data set. */
static ga_code
leave(api_call *call, ga_dataset **ds, ga_code code, ga_status *st)
{
    code = api_leave(call, code, st);
    if (code != GA_OK) {
        ga_dataset_free(*ds);
        *ds = NULL;
    }
    return code;
}

ga_code
ga_dataset_open(ga_dataset **ds, const char *images, const char *labels, const ga_dataset_options *options, ga_status *st)
{
    const data_file images_at = { .path = images }, labels_at = { .path = labels };
    api_call call;
    ga_code code = api_given(st, "ds", ds);
    if (code != GA_OK)
        return code;
    *ds = NULL;
    if ((code = api_enter(&call, NULL, st)) != GA_OK)
        return code;
    code = images != NULL ? load(ds, &images_at, labels != NULL ? &labels_at : NULL, options, st)
                          : ga_fail(st, GA_USAGE, "which images? their path is NULL");
    return leave(&call, ds, code, st);
}

ga_code
ga_dataset_from_arrays(ga_dataset **ds, const ga_array *images, const ga_array *labels, const ga_dataset_options *options,
                       ga_status *st)
{
    const data_file images_in = { .path = "images", .array = images }, labels_in = { .path = "labels", .array = labels };
    api_call call;
    ga_code code = api_given(st, "ds", ds);
    if (code != GA_OK)
        return code;
    *ds = NULL;
    if ((code = api_enter(&call, NULL, st)) != GA_OK)
        return code;
    code = images != NULL ? load(ds, &images_in, labels != NULL && labels->data != NULL ? &labels_in : NULL, options, st)
                          : ga_fail(st, GA_USAGE, "which images? their array is NULL");
    return leave(&call, ds, code, st);
}

ga_code
ga_dataset_set_targets(ga_dataset *ds, const ga_array *rows, int upstream, ga_status *st)
{
    const data_file from = { .path = upstream ? "upstream" : "targets", .array = rows };
    api_call call;
    ga_code code = api_given(st, "ds rows", ds, rows);
    if (code != GA_OK || (code = api_enter(&call, NULL, st)) != GA_OK)
        return code;
    code = rows->data != NULL ? data_load_targets(ds, &from, upstream != 0, NULL, st)
                              : ga_fail(st, GA_USAGE, "which targets? their array is NULL");
    return api_leave(&call, code, st);
}

size_t
ga_dataset_images(const ga_dataset *ds)
{
    return ds->n;
}

size_t
ga_dataset_inputs(const ga_dataset *ds)
{
    return ds->rows * ds->cols;
}

int
ga_dataset_has_labels(const ga_dataset *ds)
{
    return ds->label != NULL && !ds->made_labels;
}

static ga_code
fits(const ga_dataset *ds, const ga_model *model, ga_status *st)
{
    return (ds->label != NULL ? ga_dataset_check : dataset_check_images)(ds, model, st);
}

ga_code
ga_dataset_fits(const ga_dataset *ds, const ga_model *model, ga_status *st)
{
    api_call call;
    ga_code code = api_given(st, "ds model", ds, model);
    if (code != GA_OK || (code = api_enter(&call, NULL, st)) != GA_OK)
        return code;
    code = fits(ds, model, st);
    return api_leave(&call, code, st);
}

/* The doubts, a line each. */
static ga_code
tell(char **text, const doubts *d, ga_status *st)
{
    size_t size = 1;
    for (size_t i = 0; i < d->n; i++)
        size += strlen(d->text[i]) + 1;
    char *at = *text = malloc(size);
    if (at == NULL)
        return ga_fail(st, GA_NO_MEMORY, "out of memory for a text");
    *at = '\0';
    for (size_t i = 0; i < d->n; i++) {
        at = stpcpy(at, d->text[i]);
        at = stpcpy(at, "\n");
    }
    return GA_OK;
}

ga_code
ga_dataset_doubts(char **text, const ga_dataset *ds, const ga_model *model, const ga_run *run, ga_status *st)
{
    doubts d = { 0 };
    api_call call;
    ga_code code = api_given(st, "text", text);
    if (code != GA_OK)
        return code;
    *text = NULL;
    if ((code = api_given(st, "ds model", ds, model)) != GA_OK || (code = api_enter(&call, run, st)) != GA_OK)
        return code;
    if ((code = fits(ds, model, st)) == GA_OK && (code = doubts_find(&d, model, ds, call.run.threads, st)) == GA_OK)
        code = tell(text, &d, st);
    if ((code = api_leave(&call, code, st)) != GA_OK) {
        free(*text);
        *text = NULL;
    }
    return code;
}
