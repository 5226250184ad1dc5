/* SPDX-License-Identifier: Apache-2.0 */
/* distribution.c -- see core/distribution.h */
#include <math.h>
#include <stdlib.h>

#include "core/distribution.h"

#include "run/blocks.h"

const double ga_quantile_levels[GA_QUANTILES] = { 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99 };

/* A total order of values: -0 before 0, and NaN after all others. */
static int
ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    if (isnan(x) || isnan(y))
        return isnan(x) - isnan(y);
    return x != y ? (x > y) - (x < y) : !signbit(x) - !signbit(y);
}

/* n > 0 finite values, in ascending order. */
static void
describe(ga_distribution *d, const double *value, size_t n)
{
    long double sum = 0, m2 = 0, m4 = 0;
    for (size_t i = 0; i < n; i++)
        sum += value[i];
    const long double mean = sum / n;
    for (size_t i = 0; i < n; i++) {
        const long double square = (value[i] - mean) * (value[i] - mean);
        m2 += square;
        m4 += square * square;
    }
    m2 /= n;
    m4 /= n;
    d->min = value[0];
    d->max = value[n - 1];
    d->mean = (double)mean;
    d->std = (double)sqrtl(m2);
    d->kurtosis = m2 > 0 ? (double)(m4 / (m2 * m2)) : NAN;
    for (size_t q = 0; q < GA_QUANTILES; q++)
        d->quantile[q] = value[(size_t)ceil(ga_quantile_levels[q] * (double)n) - 1];
}

void
ga_distribution_make(ga_distribution *d, double *value, size_t n)
{
    *d = (ga_distribution){ .n = n, .min = NAN, .max = NAN, .mean = NAN, .std = NAN, .kurtosis = NAN };
    for (size_t q = 0; q < GA_QUANTILES; q++)
        d->quantile[q] = NAN;
    qsort(value, n, sizeof *value, ascending);
    for (size_t i = 0; i < n; i++) {
        d->nan += isnan(value[i]);
        d->minus_infinite += value[i] == -INFINITY;
        d->plus_infinite += value[i] == INFINITY;
    }
    const size_t finite = n - d->nan - d->minus_infinite - d->plus_infinite;
    if (finite > 0)
        describe(d, value + d->minus_infinite, finite);
}

/* The position of value between low and high, as a share; a range beyond binary64's is halved first, exactly there. */
static double
share(double value, double low, double high)
{
    return isfinite(high - low) ? (value - low) / (high - low) : (value / 2 - low / 2) / (high / 2 - low / 2);
}

void
ga_distribution_bins(size_t *count, size_t bins, double low, double high, const double *value, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!(value[i] >= low && value[i] <= high))
            continue;
        const size_t k = low < high ? (size_t)(share(value[i], low, high) * (double)bins) : bins;
        count[k < bins ? k : bins - 1]++;
    }
}

typedef struct {
    double *value;
    size_t units, first, function; /* the node of the layer's function */
    bool activation, readout;
} layer_values;

static ga_code
keep_values(void *data, const ga_block *b, ga_status *st)
{
    const layer_values *v = data;
    const program *const p = b->ops->program(b->engine);
    const value_id id = v->readout ? p->logits : v->activation ? program_made(p, v->function) : program_argument(p, v->function);
    (void)st;
    for (size_t i = 0; i < b->n; i++)
        b->ops->values(v->value + (b->first + i - v->first) * v->units, b->engine, id, b->row + i);
    return GA_OK;
}

ga_code
ga_layer_values(double **value, size_t *n, ga_layer_quantity quantity, size_t l, const ga_model *model, const ga_dataset *ds,
                ga_range range, int threads, ga_status *st)
{
    *value = NULL;
    if (l >= model->n_layers || (quantity == GA_ACTIVATIONS && l + 1 == model->n_layers))
        return ga_fail(st, GA_USAGE, "there is no such layer: %zu", l + 1);
    const ga_layer *layer = model->layer + l;
    const size_t images = range.last - range.first + 1;
    *n = quantity == GA_WEIGHTS ? layer->n_in * layer->n_out : images * layer->n_out;
    *value = malloc(*n * sizeof **value);
    if (*value == NULL)
        return ga_fail(st, GA_NO_MEMORY, "out of memory for %zu values of a layer", *n);
    if (quantity == GA_WEIGHTS) {
        for (size_t i = 0; i < *n; i++)
            (*value)[i] = ga_model_get(model, layer->weight, i);
        return GA_OK;
    }
    layer_values v = { *value, layer->n_out, range.first, 2 * l + 1, quantity == GA_ACTIVATIONS, l + 1 == model->n_layers };
    blocks_job job = blocks_forward(model, ds, range, threads);
    job.tape = true;
    job.sink = (ga_sink){ .parallel = keep_values, .data = &v };
    const ga_code code = blocks_run(&job, st);
    if (code != GA_OK) {
        free(*value);
        *value = NULL;
    }
    return code;
}
