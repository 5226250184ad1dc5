/* SPDX-License-Identifier: Apache-2.0 */
/* gradient.c -- gradients and logits as numbers in the caller's arrays; see gradaudit/gradient.h */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "core/gradient.h"

#include "api/api.h"
#include "attack/names.h"
#include "graph/graph.h"
#include "num/frozen.h"
#include "num/words.h"
#include "pass/engine.h"
#include "run/forward.h"
#include "run/weights.h"

/* ---- the estimator ---------------------------------------------------------------------------------------------- */

ga_code
api_estimator(ga_estimator *e, const char *words, const ga_model *model, ga_status *st)
{
    ga_attack attack;
    const ga_code code = words != NULL ? attack_parse(&attack, words, model, st)
                                       : ga_fail(st, GA_USAGE, "which estimator? its words are NULL");
    if (code != GA_OK)
        return code;
    if (attack.random)
        return ga_fail(st, GA_USAGE, "'%.100s': random signs are no gradient", words);
    *e = attack.estimator;
    ga_code fit = e->gain != 1 ? pass_check_gain(model, "logit-scale=S", st) : GA_OK;
    if (fit == GA_OK)
        fit = ga_estimator_check(e, model, st);
    if (fit != GA_OK)
        frozen_drop(&e->format);
    return fit;
}

ga_code
ga_estimator_new(ga_estimator **e, const char *words, const ga_model *model, ga_status *st)
{
    api_call call;
    ga_code code = api_given(st, "e", e);
    if (code != GA_OK)
        return code;
    *e = NULL;
    if ((code = api_given(st, "model", model)) != GA_OK || (code = api_enter(&call, NULL, st)) != GA_OK)
        return code;
    ga_estimator *const made = calloc(1, sizeof *made);
    code = made != NULL ? api_estimator(made, words, model, st) : ga_fail(st, GA_NO_MEMORY, "out of memory for an estimator");
    if ((code = api_leave(&call, code, st)) == GA_OK)
        *e = made;
    else
        ga_estimator_free(made);
    return code;
}

void
ga_estimator_free(ga_estimator *e)
{
    if (e != NULL)
        frozen_drop(&e->format);
    free(e);
}

/* ---- numbers ---------------------------------------------------------------------------------------------------- */

/* A run whose blocks go into arrays, each to its own rows. */
typedef struct {
    ga_numbers out;
    size_t first, n; /* the first row's image; numbers of a row */
    void (*row)(ga_number *number, const ga_block *b, size_t i);
    atomic_size_t undecided;
    const ga_run *run;
} filling;

static void
put(const ga_numbers *out, size_t at, const ga_number *number)
{
    if (out->sign != NULL)
        out->sign[at] = (int8_t)((number->sign > 0) - (number->sign < 0));
    if (out->mantissa != NULL)
        out->mantissa[at] = number->mantissa;
    if (out->exponent != NULL)
        out->exponent[at] = number->exponent;
    if (out->state != NULL)
        out->state[at] = (uint8_t)number->klass;
}

/* In the thread that computed the block. */
static ga_code
fill(void *data, const ga_block *b, ga_status *st)
{
    filling *const f = data;
    ga_number *const row = malloc(f->n * sizeof *row);
    size_t undecided = 0;
    if (row == NULL)
        return ga_fail(st, GA_NO_MEMORY, "out of memory for the numbers of an image");
    for (size_t i = 0; i < ga_block_images(b); i++) {
        f->row(row, b, i);
        for (size_t k = 0; k < f->n; k++) {
            put(&f->out, (ga_block_first(b) + i - f->first) * f->n + k, row + k);
            undecided += row[k].klass == GA_UNKNOWN;
        }
    }
    free(row);
    atomic_fetch_add(&f->undecided, undecided);
    return GA_OK;
}

/* Blocks are all of one size but the first and the last. */
static void
tell_progress(void *data, size_t done, size_t all)
{
    const ga_run *const run = ((const filling *)data)->run;
    run->progress(run->data, (double)done, (double)all);
}

/* What every computation of numbers begins with; api_leave ends it. */
static ga_code
begin(api_call *call, filling *f, size_t *undecided, const ga_numbers *out, const ga_model *model, const ga_dataset *ds,
      const ga_estimator *e, const ga_run *run, ga_status *st)
{
    if (undecided != NULL)
        *undecided = 0;
    ga_code code = api_given(st, "model ds e", model, ds, e);
    if (code != GA_OK)
        return code;
    code = out != NULL ? api_options(&f->out, sizeof f->out, out, "ga_numbers", st)
                       : ga_fail(st, GA_USAGE, "where to? the numbers are NULL");
    f->run = &call->run;
    return code == GA_OK ? api_enter(call, run, st) : code;
}

static ga_code
end(api_call *call, const filling *f, size_t *undecided, ga_code code, ga_status *st)
{
    code = api_leave(call, code, st);
    if (code == GA_OK && undecided != NULL)
        *undecided = atomic_load(&f->undecided);
    return code;
}

static ga_sink
sink_of(filling *f)
{
    return (ga_sink){ .parallel = fill, .data = f, .progress = f->run->progress != NULL ? tell_progress : NULL };
}

ga_code
ga_gradient_compute(const ga_numbers *out, size_t *undecided, const ga_model *model, const ga_dataset *ds, size_t first,
                    size_t last, const ga_estimator *e, const char *wrt, const ga_run *run, ga_status *st)
{
    if (wrt != NULL && strcmp(wrt, "input") != 0)
        return ga_gradient_weights(out, undecided, model, ds, first, last, e, wrt, GA_MEAN, run, st);
    filling f = { .row = ga_block_row, .first = first };
    api_call call;
    ga_code code = begin(&call, &f, undecided, out, model, ds, e, run, st);
    if (code != GA_OK)
        return code;
    const ga_sink sink = sink_of(&f);
    ga_estimator own = *e;
    f.n = ga_model_inputs(model);
    if ((code = engine_take_targets(&own, model, ds, st)) == GA_OK)
        code = ga_gradient(model, ds, (ga_range){ first, last }, &own, call.run.threads, &sink, st);
    return end(&call, &f, undecided, code, st);
}

ga_code
ga_forward_compute(const ga_numbers *out, size_t *undecided, const ga_model *model, const ga_dataset *ds, size_t first,
                   size_t last, const ga_estimator *e, const ga_run *run, ga_status *st)
{
    filling f = { .row = forward_row, .first = first };
    api_call call;
    const ga_code code = begin(&call, &f, undecided, out, model, ds, e, run, st);
    if (code != GA_OK)
        return code;
    const ga_sink sink = sink_of(&f);
    f.n = ga_model_classes(model);
    return end(&call, &f, undecided, forward_run(model, ds, (ga_range){ first, last }, e, call.run.threads, &sink, st), st);
}

/* ---- with respect to parameters --------------------------------------------------------------------------------- */

static ga_code
refuse_name(const ga_model *model, const char *wrt, ga_status *st)
{
    const size_t n = ga_model_tensors(model);
    char names[300], hint[100];
    const char **const name = malloc((n + 1) * sizeof *name);
    if (name == NULL)
        return ga_fail(st, GA_NO_MEMORY, "out of memory for the names of parameters");
    for (size_t i = 0; i < n; i++)
        name[i] = ga_model_tensor_name(model, i);
    const word_list list = { "parameter", name, n };
    word_names(names, sizeof names, &list);
    word_hint(hint, sizeof hint, &list, wrt);
    free(name);
    return ga_fail(st, GA_USAGE, "no parameter is called '%.100s': they are %s%s", wrt, names, hint);
}

/* The numbers of the graph's parameter k, or with k = n_parameters all of them. */
static void
put_weights(filling *f, const weight_gradient *w, const ga_graph *g, size_t wanted)
{
    size_t at = 0;
    for (size_t k = 0; k < g->n_parameters; k++) {
        const graph_parameter *const p = g->parameter + k;
        const bool is_wanted = !p->constant && (wanted == g->n_parameters || wanted == k);
        for (size_t i = 0; is_wanted && i < p->rows * p->cols; i++) {
            ga_number number;
            weights_number(&number, w, k, i);
            put(&f->out, at++, &number);
            f->undecided += number.klass == GA_UNKNOWN;
        }
    }
}

static ga_code
compute_weights(filling *f, const ga_model *model, const ga_dataset *ds, ga_range range, const ga_estimator *e, const char *wrt,
                ga_reduction reduction, int threads, ga_status *st)
{
    const ga_graph *const g = model->graph;
    const bool all = wrt == NULL || strcmp(wrt, "weights") == 0;
    const ga_sink sink = sink_of(f);
    ga_estimator own = *e;
    weight_gradient w;
    size_t wanted = all ? g->n_parameters : 0;
    while (wanted < g->n_parameters && (g->parameter[wanted].constant || strcmp(g->parameter[wanted].name, wrt) != 0))
        wanted++;
    if (!all && wanted == g->n_parameters)
        return refuse_name(model, wrt, st);
    if (reduction != GA_MEAN && reduction != GA_SUM)
        return ga_fail(st, GA_USAGE, "the reduction is GA_MEAN or GA_SUM, not %d", (int)reduction);
    ga_code code = engine_take_targets(&own, model, ds, st);
    own = weights_estimator(&own, range, reduction == GA_MEAN);
    if (code != GA_OK || (code = weights_check_and_run(&w, model, ds, range, &own, threads, &sink, st)) != GA_OK)
        return code;
    put_weights(f, &w, g, wanted);
    weights_free(&w);
    return GA_OK;
}

ga_code
ga_gradient_weights(const ga_numbers *out, size_t *undecided, const ga_model *model, const ga_dataset *ds, size_t first,
                    size_t last, const ga_estimator *e, const char *wrt, ga_reduction reduction, const ga_run *run, ga_status *st)
{
    filling f = { .first = first };
    api_call call;
    ga_code code = begin(&call, &f, undecided, out, model, ds, e, run, st);
    if (code != GA_OK)
        return code;
    code = compute_weights(&f, model, ds, (ga_range){ first, last }, e, wrt, reduction, call.run.threads, st);
    return end(&call, &f, undecided, code, st);
}
