/* SPDX-License-Identifier: Apache-2.0 */
/* audit.c -- gradaudit audit: every element against the truth, every attack against controls, into a directory */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/audit.h"

#include "audit/estimate.h"
#include "audit/foreign.h"
#include "cli/render.h"
#include "cli/together.h"
#include "io/escape.h"
#include "report/audit.h"
#include "report/provenance.h"

typedef struct {
    sources in;
    progress progress;
    gates gates;
    const char *directory;
    audit_options audit;
    const char *estimator[GA_AUDIT_MOST_ESTIMATORS];
    ga_foreign foreign[GA_AUDIT_MOST_ESTIMATORS];
    const char *foreign_scale;
    decimal eps;
    int64_t accept;
    time_t start;
    bool resume, dry_run;
    int argc;
    char **argv;
} options;

static ga_code
add_estimator(void *into, const option_row *row, const char *text, ga_status *st)
{
    options *const o = into;
    (void)row;
    if (o->audit.n_estimators == GA_AUDIT_MOST_ESTIMATORS)
        return ga_fail(st, GA_USAGE, "at most %d estimators", GA_AUDIT_MOST_ESTIMATORS);
    o->estimator[o->audit.n_estimators++] = text;
    o->audit.estimators = o->estimator;
    return GA_OK;
}

static ga_code
add_foreign(void *into, const option_row *row, const char *text, ga_status *st)
{
    options *const o = into;
    const char *const equals = strchr(text, '=');
    (void)row;
    if (o->audit.n_foreign == GA_AUDIT_MOST_ESTIMATORS)
        return ga_fail(st, GA_USAGE, "at most %d foreign gradients", GA_AUDIT_MOST_ESTIMATORS);
    if (equals == NULL || !foreign_is_name(text, (size_t)(equals - text)) || equals[1] == '\0')
        return ga_fail(st, GA_USAGE, "--foreign is NAME=FILE, the name of at most 64 letters, digits and ._-, not '%s'", text);
    char *name = strndup(text, (size_t)(equals - text));
    if (name == NULL)
        return ga_fail(st, GA_NO_MEMORY, "out of memory for a name");
    o->foreign[o->audit.n_foreign++] = (ga_foreign){ name, equals + 1, o->foreign_scale, NULL };
    o->audit.foreign = o->foreign;
    return gate_is_word(name) ? ga_fail(st, GA_USAGE, "--foreign: '%s' has a meaning in gates: choose another name", name) : GA_OK;
}

static ga_code
read_foreign_scale(void *into, const option_row *row, const char *text, ga_status *st)
{
    foreign_scale *scale;
    if (foreign_scale_new(&scale, text, st) != GA_OK)
        return option_named(row, st->code, st);
    foreign_scale_free(scale);
    return read_text(into, row, text, st);
}

static ga_code
read_margin(void *into, const option_row *row, const char *text, ga_status *st)
{
    if (strcmp(text, "0") == 0)
        return ga_fail(st, GA_USAGE, "--%s is the least difference that means anything, in percentage points: above 0, where "
                       "one image would decide; such as 0.01", row->name);
    const ga_code code = read_positive(into, row, text, st);
    if (code == GA_OK && *(double *)option_field(into, row) >= 100)
        return ga_fail(st, GA_USAGE, "--%s is a number of percentage points below 100, not '%s'", row->name, text);
    return code;
}

static const option_row rows[] = {
    HEADING("Audit:"),
    { "output", 'o', "DIR",
      "the directory of the results: report.html, the page, figures/, report.json, images.tsv, provenance.json",
      INTO(read_text, options, directory) },
    { "estimator", 'e', "WORDS",
      "an estimator, as often as wanted: a format with a range of exponents, such as float16 or bfloat16,rounding=stochastic, or a "
      "precision recipe, which takes loss-scale=auto too (see gradaudit formats), naive or rewrite, gain=G or gain=auto, "
      "logit-scale=S, temperature=T or logit-scale=auto, label-smoothing=E, margin, dlr, cw and kappa=K, bce or nll, loop or blas "
      "for the matrix products, separated by commas "
      "(naive, rewrite, naive at a reduced gain or, for ReLU, logit scale, margin; each in float and double)", BY(add_estimator) },
    BATCH_ROW(INTO(read_batch, options, audit.batch)),
    { "foreign", 0, "NAME=FILE", "a gradient made elsewhere, as one more estimator: a NumPy array of images x elements",
      BY(add_foreign) },
    { "foreign-scale", 0, "S", "multiply the foreign gradients that follow by S: N for the gradient of a mean over N images (1)",
      INTO(read_foreign_scale, options, foreign_scale) },
    { "eps", 0, "EPS", "size of the attacks' step, a number or a fraction such as 8/255, in units of the scaled "
                       "inputs: after --scale, --mean and --std (0.25)", INTO(read_step, options, eps) },
    { "seeds", 0, "N", "seeds of the random controls; a verdict needs 20 (20)",
      COUNT(options, audit.seeds, 1, GA_AUDIT_MOST_SEEDS) },
    { "tolerance", 0, "T", "relative error beyond which an element is inaccurate (0.01)",
      INTO(read_fraction, options, audit.tolerance) },
    { "verdict-margin", 0, "POINTS", "the verdict ignores differences of success up to so many percentage points (5)",
      INTO(read_margin, options, audit.verdict_margin) },
    { "max-bits", 0, "N", "the exact gradient gives up at this precision (4096)",
      COUNT(options, audit.max_bits, GA_REFERENCE_MIN_BITS, GA_MAX_BITS) },
    { "reference-bits", 0, "N", "the relative radius of the true gradient is at most 2^-N (80)",
      COUNT(options, audit.reference_bits, GA_RADIUS_MIN_BITS, GA_RADIUS_MAX_BITS) },
    { "no-remedies", 0, NULL, "do not run what would have saved each element", FLAG(options, audit.remedies, false) },
    HEADING("Running:"),
    { "elements", 0, NULL, "write every element as NumPy arrays, in DIR/elements", FLAG(options, audit.elements, true) },
    { "resume", 0, NULL, "go on with the unfinished audit in DIR; start it where there is none yet", FLAG(options, resume, true) },
    { "dry-run", 0, NULL, "say how long it would take, and how much memory; write nothing", FLAG(options, dry_run, true) },
    { 0 }
};

static ga_code
check(void *into, ga_status *st)
{
    const options *const o = into;
    return o->directory != NULL || o->dry_run ? GA_OK : ga_fail(st, GA_USAGE, "where to? (-o DIR)");
}

static void
show_progress(void *data, double done, size_t total, size_t parts_done, size_t parts)
{
    char what[80];
    snprintf(what, sizeof what, "images (%zu/%zu parts)", parts_done, parts);
    progress_update(data, what, (size_t)(done + 1e-6), total);
}

static void
print_duration(double seconds)
{
    if (seconds < 90)
        printf("%.0f seconds", ceil(seconds));
    else if (seconds < 90 * 60)
        printf("%.0f minutes", seconds / 60);
    else if (seconds < 48 * 3600)
        printf("%.1f hours", seconds / 3600);
    else
        printf("%.1f days", seconds / 86400);
}

static ga_code
dry_run(const plan *p, bool quiet, ga_status *st)
{
    char size[32];
    ga_audit_estimate e;
    const ga_code code = plan_estimate(&e, p, st);
    if (code != GA_OK)
        return code;
    const size_t images = p->job->range.last - p->job->range.first + 1;
    printf("%zu image%s, %zu estimator%s against %zu exact gradient%s\nabout ", images, images != 1 ? "s" : "", e.estimators,
           e.estimators != 1 ? "s" : "", e.functions, e.functions != 1 ? "s" : "");
    print_duration(e.seconds);
    progress_size(size, sizeof size, e.bytes);
    printf(", about %s of memory", size);
    if (e.disk_bytes > 0) {
        progress_size(size, sizeof size, e.disk_bytes);
        printf(", %s in elements/", size);
    }
    putchar('\n');
    for (size_t i = 0; i < e.n_remarks && !quiet; i++)
        render_remark(e.remark[i].estimator, e.remark[i].text);
    return GA_OK;
}

/* The gates against what is planned, before anything is computed or written. */
static ga_code
open_gates(options *o, plan *p, ga_status *st)
{
    json_t *const planned = o->gates.n > 0 ? gate_planned(p, st) : NULL;
    const ga_code code = o->gates.n > 0 && planned == NULL ? st->code : gates_open(&o->gates, planned, st);
    json_decref(planned);
    return code;
}

/* What the command says and writes once the audit is done. */
static ga_code
finish(options *o, const json_t *report, const json_t *provenance, ga_status *st)
{
    const ga_code code = json_write(o->directory, "provenance.json", provenance, st);
    if (code != GA_OK)
        return code;
    render_warn(audit_is_drawn(o->directory), "the figures are drawn as SVG only");
    if (!o->progress.quiet) {
        render_words(report);
        render_wrote(o->directory, (const char *const []){ "report.json", "images.tsv", "provenance.json",
                                                          o->audit.elements ? "elements/" : NULL, NULL });
    }
    const undecided_count undecided = undecided_of_audit(report);
    undecided_check(&undecided, o->accept, undecided_can_rise(o->audit.max_bits, o->in.model), o->directory, st);
    return gates_close(&o->gates, report, o->progress.quiet, st);
}

static ga_code
run_planned(options *o, plan *p, bool leads, ga_status *st)
{
    json_t *report = NULL;
    ga_code code = open_gates(o, p, st);
    if (code != GA_OK || o->dry_run)
        return code != GA_OK ? code : dry_run(p, o->progress.quiet, st);
    code = audit_planned(&report, o->directory, p, o->resume, st);
    if (leads && code != GA_OK)
        progress_stop(&o->progress);
    else if (leads) {
        const double seconds = progress_end(&o->progress, p->job->range.last - p->job->range.first + 1, "image", o->in.threads);
        json_t *provenance = provenance_json(o->argc, o->argv, o->in.threads, o->audit.backend, o->start, seconds);
        code = finish(o, report, provenance, st);
        json_decref(provenance);
    }
    json_decref(report);
    return code;
}

/* The job is planned once, for the gates, the estimate and the audit. */
static ga_code
run(void *data, ga_team *team, ga_status *st)
{
    options *const o = data;
    const bool leads = together_leads(team);
    ga_code code = sources_read(&o->in, st);
    o->in.losses = true;
    if (code != GA_OK || (code = sources_check(&o->in, st)) != GA_OK)
        return code;
    o->audit.threads = o->in.threads;
    o->audit.eps = decimal_of(o->eps, o->in.model);
    const ga_audit_job job = { .model = o->in.model, .ds = o->in.ds, .range = o->in.range,
                               .options = o->audit, .work = leads ? show_progress : NULL, .progress_data = &o->progress,
                               .team = team };
    if (o->dry_run && (code = together_refuse(team, "--dry-run", st)) != GA_OK)
        return code;
    if (leads && !o->dry_run && !o->resume && (code = audit_check_empty(o->directory, st)) != GA_OK)
        return code;
    if ((code = sources_warn(&o->in, o->progress.quiet, st)) != GA_OK)
        return code;
    plan p;
    o->start = time(NULL);
    progress_start(&o->progress);
    code = plan_make(&p, &job, st);
    if (code == GA_OK)
        code = run_planned(o, &p, leads, st);
    plan_free(&p);
    return code;
}

int
command_audit(int argc, char **argv)
{
    static const option_part parts[] = {
        { &gates_set, offsetof(options, gates) }, { &attacked_set, offsetof(options, in) },
        { &backend_set, offsetof(options, audit.backend) }, { &accept_set, offsetof(options, accept) },
        { &progress_set, offsetof(options, progress) }, { NULL, 0 }
    };
    static const command_line line = {
        rows, check, parts, "MODEL --data IMAGES --labels LABELS -o DIR",
        "Compares every element of every estimator's gradient with the true one, says where and why it went wrong and what "
        "would have saved it, and whether an attack that failed would have worked. A summary goes to standard error; DIR gets "
        "report.html (a page), figures/, report.json (every number) and images.tsv (a line for each image)."
        "\vExamples:\n"
        "  data=$(gradaudit --version | sed -n 's/^data: //p')\n"
        "  gradaudit audit $data/models/saturated-sigmoid.safetensors \\\n"
        "    --data $data/mnist/t10k-images-idx3-ubyte.gz \\\n"
        "    --labels $data/mnist/t10k-labels-idx1-ubyte.gz \\\n"
        "    --images 0-15 -o audit --fail-on 'lost>1%' --fail-on 'exact:undecided>0'\n"
        "The same command with --resume goes on after an interruption.\n"
    };
    static options o = { .accept = ACCEPT_NONE, .eps = DECIMAL(0.25) };
    ga_status st = { 0 };
    o.audit = ga_audit_defaults;
    command_parse(&line, argc, argv, &o);
    o.argc = argc;
    o.argv = argv;
    together_run(run, &o, &st);
    gates_free(&o.gates);
    for (size_t i = 0; i < o.audit.n_foreign; i++)
        free((char *)(uintptr_t)o.foreign[i].name);
    sources_free(&o.in);
    return command_end(&st);
}
