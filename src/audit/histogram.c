/* SPDX-License-Identifier: Apache-2.0 */
/* histogram.c -- see core/histogram.h */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "audit/histogram.h"
#include "run/blocks.h"

/* Decades come in ascending order. */
static void
append(ga_histogram *h, int64_t decade, size_t count)
{
    if (h->n == 0 || h->decade[h->n - 1] != decade) {
        h->decade[h->n] = decade;
        h->count[h->n++] = 0;
    }
    h->count[h->n - 1] += count;
}

/* Adds n ascending decades, equal ones allowed; count NULL: each once. Both lists are gone through once. */
static ga_code
unite(ga_histogram *h, const int64_t *decade, const size_t *count, size_t n, ga_status *st)
{
    const size_t most = h->n + n;
    ga_histogram sum = { 0 };
    if (n == 0)
        return GA_OK;
    sum.decade = malloc(most * sizeof *sum.decade);
    sum.count = malloc(most * sizeof *sum.count);
    if (sum.decade == NULL || sum.count == NULL) {
        ga_histogram_free(&sum);
        return ga_fail(st, GA_NO_MEMORY, "out of memory for a histogram");
    }
    for (size_t i = 0, j = 0; i + j < most;)
        if (j == n || (i < h->n && h->decade[i] <= decade[j])) {
            append(&sum, h->decade[i], h->count[i]);
            i++;
        } else {
            append(&sum, decade[j], count != NULL ? count[j] : 1);
            j++;
        }
    free(h->decade);
    free(h->count);
    h->n = sum.n;
    h->decade = realloc(sum.decade, sum.n * sizeof *sum.decade);
    h->count = realloc(sum.count, sum.n * sizeof *sum.count);
    h->decade = h->decade != NULL ? h->decade : sum.decade; /* a block that cannot shrink stays as it is */
    h->count = h->count != NULL ? h->count : sum.count;
    return GA_OK;
}

static int
ascending(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* False if there is no such decade yet. Most decades follow one another without a gap. */
static bool
count_known(ga_histogram *h, int64_t decade)
{
    const uint64_t guess = h->n > 0 ? (uint64_t)decade - (uint64_t)h->decade[0] : 0;
    if (guess < h->n && h->decade[guess] == decade) {
        h->count[guess]++;
        return true;
    }
    const int64_t *place = h->n > 0 ? bsearch(&decade, h->decade, h->n, sizeof *h->decade, ascending) : NULL;
    if (place != NULL)
        h->count[place - h->decade]++;
    return place != NULL;
}

/* What has no decade. */
static void
count_apart(ga_histogram *h, const ga_number *g)
{
    h->zero += g->klass == GA_ZERO;
    h->negative_zero += g->klass == GA_ZERO && signbit(g->mantissa);
    h->infinite += g->klass == GA_INFINITE;
    h->nan += g->klass == GA_NAN;
    if (g->klass == GA_UNKNOWN)
        ga_undecided_add(&h->undecided, (ga_undecided){ 1, g->exponent });
}

/* Known decades are found by bisection; new ones are sorted and merged in, MOST_NEW at a time, after which few are new. */
ga_code
ga_histogram_add(ga_histogram *h, const ga_number *g, const int64_t *decade, size_t n, ga_status *st)
{
    enum { MOST_NEW = 256 };
    int64_t new[MOST_NEW];
    size_t n_new = 0;
    ga_code code = GA_OK;
    h->elements += n;
    for (size_t k = 0; k < n && code == GA_OK; k++) {
        h->subnormal += g[k].klass == GA_SUBNORMAL;
        if (g[k].klass != GA_SUBNORMAL && g[k].klass != GA_NORMAL)
            count_apart(h, g + k);
        else if (decade[k] == GA_NO_DECADE)
            ga_undecided_add(&h->undecided, (ga_undecided){ 1, g[k].exponent + 1 });
        else if (!count_known(h, decade[k]))
            new[n_new++] = decade[k];
        if (n_new == MOST_NEW || (n_new > 0 && k + 1 == n)) {
            qsort(new, n_new, sizeof *new, ascending);
            code = unite(h, new, NULL, n_new, st);
            n_new = 0;
        }
    }
    return code;
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

static double
median(const ga_histogram *h)
{
    size_t finite = 0, below = 0;
    for (size_t i = 0; i < h->n; i++)
        finite += h->count[i];
    for (size_t i = 0; i < h->n; i++) {
        below += h->count[i];
        if (2 * below >= finite && finite > 0)
            return (double)h->decade[i] + 0.5;
    }
    return NAN;
}

ga_code
ga_histogram_merge(ga_histogram *a, const ga_histogram *b, ga_status *st)
{
    const ga_code code = unite(a, b->decade, b->count, b->n, st);
    if (code != GA_OK)
        return code;
    a->elements += b->elements;
    a->zero += b->zero;
    a->negative_zero += b->negative_zero;
    a->subnormal += b->subnormal;
    a->infinite += b->infinite;
    a->nan += b->nan;
    ga_undecided_add(&a->undecided, b->undecided);
    a->median = median(a);
    return GA_OK;
}

void
ga_histogram_free(ga_histogram *h)
{
    free(h->decade);
    free(h->count);
    *h = (ga_histogram){ 0 };
}

/* ---- of a network's gradients ----------------------------------------------------------------------------------- */

typedef struct {
    const ga_model *model;
    const ga_dataset *ds;
    const ga_estimator *e;
    engine_pool *pool;
    ga_histogram *sum;
} making;

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

/* The struct, then the decades, then the counts. */
static ga_code
pack(deal_bytes *packed, const ga_histogram *h, ga_status *st)
{
    const size_t decades = h->n * sizeof *h->decade, counts = h->n * sizeof *h->count;
    *packed = (deal_bytes){ malloc(sizeof *h + decades + counts), sizeof *h + decades + counts };
    if (packed->bytes == NULL)
        return ga_fail(st, GA_NO_MEMORY, "out of memory for a histogram");
    memcpy(packed->bytes, h, sizeof *h);
    if (h->n > 0) {
        memcpy(packed->bytes + sizeof *h, h->decade, decades);
        memcpy(packed->bytes + sizeof *h + decades, h->count, counts);
    }
    return GA_OK;
}

static ga_code
make(void *data, deal_bytes *made, ga_range images, int threads, ga_status *st)
{
    const making *const m = data;
    ga_histogram part = { .median = NAN };
    ga_code code = blocks_check_and_run(&(blocks_job){ .model = m->model, .ds = m->ds, .range = images, .estimator = *m->e,
                                                       .threads = threads, .pool = m->pool,
                                                       .sink = { .parallel = add_block, .data = &part } }, st);
    if (code == GA_OK)
        code = pack(made, &part, st);
    ga_histogram_free(&part);
    return code;
}

static ga_code
add(void *data, const deal_bytes *made, ga_range images, ga_status *st)
{
    const making *const m = data;
    ga_histogram part;
    (void)images;
    if (made->n < sizeof part)
        return ga_fail(st, GA_BAD_FILE, "what another process sent is no histogram");
    memcpy(&part, made->bytes, sizeof part);
    if (part.n > made->n || made->n != sizeof part + part.n * (sizeof *part.decade + sizeof *part.count))
        return ga_fail(st, GA_BAD_FILE, "what another process sent is no histogram");
    part.decade = malloc(part.n * sizeof *part.decade + 1);
    part.count = malloc(part.n * sizeof *part.count + 1);
    ga_code code = GA_NO_MEMORY;
    if (part.decade != NULL && part.count != NULL) {
        memcpy(part.decade, made->bytes + sizeof part, part.n * sizeof *part.decade);
        memcpy(part.count, made->bytes + sizeof part + part.n * sizeof *part.decade, part.n * sizeof *part.count);
        code = ga_histogram_merge(m->sum, &part, st);
    } else
        ga_fail(st, code, "out of memory for a histogram");
    ga_histogram_free(&part);
    return code;
}

ga_code
histogram_run(ga_histogram *h, const ga_model *model, const ga_dataset *ds, ga_range range, const ga_estimator *e,
              const fold_way *way, ga_status *st)
{
    *h = (ga_histogram){ .median = NAN };
    making m = { model, ds, e, engine_pool_new(0, NULL), h };
    const blocks_job pass = { .model = model, .range = range, .estimator = engine_estimator(e, model) };
    const fold f = { .range = range, .cases = blocks_images(&pass), .data = &m, .make = make, .add = add };
    ga_code code = blocks_check(model, ds, range, e, st);
    if (code == GA_OK)
        code = m.pool != NULL && f.cases > 0 ? fold_run(&f, false, way, st)
                                             : ga_fail(st, GA_NO_MEMORY, "out of memory for a histogram");
    engine_pool_free(m.pool);
    return code;
}

ga_code
ga_histogram_make(ga_histogram *h, const ga_model *model, const ga_dataset *ds, ga_range range, const ga_estimator *e, int threads,
                  ga_status *st)
{
    return histogram_run(h, model, ds, range, e, &(fold_way){ .threads = threads }, st);
}
