/* SPDX-License-Identifier: Apache-2.0 */
/* examine.c -- see examine.h */
#include <stdlib.h>

#include "audit/blame_check.h"
#include "audit/examine.h"
#include "blame/intervene.h"
#include "num/format.h"
#include "run/blocks.h"

static ga_code
keep_computed(void *data, const ga_block *b, ga_status *st)
{
    examination *x = data;
    (void)st;
    ga_block_row(x->gradient, b, 0);
    blame_tape_read((blame_tape *)(uintptr_t)x->view.computed, b->ops, b->engine, b->row);
    return GA_OK;
}

static ga_code
keep_truth(void *data, const ga_block *b, ga_status *st)
{
    examination *x = data;
    (void)st;
    ga_block_truth(x->truth, b, 0);
    x->kinks = ga_block_kinks(b, 0);
    x->bits = ga_block_bits(b, 0);
    blame_tape_read((blame_tape *)(uintptr_t)x->view.truth, b->ops, b->engine, b->row);
    return GA_OK;
}

ga_code
examine(examination *x, const ga_model *model, const ga_dataset *ds, size_t image, const ga_estimator *e, double tolerance,
        ga_status *st)
{
    const ga_range range = { image, image };
    ga_estimator exact = *e;
    exact.product = GA_PRODUCT_DEFAULT;
    *x = (examination){ .model = model, .n = ga_model_inputs(model), .tolerance = tolerance };
    if (blame_check(model, e, st) != GA_OK)
        return GA_USAGE;
    exact.format = format_of_reference();
    const ga_estimator resolved = engine_estimator(e, model);
    blame_net *const net = blame_net_new(model, e, SIZE_MAX, 1);
    if (net == NULL)
        return ga_fail(st, GA_NO_MEMORY, "out of memory for the program of a gradient");
    x->label = ds->label[image];
    x->view = (blame_image){ .net = net, .shape = net->shape, .e = resolved, .label = &x->label,
                             .tolerance = blame_tolerance(tolerance, e->format),
                             .computed = blame_tape_new(net, false), .truth = blame_tape_new(net, true),
                             .again = intervene_new(net, &resolved) };
    x->gradient = malloc(x->n * sizeof *x->gradient);
    x->truth = malloc(x->n * sizeof *x->truth);
    x->finding = malloc(x->n * sizeof *x->finding);
    if (x->view.computed == NULL || x->view.truth == NULL || x->view.again == NULL || x->gradient == NULL ||
        x->truth == NULL || x->finding == NULL)
        return ga_fail(st, GA_NO_MEMORY, "out of memory for an image's tapes");
    ((blame_tape *)(uintptr_t)x->view.computed)->constant = intervene_constants(x->view.again);
    blocks_job job = { .model = model, .ds = ds, .range = range, .estimator = *e, .threads = 1, .tape = true,
                       .sink = { .parallel = keep_computed, .data = x } };
    ga_code code = blocks_check_and_run(&job, st);
    job.estimator = exact;
    job.sink.parallel = keep_truth;
    if (code == GA_OK)
        code = blocks_check_and_run(&job, st);
    if (code != GA_OK)
        return code;
    for (size_t j = 0; j < x->n; j++)
        x->finding[j] = ga_find(x->gradient + j, x->truth + j, e->format, tolerance);
    return GA_OK;
}

void
examination_free(examination *x)
{
    blame_tape_free((blame_tape *)(uintptr_t)x->view.computed);
    blame_tape_free((blame_tape *)(uintptr_t)x->view.truth);
    intervene_free(x->view.again);
    blame_net_free((blame_net *)(uintptr_t)x->view.net);
    free(x->gradient);
    free(x->truth);
    free(x->finding);
    *x = (examination){ 0 };
}
