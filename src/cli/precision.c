/* SPDX-License-Identifier: Apache-2.0 */
/* precision.c -- gradaudit precision: how few bits and exponents each tensor of a gradient's pass needs */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/precision.h"
#include "cli/document.h"
#include "cli/progress.h"
#include "num/decimal.h"
#include "num/format.h"
#include "pass/operands.h"
#include "report/table.h"

typedef struct {
    sources in;
    progress progress;
    estimator_options estimator;
    double keep;
    bool json;
} options;

/* A share, or "99.9%". */
static ga_code
read_keep(void *into, const option_row *row, const char *text, ga_status *st)
{
    double *const keep = &((options *)into)->keep;
    char number[64];
    const size_t n = strlen(text);
    const bool percent = n > 0 && text[n - 1] == '%';
    snprintf(number, sizeof number, "%.*s", (int)(n - percent < sizeof number ? n - percent : sizeof number - 1), text);
    if (!decimal_read(keep, number, false) || !((*keep = percent ? *keep / 100 : *keep) > 0) || *keep > 1)
        return ga_fail(st, GA_USAGE, "--%s is a share of the signs, above 0 and at most 1, or in per cent, such as 99.9%%, not "
                                     "'%.60s'", row->name, text);
    return GA_OK;
}

static const option_row rows[] = {
    HEADING("Search:"),
    { "keep", 0, "SHARE", "of the signs that are to stay right, such as 0.999 or 99.9% (99.9%)", BY(read_keep) },
    { 0 }
};

static double
percent(uint64_t n, uint64_t whole)
{
    return whole > 0 ? 100 * (double)n / (double)whole : (double)NAN;
}

/* The first of these that has all numbers of t's format; "-": none. */
static const char *
named(const precision_tensor *t)
{
    static const char *const names[] = { "e2m1", "e2m3", "e3m2", "e4m3", "e5m2", "float16", "bfloat16", "tf32", "float", "double" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        ga_format f;
        if (ga_format_parse(&f, names[i], NULL) == GA_OK && f.bits >= t->bits &&
            format_ulp_exponent(f, t->emin) <= t->emin - (t->bits - 1) && f.emax - (f.gap > 1) >= t->emax)
            return names[i];
    }
    return "-";
}

static void
add_rows(table *out, const options *o, const precision_result *r)
{
    for (size_t i = 0; i < r->n; i++) {
        const precision_tensor *const t = r->tensor + i;
        char name[TENSOR_NAME];
        tensor_name(name, r->p, o->in.model->graph, &(stored_value){ t->value, t->class });
        const cell row[] = { WORD_CELL("tensor", name), WORD_CELL("kind", tensor_classes[t->class]), COUNT_CELL("bits", t->bits),
                             COUNT_CELL("emin", t->emin), COUNT_CELL("emax", t->emax), WORD_CELL("named", named(t)) };
        TABLE_ADD(out, row);
    }
}

static ga_code
show(const options *o, const precision_result *r, ga_status *st)
{
    const cell facts[] = { REAL_CELL("keep_percent", 100 * o->keep), COUNT_CELL("elements", r->elements),
                           COUNT_CELL("signs_proved", r->decided),
                           REAL_CELL("kept_as_computed_percent", percent(r->plain, r->decided)),
                           REAL_CELL("kept_together_percent", percent(r->together, r->decided)),
                           COUNT_CELL("added_bits", r->added_bits), COUNT_CELL("added_binades", r->added_binades) };
    json_t *const head = o->json ? document_head("precision", &o->in, &o->estimator.e, st) : NULL;
    for (size_t i = 0; i < sizeof facts / sizeof *facts; i++)
        table_fact(o->json ? NULL : stdout, head, facts[i]);
    table t = table_new(stdout, o->json);
    add_rows(&t, o, r);
    return o->json ? document_print(head, "tensors", t.rows, st) : GA_OK;
}

static void
told(void *data, size_t done, size_t all)
{
    progress_update(data, "passes", done, all);
}

static ga_code
run(options *o, ga_status *st)
{
    precision_result r = { .n = 0 };
    char estimator[GA_ESTIMATOR_NAME];
    ga_code code = sources_read(&o->in, st);
    o->in.loss = o->estimator.e.loss;
    if (code != GA_OK || (code = estimator_settle(&o->estimator, o->in.model, st)) != GA_OK ||
        (code = sources_check(&o->in, st)) != GA_OK || (code = sources_warn(&o->in, o->progress.quiet, st)) != GA_OK)
        return code;
    const precision_job job = { .model = o->in.model, .ds = o->in.ds, .range = o->in.range, .estimator = o->estimator.e,
                                .keep = o->keep, .threads = o->in.threads, .progress = told,
                                .progress_data = &o->progress };
    code = precision_find(&r, &job, st);
    progress_stop(&o->progress);
    ga_estimator_name(estimator, sizeof estimator, &o->estimator.e);
    if (code == GA_OK && (double)r.plain < o->keep * (double)r.decided)
        code = ga_fail(st, GA_USAGE, "%s itself keeps %.4g %% of the signs, less than the %.4g %% that are asked for: say "
                                     "--keep=%.4g%%, --formulas rewrite or --format double", estimator, percent(r.plain, r.decided),
                       100 * o->keep, floor(100 * percent(r.plain, r.decided)) / 100);
    if (code == GA_OK)
        code = show(o, &r, st);
    precision_free(&r);
    return code;
}

int
command_precision(int argc, char **argv)
{
    static const option_part parts[] = {
        { &sources_set, offsetof(options, in) }, { &native_set, offsetof(options, estimator) },
        { &json_set, offsetof(options, json) }, { &progress_set, offsetof(options, progress) }, { NULL, 0 }
    };
    static const command_line line = {
        rows, NULL, parts, "MODEL --data IMAGES --labels LABELS",
        "Finds how narrow a format each tensor of a gradient's pass can be stored in, so that the share of the gradient's signs "
        "that --keep says stays right: the fewest bits of the significand, and the narrowest range of exponents, 2^emin to below "
        "2^(emax+1). Each is found by itself, by bisection, everything else stored as it is computed; then all tensors are stored "
        "at once, as few bits are added to every one as keep the signs in float's range, and then as few binades (powers of two) "
        "at each end. What is printed are these final formats, what was added included, and the share of signs that they keep "
        "together; named is the first of e2m1 to double (gradaudit formats lists them) that has all the format's numbers. "
        "Tab-separated; after lines of facts a line for each tensor, in the order of the pass."
        "\vExample:\n"
        "  gradaudit precision model.safetensors --data t10k-images-idx3-ubyte.gz \\\n"
        "    --labels t10k-labels-idx1-ubyte.gz --images 0-255 --keep 99.9%"
    };
    options o = { .progress.terminal_only = true, .estimator = estimator_default, .keep = 0.999 };
    ga_status st = { 0 };
    command_parse(&line, argc, argv, &o);
    progress_start(&o.progress);
    run(&o, &st);
    sources_free(&o.in);
    return command_end(&st);
}
