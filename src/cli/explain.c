/* SPDX-License-Identifier: Apache-2.0 */
/* explain.c -- gradaudit explain: one element's story */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/command.h"
#include "report/explain.h"

typedef struct {
    sources in;
    estimator_options estimator;
    long image, element;
    double tolerance;
} options;

enum { OPTION_IMAGE = 1, OPTION_ELEMENT, OPTION_TOLERANCE };

static const struct argp_option option_table[] = {
    { NULL, 0, NULL, 0, "Element:", 3 },
    { "image", OPTION_IMAGE, "N", 0, "the image, counted from 0", 3 },
    { "element", OPTION_ELEMENT, "N", 0, "the element of its gradient, counted from 0", 3 },
    { "tolerance", OPTION_TOLERANCE, "T", 0, "relative error from which on a value counts as inaccurate (0.01)", 3 },
    { 0 }
};

static error_t
parse(int key, char *arg, struct argp_state *state)
{
    options *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &o->in;
        state->child_inputs[1] = &o->estimator;
        return 0;
    case OPTION_IMAGE:
        o->image = parse_count(arg, "--image", 0, LONG_MAX, state);
        return 0;
    case OPTION_ELEMENT:
        o->element = parse_count(arg, "--element", 0, LONG_MAX, state);
        return 0;
    case OPTION_TOLERANCE:
        o->tolerance = parse_positive(arg, "--tolerance", state);
        return 0;
    case ARGP_KEY_END:
        if (o->image < 0 || o->element < 0)
            usage_error(state, "which element? (--image N --element N)");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static ga_code
run_remedies(const options *o, const examination *x, ga_status *st)
{
    ga_number *rescued[N_REMEDIES] = { NULL };
    bool ok = true;
    for (remedy r = 0; r < N_REMEDIES; r++)
        ok = (rescued[r] = malloc(x->n * sizeof *rescued[r])) != NULL && ok;
    ga_code code = ok ? remedy_run(rescued, o->in.model, o->in.ds, (size_t)o->image, &o->estimator.e, st)
                      : ga_fail(st, GA_NO_MEMORY, "out of memory for an image's gradients");
    if (code == GA_OK)
        explain_element(stdout, x, (size_t)o->image, (size_t)o->element, rescued);
    for (remedy r = 0; r < N_REMEDIES; r++)
        free(rescued[r]);
    return code;
}

static ga_code
run(options *o, ga_status *st)
{
    ga_code code = sources_read(&o->in, st);
    o->in.loss = o->estimator.e.loss;
    if (code != GA_OK || (code = estimator_settle(&o->estimator, o->in.model, st)) != GA_OK ||
        (code = sources_check(&o->in, st)) != GA_OK)
        return code;
    if ((size_t)o->image >= o->in.ds->n || (size_t)o->element >= ga_model_inputs(o->in.model))
        return ga_fail(st, GA_USAGE, "--image is 0 to %zu and --element 0 to %zu here", o->in.ds->n - 1,
                       ga_model_inputs(o->in.model) - 1);
    if ((code = sources_warn(&o->in, false, st)) != GA_OK)
        return code;
    examination x;
    code = examine(&x, o->in.model, o->in.ds, (size_t)o->image, &o->estimator.e, o->tolerance, st);
    if (code == GA_OK)
        code = run_remedies(o, &x, st);
    if (code == GA_OK && x.truth[o->element].state == GA_UNDECIDED_ELEMENT)
        code = ga_fail(st, GA_UNDECIDED, "the element remains undecided");
    examination_free(&x);
    return code;
}

int
command_explain(int argc, char **argv)
{
    static const struct argp_child children[] = { { &one_image_argp, 0, NULL, 1 }, { &explained_argp, 0, NULL, 2 }, { 0 } };
    static const struct argp argp = {
        option_table, parse, "MODEL --data IMAGES --labels LABELS --image N --element N",
        "Tells one gradient element's story: what was computed in float or double and what is true; the path that carries the "
        "largest true terms, in the order of the pass: forward from the input to the loss, then backward from the loss to the "
        "element; the operations where it went wrong; and which remedies make it right, found by running them."
        "\vExample:\n"
        "  gradaudit explain model.safetensors --data t10k-images-idx3-ubyte.gz \\\n"
        "    --labels t10k-labels-idx1-ubyte.gz --image 17 --element 402 --format float",
        children, NULL, NULL
    };
    options o = { .estimator = estimator_default, .image = -1, .element = -1, .tolerance = 0.01 };
    ga_status st = { 0 };
    command_parse(&argp, argc, argv, &o);
    run(&o, &st);
    sources_free(&o.in);
    return command_end(&st);
}
