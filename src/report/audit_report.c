/* SPDX-License-Identifier: Apache-2.0 */
/* audit_report.c -- see audit_report.h */
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/attack.h"
#include "core/audit.h"
#include "core/distribution.h"

#include "audit/plan.h"
#include "audit/verdict.h"
#include "graph/graph.h"
#include "report/audit_report.h"

static void
set_count(json_t *o, const char *key, uint64_t n)
{
    json_object_set_new(o, key, json_integer((json_int_t)n));
}

static void
set_real(json_t *o, const char *key, double x)
{
    json_object_set_new(o, key, isfinite(x) ? json_real(x) : json_null());
}

static void
set_percent(json_t *o, const char *key, uint64_t some, uint64_t whole)
{
    set_real(o, key, whole > 0 ? 100 * (double)some / (double)whole : NAN);
}

/* An attack, image by image: whether it moves the image at all, and whether the network errs afterwards. */
typedef struct {
    bool moved, errs;
} outcome;
typedef outcome outcome_of(const part_row *row, size_t which);

static outcome
of_function(const part_row *row, size_t f)
{
    return (outcome){ row->function[f].moved, row->function[f].errs };
}

static outcome
of_estimator(const part_row *row, size_t e)
{
    return (outcome){ row->estimator[e].moved, row->estimator[e].errs };
}

static outcome
of_random(const part_row *row, size_t seed)
{
    return (outcome){ true, row->random >> seed & 1 };
}

static outcome
of_filled(const part_row *row, size_t seed)
{
    return (outcome){ true, row->filled >> seed & 1 };
}

/* Success: among the images classified correctly before, with its 95 % interval. Studies of papers have 100 - accuracy_percent. */
static json_t *
attack_json(const part *p, outcome_of *of, size_t which)
{
    json_t *o = json_object();
    uint64_t correct = 0, fooled = 0, right = 0, moved = 0;
    double low, high;
    for (size_t r = 0; r < p->n_rows; r++) {
        const outcome x = of(p->row + r, which);
        correct += p->row[r].correct;
        fooled += p->row[r].correct && x.errs;
        right += !x.errs;
        moved += x.moved;
    }
    set_count(o, "correct_before", correct);
    set_count(o, "fooled", fooled);
    set_percent(o, "success_percent", fooled, correct);
    ga_wilson(&low, &high, fooled, correct);
    set_real(o, "success_low_percent", 100 * low);
    set_real(o, "success_high_percent", 100 * high);
    set_count(o, "correct_after", right);
    set_percent(o, "accuracy_percent", right, p->n_rows);
    set_count(o, "all_zero_images", p->n_rows - moved);
    return o;
}

/* Over the images' numeric values, summed in image order. */
static json_t *
spread_json(double *value, size_t n)
{
    json_t *o = json_object();
    size_t known = 0;
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        if (!isnan(value[i])) {
            sum += value[i];
            value[known++] = value[i];
        }
    ga_distribution d = { .min = NAN, .max = NAN };
    if (known > 0)
        ga_distribution_make(&d, value, known);
    set_count(o, "images", known);
    set_real(o, "mean", sum / (double)known);
    set_real(o, "least", d.min);
    set_real(o, "lower_quartile", known > 0 ? d.quantile[2] : NAN);
    set_real(o, "median", known > 0 ? d.quantile[3] : NAN);
    set_real(o, "upper_quartile", known > 0 ? d.quantile[4] : NAN);
    set_real(o, "greatest", d.max);
    return o;
}

static void
add_spreads(json_t *o, const part *p, double *value, size_t which, bool function)
{
    for (size_t r = 0; r < p->n_rows; r++)
        value[r] = function ? p->row[r].function[which].cosine : p->row[r].estimator[which].cosine;
    json_object_set_new(o, "cosine", spread_json(value, p->n_rows));
    for (size_t r = 0; r < p->n_rows; r++)
        value[r] = function ? p->row[r].function[which].rank_correlation : p->row[r].estimator[which].rank_correlation;
    json_object_set_new(o, "rank_correlation", spread_json(value, p->n_rows));
}

/* Signs, for elements whose true signs are known and not 0: how many computed ones equal that of their function, and how many true
   ones of that function equal that of the network itself. */
static json_t *
agreement_json(const part_estimator *e)
{
    json_t *o = json_object();
    uint64_t own = 0, own_agree = 0, both = 0, both_agree = 0, base = 0, base_agree = 0;
    for (size_t c = 0; c < PART_SIGNS; c++)
        for (size_t t = 0; t < PART_SIGNS; t++)
            for (size_t b = 0; b < PART_SIGNS; b++) {
                const uint64_t n = e->joint[c][t][b];
                const bool t_known = t == 0 || t == 2, b_known = b == 0 || b == 2;
                own += t_known ? n : 0;
                own_agree += t_known && c == t ? n : 0;
                both += t_known && b_known ? n : 0;
                both_agree += t_known && b_known && t == b ? n : 0;
                base += b_known ? n : 0;
                base_agree += b_known && c == b ? n : 0;
            }
    set_count(o, "known", own);
    set_count(o, "computed_as_its_function", own_agree);
    set_percent(o, "computed_as_its_function_percent", own_agree, own);
    set_percent(o, "its_function_as_the_network_percent", both_agree, both);
    set_percent(o, "computed_as_the_network_percent", base_agree, base);
    return o;
}

static void
add_percents(json_t *o, const part_estimator *e)
{
    json_t *percent = json_object();
    for (ga_cell c = 0; c < GA_CELLS; c++)
        set_percent(percent, ga_cell_names[c], e->tally.cell[c], e->tally.elements);
    json_object_set_new(o, "cells_percent", percent);
    set_real(o, "log10_median", e->decades.n > 0 ? e->decades.median : NAN);
}

/* What is compared, and whether with a control. */
static const struct {
    const char *question, *attack, *against;
    bool control;
} asked[N_ASKED] = {
    [ASK_ROUNDING] = { "R", "exact", "naive", false },
    [ASK_RANDOM] = { "C", "exact", "random signs", true },
    [ASK_FILLED] = { "C", "exact", "zeros filled", true },
    [ASK_REDUCED] = { "S", "stable", NULL, false },
    [ASK_REDUCED_RANDOM] = { "S", "stable", "random signs", true },
    [ASK_REDUCED_FILLED] = { "S", "stable", "zeros filled", true },
};

static json_t *
comparison_json(const verdict *v, verdict_question q)
{
    const verdict_comparison *c = v->asked + q;
    json_t *o = json_object();
    json_object_set_new(o, "question", json_string(asked[q].question));
    json_object_set_new(o, "attack", json_string(asked[q].attack));
    json_object_set_new(o, "against",
                        json_string(asked[q].against != NULL ? asked[q].against : v->naive_is_better ? "naive" : "exact"));
    set_real(o, "difference_points", v->correct > 0 ? 100 * c->difference : NAN);
    set_real(o, "low_points", 100 * c->low);
    set_real(o, "high_points", 100 * c->high);
    set_real(o, "threshold_points", 100 * c->threshold);
    json_object_set_new(o, "only_attack", asked[q].control ? json_null() : json_integer((json_int_t)c->only_attack));
    json_object_set_new(o, "only_against", asked[q].control ? json_null() : json_integer((json_int_t)c->only_other));
    json_object_set_new(o, "answer", json_string(reply_names[c->answer]));
    return o;
}

/* NULL: out of memory. */
static json_t *
verdict_json(const json_t *head, const part *p)
{
    uint64_t count[N_FACTS] = { 0 };
    const double margin = json_number_value(json_object_get(json_object_get(head, "options"), "verdict_margin")) / 100;
    const json_t *estimators = json_object_get(head, "estimators");
    verdict v;
    if (!verdict_make(&v, p, margin))
        return NULL;
    json_t *o = json_object(), *images = json_object(), *comparisons = json_array();
    for (size_t r = 0; r < p->n_rows; r++)
        count[image_fact_of(p->row + r, &p->shape)]++;
    for (size_t f = 0; f < N_FACTS; f++)
        set_count(images, image_fact_names[f], count[f]);
    for (size_t q = 0; q < N_ASKED; q++)
        if (v.asked[q].asked)
            json_array_append_new(comparisons, comparison_json(&v, (verdict_question)q));
    json_object_set_new(o, "model", json_string(verdict_names[v.kind]));
    json_object_set(o, "naive", json_object_get(json_array_get(estimators, p->shape.naive), "name"));
    json_object_set(o, "stable", p->shape.stable < p->shape.n_estimators
                                     ? json_object_get(json_array_get(estimators, p->shape.stable), "name") : json_null());
    json_object_set_new(o, "images_needed", v.images_needed > 0 ? json_integer((json_int_t)v.images_needed) : json_null());
    json_object_set_new(o, "comparisons", comparisons);
    json_object_set_new(o, "images", images);
    return o;
}

static json_t *
control_json(const part *p, outcome_of *of)
{
    json_t *seeds = json_array();
    for (size_t s = 0; s < p->shape.seeds; s++)
        json_array_append_new(seeds, attack_json(p, of, s));
    return seeds;
}

static json_t *
images_json(const part *p)
{
    json_t *o = json_object();
    uint64_t correct = 0, kinks = 0, undecided = 0;
    for (size_t r = 0; r < p->n_rows; r++) {
        correct += p->row[r].correct;
        kinks += p->row[r].kinks;
        undecided += p->row[r].function[0].undecided > 0;
    }
    set_count(o, "first", p->row[0].image);
    set_count(o, "last", p->row[p->n_rows - 1].image);
    set_count(o, "n", p->n_rows);
    set_count(o, "correct", correct);
    set_percent(o, "correct_percent", correct, p->n_rows);
    set_count(o, "kinks", kinks);
    set_count(o, "with_undecided_elements", undecided);
    return o;
}

/* For each image shown: its label, what it is called, which attacks succeed. */
static void
complete_pictures(json_t *pictures, const part *p)
{
    size_t i;
    json_t *picture;
    json_array_foreach(pictures, i, picture) {
        const part_row *row = p->row;
        while (row < p->row + p->n_rows - 1 && row->image < p->picture[i].image)
            row++;
        json_object_set_new(picture, "label", json_integer(row->label));
        json_object_set_new(picture, "fact", json_string(image_fact_names[image_fact_of(row, &p->shape)]));
        json_object_set_new(picture, "naive_fools", json_boolean(row->estimator[p->shape.naive].errs));
        json_object_set_new(picture, "exact_fools", json_boolean(row->function[0].errs));
        if (p->shape.stable < p->shape.n_estimators)
            json_object_set_new(picture, "stable_fools", json_boolean(row->estimator[p->shape.stable].errs));
    }
}

/* Those of the inputs, and of networks whose output is not logits; a report of others has none. */
static void
add_warnings(json_t *o, const json_t *head)
{
    const char *const text = json_string_value(json_object_get(json_object_get(head, "model"), "output"));
    const int output = text != NULL ? ga_output_parse(text) : GA_LOGITS;
    json_t *list = json_array();
    json_array_extend(list, json_object_get(head, "warnings"));
    if (output > GA_LOGITS)
        json_array_append_new(list, json_string(ga_output_note((ga_output)output)));
    if (json_array_size(list) > 0)
        json_object_set(o, "warnings", list);
    json_decref(list);
}

json_t *
audit_report(const json_t *head, const part *p)
{
    double *value = malloc((p->n_rows + 1) * sizeof *value);
    json_t *o = json_object(), *counts = part_json(p), *controls = json_object(), *judged = verdict_json(head, p);
    json_t *functions = json_object_get(counts, "functions"), *estimators = json_object_get(counts, "estimators");
    for (size_t f = 0; value != NULL && f < p->shape.n_functions; f++) {
        json_t *function = json_array_get(functions, f);
        json_object_update_missing(function, json_array_get(json_object_get(head, "functions"), f));
        set_real(function, "log10_median", p->function[f].decades.n > 0 ? p->function[f].decades.median : NAN);
        json_object_set_new(function, "attack", attack_json(p, of_function, f));
        add_spreads(function, p, value, f, true);
    }
    for (size_t e = 0; value != NULL && e < p->shape.n_estimators; e++) {
        json_t *estimator = json_array_get(estimators, e);
        json_object_update_missing(estimator, json_array_get(json_object_get(head, "estimators"), e));
        add_percents(estimator, p->estimator + e);
        json_object_set_new(estimator, "sign_agreement", agreement_json(p->estimator + e));
        json_object_set_new(estimator, "attack", attack_json(p, of_estimator, e));
        add_spreads(estimator, p, value, e, false);
    }
    json_object_set_new(controls, "random_signs", control_json(p, of_random));
    json_object_set_new(controls, "zeros_filled", control_json(p, of_filled));
    complete_pictures(json_object_get(counts, "pictures"), p);
    set_count(o, "schema_version", GA_AUDIT_SCHEMA);
    json_object_set_new(o, "kind", json_string("audit"));
    json_object_set_new(o, "verdict", judged);
    add_warnings(o, head);
    json_object_set_new(o, "images", images_json(p));
    json_object_set(o, "head", (json_t *)(uintptr_t)head);
    json_object_set(o, "functions", functions);
    json_object_set(o, "estimators", estimators);
    json_object_set_new(o, "controls", controls);
    json_object_set(o, "pictures", json_object_get(counts, "pictures"));
    json_decref(counts);
    free(value);
    if (value != NULL && judged != NULL)
        return o;
    json_decref(o);
    return NULL;
}

static bool
size_field(size_t *n, const json_t *value, size_t most)
{
    *n = (size_t)json_integer_value(value);
    return json_is_integer(value) && json_integer_value(value) >= 0 && *n <= most;
}

/* Names go into a table's heading and into file names. */
static bool
are_named(const json_t *list)
{
    size_t i;
    const json_t *o;
    json_array_foreach(list, i, o) {
        const char *name = json_string_value(json_object_get(o, "name"));
        bool ok = name != NULL && name[0] != '\0' && strlen(name) < PLAN_NAME;
        for (size_t k = 0; ok && name[k] != '\0'; k++)
            ok = name[k] >= ' ' && name[k] <= '~';
        if (!ok)
            return false;
    }
    return true;
}

ga_code
audit_report_shape(part_shape *shape, const json_t *head, ga_status *st)
{
    const json_t *layers = json_object_get(json_object_get(head, "model"), "layers");
    *shape = (part_shape){ .n_functions = json_array_size(json_object_get(head, "functions")),
                           .n_estimators = json_array_size(json_object_get(head, "estimators")),
                           .n_layers = json_array_size(layers) };
    const bool ok = size_field(&shape->n_elements, json_object_get(json_array_get(layers, 0), "inputs"), INT_MAX) &&
                    size_field(&shape->seeds, json_object_get(json_object_get(head, "options"), "seeds"), GA_AUDIT_MOST_SEEDS) &&
                    size_field(&shape->naive, json_object_get(head, "naive"), shape->n_estimators - 1) &&
                    size_field(&shape->stable, json_object_get(head, "stable"), shape->n_estimators) && shape->n_elements > 0 &&
                    shape->n_functions > 0 && shape->n_functions <= GA_AUDIT_MOST_ESTIMATORS && shape->n_estimators > 0 &&
                    shape->n_estimators <= GA_AUDIT_MOST_ESTIMATORS && shape->n_layers > 0 && shape->n_layers <= GRAPH_MOST_NODES &&
                    are_named(json_object_get(head, "functions")) && are_named(json_object_get(head, "estimators"));
    return ok ? GA_OK : ga_fail(st, GA_BAD_FILE, "it has no head as an audit writes it");
}
