/* SPDX-License-Identifier: Apache-2.0 */
/* histogram.c -- gradaudit histogram: gradient elements by decade of magnitude */
#include <stdio.h>

#include "audit/histogram.h"
#include "cli/document.h"
#include "cli/together.h"
#include "pass/engine.h"
#include "report/figure.h"
#include "report/table.h"

typedef struct {
    sources in;
    progress progress;
    undecided_count undecided;
    int64_t accept;
    estimator_options estimator;
    figure_base base;
    bool json;
} options;

static const option_row rows[] = {
    HEADING("Output:"),
    { "output", 'o', "BASE", "also draw BASE.svg, .png, .pdf, with .gp and .tsv", INTO(read_figure_base, options, base) },
    { 0 }
};

static ga_code
print_json(const options *o, const ga_histogram *h, ga_status *st)
{
    table bins = table_new(stdout, true), decades = table_new(stdout, true);
    table_histogram(&bins, &decades, h);
    json_t *const head = document_head("histogram", &o->in, &o->estimator.e, st);
    if (json_object_set_new(head, "elements", json_integer((json_int_t)h->elements)) == 0 &&
        json_object_set_new(head, "bins", bins.rows) == 0)
        return document_print(head, "decades", decades.rows, st);
    json_decref(head);
    json_decref(decades.rows);
    return ga_fail(st, GA_NO_MEMORY, "out of memory for a histogram");
}

static ga_code
show(options *o, const ga_histogram *h, ga_status *st)
{
    char title[GA_ESTIMATOR_NAME];
    ga_estimator_name(title, sizeof title, &o->estimator.e);
    const histogram_series series = { .title = title, .histogram = *h };
    const histogram_figure picture = { "Gradient elements by magnitude", &series, 1 };
    o->undecided.elements = h->undecided;
    const ga_code code = o->json ? print_json(o, h, st) : GA_OK;
    if (!o->json)
        histogram_tsv(stdout, &picture);
    if (code != GA_OK || o->base.name[0] == '\0')
        return code;
    return draw_figure(&o->base, &(figure){ .name = o->base.name, .width = 720, .height = 440, .tsv = histogram_tsv,
                                            .gp = histogram_gp, .data = &picture }, st);
}

static ga_code
run(void *data, ga_team *team, ga_status *st)
{
    options *const o = data;
    bool go;
    ga_code code = sources_read(&o->in, st);
    if (code != GA_OK || (code = estimator_settle(&o->estimator, o->in.model, st)) != GA_OK ||
        (code = sources_targets(&o->in, &o->estimator.e, st)) != GA_OK)
        return code;
    o->in.loss = o->estimator.e.loss;
    if ((code = sources_check(&o->in, st)) != GA_OK || (code = sources_warn(&o->in, o->progress.quiet, st)) != GA_OK)
        return code;
    code = together_agree(&go, team, &o->in, !engine_rows_independent(&o->estimator.e),
                          json_pack("{s:o}", "estimator", together_estimator(&o->estimator.e)), st);
    if (code != GA_OK || !go)
        return code;
    ga_histogram h;
    together_bar bar;
    const fold_way way = together_way(&bar, &o->in, team, &o->progress, 1);
    code = histogram_run(&h, o->in.model, o->in.ds, o->in.range, &o->estimator.e, &way, st);
    progress_stop(&o->progress);
    if (code == GA_OK && together_leads(team))
        code = show(o, &h, st);
    ga_histogram_free(&h);
    return code;
}

int
command_histogram(int argc, char **argv)
{
    static const option_part parts[] = {
        { &sources_set, offsetof(options, in) }, { &targets_set, offsetof(options, in) },
        { &estimator_set, offsetof(options, estimator) },
        { &json_set, offsetof(options, json) }, { &accept_set, offsetof(options, accept) },
        { &progress_set, offsetof(options, progress) }, { NULL, 0 }
    };
    static const command_line line = {
        rows, NULL, parts, "MODEL --data IMAGES --labels LABELS",
        "Counts the elements of the input gradients by decade of magnitude: bin d holds 10^d <= |g| < 10^(d+1). "
        "Decades that do not occur are left out. Zeros, infinities, NaN and what the reference does not decide have bins of their "
        "own; negative zeros and subnormal elements are counted in their bins and once more by name. "
        "Tab-separated bin, count, percent."
        "\vExample:\n"
        "  gradaudit histogram model.safetensors --data t10k-images-idx3-ubyte.gz \\\n"
        "    --labels t10k-labels-idx1-ubyte.gz --format double -o magnitudes"
    };
    options o = { .progress.terminal_only = true, .accept = ACCEPT_NONE, .estimator = estimator_default };
    ga_status st = { 0 };
    command_parse(&line, argc, argv, &o);
    progress_start(&o.progress);
    if (together_run(run, &o, &st)) {
        progress_end(&o.progress, o.in.range.last - o.in.range.first + 1, "image", o.in.threads);
        undecided_check(&o.undecided, o.accept, undecided_can_rise(o.estimator.e.format.bits, o.in.model), NULL, &st);
    }
    estimator_free(&o.estimator);
    sources_free(&o.in);
    return command_end(&st);
}
