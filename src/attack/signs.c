/* SPDX-License-Identifier: Apache-2.0 */
/* signs.c -- see attack/signs.h */
#include <math.h>
#include <string.h>

#include "attack/signs.h"
#include "model/normalise.h"
#include "num/random.h"
#include "pass/blocks.h"

void
signs_fill(int8_t *sign, size_t n, uint64_t seed, size_t image)
{
    random_stream r = random_start(seed, image);
    uint64_t bits = 0;
    for (size_t k = 0; k < n; k++, bits >>= 1) {
        if (k % 64 == 0)
            bits = random_next(&r);
        if (sign[k] == 0)
            sign[k] = bits & 1 ? 1 : -1;
    }
}

void
signs_random(int8_t *sign, size_t n, uint64_t seed, size_t image)
{
    memset(sign, 0, n);
    signs_fill(sign, n, seed, image);
}

void
signs_of(int8_t *sign, const ga_number *g, size_t n)
{
    for (size_t k = 0; k < n; k++)
        sign[k] = (int8_t)g[k].sign;
}

static double
in_dtype(double eps, const ga_model *model)
{
    return model->dtype == GA_F32 ? (float)eps : eps;
}

static ga_code
check_range(const ga_model *model, const ga_dataset *ds, ga_range range, ga_status *st)
{
    if (range.first > range.last || range.last >= ds->n)
        return ga_fail(st, GA_USAGE, "images %zu-%zu are not among the %zu there are", range.first, range.last, ds->n);
    return ga_dataset_check(ds, model, st);
}

ga_code
signs_check(double eps, const ga_model *model, const ga_dataset *ds, ga_range range, ga_status *st)
{
    const ga_code code = check_range(model, ds, range, st);
    if (code != GA_OK)
        return code;
    if (!(in_dtype(eps, model) > 0) || !isfinite(in_dtype(eps, model)))
        return ga_fail(st, GA_USAGE, "eps must be positive and finite in the model's type, not %g", eps);
    return GA_OK;
}

typedef struct {
    const ga_model *model;
    const ga_dataset *ds;
    size_t first, n_elements;
    double eps; /* in the model's dtype */
    const int8_t *sign;
    bool *correct;
} step;

/* A pixel after the step: one rounding, in the model's dtype; clipping is exact. */
static double
move(double pixel, int sign, const step *s)
{
    double moved = pixel;
    if (sign != 0 && s->model->dtype == GA_F32)
        moved = (float)pixel + (float)(sign * s->eps);
    else if (sign != 0)
        moved = pixel + sign * s->eps;
    return moved < 0 ? 0 : moved > 1 ? 1 : moved;
}

/* Where the model has steps before its first layer, of whose result x' the signs are, the pixel moves so that x' goes the sign's
   way, and x' is the steps' value there, rounded once more. */
static void
adversarial_image(void *data, double *x, size_t image)
{
    const step *s = data;
    const int8_t *sign = s->sign + (image - s->first) * s->n_elements;
    const ga_normalise *n = s->model->normalise;
    ga_model_image(x, s->model, s->ds, image);
    for (size_t k = 0; k < s->n_elements; k++) {
        const int way = n == NULL ? sign[k] : sign[k] * normalise_direction(n, k);
        if (n == NULL)
            x[k] = move(x[k], way, s);
        else if (way != 0)
            x[k] = normalise_double(move(ga_dataset_pixel(s->ds, image, k, s->model->dtype), way, s), n, k, s->model->dtype);
    }
}

static ga_code
keep_correct(void *data, const ga_block *b, ga_status *st)
{
    const step *s = data;
    (void)st;
    for (size_t i = 0; i < b->n; i++)
        s->correct[b->first + i - s->first] = ga_block_correct(b, i);
    return GA_OK;
}

ga_code
signs_classify(bool *correct, const int8_t *sign, double eps, const ga_model *model, const ga_dataset *ds, ga_range range,
               int threads, ga_status *st)
{
    step s = { .model = model, .ds = ds, .first = range.first, .n_elements = ga_model_inputs(model), .eps = in_dtype(eps, model),
               .sign = sign, .correct = correct };
    const ga_code code = sign == NULL ? check_range(model, ds, range, st) : signs_check(eps, model, ds, range, st);
    if (code != GA_OK)
        return code;
    blocks_job job = blocks_forward(model, ds, range, threads);
    job.image = sign == NULL ? NULL : adversarial_image;
    job.sink = (ga_sink){ .parallel = keep_correct, .data = &s };
    return blocks_run(&job, st);
}
