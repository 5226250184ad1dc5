/* SPDX-License-Identifier: Apache-2.0 */
/* signs.c -- see attack/signs.h */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "attack/signs.h"
#include "model/preprocessing.h"
#include "num/random.h"
#include "run/blocks.h"

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
    if (blocks_check_range(ds, range, st) != GA_OK)
        return GA_USAGE;
    return ga_dataset_check(ds, model, st);
}

ga_code
signs_check(double eps, const ga_model *model, const ga_dataset *ds, ga_range range, ga_status *st)
{
    const ga_code code = check_range(model, ds, range, st);
    if (code != GA_OK)
        return code;
    if ((eps != 0 && !(in_dtype(eps, model) > 0)) || !isfinite(in_dtype(eps, model)))
        return ga_fail(st, GA_USAGE, "eps must be 0, or positive and finite in the model's type, not %g", eps);
    return GA_OK;
}

typedef struct {
    const ga_model *model;
    const ga_dataset *ds;
    size_t first, n_elements;
    double eps; /* in the model's dtype */
    const int8_t *sign;
    double *low, *high; /* each input's bounds */
    preprocessing preprocessing;
    bool *correct;  /* of each image; or NULL */
    int *predicted; /* or NULL */
} step;

static inline double
clipped(double x, double low, double high)
{
    x = x < low ? low : x;
    return x > high ? high : x;
}

/* x[0..n-1] after the step. One rounding, in the model's dtype: sign times eps is exact, and so is a sum with 0; clipping is
   exact. */
static void
move(double *restrict x, const int8_t *restrict sign, const double *restrict low, const double *restrict high, size_t n,
     const step *s)
{
    const double eps = s->eps;
    const float narrow = (float)eps;
    if (s->model->dtype == GA_F32)
#pragma omp simd
        for (size_t k = 0; k < n; k++)
            x[k] = clipped((double)((float)x[k] + (float)sign[k] * narrow), low[k], high[k]);
    else
#pragma omp simd
        for (size_t k = 0; k < n; k++)
            x[k] = clipped(x[k] + sign[k] * eps, low[k], high[k]);
}

/* If the network has steps before its first layer, the signs are for their result x'. The input x before them moves so that x' goes
   the sign's way, and x' is their value there, rounded once more; an x that stays keeps the image's own x'. */
static void
adversarial_image(void *data, double *restrict x, size_t image)
{
    const step *s = data;
    const preprocessing *const in = &s->preprocessing;
    const int8_t *const sign = s->sign + (image - s->first) * s->n_elements;
    ga_dataset_image(x, s->ds, image, s->model->dtype);
    if (in->whole == NULL) {
        move(x, sign, s->low, s->high, s->n_elements, s);
        return;
    }
    for (size_t k = 0; k < s->n_elements; k++) {
        const int8_t way = (int8_t)(sign[k] * preprocessing_direction(in, k));
        double moved = x[k];
        move(&moved, &way, s->low + k, s->high + k, 1, s);
        x[k] = moved == x[k] ? preprocessing_number(in, image, k) : preprocessing_moved(in, k, moved);
    }
}

static ga_code
keep_classes(void *data, const ga_block *b, ga_status *st)
{
    const step *s = data;
    (void)st;
    for (size_t i = 0; i < b->n; i++) {
        const size_t at = b->first + i - s->first;
        if (s->correct != NULL)
            s->correct[at] = ga_block_correct(b, i);
        if (s->predicted != NULL)
            s->predicted[at] = b->ops->predicted(b->engine, b->row + i);
    }
    return GA_OK;
}

static ga_code
classify(bool *correct, int *predicted, const int8_t *sign, double eps, const ga_model *model, const ga_dataset *ds, ga_range range,
         int threads, engine_pool *pool, ga_status *st)
{
    step s = { .model = model, .ds = ds, .first = range.first, .n_elements = ga_model_inputs(model), .eps = in_dtype(eps, model),
               .sign = sign, .correct = correct, .predicted = predicted };
    ga_code code = sign == NULL ? check_range(model, ds, range, st) : signs_check(eps, model, ds, range, st);
    if (code != GA_OK)
        return code;
    if ((code = preprocessing_open(&s.preprocessing, model, ds, st)) != GA_OK)
        return code;
    s.low = calloc(s.n_elements, 2 * sizeof *s.low);
    if (s.low == NULL) {
        preprocessing_close(&s.preprocessing);
        return ga_fail(st, GA_NO_MEMORY, "out of memory for an attack");
    }
    s.high = s.low + s.n_elements;
    ga_dataset_bounds(s.low, s.high, ds, model->dtype);
    blocks_job job = blocks_forward(model, ds, range, threads);
    job.pool = pool;
    job.image = sign == NULL || s.eps == 0 ? NULL : adversarial_image;
    job.sink = (ga_sink){ .parallel = keep_classes, .data = &s };
    code = blocks_run(&job, st);
    free(s.low);
    preprocessing_close(&s.preprocessing);
    return code;
}

ga_code
signs_classify(bool *correct, const int8_t *sign, double eps, const ga_model *model, const ga_dataset *ds, ga_range range,
               int threads, engine_pool *pool, ga_status *st)
{
    return classify(correct, NULL, sign, eps, model, ds, range, threads, pool, st);
}

ga_code
signs_predict(int *predicted, const ga_model *model, const ga_dataset *ds, ga_range range, int threads, engine_pool *pool,
              ga_status *st)
{
    return classify(NULL, predicted, NULL, 0, model, ds, range, threads, pool, st);
}
