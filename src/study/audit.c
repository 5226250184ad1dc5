/* SPDX-License-Identifier: Apache-2.0 */
/* audit.c -- see audit.h */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "audit/part_audit.h"
#include "audit/part_bytes.h"
#include "report/amount.h"
#include "report/audit_report.h"
#include "study/audit.h"

static ga_range
part_range(const network_audit *a, size_t i)
{
    const size_t n = a->job.ds->n, end = (i + 1) * a->p.block;
    return (ga_range){ i * a->p.block, (end < n ? end : n) - 1 };
}

static ga_code
make_part(void *data, void **made, size_t i, int threads, ga_status *st)
{
    network_audit *const a = data;
    return part_audit((part **)made, NULL, &a->p, part_range(a, i), threads, st);
}

static ga_code
finish_part(void *data, void *made, size_t i, ga_status *st)
{
    network_audit *const a = data;
    (void)st;
    a->parts[i] = made;
    if (++a->done == a->work.n) { /* no thread has an engine */
        engine_pool_free(a->p.pool);
        a->p.pool = NULL;
    }
    return GA_OK;
}

static void
drop_part(void *data, void *made)
{
    (void)data;
    part_free(made);
}

static ga_code
pack(void *data, deal_bytes *packed, const void *made, ga_status *st)
{
    char *at;
    (void)data;
    return part_pack(packed, &at, made, 0, st);
}

static ga_code
unpack(void *data, void **made, size_t i, const deal_bytes *packed, ga_status *st)
{
    const network_audit *const a = data;
    const part_shape shape = plan_part_shape(&a->p);
    size_t behind;
    return part_unpack((part **)made, &behind, packed, &shape, part_range(a, i), st);
}

ga_code
network_audit_open(network_audit *a, const ga_audit_job *job, const json_t *roles, size_t cost, ga_status *st)
{
    const char *role;
    json_t *words;
    *a = (network_audit){ .job = *job, .roles = roles };
    a->job.range = (ga_range){ 0, job->ds->n - 1 };
    a->job.options.estimators = a->words;
    a->job.options.n_estimators = 0;
    a->job.options.remedies = false;
    json_object_foreach((json_t *)(uintptr_t)roles, role, words)
        a->words[a->job.options.n_estimators++] = json_string_value(words);
    ga_code code = plan_make(&a->p, &a->job, st);
    if (code != GA_OK)
        return code;
    a->p.origins = false;
    if (a->p.n_estimators != json_object_size(roles))
        return ga_fail(st, GA_USAGE, "two estimators of one audit are the same");
    a->work = (deal_work){ .n = (job->ds->n - 1) / a->p.block + 1, .cost = cost, .data = a, .make = make_part,
                           .finish = finish_part, .drop = drop_part, .pack = pack, .unpack = unpack };
    a->parts = calloc(a->work.n, sizeof(part *));
    return a->parts != NULL ? GA_OK : ga_fail(st, GA_NO_MEMORY, "out of memory for the parts of an audit");
}

ga_code
network_audit_merge(network_audit *a, ga_status *st)
{
    return part_merge(&a->part, a->parts, a->work.n, st);
}

void
network_audit_free(network_audit *a)
{
    for (size_t i = 0; a->parts != NULL && i < a->work.n; i++)
        part_free(a->parts[i]);
    free(a->parts);
    part_free(a->part);
    plan_free(&a->p);
    *a = (network_audit){ .part = NULL };
}

typedef enum { BY_EXACT, BY_ESTIMATOR, BY_RANDOM, BY_FILLED } attack_kind;

static bool
moved_by(const part_row *row, attack_kind kind, size_t which)
{
    return kind == BY_EXACT ? row->function[which].moved : kind == BY_ESTIMATOR ? row->estimator[which].moved : true;
}

/* Whether the network errs afterwards, whatever it said before. */
static bool
errs_after(const part_row *row, attack_kind kind, size_t which)
{
    switch (kind) {
    case BY_EXACT:
        return row->function[which].errs;
    case BY_ESTIMATOR:
        return row->estimator[which].errs;
    case BY_RANDOM:
        return row->random >> which & 1;
    default:
        return row->filled >> which & 1;
    }
}

static ga_attack_counts
count_attack(const part *p, attack_kind kind, size_t which)
{
    ga_attack_counts c = { .images = p->n_rows };
    for (size_t r = 0; r < p->n_rows; r++) {
        const part_row *row = p->row + r;
        const bool moved = moved_by(row, kind, which), wrong = errs_after(row, kind, which);
        c.correct += row->correct;
        c.correct_after += !wrong;
        c.fooled += row->correct && wrong;
        c.all_zero += !moved;
        c.moved_correct += moved && row->correct;
        c.moved_wrong += moved && wrong;
        c.moved_fooled += moved && row->correct && wrong;
    }
    const ga_histogram *h = kind == BY_EXACT ? &p->function[which].decades
                          : kind == BY_ESTIMATOR ? &p->estimator[which].decades : NULL;
    if (h == NULL)
        return c;
    c.elements = h->elements;
    c.zero = h->zero;
    c.subnormal = h->subnormal;
    c.infinite = h->infinite;
    c.nan = h->nan;
    if (kind == BY_EXACT && p->function[which].undecided > 0)
        c.undecided = (ga_undecided){ p->function[which].undecided, h->undecided.bound };
    return c;
}

static void
add_attack(json_t *attacks, const char *role, const part *p, attack_kind kind, size_t which, const char *name, const char *product)
{
    const ga_attack_counts c = count_attack(p, kind, which);
    set_attack(attacks, role, &c, name, product);
}

/* By index. */
static const char *
estimator_role(const network_audit *a, size_t e)
{
    const char *role;
    json_t *words;
    json_object_foreach((json_t *)(uintptr_t)a->roles, role, words)
        if (e-- == 0)
            return role;
    return "";
}

static void
function_role(char *role, size_t size, const network_audit *a, size_t f)
{
    size_t e = 0;
    while (f > 0 && e < a->p.n_estimators && a->p.estimator[e].function != f)
        e++;
    snprintf(role, size, "exact%s%s", f > 0 ? "-" : "", f > 0 ? estimator_role(a, e) : "");
}

void
network_audit_attacks(json_t *attacks, const network_audit *a)
{
    for (size_t e = 0; e < a->p.n_estimators; e++)
        add_attack(attacks, estimator_role(a, e), a->part, BY_ESTIMATOR, e, a->p.estimator[e].name,
                   ga_product_name(&a->p.estimator[e].e));
    for (size_t f = 0; f < a->p.n_functions; f++) {
        char role[128];
        function_role(role, sizeof role, a, f);
        add_attack(attacks, role, a->part, BY_EXACT, f, a->p.function[f].name, ga_product_name(&a->p.function[f].e));
    }
    for (size_t s = 0; s < a->part->shape.seeds; s++) {
        char role[32], name[80];
        snprintf(role, sizeof role, "random-%zu", s + 1);
        snprintf(name, sizeof name, "random signs seed=%zu", s + 1);
        add_attack(attacks, role, a->part, BY_RANDOM, s, name, NULL);
        snprintf(role, sizeof role, "filled-%zu", s + 1);
        snprintf(name, sizeof name, "float naive, zeros filled with random signs seed=%zu", s + 1);
        add_attack(attacks, role, a->part, BY_FILLED, s, name, NULL);
    }
}

/* Every element computed as 0, by what it should have been; and the signs of the others. */
static void
set_zeros(json_t *o, const ga_tally *t)
{
    const uint64_t zero = t->cell[GA_CELL_LOST] + t->cell[GA_CELL_BELOW_RANGE] + t->cell[GA_CELL_ZERO];
    const uint64_t signs = t->cell[GA_CELL_WRONG_SIGN] + t->cell[GA_CELL_INACCURATE] + t->cell[GA_CELL_RIGHT];
    set_count(o, "elements", t->elements);
    set_count(o, "computed_zero", zero);
    set_real(o, "zero_percent", percent(zero, t->elements));
    set_real(o, "lost_of_zero_percent", percent(t->cell[GA_CELL_LOST], zero));
    set_real(o, "below_range_of_zero_percent", percent(t->cell[GA_CELL_BELOW_RANGE], zero));
    set_real(o, "true_of_zero_percent", percent(t->cell[GA_CELL_ZERO], zero));
    set_count(o, "computed_nonzero", signs);
    set_real(o, "wrong_sign_of_nonzero_percent", percent(t->cell[GA_CELL_WRONG_SIGN], signs));
}

static void
copy_keys(json_t *to, const json_t *from, const char *const *key, size_t n)
{
    for (size_t i = 0; i < n; i++)
        json_object_set(to, key[i], json_object_get(from, key[i]));
}

/* Whether one attack is better than another on the same images, by McNemar's test at LEVEL. */
static void
add_test(json_t *tests, const part *p, const char *attack, attack_kind a_kind, size_t a, const char *control, attack_kind b_kind,
         size_t b)
{
    static const double level = 0.01;
    size_t only_a = 0, only_b = 0;
    for (size_t r = 0; r < p->n_rows; r++) {
        const bool x = errs_after(p->row + r, a_kind, a), y = errs_after(p->row + r, b_kind, b);
        only_a += p->row[r].correct && x && !y;
        only_b += p->row[r].correct && y && !x;
    }
    const double log10_p = ga_mcnemar(only_a, only_b);
    json_t *o = json_pack("{s:s,s:s}", "attack", attack, "control", control);
    if (b_kind == BY_RANDOM || b_kind == BY_FILLED)
        set_count(o, "seed", b + 1);
    set_count(o, "control_fooled", count_attack(p, b_kind, b).fooled);
    set_count(o, "only_attack", only_a);
    set_count(o, "only_control", only_b);
    set_real(o, "log10_p", log10_p);
    json_object_set_new(o, "beaten", json_boolean(log10_p < log10(level)));
    json_array_append_new(tests, o);
}

/* The seed of a control that fools most often (ties: the lowest): the strongest opponent needs no correction for the number of
   seeds. */
static size_t
best_seed(const part *p, attack_kind control)
{
    size_t best = 0, most = 0;
    for (size_t s = 0; s < p->shape.seeds; s++) {
        const size_t fooled = count_attack(p, control, s).fooled;
        if (fooled > most) {
            best = s;
            most = fooled;
        }
    }
    return best;
}

/* An attack against both controls. */
static void
add_tests(json_t *tests, const part *p, const char *attack, attack_kind kind, size_t which)
{
    add_test(tests, p, attack, kind, which, "random signs", BY_RANDOM, best_seed(p, BY_RANDOM));
    add_test(tests, p, attack, kind, which, "zeros filled", BY_FILLED, best_seed(p, BY_FILLED));
}

static double
accuracy_of(const json_t *attacks, const char *role)
{
    return amount_number(json_object_get(attacks, role), "accuracy_percent");
}

/* The mean accuracy of a control over its seeds: "random" or "filled". */
static double
mean_accuracy(const json_t *attacks, const char *control, size_t seeds)
{
    double sum = 0;
    for (size_t s = 1; s <= seeds; s++) {
        char role[32];
        snprintf(role, sizeof role, "%s-%zu", control, s);
        sum += accuracy_of(attacks, role);
    }
    return sum / (double)seeds;
}

/* From a naive gradient to the reduced gain the accuracy falls by drop points: from naive to exact because the gradient is no
   longer rounded, from exact to reduced because it is a smoother network's. Random signs cause random points of it. */
static json_t *
split_json(const json_t *attacks, const char *naive, const char *reduced, double random)
{
    json_t *o = json_object();
    const double from = accuracy_of(attacks, naive), exact = accuracy_of(attacks, "exact"), stable = accuracy_of(attacks, reduced);
    const double drop = from - stable;
    set_real(o, "drop_points", drop);
    set_real(o, "rounding_points", from - exact);
    set_real(o, "smoothing_points", exact - stable);
    set_real(o, "rounding_percent", drop > 0 ? 100 * (from - exact) / drop : NAN);
    set_real(o, "smoothing_percent", drop > 0 ? 100 * (exact - stable) / drop : NAN);
    set_real(o, "random_points", from - random);
    set_real(o, "exact_beyond_random_points", random - exact);
    return o;
}

/* Of an audit's report, by index. */
static void
add_findings(json_t *network, const network_audit *a, const json_t *audit)
{
    static const char *const of_estimator[] = { "cells", "cells_percent", "log10_median", "sign_agreement", "cosine",
                                                "rank_correlation" };
    static const char *const of_function[] = { "undecided", "images_by_bits", "log10_median", "cosine", "rank_correlation" };
    json_t *findings = json_object(), *truth = json_object();
    for (size_t e = 0; e < a->p.n_estimators; e++) {
        json_t *o = json_object();
        json_object_set_new(o, "estimator", json_string(a->p.estimator[e].name));
        set_zeros(o, &a->part->estimator[e].tally);
        copy_keys(o, json_array_get(json_object_get(audit, "estimators"), e), of_estimator,
                  sizeof of_estimator / sizeof *of_estimator);
        json_object_set_new(findings, estimator_role(a, e), o);
    }
    for (size_t f = 0; f < a->p.n_functions; f++) {
        char role[128];
        json_t *o = json_object();
        function_role(role, sizeof role, a, f);
        set_count(o, "zero", a->part->function[f].decades.zero);
        copy_keys(o, json_array_get(json_object_get(audit, "functions"), f), of_function, sizeof of_function / sizeof *of_function);
        json_object_set_new(truth, role, o);
    }
    json_object_set_new(network, "findings", findings);
    json_object_set_new(network, "truth", truth);
}

/* Attacks against each other and against the controls. */
static void
compare_attacks(json_t *network, const network_audit *a)
{
    const size_t stable = a->p.stable, seeds = a->part->shape.seeds;
    const bool reduced = stable < a->p.n_estimators;
    const char *const role = reduced ? estimator_role(a, stable) : "";
    const json_t *attacks = json_object_get(network, "attacks");
    const double random = mean_accuracy(attacks, "random", seeds);
    json_t *tests = json_array(), *controls = json_object();
    add_tests(tests, a->part, "exact", BY_EXACT, 0);
    if (reduced) {
        add_tests(tests, a->part, role, BY_ESTIMATOR, stable);
        add_test(tests, a->part, role, BY_ESTIMATOR, stable, "exact", BY_EXACT, 0);
    }
    json_object_set_new(network, "tests", tests);
    set_real(controls, "random_accuracy_percent", random);
    set_real(controls, "filled_accuracy_percent", mean_accuracy(attacks, "filled", seeds));
    json_object_set_new(network, "controls", controls);
    if (reduced)
        json_object_set_new(network, "split",
                            json_pack("{s:o,s:o}", "float", split_json(attacks, "naive-float", role, random), "double",
                                      split_json(attacks, "naive-double", role, random)));
}

ga_code
network_audit_findings(json_t *network, network_audit *a, ga_status *st)
{
    json_t *head = plan_head(&a->p, st), *audit = head != NULL ? audit_report(head, a->part) : NULL;
    const json_t *const verdict = json_object_get(audit, "verdict");
    const undecided_count undecided = undecided_of_audit(audit);
    const bool ok = audit != NULL;
    if (ok) {
        undecided_set(network, &undecided);
        add_findings(network, a, audit);
        json_object_set(network, "verdict", json_object_get(verdict, "model"));
        json_object_set(network, "images_by_verdict", json_object_get(verdict, "images"));
        compare_attacks(network, a);
    }
    json_decref(audit);
    json_decref(head);
    return ok ? GA_OK : st->code != GA_OK ? st->code : ga_fail(st, GA_NO_MEMORY, "out of memory for the findings");
}
