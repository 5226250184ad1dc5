/* SPDX-License-Identifier: Apache-2.0 */
/* gate.c -- what a report has, against the limits of gates; see gate.h */
#include <math.h>
#include <string.h>

#include "audit/verdict.h"
#include "io/escape.h"
#include "report/gate_metric.h"

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
    return (quantity){ count(facts, gate_metric_name(g->metric)), count(images, of_correct(g->metric) ? "correct" : "n") };
}

static quantity
measure(const gate *g, const json_t *report)
{
    if (!gate_has_estimator(g->metric))
        return image_quantity(g, report);
    const json_t *owner = gate_owner(g, report), *attack = json_object_get(owner, "attack"), *row;
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
    const char *name = gate_has_estimator(g->metric) ? json_string_value(json_object_get(gate_owner(g, report), "name")) : NULL;
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
