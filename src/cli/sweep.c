/* SPDX-License-Identifier: Apache-2.0 */
/* sweep.c -- gradaudit sweep: FGSM and zeros against the gain or the logit scale */
#include <stdio.h>
#include <stdlib.h>

#include "attack/attacks.h"
#include "cli/document.h"
#include "cli/sweep_scale.h"
#include "cli/together.h"
#include "pass/engine.h"
#include "report/audit_words.h"
#include "report/table.h"

typedef sweep_options options;

static const option_row rows[] = {
    HEADING("Sweep:"),
    { "parameter", 0, "NAME", "gain, logit-scale or, of a precision recipe, loss-scale (gain)",
      WORD(options, parameter, &sweep_parameters, 0) },
    { "from", 0, "X", "first value (1e-6; of loss-scale 1)", INTO(read_decimal, options, from) },
    { "to", 0, "X", "last value (10; of loss-scale 65536)", INTO(read_decimal, options, to) },
    { "points", 0, "N", "values, equally spaced in the logarithm (29); of loss-scale every power of two",
      COUNT(options, points, 2, 10000) },
    { "eps", 0, "EPS", "size of the FGSM step, a number or a fraction such as 8/255, in units of the scaled inputs: "
                       "after --scale, --mean and --std (0.25)", INTO(read_step, options, eps) },
    { "output", 'o', "BASE", "also draw BASE.svg, .png, .pdf, with .gp and .tsv", INTO(read_figure_base, options, base) },
    { 0 }
};

/* The values, and the attacks with them: doubles, rounded to the model's type at their use; the ends are decimals. */
static void
fill_attacks(double *value, ga_attack *attack, const options *o)
{
    const size_t n = (size_t)o->points;
    ga_log_space(value, n, o->from.binary64, o->to.binary64);
    for (size_t i = 0; i < n; i++) {
        attack[i] = (ga_attack){ .estimator = o->estimator.e, .eps = decimal_of(o->eps, o->in.model) };
        *(o->parameter == SWEEP_LOGIT_SCALE ? &attack[i].estimator.logit_scale : &attack[i].estimator.gain) =
            i == 0 ? decimal_of(o->from, o->in.model) : i + 1 == n ? decimal_of(o->to, o->in.model) : value[i];
    }
}

static ga_code
print_json(const options *o, const double *value, const ga_attack_counts *counts, ga_status *st)
{
    table t = table_new(stdout, true);
    for (long i = 0; i < o->points; i++)
        table_sweep(&t, value[i], counts + i);
    json_t *const head = document_head("sweep", &o->in, &o->estimator.e, st);
    json_object_set_new(head, "parameter", json_string(sweep_parameters.name[o->parameter]));
    json_object_set_new(head, "eps", json_real(decimal_of(o->eps, o->in.model)));
    return document_print(head, "points", t.rows, st);
}

static ga_code
show(options *o, const double *value, const ga_attack_counts *counts, ga_status *st)
{
    char title[GA_ESTIMATOR_NAME];
    const size_t n = (size_t)o->points;
    ga_estimator_name(title, sizeof title, &o->estimator.e);
    const sweep_series series = { title, value, counts, n, false };
    const sweep_figure picture = { "FGSM success and non-zero gradient elements",
                                   o->parameter == SWEEP_LOGIT_SCALE ? "logit scale" : "gain", &series, 1, 0 };
    const ga_code code = o->json ? print_json(o, value, counts, st) : GA_OK;
    if (!o->json)
        sweep_tsv(stdout, &picture);
    for (size_t i = 0; i < n; i++)
        ga_undecided_add(&o->undecided.elements, counts[i].undecided);
    if (code != GA_OK || o->base.name[0] == '\0')
        return code;
    return draw_figure(&o->base, &(figure){ .name = o->base.name, .width = 720, .height = 440, .tsv = sweep_tsv, .gp = sweep_gp,
                                            .data = &picture }, st);
}

static ga_code
read_sources(options *o, ga_status *st)
{
    ga_code code = sources_read(&o->in, st);
    o->in.loss = o->estimator.e.loss;
    if (code == GA_OK && o->parameter == SWEEP_GAIN)
        code = pass_check_gain(o->in.model, "--parameter logit-scale", st);
    if (code != GA_OK || (code = estimator_settle(&o->estimator, o->in.model, st)) != GA_OK ||
        (code = sources_check(&o->in, st)) != GA_OK ||
        (o->parameter != SWEEP_LOSS_SCALE && (code = engine_check_attacked(o->in.model, o->in.loss, st)) != GA_OK))
        return code;
    return sources_warn(&o->in, o->progress.quiet, st);
}

static ga_code
compute(options *o, ga_team *team, double *value, ga_attack *attack, ga_attack_counts *counts, ga_status *st)
{
    bool go;
    fill_attacks(value, attack, o);
    json_t *const asked = json_pack("{s:o,s:f,s:b,s:[f,f,I]}", "estimator", together_estimator(&o->estimator.e), "eps",
                                    attack[0].eps, "logit_scale", o->parameter == SWEEP_LOGIT_SCALE, "values", value[0],
                                    value[o->points - 1], (json_int_t)o->points);
    ga_code code = together_agree(&go, team, &o->in, true, asked, st);
    if (code != GA_OK || !go)
        return code;
    together_bar bar;
    const size_t n = (size_t)o->points;
    const attacks_job job = { .attack = attack, .n = n, .model = o->in.model, .ds = o->in.ds, .range = o->in.range,
                              .way = together_way(&bar, &o->in, team, &o->progress, n) };
    code = attacks_run(counts, &job, st);
    progress_stop(&o->progress);
    return code == GA_OK && together_leads(team) ? show(o, value, counts, st) : code;
}

static ga_code
run(void *data, ga_team *team, ga_status *st)
{
    options *const o = data;
    ga_code code = read_sources(o, st);
    if (code != GA_OK || o->parameter == SWEEP_LOSS_SCALE)
        return code != GA_OK ? code : sweep_loss_scales(o, team, st);
    o->eps = o->eps.binary64 < 0 ? (decimal)DECIMAL(0.25) : o->eps;
    o->from = o->from.binary64 > 0 ? o->from : (decimal)DECIMAL(1e-6);
    o->to = o->to.binary64 > 0 ? o->to : (decimal)DECIMAL(10.0);
    o->points = o->points > 0 ? o->points : 29;
    const size_t n = (size_t)o->points;
    double *const value = malloc(n * sizeof *value);
    ga_attack *const attack = malloc(n * sizeof *attack);
    ga_attack_counts *const counts = malloc(n * sizeof *counts);
    code = value != NULL && attack != NULL && counts != NULL ? compute(o, team, value, attack, counts, st)
                                                             : ga_fail(st, GA_NO_MEMORY, "out of memory for a sweep");
    free(value);
    free(attack);
    free(counts);
    return code;
}

int
command_sweep(int argc, char **argv)
{
    static const option_part parts[] = {
        { &attacked_set, offsetof(options, in) }, { &estimator_set, offsetof(options, estimator) },
        { &json_set, offsetof(options, json) }, { &accept_set, offsetof(options, accept) },
        { &progress_set, offsetof(options, progress) }, { NULL, 0 }
    };
    static const command_line line = {
        rows, NULL, parts, "MODEL --data IMAGES --labels LABELS",
        "For each value of the gain (sigmoid, tanh) or of the logit scale: the fraction of non-zero gradient elements, the "
        "error of the original network after FGSM with that gradient (error_percent, of all images), and of "
        "the images classified correctly before those that are fooled (fooled_percent, with its 95 % interval). Or, for each loss "
        "scale, which elements are lost, below or above the range, of the wrong sign or inaccurate, against the exact gradient. "
        AUDIT_SCALES_WORDS " Tab-separated."
        "\vExample:\n"
        "  gradaudit sweep model.safetensors --data t10k-images-idx3-ubyte.gz \\\n"
        "    --labels t10k-labels-idx1-ubyte.gz --from 1e-6 --to 10 -o gains\n"
        "  gradaudit sweep model.safetensors --data t10k-images-idx3-ubyte.gz \\\n"
        "    --labels t10k-labels-idx1-ubyte.gz --format amp-float16 \\\n"
        "    --parameter loss-scale -o scales"
    };
    options o = { .progress.terminal_only = true, .accept = ACCEPT_NONE, .estimator = estimator_default,
                  .eps = { -1, -1 } };
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
