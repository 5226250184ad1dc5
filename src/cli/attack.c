/* SPDX-License-Identifier: Apache-2.0 */
/* attack.c -- gradaudit attack: FGSM with several estimators on the same images */
#include <stdio.h>
#include <stdlib.h>

#include "attack/attacks.h"
#include "attack/names.h"
#include "cli/document.h"
#include "cli/together.h"
#include "num/format.h"
#include "num/frozen.h"
#include "num/recipe.h"
#include "pass/engine.h"
#include "report/table.h"

enum { MAX_ATTACKS = 256 };

typedef struct {
    sources in;
    progress progress;
    const char *words[MAX_ATTACKS];
    undecided_count undecided;
    int64_t accept;
    ga_attack attack[MAX_ATTACKS];
    ga_attack_counts counts[MAX_ATTACKS];
    size_t n;
    decimal eps;
    ga_backend backend;
    bool json;
    int batch;
    table results;
} options;

static ga_code
add_attack(void *into, const option_row *row, const char *text, ga_status *st)
{
    options *const o = into;
    (void)row;
    if (o->n == MAX_ATTACKS)
        return ga_fail(st, GA_USAGE, "at most %d estimators", MAX_ATTACKS);
    o->words[o->n] = text;
    return ga_attack_parse(&o->attack[o->n++], text, st);
}

static const option_row rows[] = {
    HEADING("Attack:"),
    { "estimator", 'e', "WORDS",
      "an estimator, as often as wanted: a format as --format takes it (see gradaudit help formats), naive or rewrite, gain=G, "
      "logit-scale=S or temperature=T, loop or blas or dot for the matrix products, cross-entropy and label-smoothing=E, margin, "
      "dlr, cw and kappa=K, bce or nll, for exact max-bits=N and "
      "reference-bits=N, or random and seed=N, separated by commas (float,naive; double,naive; "
      "float,rewrite; double,rewrite; random with seeds 1 to 5)", BY(add_attack) },
    BATCH_ROW(INTO(read_batch, options, batch)),
    { "eps", 0, "EPS", "size of the step, a number or a fraction such as 8/255, in units of the scaled inputs: "
                       "after --scale, --mean and --std (0.25)", INTO(read_step, options, eps) },
    { 0 }
};

/* For a model of this type: those asked for, else the usual ones in formats that hold its weights. Faults in the words were
   reported when they were read; what is left is a file of scales. */
static ga_code
fill_attacks(options *o, ga_status *st)
{
    static const char *const words[] = { "float,naive", "double,naive", "float,rewrite", "double,rewrite", "random,seed=1",
                                         "random,seed=2", "random,seed=3", "random,seed=4", "random,seed=5" };
    size_t n = 0;
    ga_code code = GA_OK;
    bool batches = o->batch == 0;
    for (size_t i = 0; o->n == 0 && i < sizeof words / sizeof *words; i++)
        if (attack_parse(&o->attack[0], words[i], o->in.model, NULL) == GA_OK &&
            (o->attack[0].random || format_holds(o->attack[0].estimator.format, o->in.model->dtype)))
            o->words[n++] = words[i];
    o->n = n > 0 ? n : o->n;
    for (size_t i = 0; i < o->n && code == GA_OK; i++) {
        code = attack_parse(&o->attack[i], o->words[i], o->in.model, st);
        o->attack[i].estimator.backend = o->backend;
        o->attack[i].eps = decimal_of(o->eps, o->in.model);
        if (o->batch > 0 && recipe_set_batch(&o->attack[i].estimator.format, o->batch))
            batches = true;
    }
    if (code == GA_OK && !batches)
        code = ga_fail(st, GA_USAGE, "--batch needs a recipe that scales by batches, such as fp8-hybrid: none was given");
    return code;
}

static ga_code
check_attacks(options *o, ga_status *st)
{
    o->in.losses = true;
    ga_code code = GA_OK;
    for (size_t i = 0; i < o->n && code == GA_OK; i++)
        if (o->attack[i].estimator.gain != 1)
            code = pass_check_gain(o->in.model, "logit-scale=S", st);
    if (code != GA_OK || (code = sources_check(&o->in, st)) != GA_OK ||
        (code = sources_warn(&o->in, o->progress.quiet, st)) != GA_OK)
        return code;
    bool alone = true; /* random signs, which the loss of no gradient says of what classes they are */
    for (size_t i = 0; i < o->n && code == GA_OK; i++) {
        const ga_estimator *const e = &o->attack[i].estimator;
        if (o->attack[i].random)
            continue;
        alone = false;
        if ((code = ga_estimator_check(e, o->in.model, st)) == GA_OK)
            code = engine_check_attacked(o->in.model, e->loss, st);
        if (code == GA_OK)
            code = engine_check_labels(o->in.model, e->loss, o->in.ds, st);
    }
    return code == GA_OK && alone ? engine_check_attacked(o->in.model, GA_CROSS_ENTROPY, st) : code;
}

/* What all processes must be asked for alike. */
static json_t *
asked(const options *o)
{
    json_t *const list = json_array();
    for (size_t i = 0; i < o->n; i++)
        json_array_append_new(list, o->attack[i].random ? json_integer((json_int_t)o->attack[i].seed)
                                                        : together_estimator(&o->attack[i].estimator));
    return json_pack("{s:o,s:f}", "estimators", list, "eps", decimal_of(o->eps, o->in.model));
}

static void
print_attack(void *data, size_t i)
{
    options *const o = data;
    table_attack(&o->results, &o->attack[i], &o->counts[i]);
    ga_undecided_add(&o->undecided.elements, o->counts[i].undecided);
}

static ga_code
print_json(const options *o, ga_status *st)
{
    json_t *const head = document_head("attack", &o->in, NULL, st), *const list = json_array();
    bool ok = true;
    for (size_t i = 0; i < o->n && ok; i++)
        ok = json_array_append_new(list, document_attack(&o->attack[i])) == 0;
    ok = json_object_set_new(head, "estimators", list) == 0 && ok &&
         json_object_set_new(head, "eps", json_real(decimal_of(o->eps, o->in.model))) == 0;
    if (ok)
        return document_print(head, "attacks", o->results.rows, st);
    json_decref(head);
    json_decref(o->results.rows);
    return ga_fail(st, GA_NO_MEMORY, "out of memory for the results of attacks");
}

static ga_code
run(void *data, ga_team *team, ga_status *st)
{
    options *const o = data;
    bool go;
    ga_code code = sources_read(&o->in, st);
    if (code != GA_OK)
        return code;
    if ((code = fill_attacks(o, st)) != GA_OK || (code = check_attacks(o, st)) != GA_OK ||
        (code = together_agree(&go, team, &o->in, true, asked(o), st)) != GA_OK || !go)
        return code;
    together_bar bar;
    const attacks_job job = { .attack = o->attack, .n = o->n, .model = o->in.model, .ds = o->in.ds, .range = o->in.range,
                              .way = together_way(&bar, &o->in, team, &o->progress, o->n), .done = print_attack, .data = o };
    o->results = table_new(stdout, o->json);
    code = attacks_run(o->counts, &job, st);
    if (!o->json)
        return code;
    if (code == GA_OK && together_leads(team))
        return print_json(o, st);
    json_decref(o->results.rows);
    return code;
}

int
command_attack(int argc, char **argv)
{
    static const option_part parts[] = {
        { &attacked_set, offsetof(options, in) }, { &backend_set, offsetof(options, backend) },
        { &json_set, offsetof(options, json) }, { &accept_set, offsetof(options, accept) },
        { &progress_set, offsetof(options, progress) }, { NULL, 0 }
    };
    static const command_line line = {
        rows, NULL, parts, "MODEL --data IMAGES --labels LABELS",
        "Attacks by the fast-gradient sign method, x' = clip(x + eps sign(g)), with the gradient of each estimator, and "
        "prints a tab-separated line for each: accuracy after the attack, success among the images classified correctly before "
        "with its 95 % interval, images whose gradient is zero in every element, and zero elements. The network that "
        "classifies is always the original one, at gain 1, in its own format."
        "\vExample:\n"
        "  gradaudit attack model.safetensors --data t10k-images-idx3-ubyte.gz \\\n"
        "    --labels t10k-labels-idx1-ubyte.gz -e float,naive -e float,gain=3e-4 \\\n"
        "    -e random,seed=1"
    };
    static options o = { .progress.terminal_only = true, .accept = ACCEPT_NONE, .eps = DECIMAL(0.25) };
    ga_status st = { 0 };
    command_parse(&line, argc, argv, &o);
    progress_start(&o.progress);
    if (together_run(run, &o, &st)) {
        progress_end(&o.progress, o.in.range.last - o.in.range.first + 1, "image", o.in.threads);
        undecided_check(&o.undecided, o.accept, false, NULL, &st);
    }
    for (size_t i = 0; i < o.n; i++)
        frozen_drop(&o.attack[i].estimator.format);
    sources_free(&o.in);
    return command_end(&st);
}
