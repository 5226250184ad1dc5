/* SPDX-License-Identifier: Apache-2.0 */
/* audit.c -- gradaudit audit: every element against the truth, every attack against controls, into a directory */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <gradaudit/audit.h>

#include "audit/foreign.h"
#include "cli/command.h"
#include "cli/progress.h"
#include "cli/render.h"
#include "cli/team.h"
#include "io/escape.h"
#include "report/audit.h"
#include "report/provenance.h"
#include "run/agree.h"

typedef struct {
    ga_team *team;
    sources in;
    progress progress;
    gates gates;
    const char *directory;
    ga_audit_options audit;
    const char *estimator[GA_AUDIT_MOST_ESTIMATORS];
    ga_foreign foreign[GA_AUDIT_MOST_ESTIMATORS];
    const char *foreign_scale;
    decimal eps;
    int64_t accept;
    bool resume, dry_run;
} options;

enum { OPTION_EPS = 1, OPTION_TOLERANCE, OPTION_VERDICT_MARGIN, OPTION_SEEDS, OPTION_MAX_BITS, OPTION_REFERENCE_BITS,
       OPTION_NO_REMEDIES, OPTION_ELEMENTS, OPTION_RESUME, OPTION_DRY_RUN, OPTION_FOREIGN, OPTION_FOREIGN_SCALE };

static const struct argp_option option_table[] = {
    { NULL, 0, NULL, 0, "Audit:", 3 },
    { "output", 'o', "DIR", 0,
      "the directory of the results: report.html, the page, figures/, report.json, images.tsv, provenance.json", 3 },
    { "estimator", 'e', "WORDS", 0,
      "an estimator, as often as wanted: float or double, naive or rewrite, gain=G or gain=auto, logit-scale=S or "
      "logit-scale=auto, margin, loop or blas or dot for the matrix products, separated by commas (naive, rewrite, naive at a "
      "reduced gain or, for ReLU, logit scale, margin; each in float and double)", 3 },
    { "foreign", OPTION_FOREIGN, "NAME=FILE", 0,
      "a gradient made elsewhere, as one more estimator: a NumPy array of images x elements", 3 },
    { "foreign-scale", OPTION_FOREIGN_SCALE, "S", 0,
      "multiply the foreign gradients that follow by S: N for the gradient of a mean over N images (1)", 3 },
    { "eps", OPTION_EPS, "EPS", 0, "size of the attacks' step, a number or a fraction such as 8/255, in units of the scaled "
                                   "inputs: after --scale, --mean and --std (0.25)", 3 },
    { "seeds", OPTION_SEEDS, "N", 0, "seeds of the random controls; a verdict needs 20 (20)", 3 },
    { "tolerance", OPTION_TOLERANCE, "T", 0, "relative error beyond which an element is inaccurate (0.01)", 3 },
    { "verdict-margin", OPTION_VERDICT_MARGIN, "POINTS", 0,
      "the verdict ignores differences of success up to so many percentage points (5)", 3 },
    { "max-bits", OPTION_MAX_BITS, "N", 0, "the exact gradient gives up at this precision (4096)", 3 },
    { "reference-bits", OPTION_REFERENCE_BITS, "N", 0, "the relative radius of the true gradient is at most 2^-N (80)", 3 },
    { "no-remedies", OPTION_NO_REMEDIES, NULL, 0, "do not run what would have saved each element", 3 },
    { NULL, 0, NULL, 0, "Running:", 4 },
    { "elements", OPTION_ELEMENTS, NULL, 0, "write every element as NumPy arrays, in DIR/elements", 4 },
    { "resume", OPTION_RESUME, NULL, 0, "go on with the unfinished audit in DIR; start it where there is none yet", 4 },
    { "dry-run", OPTION_DRY_RUN, NULL, 0, "say how long it would take, and how much memory; write nothing", 4 },
    { 0 }
};

static void
add_foreign(options *o, char *arg, struct argp_state *state)
{
    char *equals = strchr(arg, '=');
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    if (o->audit.n_foreign == GA_AUDIT_MOST_ESTIMATORS)
        usage_error(state, "at most %d foreign gradients", GA_AUDIT_MOST_ESTIMATORS);
    if (equals == NULL || equals == arg || equals - arg > 64 || strspn(arg, letters) != (size_t)(equals - arg) || equals[1] == '\0')
        usage_error(state, "--foreign is NAME=FILE, the name of at most 64 letters, digits and ._-, not '%s'", arg);
    char *name = strndup(arg, (size_t)(equals - arg));
    if (name == NULL)
        usage_error(state, "out of memory for a name");
    if (gate_is_word(name))
        usage_error(state, "--foreign: '%s' has a meaning in gates: choose another name", name);
    o->foreign[o->audit.n_foreign++] = (ga_foreign){ name, equals + 1, o->foreign_scale };
}

static void
set_foreign_scale(options *o, const char *arg, struct argp_state *state)
{
    foreign_scale *scale;
    ga_status st = { 0 };
    if (foreign_scale_new(&scale, arg, &st) != GA_OK)
        usage_error(state, "--foreign-scale: %s", st.message);
    foreign_scale_free(scale);
    o->foreign_scale = arg;
}

static double
parse_fraction(const char *text, const char *what, struct argp_state *state)
{
    const double x = parse_positive(text, what, state);
    if (x >= 1)
        usage_error(state, "%s must be below 1, not '%s'", what, text);
    return x;
}

static error_t
parse(int key, char *arg, struct argp_state *state)
{
    options *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &o->in;
        state->child_inputs[1] = &o->gates;
        state->child_inputs[2] = &o->audit.backend;
        state->child_inputs[3] = &o->accept;
        state->child_inputs[4] = &o->progress;
        return 0;
    case 'o':
        o->directory = arg;
        return 0;
    case 'e':
        if (o->audit.n_estimators == GA_AUDIT_MOST_ESTIMATORS)
            usage_error(state, "at most %d estimators", GA_AUDIT_MOST_ESTIMATORS);
        o->estimator[o->audit.n_estimators++] = arg;
        o->audit.estimators = o->estimator;
        return 0;
    case OPTION_FOREIGN:
        add_foreign(o, arg, state);
        o->audit.foreign = o->foreign;
        return 0;
    case OPTION_FOREIGN_SCALE:
        set_foreign_scale(o, arg, state);
        return 0;
    case OPTION_EPS:
        o->eps = parse_step(arg, "--eps", state);
        return 0;
    case OPTION_SEEDS:
        o->audit.seeds = (size_t)parse_count(arg, "--seeds", 1, GA_AUDIT_MOST_SEEDS, state);
        return 0;
    case OPTION_TOLERANCE:
        o->audit.tolerance = parse_fraction(arg, "--tolerance", state);
        return 0;
    case OPTION_VERDICT_MARGIN:
        if (strcmp(arg, "0") == 0)
            usage_error(state, "--verdict-margin is the least difference that means anything, in percentage points: above 0, where "
                               "one image would decide; such as 0.01");
        o->audit.verdict_margin = parse_positive(arg, "--verdict-margin", state);
        if (o->audit.verdict_margin >= 100)
            usage_error(state, "--verdict-margin is a number of percentage points below 100, not '%s'", arg);
        return 0;
    case OPTION_MAX_BITS:
        o->audit.max_bits = parse_count(arg, "--max-bits", GA_REFERENCE_MIN_BITS, GA_MAX_BITS, state);
        return 0;
    case OPTION_REFERENCE_BITS:
        o->audit.reference_bits = parse_count(arg, "--reference-bits", 60, 4000, state);
        return 0;
    case OPTION_NO_REMEDIES:
        o->audit.remedies = false;
        return 0;
    case OPTION_ELEMENTS:
        o->audit.elements = true;
        return 0;
    case OPTION_RESUME:
        o->resume = true;
        return 0;
    case OPTION_DRY_RUN:
        o->dry_run = true;
        return 0;
    case ARGP_KEY_END:
        if (o->directory == NULL && !o->dry_run)
            usage_error(state, "where to? (-o DIR)");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
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
dry_run(const ga_audit_job *job, bool quiet, ga_status *st)
{
    char size[32];
    ga_audit_estimate e;
    const ga_code code = ga_audit_dry_run(&e, job, st);
    if (code != GA_OK)
        return code;
    const size_t images = job->range.last - job->range.first + 1;
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

static ga_code
run(options *o, int argc, char **argv, ga_status *st)
{
    ga_code code = sources_read(&o->in, st);
    if (code != GA_OK || (code = sources_check(&o->in, st)) != GA_OK)
        return code;
    const time_t now = time(NULL);
    const bool leads = o->team == NULL || o->team->rank == 0;
    o->audit.threads = o->in.threads;
    o->audit.eps = decimal_of(o->eps, o->in.model);
    const ga_audit_job job = { .model = o->in.model, .ds = o->in.ds, .range = o->in.range, .round_model = o->in.round_model,
                               .options = o->audit, .work = leads ? show_progress : NULL, .progress_data = &o->progress,
                               .team = o->team };
    if (o->dry_run && o->team != NULL)
        return ga_fail(st, GA_USAGE, "--dry-run is for one process: start it without mpirun");
    if ((code = gates_open(&o->gates, &job, NULL, st)) != GA_OK ||
        (code = sources_warn(&o->in, o->progress.quiet, st)) != GA_OK)
        return code;
    if (o->dry_run)
        return dry_run(&job, o->progress.quiet, st);
    if (!leads)
        return ga_audit(o->directory, &job, o->resume, st);
    progress_start(&o->progress);
    code = ga_audit(o->directory, &job, o->resume, st);
    json_t *report = code == GA_OK ? audit_read(o->directory, st) : NULL;
    if (report == NULL) {
        progress_stop(&o->progress);
        return st->code;
    }
    const double seconds = progress_end(&o->progress, job.range.last - job.range.first + 1, "image", o->in.threads);
    json_t *provenance = provenance_json(argc, argv, o->in.threads, o->audit.backend, now, seconds);
    code = json_write(o->directory, "provenance.json", provenance, st);
    json_decref(provenance);
    if (code == GA_OK) {
        render_warn(audit_is_drawn(o->directory), "the figures are drawn as SVG only");
        if (!o->progress.quiet) {
            render_words(report);
            render_wrote(o->directory, (const char *const []){ "report.json", "images.tsv", "provenance.json",
                                                              o->audit.elements ? "elements/" : NULL, NULL });
        }
        const undecided_count undecided = undecided_of_audit(report);
        undecided_check(&undecided, o->accept, undecided_can_rise(o->audit.max_bits, o->in.model), o->directory, st);
        code = gates_close(&o->gates, report, o->progress.quiet, st);
    }
    json_decref(report);
    return code;
}

int
command_audit(int argc, char **argv)
{
    static const struct argp_child children[] = { { &attacked_argp, 0, NULL, 1 }, { &gates_argp, 0, NULL, 5 },
                                                  { &backend_argp, 0, NULL, 6 }, { &accept_argp, 0, NULL, 7 },
                                                  { &progress_argp, 0, NULL, 8 }, { 0 } };
    static const struct argp argp = {
        option_table, parse, "MODEL --data IMAGES --labels LABELS -o DIR",
        "Compares every element of every estimator's gradient with the true one, says where and why it went wrong and what "
        "would have saved it, and whether an attack that failed would have worked. A summary goes to standard error; DIR gets "
        "report.html (a page), figures/, report.json (every number) and images.tsv (a line for each image)."
        "\vExamples:\n"
        "  data=$(gradaudit --version | sed -n 's/^data: //p')\n"
        "  gradaudit audit $data/models/saturated-sigmoid.safetensors \\\n"
        "    --data $data/mnist/t10k-images-idx3-ubyte.gz \\\n"
        "    --labels $data/mnist/t10k-labels-idx1-ubyte.gz \\\n"
        "    --images 0-15 -o audit --fail-on 'lost>1%' --fail-on 'exact:undecided>0'\n"
        "The same command with --resume goes on after an interruption.\n",
        children, NULL, NULL
    };
    static options o = { .accept = ACCEPT_NONE, .eps = DECIMAL(0.25) };
    ga_status st = { 0 };
    o.audit = ga_audit_defaults;
    command_parse(&argp, argc, argv, &o);
    if (team_open(&o.team, &st) == GA_OK && run(&o, argc, argv, &st) != GA_OK)
        agree_not(o.team, &st);
    team_close(o.team);
    if (o.team != NULL && o.team->rank > 0 && ga_stop_requested == 0)
        st.code = GA_OK; /* process 0 has been told, and ends with the status: a launcher kills all when the first one fails */
    gates_free(&o.gates);
    for (size_t i = 0; i < o.audit.n_foreign; i++)
        free((char *)(uintptr_t)o.foreign[i].name);
    sources_free(&o.in);
    return command_end(&st);
}
