/* SPDX-License-Identifier: Apache-2.0 */
/* gradient.c -- gradients and logits as numbers in the caller's arrays; see gradaudit/gradient.h */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "core/gradient.h"

#include "api/api.h"
#include "attack/names.h"
#include "num/frozen.h"
#include "pass/engine.h"
#include "run/forward.h"

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

typedef ga_code pass_run(const ga_model *model, const ga_dataset *ds, ga_range range, const ga_estimator *e, int threads,
                         const ga_sink *sink, ga_status *st);

static ga_code
compute(filling *f, pass_run *run_pass, const ga_numbers *out, size_t *undecided, const ga_model *model, const ga_dataset *ds,
        ga_range range, const ga_estimator *e, const char *wrt, const ga_run *run, ga_status *st)
{
    api_call call;
    if (undecided != NULL)
        *undecided = 0;
    ga_code code = api_given(st, "model ds e", model, ds, e);
    if (code != GA_OK)
        return code;
    f->first = range.first;
    f->n = run_pass == ga_gradient ? ga_model_inputs(model) : ga_model_classes(model);
    code = out != NULL ? api_options(&f->out, sizeof f->out, out, "ga_numbers", st)
                       : ga_fail(st, GA_USAGE, "where to? the numbers are NULL");
    if (code != GA_OK || (code = api_enter(&call, run, st)) != GA_OK)
        return code;
    f->run = &call.run;
    const ga_sink sink = { .parallel = fill, .data = f, .progress = call.run.progress != NULL ? tell_progress : NULL };
    if (wrt != NULL && strcmp(wrt, "input") != 0)
        code = ga_fail(st, GA_USAGE, "wrt '%.100s': gradients are with respect to \"input\" here; gradaudit gradient --wrt weights "
                                     "prints those with respect to the parameters", wrt);
    else
        code = run_pass(model, ds, range, e, call.run.threads, &sink, st);
    code = api_leave(&call, code, st);
    if (code == GA_OK && undecided != NULL)
        *undecided = atomic_load(&f->undecided);
    return code;
}

ga_code
ga_gradient_compute(const ga_numbers *out, size_t *undecided, const ga_model *model, const ga_dataset *ds, size_t first,
                    size_t last, const ga_estimator *e, const char *wrt, const ga_run *run, ga_status *st)
{
    filling f = { .row = ga_block_row };
    ga_estimator own;
    if (model != NULL && ds != NULL && e != NULL) {
        own = *e;
        const ga_code code = engine_take_targets(&own, model, ds, st);
        if (code != GA_OK)
            return code;
        e = &own;
    }
    return compute(&f, ga_gradient, out, undecided, model, ds, (ga_range){ first, last }, e, wrt, run, st);
}

ga_code
ga_forward_compute(const ga_numbers *out, size_t *undecided, const ga_model *model, const ga_dataset *ds, size_t first,
                   size_t last, const ga_estimator *e, const ga_run *run, ga_status *st)
{
    filling f = { .row = forward_row };
    return compute(&f, forward_run, out, undecided, model, ds, (ga_range){ first, last }, e, NULL, run, st);
}
