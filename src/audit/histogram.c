/* SPDX-License-Identifier: Apache-2.0 */
/* histogram.c -- see gradaudit/histogram.h */
#include <math.h>
#include <stdlib.h>

#include <gradaudit/histogram.h>

/* Makes room for decades low to high. */
static ga_code
cover(ga_histogram *h, int64_t low, int64_t high, ga_status *st)
{
    if (h->n > 0 && low >= h->first && high < h->first + (int64_t)h->n)
        return GA_OK;
    if (h->n > 0) {
        low = low < h->first ? low : h->first;
        high = high >= h->first + (int64_t)h->n ? high : h->first + (int64_t)h->n - 1;
    }
    if (high - low >= GA_MAX_DECADES)
        return ga_fail(st, GA_NO_MEMORY, "magnitudes from 1e%lld to 1e%lld are too many decades for a histogram", (long long)low,
                       (long long)high);
    size_t *count = calloc((size_t)(high - low + 1), sizeof *count);
    if (count == NULL)
        return ga_fail(st, GA_NO_MEMORY, "out of memory for a histogram");
    for (size_t i = 0; i < h->n; i++)
        count[h->first - low + (int64_t)i] = h->count[i];
    free(h->count);
    h->count = count;
    h->first = low;
    h->n = (size_t)(high - low + 1);
    return GA_OK;
}

static ga_code
count_decade(ga_histogram *h, int64_t decade, ga_status *st)
{
    const ga_code code = cover(h, decade, decade, st);
    if (code == GA_OK)
        h->count[decade - h->first]++;
    return code;
}

ga_code
ga_histogram_add(ga_histogram *h, const ga_number *g, const int64_t *decade, size_t n, ga_status *st)
{
    h->elements += n;
    for (size_t k = 0; k < n; k++) {
        h->zero += g[k].klass == GA_ZERO;
        h->negative_zero += g[k].klass == GA_ZERO && signbit(g[k].mantissa);
        h->subnormal += g[k].klass == GA_SUBNORMAL;
        h->infinite += g[k].klass == GA_INFINITE;
        h->nan += g[k].klass == GA_NAN;
        if (g[k].klass != GA_SUBNORMAL && g[k].klass != GA_NORMAL)
            continue;
        const ga_code code = count_decade(h, decade[k], st);
        if (code != GA_OK)
            return code;
    }
    return GA_OK;
}

static ga_code
count_block(ga_histogram *h, const ga_block *b, ga_number *g, int64_t *decade, ga_status *st)
{
    ga_code code = GA_OK;
    for (size_t i = 0; i < ga_block_images(b) && code == GA_OK; i++) {
        ga_block_row(g, b, i);
        ga_block_decades(decade, b, i);
        code = ga_histogram_add(h, g, decade, ga_block_elements(b), st);
    }
    return code;
}

static ga_code
add_block(void *data, const ga_block *b, ga_status *st)
{
    ga_histogram *sum = data, part = { 0 };
    ga_number *g = malloc(ga_block_elements(b) * sizeof *g);
    int64_t *decade = malloc(ga_block_elements(b) * sizeof *decade);
    ga_code code = g != NULL && decade != NULL ? count_block(&part, b, g, decade, st)
                                               : ga_fail(st, GA_NO_MEMORY, "out of memory for a histogram");
#pragma omp critical(histogram_sum)
    if (code == GA_OK)
        code = ga_histogram_merge(sum, &part, st);
    ga_histogram_free(&part);
    free(g);
    free(decade);
    return code;
}

static double
median(const ga_histogram *h)
{
    size_t finite = 0, below = 0;
    for (size_t i = 0; i < h->n; i++)
        finite += h->count[i];
    for (size_t i = 0; i < h->n; i++) {
        below += h->count[i];
        if (2 * below >= finite && finite > 0)
            return (double)(h->first + (int64_t)i) + 0.5;
    }
    return NAN;
}

ga_code
ga_histogram_merge(ga_histogram *a, const ga_histogram *b, ga_status *st)
{
    if (b->n > 0) {
        const ga_code code = cover(a, b->first, b->first + (int64_t)b->n - 1, st);
        if (code != GA_OK)
            return code;
    }
    for (size_t i = 0; i < b->n; i++)
        a->count[b->first - a->first + (int64_t)i] += b->count[i];
    a->elements += b->elements;
    a->zero += b->zero;
    a->negative_zero += b->negative_zero;
    a->subnormal += b->subnormal;
    a->infinite += b->infinite;
    a->nan += b->nan;
    a->median = median(a);
    return GA_OK;
}

ga_code
ga_histogram_make(ga_histogram *h, const ga_model *model, const ga_dataset *ds, ga_range range, const ga_estimator *e, int threads,
                  ga_status *st)
{
    *h = (ga_histogram){ .median = NAN };
    return ga_gradient(model, ds, range, e, threads, &(ga_sink){ .parallel = add_block, .data = h }, st);
}

void
ga_histogram_free(ga_histogram *h)
{
    free(h->count);
    *h = (ga_histogram){ 0 };
}
