/* SPDX-License-Identifier: Apache-2.0 */
/* preprocessing.c -- see preprocessing.h */
#include <stdlib.h>

#include "model/preprocessing.h"

static const scaling_operation operations[] = {
    [GA_SUBTRACT] = SCALING_SUBTRACT, [GA_MULTIPLY] = SCALING_MULTIPLY, [GA_DIVIDE] = SCALING_DIVIDE
};

/* The length that divides all runs of equal constants: the greatest common divisor of n and the indices where they change. */
static size_t
run_of(const double *constant, size_t n)
{
    size_t run = n;
    for (size_t i = 1; i < n; i++)
        if (constant[i] != constant[i - 1])
            for (size_t rest = i; rest != 0;) {
                const size_t next = run % rest;
                run = rest;
                rest = next;
            }
    return run;
}

/* One constant for each channel, if that chains with the channels so far; else one for each input, which always does. */
static bool
add_step(scaling *s, const ga_step *step, size_t n)
{
    const size_t run = run_of(step->constant, n);
    double *const each = calloc(n / run, sizeof *each);
    for (size_t c = 0; each != NULL && c < n / run; c++)
        each[c] = step->constant[c * run];
    const bool ok = each != NULL && (scaling_step_doubles(s, operations[step->kind], n / run, each) ||
                                     scaling_step_doubles(s, operations[step->kind], n, step->constant));
    free(each);
    return ok;
}

/* start, no longer the caller's, followed by the model's steps. */
static scaling *
and_steps(scaling *start, const ga_model *model, bool bytes)
{
    bool ok = start != NULL;
    for (size_t i = 0; ok && i < model->n_steps; i++)
        ok = add_step(start, model->step + i, ga_model_inputs(model));
    if (ok && scaling_seal(start, bytes))
        return start;
    scaling_free(start);
    return NULL;
}

/* Measured: 500 bytes a channel for one step, 1012 for eight whose products have 4000 bits. */
size_t
preprocessing_memory(const ga_model *model)
{
    const size_t n = ga_model_inputs(model);
    size_t channels = 1;
    for (size_t i = 0; i < model->n_steps; i++) {
        const size_t more = n / run_of(model->step[i].constant, n);
        const size_t most = more > channels ? more : channels;
        channels = most % (more > channels ? channels : more) == 0 ? most : n; /* as add_step */
    }
    return model->n_steps > 0 ? channels * (512 + 64 * model->n_steps) : 0;
}

/* v -> x, as rationals. */
static scaling *
of_dataset(const ga_dataset *ds)
{
    if (ds->scaling != NULL)
        return scaling_copy(ds->scaling);
    scaling *s = scaling_new(ds->rows * ds->cols);
    const double most = 255;
    if (s == NULL || ds->value != NULL || scaling_step_doubles(s, SCALING_DIVIDE, 1, &most))
        return s;
    scaling_free(s);
    return NULL;
}

ga_code
preprocessing_open(preprocessing *in, const ga_model *model, const ga_dataset *ds, ga_status *st)
{
    *in = (preprocessing){ .ds = ds, .type = model->dtype };
    if (model->n_steps == 0)
        return GA_OK;
    in->whole = and_steps(of_dataset(ds), model, ds->value == NULL);
    in->steps = and_steps(scaling_new(ga_model_inputs(model)), model, false);
    if (in->whole != NULL && in->steps != NULL)
        return GA_OK;
    preprocessing_close(in);
    return ga_fail(st, GA_NO_MEMORY, "out of memory for the inputs");
}

void
preprocessing_close(preprocessing *in)
{
    scaling_free(in->whole);
    scaling_free(in->steps);
    in->whole = in->steps = NULL;
}

void
preprocessing_image(double *x, const preprocessing *in, size_t image)
{
    const size_t n = in->ds->rows * in->ds->cols;
    if (in->whole == NULL)
        ga_dataset_image(x, in->ds, image, in->type);
    else if (in->ds->value == NULL)
        scaling_bytes(x, in->whole, in->ds->pixel + image * n, in->type);
    else
        scaling_values(x, in->whole, in->ds->value + image * n, in->type);
}

double
preprocessing_number(const preprocessing *in, size_t image, size_t k)
{
    const size_t i = image * in->ds->rows * in->ds->cols + k;
    return scaling_apply(in->whole, scaling_channel(in->whole, k), in->ds->value != NULL ? in->ds->value[i] : in->ds->pixel[i],
                         in->type);
}

double
preprocessing_moved(const preprocessing *in, size_t k, double x)
{
    return scaling_apply(in->steps, scaling_channel(in->steps, k), x, in->type);
}

int
preprocessing_direction(const preprocessing *in, size_t k)
{
    return scaling_sign(in->steps, scaling_channel(in->steps, k));
}
