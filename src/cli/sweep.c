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

static const char *const parameter_names[] = { "gain", "logit-scale" };
static const word_list parameters = WORD_LIST("parameter", parameter_names);

static const option_row rows[] = {
    HEADING("Sweep:"),
    { "parameter", 0, "NAME", "gain or logit-scale (gain)", WORD(options, logit_scale, &parameters, 0) },
    { "from", 0, "X", "first value (1e-6)", INTO(read_decimal, options, from) },
    { "to", 0, "X", "last value (10)", INTO(read_decimal, options, to) },
    { "points", 0, "N", "values, equally spaced in the logarithm (29)", COUNT(options, points, 2, 10000) },
    { "eps", 0, "EPS", "size of the FGSM step, a number or a fraction such as 8/255, in units of the scaled inputs: "
                       "after --scale, --mean and --std (0.25)", INTO(read_step, options, eps) },
    { "output", 'o', "BASE", "also draw BASE.svg, .png, .pdf, with .gp and .tsv", INTO(read_figure_base, options, base) },
    { 0 }
};

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
    static const option_part parts[] = {
        { &attacked_set, offsetof(options, in) }, { &estimator_set, offsetof(options, estimator) },
        { &accept_set, offsetof(options, accept) }, { &progress_set, offsetof(options, progress) }, { NULL, 0 }
    };
    static const command_line line = {
        rows, NULL, parts, "MODEL --data IMAGES --labels LABELS",
        "For each value of the gain (sigmoid, tanh) or of the logit scale: the fraction of non-zero gradient elements, the "
        "error of the original network after FGSM with that gradient (error_percent, of all images: success in the paper), and of "
        "the images classified correctly before those that are fooled (fooled_percent, with its 95 % interval). Tab-separated."
        "\vExample:\n"
        "  gradaudit sweep model.safetensors --data t10k-images-idx3-ubyte.gz \\\n"
        "    --labels t10k-labels-idx1-ubyte.gz --from 1e-6 --to 10 -o gains"
    };
    options o = { .progress.terminal_only = true, .accept = ACCEPT_NONE, .estimator = estimator_default,
                  .eps = DECIMAL(0.25), .from = DECIMAL(1e-6), .to = DECIMAL(10.0), .points = 29 };
    ga_status st = { 0 };
    command_parse(&line, argc, argv, &o);
    progress_start(&o.progress);
    if (run(&o, &st) == GA_OK) {
        progress_end(&o.progress, o.in.range.last - o.in.range.first + 1, "image", o.in.threads);
        undecided_check(&o.undecided, o.accept, undecided_can_rise(o.estimator.e.format.bits, o.in.model), NULL, &st);
    }
    sources_free(&o.in);
    return command_end(&st);
}
