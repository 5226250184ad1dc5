/* SPDX-License-Identifier: Apache-2.0 */
/* gate.c -- see gate.h */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "audit/plan.h"
#include "audit/verdict.h"
#include "io/escape.h"
#include "io/file.h"
#include "num/words.h"
#include "report/audit.h"
#include "report/audit_page.h"
#include "report/gate.h"

/* After the cells, in metric_name's order; the facts of images follow. The verdict is no number. */
enum { METRIC_ZEROS = GA_CELLS, METRIC_SUCCESS, METRIC_ALL_ZERO, METRIC_CORRECT, METRIC_FACT, N_METRICS = METRIC_FACT + N_FACTS,
       METRIC_VERDICT };

static const char *
metric_name(int metric)
{
    static const char *const others[] = { "zeros", "success", "all-zero", "correct" };
    return metric < METRIC_ZEROS ? ga_cell_names[metric]
           : metric < METRIC_FACT ? others[metric - METRIC_ZEROS] : image_fact_names[metric - METRIC_FACT];
}

static ga_code
find_metric(gate *g, const char *name, size_t length, ga_status *st)
{
    const char *known[N_METRICS + 2];
    const word_list metrics = { "metric", known, N_METRICS + 2 };
    char all[500] = "", said[64], hint[64];
    for (int m = 0; m < N_METRICS; m++)
        known[m] = metric_name(m);
    known[N_METRICS] = "verdict=NAME"; /* which has no number: its gate was told apart before */
    known[N_METRICS + 1] = "verdict!=NAME";
    snprintf(said, sizeof said, "%.*s", (int)length, name);
    g->metric = length < sizeof said ? word_find(&metrics, said) : -1;
    if (g->metric >= 0 && g->metric < N_METRICS)
        return GA_OK;
    for (size_t m = 0; m < metrics.n; m++)
        snprintf(all + strlen(all), sizeof all - strlen(all), "%s%s", m > 0 ? ", " : "", known[m]);
    word_hint(hint, sizeof hint, &metrics, said);
    return ga_fail(st, GA_USAGE, "a gate is of %s; not of '%.*s'%s", all, (int)length, name, hint);
}

/* What a gate may name instead of an estimator, beside the names in the report: the naive estimator, the stable one, and the
   function of the network itself. */
static const char *const owner_words[] = { "naive", "stable", "exact" };

bool
gate_is_word(const char *name)
{
    for (size_t i = 0; i < sizeof owner_words / sizeof *owner_words; i++)
        if (strcasecmp(name, owner_words[i]) == 0)
            return true;
    return false;
}

static bool
has_estimator(int metric)
{
    return metric <= METRIC_ALL_ZERO;
}

/* verdict=NAME or verdict!=NAME */
static ga_code
parse_verdict(gate *g, const char *text, ga_status *st)
{
    static const word_list verdicts = { "verdict", verdict_names, N_VERDICTS };
    const bool unless = text[7] == '!' && text[8] == '=';
    const char *const name = text[7] == '=' ? text + 8 : unless ? text + 9 : "";
    char all[200], hint[64];
    const int place = word_find(&verdicts, name);
    if (place >= 0) {
        g->metric = METRIC_VERDICT;
        g->verdict = place;
        g->unless = unless;
        snprintf(g->text, sizeof g->text, "%s", text);
        return GA_OK;
    }
    word_names(all, sizeof all, &verdicts);
    word_hint(hint, sizeof hint, &verdicts, name);
    return ga_fail(st, GA_USAGE, "a gate on the verdict is verdict=NAME or verdict!=NAME, of %s; not '%.100s'%s", all, text, hint);
}

ga_code
gate_parse(gate *g, const char *text, ga_status *st)
{
    static const char grammar[] = "a gate is [ESTIMATOR:]METRIC, then > >= < or <=, then [+|-]NUMBER[%]; or verdict=NAME or "
                                  "verdict!=NAME";
    *g = (gate){ 0 };
    if (strncasecmp(text, "verdict", 7) == 0)
        return parse_verdict(g, text, st);
    const size_t left = strcspn(text, "<>");
    if (strlen(text) >= sizeof g->text || text[left] == '\0' || left == 0)
        return ga_fail(st, GA_USAGE, "%s, not '%.200s'", grammar, text);
    snprintf(g->text, sizeof g->text, "%s", text);
    const char *metric = text, *limit = text + left + 1;
    size_t end_of_metric = left;
    while (end_of_metric > 0 && text[end_of_metric - 1] == ' ') /* "lost > 1%" */
        end_of_metric--;
    for (const char *c = text; c < text + left; c++)
        if (*c == ':') {
            snprintf(g->estimator, sizeof g->estimator, "%.*s", (int)(c - text), text);
            metric = c + 1;
        }
    for (char *c = g->estimator; *c != '\0'; c++)
        if (*c == ',')
            *c = ' ';
    if (metric != text && g->estimator[0] == '\0')
        return ga_fail(st, GA_USAGE, "no estimator stands before the colon of '%s'", text);
    ga_code code = find_metric(g, metric, metric < text + end_of_metric ? (size_t)(text + end_of_metric - metric) : 0, st);
    if (code != GA_OK)
        return code;
    if (g->estimator[0] != '\0' && !has_estimator(g->metric))
        return ga_fail(st, GA_USAGE, "'%s' counts images of the whole audit, not of an estimator", metric);
    g->comparison = text[left] == '>' ? GATE_GREATER : GATE_LESS;
    if (*limit == '=') {
        g->comparison++;
        limit++;
    }
    limit += strspn(limit, " ");
    g->difference = *limit == '+' || *limit == '-';
    const size_t digits = strspn(limit + g->difference, "0123456789.eE+-");
    char *end;
    g->limit = strtod(limit, &end);
    const char *const rest = end + strspn(end, " ");
    g->percent = *rest == '%';
    if (digits == 0 || end != limit + g->difference + digits || rest[g->percent] != '\0' || !isfinite(g->limit))
        return ga_fail(st, GA_USAGE, "%s, not '%s'", grammar, text);
    return GA_OK;
}

json_t *
gate_baseline(const char *path, ga_status *st)
{
    struct stat about;
    char *directory = result_directory(path, st);
    json_t *report = NULL;
    const bool is_report = directory != NULL && strcmp(directory, path) != 0;
    if (is_report || (directory != NULL && stat(path, &about) == 0 && S_ISDIR(about.st_mode)))
        report = audit_read(directory, st);
    else if (directory != NULL)
        file_fail(st, GA_USAGE, path, "a baseline is the report.json of an audit, or its directory");
    free(directory);
    return report;
}

static const json_t *
by_name(const json_t *list, const char *name)
{
    size_t i;
    const json_t *one;
    json_array_foreach(list, i, one) {
        const char *own = json_string_value(json_object_get(one, "name"));
        char label[GATE_TEXT], asked[GATE_TEXT];
        audit_view_label(label, sizeof label, own != NULL ? own : "");
        audit_view_label(asked, sizeof asked, name);
        if (own != NULL && (strcasecmp(own, name) == 0 || strcasecmp(label, asked) == 0))
            return one;
    }
    return NULL;
}

/* The estimator of a gate among the report's; or the function, which has no cells. NULL: none. */
static const json_t *
find_owner(const gate *g, const json_t *report)
{
    const json_t *estimators = json_object_get(report, "estimators"), *head = json_object_get(report, "head");
    const char *name = g->estimator[0] != '\0' ? g->estimator : owner_words[0];
    const json_t *owner = g->estimator[0] != '\0' ? by_name(estimators, name) : NULL;
    if (owner == NULL && g->estimator[0] != '\0')
        owner = by_name(json_object_get(report, "functions"), name);
    for (size_t i = 0; i < 2; i++) /* naive and stable */
        if (owner == NULL && strcasecmp(name, owner_words[i]) == 0)
            owner = json_array_get(estimators, (size_t)json_integer_value(json_object_get(head, owner_words[i])));
    return owner;
}

static bool
function_has(int metric)
{
    return metric == GA_CELL_UNDECIDED || metric == METRIC_SUCCESS || metric == METRIC_ALL_ZERO;
}

/* whose: "this audit" or "the baseline". */
static ga_code
check_owner(const gate *g, const json_t *report, const char *whose, ga_status *st)
{
    const json_t *owner = find_owner(g, report);
    char names[300] = "", hint[100], *shown = escape_copy(escape_terminal, g->text);
    const char *known[64];
    word_list all = { "estimator", known, 0 };
    for (size_t i = 0; i < sizeof owner_words / sizeof *owner_words; i++)
        known[all.n++] = owner_words[i];
    const char *lists[] = { "estimators", "functions" };
    for (size_t k = 0; k < 2; k++) {
        size_t i;
        const json_t *one;
        json_array_foreach(json_object_get(report, lists[k]), i, one) {
            const char *name = json_string_value(json_object_get(one, "name"));
            snprintf(names + strlen(names), sizeof names - strlen(names), "%s'%s'", *names != '\0' ? ", " : "",
                     name != NULL ? name : "");
            if (name != NULL && all.n < sizeof known / sizeof *known)
                known[all.n++] = name;
        }
    }
    ga_code code = GA_OK;
    word_hint(hint, sizeof hint, &all, g->estimator);
    if (owner == NULL && gate_is_word(g->estimator))
        code = ga_fail(st, GA_USAGE, "%.100s: %s has no estimator that is '%s': the one at a reduced gain or logit scale was left "
                                     "out, or not asked for; it has %s", shown != NULL ? shown : "?", whose, g->estimator, names);
    else if (owner == NULL)
        code = ga_fail(st, GA_USAGE, "%.100s: %s has no such estimator, but %s%s", shown != NULL ? shown : "?", whose, names, hint);
    else if (json_object_get(owner, "formulas") == NULL && !function_has(g->metric)) /* functions have none */
        code = ga_fail(st, GA_USAGE, "%.100s: an exact gradient has only undecided, success and all-zero",
                       shown != NULL ? shown : "?");
    free(shown);
    return code;
}

/* Foreign gradients come after the estimators, and none is the stable one. */
static void
add_foreign(json_t *head, const ga_audit_options *o)
{
    json_t *const estimators = json_object_get(head, "estimators");
    if ((size_t)json_integer_value(json_object_get(head, "stable")) == json_array_size(estimators))
        json_object_set_new(head, "stable", json_integer((json_int_t)(json_array_size(estimators) + o->n_foreign)));
    for (size_t i = 0; i < o->n_foreign; i++)
        json_array_append_new(estimators, json_pack("{sssn}", "name", o->foreign[i].name, "formulas"));
}

/* What in a report names its estimators, before there is one. The arrays of foreign gradients are not read: a pipe can be read
   once. */
static json_t *
planned(const ga_audit_job *job, ga_status *st)
{
    ga_audit_job own = *job;
    plan p;
    json_t *head = NULL, *report = NULL;
    own.options.n_foreign = 0;
    if (plan_make(&p, &own, st) == GA_OK && (head = plan_head(&p, st)) != NULL) {
        add_foreign(head, &job->options);
        report = json_pack("{sOsOso}", "estimators", json_object_get(head, "estimators"), "functions",
                           json_object_get(head, "functions"), "head", head);
    }
    if (head != NULL && report == NULL)
        ga_fail(st, GA_NO_MEMORY, "out of memory for the gates");
    plan_free(&p);
    return report;
}

/* With too few seeds there is no verdict, and a gate on one would never fail. */
static ga_code
check_seeds(const gate *g, const ga_audit_job *job, const json_t *report, ga_status *st)
{
    const json_t *options = json_object_get(json_object_get(report, "head"), "options");
    const json_int_t seeds = report != NULL ? json_integer_value(json_object_get(options, "seeds"))
                                            : (json_int_t)job->options.seeds;
    return seeds >= VERDICT_LEAST_SEEDS || (g->verdict == VERDICT_FEW_SEEDS && !g->unless)
               ? GA_OK : ga_fail(st, GA_USAGE, "%s: a verdict needs --seeds %d or more, and the audit has %lld", g->text,
                                 VERDICT_LEAST_SEEDS, (long long)seeds);
}

ga_code
gates_check(const gate *g, size_t n, const ga_audit_job *job, const json_t *report, const json_t *baseline, ga_status *st)
{
    json_t *own = NULL;
    ga_code code = GA_OK;
    for (size_t i = 0; i < n && code == GA_OK; i++) {
        if (g[i].metric == METRIC_VERDICT)
            code = check_seeds(g + i, job, report, st);
        else if (g[i].difference && baseline == NULL)
            code = ga_fail(st, GA_USAGE, "%s: a limit with a sign is the difference to a --baseline", g[i].text);
        else if (g[i].difference && has_estimator(g[i].metric))
            code = check_owner(g + i, baseline, "the baseline", st);
        if (code == GA_OK && g[i].estimator[0] != '\0' && report == NULL && (report = own = planned(job, st)) == NULL)
            code = st->code;
        if (code == GA_OK && g[i].estimator[0] != '\0')
            code = check_owner(g + i, report, "this audit", st);
    }
    json_decref(own);
    return code;
}

/* some of whole things; negative if the report, which may be anybody's, does not say. */
typedef struct {
    json_int_t some, whole;
} quantity;

static json_int_t
count(const json_t *o, const char *key)
{
    const json_t *value = json_object_get(o, key);
    const json_int_t n = json_integer_value(value);
    return json_is_integer(value) && n >= 0 && n < INT64_C(1) << 53 ? n : -(INT64_C(1) << 56); /* also in sums */
}

static bool
is_known(quantity q)
{
    return q.some >= 0 && q.whole >= 0;
}

/* Conditions on the images classified correctly before. */
static bool
of_correct(int metric)
{
    return metric == METRIC_SUCCESS || (metric >= METRIC_FACT && metric != METRIC_FACT + FACT_MISCLASSIFIED);
}

static quantity
image_quantity(const gate *g, const json_t *report)
{
    const json_t *images = json_object_get(report, "images");
    const json_t *facts = json_object_get(json_object_get(report, "verdict"), "images");
    if (g->metric == METRIC_CORRECT)
        return (quantity){ count(images, "correct"), count(images, "n") };
    return (quantity){ count(facts, metric_name(g->metric)), count(images, of_correct(g->metric) ? "correct" : "n") };
}

static quantity
measure(const gate *g, const json_t *report)
{
    if (!has_estimator(g->metric))
        return image_quantity(g, report);
    const json_t *owner = find_owner(g, report), *attack = json_object_get(owner, "attack"), *row;
    const json_t *cells = json_object_get(owner, "cells"), *decades = json_object_get(owner, "decades");
    const json_t *matrix = json_object_get(owner, "matrix");
    const char *key;
    quantity q = { 0, count(decades, "elements") };
    if (g->metric == METRIC_SUCCESS)
        return (quantity){ count(attack, "fooled"), count(attack, "correct_before") };
    if (g->metric == METRIC_ALL_ZERO)
        return (quantity){ count(attack, "all_zero_images"), count(json_object_get(report, "images"), "n") };
    if (g->metric == METRIC_ZEROS && json_is_object(matrix))
        json_object_foreach((json_t *)(uintptr_t)matrix, key, row)
            q.some += count(row, "-0") + count(row, "+0");
    else if (g->metric == METRIC_ZEROS)
        q.some = count(matrix, "");
    else if (g->metric == GA_CELL_UNDECIDED && cells == NULL) /* of a function */
        q.some = count(owner, "undecided");
    else
        q.some = count(cells, ga_cell_names[g->metric]);
    return q;
}

/* In the gate's unit: exact but for the last rounding, so that a limit is met exactly if its decimals say so. */
static double
value_of(const gate *g, quantity now, quantity before)
{
    if (!is_known(now) || !is_known(before))
        return NAN;
    if (!g->percent)
        return (double)(now.some - (g->difference ? before.some : 0));
    if (now.whole == 0 || (g->difference && before.whole == 0))
        return NAN;
    if (!g->difference)
        return 100 * (double)now.some / (double)now.whole;
    if (now.whole == before.whole)
        return 100 * (double)(now.some - before.some) / (double)now.whole;
    const long double apart = (long double)now.some * (long double)before.whole - (long double)before.some * (long double)now.whole;
    return (double)(100 * apart / ((long double)now.whole * (long double)before.whole));
}

static bool
holds(gate_comparison comparison, double value, double limit)
{
    switch (comparison) {
    case GATE_GREATER:
        return value > limit;
    case GATE_GREATER_EQUAL:
        return value >= limit;
    case GATE_LESS:
        return value < limit;
    default:
        return value <= limit;
    }
}

static const char *
unit_of(const gate *g)
{
    return of_correct(g->metric) ? "images classified correctly before" : g->metric < METRIC_SUCCESS ? "elements" : "images";
}

static void
print_failure(FILE *out, const gate *g, const json_t *report, double value, quantity now, quantity before)
{
    const char *name = has_estimator(g->metric) ? json_string_value(json_object_get(find_owner(g, report), "name")) : NULL;
    fputs("gradaudit: gate ", out);
    escape_terminal(out, g->text);
    fputs(" failed: ", out);
    if (name != NULL) {
        escape_terminal(out, name);
        fputs(": ", out);
    }
    if (!is_known(now) || !is_known(before)) {
        fprintf(out, "%s does not say\n", is_known(now) ? "the baseline" : "the report");
        return;
    }
    if (isnan(value))
        fprintf(out, "there is no value, for there are no %s", unit_of(g));
    else if (g->percent)
        fprintf(out, g->difference ? "%+.10g percentage points" : "%.10g %%", value);
    else
        fprintf(out, g->difference ? "%+.0f" : "%.0f", value);
    fprintf(out, " (%" JSON_INTEGER_FORMAT " of %" JSON_INTEGER_FORMAT " %s", now.some, now.whole, unit_of(g));
    if (g->difference)
        fprintf(out, ", before %" JSON_INTEGER_FORMAT " of %" JSON_INTEGER_FORMAT, before.some, before.whole);
    fprintf(out, g->difference ? "), the limit is %+.10g%s\n" : "), the limit is %.10g%s\n", g->limit, g->percent ? " %" : "");
}

/* Whether the verdict is the gate's (unless: another), or is not a known one. */
static bool
verdict_fails(FILE *out, const gate *g, const json_t *report)
{
    const char *name = json_string_value(json_object_get(json_object_get(report, "verdict"), "model"));
    size_t known = 0;
    while (known < N_VERDICTS && (name == NULL || strcmp(name, verdict_names[known]) != 0))
        known++;
    if (known < N_VERDICTS && ((int)known == g->verdict) == g->unless)
        return false;
    fprintf(out, "gradaudit: gate %s failed: %s%s\n", g->text, known == N_VERDICTS ? "the report does not say" :
            g->unless ? "the verdict is " : "that is the verdict", known < N_VERDICTS && g->unless ? name : "");
    return true;
}

void
gate_open(FILE *out, const gate *g, size_t n, const json_t *report)
{
    const char *name = json_string_value(json_object_get(json_object_get(report, "verdict"), "model"));
    for (size_t i = 0; i < n && name != NULL && strcmp(name, verdict_names[VERDICT_FEW_IMAGES]) == 0; i++)
        if (g[i].metric == METRIC_VERDICT && !g[i].unless && g[i].verdict != VERDICT_FEW_IMAGES) {
            fprintf(out, "gradaudit: gate %s passes undecided: the verdict is %s\n", g[i].text, name);
            return;
        }
}

size_t
gates_failed(FILE *out, const gate *g, size_t n, const json_t *report, const json_t *baseline)
{
    size_t failed = 0;
    for (size_t i = 0; i < n; i++) {
        if (g[i].metric == METRIC_VERDICT) {
            failed += verdict_fails(out, g + i, report);
            continue;
        }
        const quantity now = measure(g + i, report);
        const quantity before = g[i].difference ? measure(g + i, baseline) : (quantity){ 0, 0 };
        const double value = value_of(g + i, now, before);
        if (!isnan(value) && !holds(g[i].comparison, value, g[i].limit))
            continue;
        print_failure(out, g + i, report, value, now, before);
        failed++;
    }
    return failed;
}

/* ", model (sha256, layers)": the members of two objects that differ. */
static void
add_difference(char *text, size_t size, const char *what, const json_t *a, const json_t *b)
{
    char members[300] = "";
    const char *key;
    const json_t *value;
    if (a == b || json_equal(a, b))
        return;
    json_object_foreach((json_t *)(uintptr_t)a, key, value)
        if (!json_equal(value, json_object_get(b, key)))
            snprintf(members + strlen(members), sizeof members - strlen(members), "%s%s", *members != '\0' ? ", " : "", key);
    snprintf(text + strlen(text), size - strlen(text), "%s%s%s%s%s", *text != '\0' ? "; " : "", what, *members != '\0' ? " (" : "",
             members, *members != '\0' ? ")" : "");
}

void
gate_differences(FILE *out, const json_t *report, const json_t *baseline)
{
    const json_t *head = json_object_get(report, "head"), *old = json_object_get(baseline, "head");
    static const char *const parts[] = { "model", "data", "options", "functions", "estimators", "arithmetic" };
    char text[1200] = "";
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        add_difference(text, sizeof text, parts[i], json_object_get(head, parts[i]), json_object_get(old, parts[i]));
    const json_t *images = json_object_get(report, "images"), *others = json_object_get(baseline, "images");
    if (count(images, "first") != count(others, "first") || count(images, "last") != count(others, "last"))
        snprintf(text + strlen(text), sizeof text - strlen(text), "%simages (%lld-%lld, before %lld-%lld)",
                 *text != '\0' ? "; " : "", (long long)count(images, "first"), (long long)count(images, "last"),
                 (long long)count(others, "first"), (long long)count(others, "last"));
    if (*text == '\0')
        return;
    fputs("gradaudit: the baseline differs in ", out);
    escape_terminal(out, text);
    fputc('\n', out);
}
