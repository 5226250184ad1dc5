/* SPDX-License-Identifier: Apache-2.0 */
/* weights.c -- see weights.h, and core/gradient.h */
#include <stdlib.h>

#include "exact/engines.h"
#include "exact/levels.h"
#include "num/format.h"
#include "num/mpfr_vec.h"
#include "pass/ball_engine.h"
#include "pass/truth.h"
#include "run/blocks.h"
#include "run/weights.h"

static size_t
numbers(const graph_parameter *p)
{
    return p->constant ? 0 : p->rows * p->cols;
}

size_t
weights_count(size_t *first, const ga_graph *g)
{
    size_t n = 0;
    for (size_t k = 0; k < g->n_parameters; n += numbers(g->parameter + k++))
        if (first != NULL)
            first[k] = n;
    return n;
}

static ga_code
add_block(void *data, const ga_block *b, ga_status *st)
{
    weight_gradient *w = data;
    (void)st;
    w->ops->add_weights(w->sum, b->engine);
    return GA_OK;
}

static void
tell(void *data, size_t done, size_t all)
{
    const weight_gradient *const w = data;
    w->sink->progress(w->sink->data, w->levels * all + done, (w->levels + 1) * all);
}

/* One pass over all blocks. */
static ga_code
sum_blocks(weight_gradient *w, const blocks_job *job, ga_status *st)
{
    const engine_key key = { job->model, engine_estimator(&job->estimator, job->model), 1, true, false, false };
    if ((w->sum = w->ops->open(&key, NULL)) == NULL)
        return ga_fail(st, GA_NO_MEMORY, "out of memory for a pass");
    return blocks_run(job, st);
}

/* What the sums prove, with the asked format's own radius and digits. */
static void
decide(weight_gradient *w, const ga_graph *g, const ga_format *format)
{
    for (size_t k = 0; k < g->n_parameters; k++) {
        ga_truth *const truth = w->truth + w->first[k];
        const size_t n = numbers(g->parameter + k);
        const bool settled = n == 0 || ball_engine_weight_truth(truth, w->sum, k, format);
        w->settled = w->settled && settled;
    }
}

/* Level after level, as those of single images. A mean is that of the sums: what cancels exactly is then proved to be 0. */
static ga_code
prove(weight_gradient *w, blocks_job *job, ga_status *st)
{
    ga_format asked = job->estimator.format;
    const size_t images = job->estimator.images;
    job->estimator.images = 0;
    if (asked.reference_bits == 0)
        asked.reference_bits = GA_REFERENCE_BITS;
    if ((w->truth = calloc(w->n + 1, sizeof *w->truth)) == NULL)
        return ga_fail(st, GA_NO_MEMORY, "out of memory for the gradient's %zu numbers", w->n);
    for (; !w->settled && w->bits < asked.bits; w->levels++) {
        if (w->sum != NULL)
            w->ops->close(w->sum);
        w->sum = NULL;
        w->bits = levels_bits(&asked, w->levels);
        job->estimator.format.bits = levels_precision(&asked, w->levels);
        const ga_code code = sum_blocks(w, job, st);
        if (code != GA_OK)
            return code;
        if (images > 1)
            ball_engine_divide_weights(w->sum, images);
        w->settled = true;
        decide(w, job->model->graph, &asked);
    }
    return GA_OK;
}

ga_code
weights_run(weight_gradient *w, const ga_model *model, const ga_dataset *ds, ga_range range, const ga_estimator *e, int threads,
            engine_pool *pool, const ga_sink *sink, ga_status *st)
{
    const ga_graph *const g = model->graph;
    const bool told = sink != NULL && sink->progress != NULL;
    *w = (weight_gradient){ .ops = engine_find_for(e->format, true), .first = calloc(g->n_parameters + 1, sizeof *w->first),
                            .digits = e->format.digits, .sink = sink };
    blocks_job job = { .model = model, .ds = ds, .range = range, .estimator = *e, .threads = threads, .weights = true, .pool = pool,
                       .sink = { .ordered = add_block, .data = w, .progress = told ? tell : NULL } };
    if (w->first == NULL)
        return ga_fail(st, GA_NO_MEMORY, "out of memory for a gradient");
    w->n = weights_count(w->first, g);
    mpfr_vec_widest_range();
    const ga_code code = format_is_reference(e->format) ? prove(w, &job, st) : sum_blocks(w, &job, st);
    if (code != GA_OK)
        weights_free(w);
    return code;
}

ga_estimator
weights_estimator(const ga_estimator *e, ga_range range, bool mean)
{
    ga_estimator of = *e;
    of.images = mean && e->loss != GA_UPSTREAM && range.first <= range.last ? range.last - range.first + 1 : 0;
    return of;
}

ga_code
weights_check(const ga_estimator *e, ga_status *st)
{
    if (e->format.rounding != GA_STOCHASTIC)
        return GA_OK;
    return ga_fail(st, GA_USAGE, "stochastic rounding is of gradients to the input: sums over images are not rounded so yet");
}

ga_code
weights_check_and_run(weight_gradient *w, const ga_model *model, const ga_dataset *ds, ga_range range, const ga_estimator *e,
                      int threads, const ga_sink *sink, ga_status *st)
{
    const ga_code code = blocks_check(model, ds, range, e, st);
    if (code != GA_OK)
        return code;
    return weights_check(e, st) == GA_OK ? weights_run(w, model, ds, range, e, threads, NULL, sink, st) : GA_USAGE;
}

void
weights_free(weight_gradient *w)
{
    if (w->sum != NULL)
        w->ops->close(w->sum);
    free(w->first);
    free(w->truth);
    *w = (weight_gradient){ .ops = NULL };
}

int
weights_decimal(char *text, size_t size, const weight_gradient *w, size_t parameter, size_t i, int digits)
{
    const ga_truth *const truth = w->truth == NULL ? NULL : w->truth + w->first[parameter] + i;
    return truth == NULL || truth_has_digits(truth, &digits, w->digits)
               ? w->ops->print_weight(text, size, w->sum, parameter, i, digits)
               : truth_print(text, size, truth, digits);
}

void
weights_number(ga_number *number, const weight_gradient *w, size_t parameter, size_t i)
{
    if (w->truth == NULL)
        w->ops->weight(number, w->sum, parameter, i);
    else
        *number = truth_number(w->truth + w->first[parameter] + i);
}

static ga_code
emit_tensor(const weight_gradient *w, const ga_graph *g, size_t k, int digits, ga_weight_sink sink, void *data, ga_status *st)
{
    const graph_parameter *p = g->parameter + k;
    for (size_t i = 0; i < numbers(p); i++) {
        char buffer[128], *text = buffer;
        const int length = weights_decimal(buffer, sizeof buffer, w, k, i, digits);
        if (length >= (int)sizeof buffer) {
            text = malloc((size_t)length + 1);
            if (text != NULL)
                weights_decimal(text, (size_t)length + 1, w, k, i, digits);
        }
        if (length < 0 || text == NULL)
            return ga_fail(st, GA_NO_MEMORY, "out of memory for a number's digits");
        ga_number number;
        weights_number(&number, w, k, i);
        const ga_code code = sink(data, p->name, i, &number, text);
        if (text != buffer)
            free(text);
        if (code != GA_OK)
            return ga_fail(st, code, "writing the weight gradients failed");
    }
    return GA_OK;
}

ga_code
ga_weight_gradient(const ga_model *model, const ga_dataset *ds, ga_range range, const ga_estimator *e, int threads, int digits,
                   ga_weight_sink sink, void *data, ga_status *st)
{
    weight_gradient w;
    ga_code code = weights_check_and_run(&w, model, ds, range, e, threads, NULL, st);
    if (code != GA_OK)
        return code;
    for (size_t k = 0; code == GA_OK && k < model->graph->n_parameters; k++)
        code = emit_tensor(&w, model->graph, k, digits, sink, data, st);
    weights_free(&w);
    return code;
}
