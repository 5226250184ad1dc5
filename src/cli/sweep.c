/* SPDX-License-Identifier: Apache-2.0 */
/* sweep.c -- gradaudit sweep: FGSM and zeros against the gain or the logit scale */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "cli/progress.h"
#include "pass/engine.h"
#include "report/figure.h"

typedef struct {
    sources in;
    progress progress;
    undecided_count undecided;
    int64_t accept;
    estimator_options estimator;
    figure_base base;
    decimal eps, from, to;
    long points;
    bool logit_scale;
} options;

enum { OPTION_EPS = 1, OPTION_PARAMETER, OPTION_FROM, OPTION_TO, OPTION_POINTS };

static const struct argp_option option_table[] = {
    { NULL, 0, NULL, 0, "Sweep:", 3 },
    { "parameter", OPTION_PARAMETER, "NAME", 0, "gain or logit-scale (gain)", 3 },
    { "from", OPTION_FROM, "X", 0, "first value (1e-6)", 3 },
    { "to", OPTION_TO, "X", 0, "last value (10)", 3 },
    { "points", OPTION_POINTS, "N", 0, "values, equally spaced in the logarithm (29)", 3 },
    { "eps", OPTION_EPS, "EPS", 0, "size of the FGSM step, a number or a fraction such as 8/255, in units of the scaled inputs: "
                                   "after --scale, --mean and --std (0.25)", 3 },
    { "output", 'o', "BASE", 0, "also draw BASE.svg, .png, .pdf, with .gp and .tsv", 3 },
    { 0 }
};

static const char *const parameter_names[] = { "gain", "logit-scale" };
static const word_list parameters = WORD_LIST("parameter", parameter_names);

static error_t
parse(int key, char *arg, struct argp_state *state)
{
    options *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &o->in;
        state->child_inputs[1] = &o->estimator;
        state->child_inputs[2] = &o->accept;
        state->child_inputs[3] = &o->progress;
        return 0;
    case OPTION_PARAMETER:
        o->logit_scale = parse_word(&parameters, arg, "--parameter", state) == 1;
        return 0;
    case OPTION_FROM:
        o->from = parse_decimal(arg, "--from", state);
        return 0;
    case OPTION_TO:
        o->to = parse_decimal(arg, "--to", state);
        return 0;
    case OPTION_POINTS:
        o->points = parse_count(arg, "--points", 2, 10000, state);
        return 0;
    case OPTION_EPS:
        o->eps = parse_step(arg, "--eps", state);
        return 0;
    case 'o':
        parse_figure_base(&o->base, arg, state);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static ga_code
run(options *o, ga_status *st)
{
    char title[128];
    const size_t n = (size_t)o->points;
    ga_code code = sources_read(&o->in, st);
    o->in.loss = o->estimator.e.loss;
    if (code != GA_OK || (!o->logit_scale && (code = pass_check_gain(o->in.model, "--parameter logit-scale", st)) != GA_OK) ||
        (code = estimator_settle(&o->estimator, o->in.model, st)) != GA_OK || (code = sources_check(&o->in, st)) != GA_OK ||
        (code = sources_warn(&o->in, o->progress.quiet, st)) != GA_OK)
        return code;
    double *value = malloc(n * sizeof *value), *used = malloc(n * sizeof *used);
    ga_attack_counts *counts = calloc(n, sizeof *counts);
    if (value == NULL || used == NULL || counts == NULL)
        code = ga_fail(st, GA_NO_MEMORY, "out of memory for a sweep");
    else {
        const ga_attack attack = { .estimator = o->estimator.e, .eps = decimal_of(o->eps, o->in.model) };
        ga_log_space(value, n, o->from.binary64, o->to.binary64);
        memcpy(used, value, n * sizeof *used); /* doubles, rounded to the model's type at their use; the ends are decimals */
        used[0] = decimal_of(o->from, o->in.model);
        used[n - 1] = decimal_of(o->to, o->in.model);
        code = ga_sweep(counts, used, n, o->logit_scale, &attack, o->in.model, o->in.ds, o->in.range, o->in.threads, st);
    }
    ga_estimator_name(title, sizeof title, &o->estimator.e);
    const sweep_series series = { title, value, counts, n, false };
    const sweep_figure picture = { "FGSM success and non-zero gradient elements", o->logit_scale ? "logit scale" : "gain",
                                   &series, 1, 0 };
    if (code == GA_OK)
        sweep_tsv(stdout, &picture);
    if (code == GA_OK && o->base.name[0] != '\0')
        code = draw_figure(&o->base, &(figure){ .name = o->base.name, .width = 720, .height = 440, .tsv = sweep_tsv,
                                                .gp = sweep_gp, .data = &picture }, st);
    for (size_t i = 0; counts != NULL && i < n; i++)
        ga_undecided_add(&o->undecided.elements, counts[i].undecided);
    free(value);
    free(used);
    free(counts);
    return code;
}

int
command_sweep(int argc, char **argv)
{
    static const struct argp_child children[] = { { &attacked_argp, 0, NULL, 1 }, { &estimator_argp, 0, NULL, 2 },
                                                  { &accept_argp, 0, NULL, 7 },
                                                  { &progress_argp, 0, NULL, 8 }, { 0 } };
    static const struct argp argp = {
        option_table, parse, "MODEL --data IMAGES --labels LABELS",
        "For each value of the gain (sigmoid, tanh) or of the logit scale: the fraction of non-zero gradient elements, the "
        "error of the original network after FGSM with that gradient (error_percent, of all images: success in the paper), and of "
        "the images classified correctly before those that are fooled (fooled_percent, with its 95 % interval). Tab-separated."
        "\vExample:\n"
        "  gradaudit sweep model.safetensors --data t10k-images-idx3-ubyte.gz \\\n"
        "    --labels t10k-labels-idx1-ubyte.gz --from 1e-6 --to 10 -o gains",
        children, NULL, NULL
    };
    options o = { .progress.terminal_only = true, .accept = ACCEPT_NONE, .estimator = estimator_default,
                  .eps = DECIMAL(0.25), .from = DECIMAL(1e-6), .to = DECIMAL(10.0), .points = 29 };
    ga_status st = { 0 };
    command_parse(&argp, argc, argv, &o);
    progress_start(&o.progress);
    if (run(&o, &st) == GA_OK) {
        progress_end(&o.progress, o.in.range.last - o.in.range.first + 1, "image", o.in.threads);
        undecided_check(&o.undecided, o.accept, undecided_can_rise(o.estimator.e.format.bits, o.in.model), NULL, &st);
    }
    sources_free(&o.in);
    return command_end(&st);
}
