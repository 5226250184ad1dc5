/* SPDX-License-Identifier: Apache-2.0 */
/* scales.c -- gradaudit scales: the scales of a recipe's tensors on given images, to be frozen in a file */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "audit/calibrate.h"
#include "cli/document.h"
#include "cli/progress.h"
#include "report/table.h"

typedef struct {
    sources in;
    progress progress;
    estimator_options estimator;
    bool json;
} options;

static ga_code
show(const options *o, const calibrated *tensor, size_t n, ga_status *st)
{
    table t = table_new(stdout, o->json);
    for (size_t i = 0; i < n; i++) {
        const cell row[] = { WORD_CELL("tensor", tensor[i].of.name), WORD_CELL("kind", tensor_classes[tensor[i].of.of.class]),
                             REAL_CELL("largest", tensor[i].largest), REAL_CELL("scale", ldexp(1, tensor[i].exponent)) };
        TABLE_ADD(&t, row);
    }
    if (!o->json)
        return GA_OK;
    json_t *const head = document_head("scales", &o->in, &o->estimator.e, st);
    return document_print(head, "tensors", t.rows, st);
}

static void
told(void *data, size_t done, size_t all)
{
    progress_update(data, "blocks", done, all);
}

static ga_code
run(options *o, ga_status *st)
{
    calibrated *tensor;
    size_t n;
    ga_code code = sources_read(&o->in, st);
    o->in.loss = o->estimator.e.loss;
    if (code != GA_OK || (code = estimator_settle(&o->estimator, o->in.model, st)) != GA_OK ||
        (code = sources_check(&o->in, st)) != GA_OK || (code = sources_warn(&o->in, o->progress.quiet, st)) != GA_OK)
        return code;
    const calibrate_job job = { .model = o->in.model, .ds = o->in.ds, .range = o->in.range, .estimator = o->estimator.e,
                                .threads = o->in.threads, .progress = told, .progress_data = &o->progress };
    code = calibrate(&tensor, &n, &job, st);
    if (code == GA_OK) {
        progress_end(&o->progress, o->in.range.last - o->in.range.first + 1, "image", o->in.threads);
        code = show(o, tensor, n, st);
    }
    free(tensor);
    return code;
}

int
command_scales(int argc, char **argv)
{
    static const option_part parts[] = {
        { &sources_set, offsetof(options, in) }, { &scaled_set, offsetof(options, estimator) },
        { &json_set, offsetof(options, json) }, { &progress_set, offsetof(options, progress) }, { NULL, 0 }
    };
    static const command_line line = {
        NULL, NULL, parts, "MODEL --data IMAGES --labels LABELS",
        "Finds the scales of a recipe that multiplies each tensor by one before products round it, as fp8-hybrid does: of each "
        "such tensor the largest magnitude on the images, in the pass where each batch has scales of its own, and the largest "
        "power of two at which that still fits. --images is what they are found on; an audit without scale=FILE takes, whatever "
        "its --images, the images of each whole batch of the data file. What --json prints is a file that the recipe takes as "
        "scale=FILE: then its scales "
        "are these, whatever the images, and numbers that no longer fit saturate. Tab-separated, a line for each tensor in the "
        "order of the pass."
        "\vExample:\n"
        "  gradaudit scales model.safetensors --data t10k-images-idx3-ubyte.gz \\\n"
        "    --labels t10k-labels-idx1-ubyte.gz --images 0-255 --json > scales.json\n"
        "  gradaudit audit model.safetensors --data t10k-images-idx3-ubyte.gz \\\n"
        "    --labels t10k-labels-idx1-ubyte.gz --images 256-511 -e float \\\n"
        "    -e fp8-hybrid,scale=scales.json -o audit"
    };
    options o = { .progress.terminal_only = true, .estimator = estimator_default };
    ga_status st = { 0 };
    ga_format_parse(&o.estimator.e.format, "fp8-hybrid", &st);
    command_parse(&line, argc, argv, &o);
    progress_start(&o.progress);
    run(&o, &st);
    estimator_free(&o.estimator);
    sources_free(&o.in);
    return command_end(&st);
}
