/* SPDX-License-Identifier: Apache-2.0 */
/* explain.c -- gradaudit explain: one element's story */
#include <limits.h>
#include <stdio.h>

#include "core/audit.h"

#include "cli/command.h"
#include "report/explain.h"

typedef struct {
    sources in;
    estimator_options estimator;
    long image, alias, element; /* of the image by --case, by --image; -1: not said */
    double tolerance;
} options;

static const option_row rows[] = {
    HEADING("Element:"),
    { "case", 0, "N", "the image, counted from 0; --image N says the same", COUNT(options, image, 0, LONG_MAX) },
    { "image", 0, "N", NULL, COUNT(options, alias, 0, LONG_MAX) },
    { "element", 0, "N", "the element of its gradient, counted from 0", COUNT(options, element, 0, LONG_MAX) },
    { "tolerance", 0, "T", "relative error from which on a value counts as inaccurate (0.01)",
      INTO(read_positive, options, tolerance) },
    { 0 }
};

static ga_code
check(void *into, ga_status *st)
{
    options *const o = into;
    if (o->image >= 0 && o->alias >= 0 && o->image != o->alias)
        return ga_fail(st, GA_USAGE, "--case %ld and --image %ld are two images: name one", o->image, o->alias);
    if (o->image < 0)
        o->image = o->alias;
    return o->image >= 0 && o->element >= 0 ? GA_OK : ga_fail(st, GA_USAGE, "which element? (--case N --element N)");
}

static ga_code
run(options *o, ga_status *st)
{
    ga_code code = sources_read(&o->in, st);
    if (code != GA_OK || (code = estimator_settle(&o->estimator, o->in.model, st)) != GA_OK ||
        (code = sources_targets(&o->in, &o->estimator.e, st)) != GA_OK)
        return code;
    o->in.loss = o->estimator.e.loss;
    if ((code = sources_check(&o->in, st)) != GA_OK)
        return code;
    if ((size_t)o->image >= o->in.ds->n || (size_t)o->element >= ga_model_inputs(o->in.model))
        return ga_fail(st, GA_USAGE, "--case is 0 to %zu and --element 0 to %zu here", o->in.ds->n - 1,
                       ga_model_inputs(o->in.model) - 1);
    if ((code = sources_warn(&o->in, false, st)) != GA_OK)
        return code;
    return explain(stdout, o->in.model, o->in.ds, (size_t)o->image, (size_t)o->element, &o->estimator.e, o->tolerance, st);
}

int
command_explain(int argc, char **argv)
{
    static const option_part parts[] = {
        { &one_image_set, offsetof(options, in) }, { &targets_set, offsetof(options, in) },
        { &explained_set, offsetof(options, estimator) }, { NULL, 0 }
    };
    static const command_line line = {
        rows, check, parts, "MODEL --data IMAGES --labels LABELS --case N --element N",
        "Tells one gradient element's story: what was computed and what is true; the path that carries the "
        "largest true terms, in the order of the pass: forward from the input to the loss, then backward from the loss to the "
        "element; the operations where it went wrong; and which remedies make it right, found by running them."
        "\vExample:\n"
        "  gradaudit explain model.safetensors --data t10k-images-idx3-ubyte.gz \\\n"
        "    --labels t10k-labels-idx1-ubyte.gz --case 17 --element 402 --format float"
    };
    options o = { .estimator = estimator_default, .image = -1, .alias = -1, .element = -1,
                  .tolerance = ga_audit_defaults.tolerance };
    ga_status st = { 0 };
    command_parse(&line, argc, argv, &o);
    run(&o, &st);
    estimator_free(&o.estimator);
    sources_free(&o.in);
    return command_end(&st);
}
