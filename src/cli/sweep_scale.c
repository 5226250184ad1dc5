/* SPDX-License-Identifier: Apache-2.0 */
/* sweep_scale.c -- gradaudit sweep --parameter loss-scale: cells of a recipe's gradients against the loss scale */
#include <stdio.h>
#include <stdlib.h>

#include "audit/tallies.h"
#include "cli/document.h"
#include "cli/sweep_scale.h"
#include "cli/together.h"
#include "num/format.h"
#include "num/recipe.h"
#include "report/table.h"

static const char *const parameter_names[] = { [SWEEP_GAIN] = "gain", [SWEEP_LOGIT_SCALE] = "logit-scale",
                                               [SWEEP_LOSS_SCALE] = "loss-scale" };
const word_list sweep_parameters = WORD_LIST("parameter", parameter_names);

static const double tolerance = 0.01; /* an audit's, if nobody says */

/* Every power of two from one end to the other. */
static ga_code
find_ends(int *first, int *last, const sweep_options *o, ga_status *st)
{
    char format[FORMAT_NAME];
    const ga_format f = o->estimator.e.format;
    format_name(format, sizeof format, f);
    *first = 0;
    *last = 16;
    if (!recipe_is(f))
        return ga_fail(st, GA_USAGE, "a loss scale is of a precision recipe, such as --format amp-float16, not of %s", format);
    if (f.recipe.loss_scale != 0)
        return ga_fail(st, GA_USAGE, "--parameter loss-scale goes through loss scales: leave loss-scale= out of %s", format);
    if (o->points != 0 || o->eps.binary64 >= 0)
        return ga_fail(st, GA_USAGE, "--points and --eps are not of --parameter loss-scale, which goes through powers of two and "
                                     "attacks nothing");
    if ((o->from.binary64 > 0 && !recipe_scale(first, o->from.binary64)) ||
        (o->to.binary64 > 0 && !recipe_scale(last, o->to.binary64)))
        return ga_fail(st, GA_USAGE, "--from and --to are powers of two from 2^-%d to 2^%d, such as 1 and 65536",
                       RECIPE_MOST_SCALE, RECIPE_MOST_SCALE);
    return *first <= *last ? GA_OK : ga_fail(st, GA_USAGE, "--from is above --to");
}

static ga_code
print_json(const sweep_options *o, const double *value, const ga_tally *tally, size_t n, ga_status *st)
{
    table t = table_new(stdout, true);
    for (size_t i = 0; i < n; i++)
        table_tally(&t, value[i], tally + i);
    json_t *const head = document_head("loss-scales", &o->in, &o->estimator.e, st);
    json_object_set_new(head, "parameter", json_string(sweep_parameters.name[o->parameter]));
    json_object_set_new(head, "tolerance", json_real(tolerance));
    return document_print(head, "points", t.rows, st);
}

static ga_code
show(sweep_options *o, const double *value, const ga_tally *tally, size_t n, ga_status *st)
{
    char title[GA_ESTIMATOR_NAME];
    ga_estimator_name(title, sizeof title, &o->estimator.e);
    char heading[GA_ESTIMATOR_NAME + 80];
    snprintf(heading, sizeof heading, "What becomes of the elements of a gradient: %s", title);
    const scale_figure picture = { heading, title, value, tally, n };
    const ga_code code = o->json ? print_json(o, value, tally, n, st) : GA_OK;
    if (!o->json)
        scale_tsv(stdout, &picture);
    for (size_t i = 0; i < n; i++)
        ga_undecided_add(&o->undecided.elements, (ga_undecided){ tally[i].cell[GA_CELL_UNDECIDED], INT64_MAX });
    if (code != GA_OK || o->base.name[0] == '\0')
        return code;
    return draw_figure(&o->base, &(figure){ .name = o->base.name, .width = 720, .height = 440, .tsv = scale_tsv, .gp = scale_gp,
                                            .data = &picture }, st);
}

static ga_code
compute(sweep_options *o, ga_team *team, int first, ga_estimator *e, double *value, ga_tally *tally, size_t n, ga_status *st)
{
    bool go;
    tallies_scales(e, value, &o->estimator.e, first, n);
    json_t *const asked = json_pack("{s:o,s:i,s:I}", "estimator", together_estimator(e), "first", first, "n", (json_int_t)n);
    ga_code code = together_agree(&go, team, &o->in, true, asked, st);
    if (code != GA_OK || !go)
        return code;
    together_bar bar;
    const tallies_job job = { .estimator = e, .n = n, .tolerance = tolerance, .model = o->in.model, .ds = o->in.ds,
                              .range = o->in.range, .way = together_way(&bar, &o->in, team, &o->progress, 1) };
    code = tallies_run(tally, &job, st);
    progress_stop(&o->progress);
    return code == GA_OK && together_leads(team) ? show(o, value, tally, n, st) : code;
}

ga_code
sweep_loss_scales(sweep_options *o, ga_team *team, ga_status *st)
{
    int first, last;
    if (find_ends(&first, &last, o, st) != GA_OK)
        return GA_USAGE;
    const size_t n = (size_t)(last - first) + 1;
    ga_estimator *const e = malloc(n * sizeof *e);
    double *const value = malloc(n * sizeof *value);
    ga_tally *const tally = malloc(n * sizeof *tally);
    const ga_code code = e != NULL && value != NULL && tally != NULL ? compute(o, team, first, e, value, tally, n, st)
                                                                     : ga_fail(st, GA_NO_MEMORY, "out of memory for a sweep");
    free(e);
    free(value);
    free(tally);
    return code;
}
