/* SPDX-License-Identifier: Apache-2.0 */
/* reproduction_audit.c -- see reproduction_audit.h */
#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

#include "audit/part_audit.h"
#include "report/audit_report.h"
#include "report/reproduction_audit.h"
#include "report/undecided.h"

/* Parts of a block in parallel, and nothing on disk. */
typedef struct {
    network_audit *a;
    part **part;
    size_t n_parts, done;
    ga_status *st;
} fold;

static ga_range
part_range(const fold *f, size_t i)
{
    const size_t n = f->a->job.ds->n, end = (i + 1) * f->a->p.block;
    return (ga_range){ i * f->a->p.block, (end < n ? end : n) - 1 };
}

static void
audit_one(fold *f, size_t i, int threads)
{
    ga_status own = { 0 };
    const ga_audit_job *job = &f->a->job;
    ga_code code = part_audit(f->part + i, NULL, &f->a->p, part_range(f, i), threads, &own);
#pragma omp critical(network_audit)
    {
        if (code != GA_OK && f->st->code == GA_OK)
            *f->st = own;
        f->done += part_range(f, i).last - part_range(f, i).first + 1;
        if (job->progress != NULL)
            job->progress(job->progress_data, f->done, job->ds->n);
    }
}

static ga_code
compute(fold *f, int threads)
{
    const int all = threads > 0 ? threads : omp_get_max_threads();
    const int outer = f->n_parts < (size_t)all ? (int)f->n_parts : all, inner = all / outer;
    omp_set_max_active_levels(inner > 1 ? 2 : 1);
#pragma omp parallel for schedule(dynamic, 1) num_threads(outer)
    for (size_t i = 0; i < f->n_parts; i++) {
        bool stopped;
#pragma omp critical(network_audit)
        stopped = f->st->code != GA_OK || ga_stop_requested != 0;
        if (!stopped)
            audit_one(f, i, inner);
    }
    if (f->st->code == GA_OK && ga_stop_requested != 0)
        ga_fail(f->st, (ga_code)ga_stop_requested, "stopped by a signal");
    return f->st->code != GA_OK ? f->st->code : part_merge(&f->a->part, f->part, f->n_parts, f->st);
}

ga_code
network_audit_run(network_audit *a, const ga_model *model, const ga_dataset *ds, double eps, const char *stable, int threads,
                  ga_backend backend, ga_audit_progress progress, void *progress_data, ga_status *st)
{
    *a = (network_audit){ .job = { .model = model, .ds = ds, .range = { 0, ds->n - 1 }, .options = ga_audit_defaults,
                                   .progress = progress, .progress_data = progress_data },
                          .words = { "float,naive", "double,naive", stable } };
    a->job.options.estimators = a->words;
    a->job.options.n_estimators = stable != NULL ? 3 : 2;
    a->job.options.eps = eps;
    a->job.options.seeds = REPRODUCTION_RANDOM_SEEDS;
    a->job.options.remedies = false;
    a->job.options.threads = threads;
    a->job.options.backend = backend;
    ga_code code = plan_make(&a->p, &a->job, st);
    if (code != GA_OK)
        return code;
    a->p.origins = false;
    fold f = { .a = a, .n_parts = (ds->n - 1) / a->p.block + 1, .st = st };
    st->code = GA_OK;
    f.part = calloc(f.n_parts, sizeof(part *));
    code = f.part != NULL ? compute(&f, threads) : ga_fail(st, GA_NO_MEMORY, "out of memory for the parts of an audit");
    for (size_t i = 0; f.part != NULL && i < f.n_parts; i++)
        part_free(f.part[i]);
    free(f.part);
    return code;
}

void
network_audit_free(network_audit *a)
{
    part_free(a->part);
    plan_free(&a->p);
    a->part = NULL;
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
    json_t *o = counts_json(&c);
    json_object_set_new(o, "estimator", json_string(name));
    json_object_set_new(o, "product", product != NULL ? json_string(product) : json_null());
    json_object_set_new(attacks, role, o);
}

/* By index: the plan keeps the order of the words, and no two of them mean the same. */
static const char *const estimator_roles[] = { "naive-float", "naive-double", "stable" };
static const char *const function_roles[] = { "exact", "exact-stable" };

void
network_audit_attacks(json_t *attacks, const network_audit *a)
{
    for (size_t e = 0; e < a->p.n_estimators; e++)
        add_attack(attacks, estimator_roles[e], a->part, BY_ESTIMATOR, e, a->p.estimator[e].name,
                   ga_product_name(&a->p.estimator[e].e));
    for (size_t f = 0; f < a->p.n_functions; f++)
        add_attack(attacks, function_roles[f], a->part, BY_EXACT, f, a->p.function[f].name, ga_product_name(&a->p.function[f].e));
    for (size_t s = 0; s < REPRODUCTION_RANDOM_SEEDS; s++) {
        char role[32], name[64];
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
    size_t only_a = 0, only_b = 0, fooled = 0;
    for (size_t r = 0; r < p->n_rows; r++) {
        const bool x = errs_after(p->row + r, a_kind, a), y = errs_after(p->row + r, b_kind, b);
        only_a += p->row[r].correct && x && !y;
        only_b += p->row[r].correct && y && !x;
        fooled += p->row[r].correct && y;
    }
    const double log10_p = ga_mcnemar(only_a, only_b);
    json_t *o = json_object();
    json_object_set_new(o, "attack", json_string(attack));
    json_object_set_new(o, "control", json_string(control));
    if (b_kind == BY_RANDOM || b_kind == BY_FILLED)
        set_count(o, "seed", b + 1);
    set_count(o, "control_fooled", fooled);
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
        size_t fooled = 0;
        for (size_t r = 0; r < p->n_rows; r++)
            fooled += p->row[r].correct && errs_after(p->row + r, control, s);
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

/* The mean accuracy of a control over its seeds: "random" or "filled". */
static double
mean_accuracy(const json_t *attacks, const char *control)
{
    double sum = 0;
    for (int s = 1; s <= REPRODUCTION_RANDOM_SEEDS; s++) {
        char role[32];
        snprintf(role, sizeof role, "%s-%d", control, s);
        sum += report_number(json_object_get(attacks, role), "accuracy_percent");
    }
    return sum / REPRODUCTION_RANDOM_SEEDS;
}

/* From a naive gradient to the reduced gain the accuracy falls by drop points: from naive to exact because the gradient is no
   longer rounded, from exact to reduced because it is a smoother network's. Random signs cause random points of it. */
static json_t *
split_json(const json_t *attacks, const char *naive)
{
    json_t *o = json_object();
    const double from = report_number(json_object_get(attacks, naive), "accuracy_percent");
    const double exact = report_number(json_object_get(attacks, "exact"), "accuracy_percent");
    const double stable = report_number(json_object_get(attacks, "stable"), "accuracy_percent");
    const double random = mean_accuracy(attacks, "random"), drop = from - stable;
    set_real(o, "drop_points", drop);
    set_real(o, "rounding_points", from - exact);
    set_real(o, "smoothing_points", exact - stable);
    set_real(o, "rounding_percent", drop > 0 ? 100 * (from - exact) / drop : NAN);
    set_real(o, "smoothing_percent", drop > 0 ? 100 * (exact - stable) / drop : NAN);
    set_real(o, "random_points", from - random);
    set_real(o, "exact_beyond_random_points", random - exact);
    return o;
}

ga_code
network_audit_findings(json_t *network, network_audit *a, ga_status *st)
{
    static const char *const of_estimator[] = { "cells", "cells_percent", "log10_median", "sign_agreement", "cosine",
                                                "rank_correlation" };
    static const char *const of_function[] = { "undecided", "images_by_bits", "log10_median", "cosine", "rank_correlation" };
    json_t *head = plan_head(&a->p, st), *audit = head != NULL ? audit_report(head, a->part) : NULL;
    json_t *findings = json_object(), *truth = json_object(), *verdict = json_object_get(audit, "verdict");
    for (size_t e = 0; audit != NULL && e < a->p.n_estimators; e++) {
        json_t *o = json_object();
        json_object_set_new(o, "estimator", json_string(a->p.estimator[e].name));
        set_zeros(o, &a->part->estimator[e].tally);
        copy_keys(o, json_array_get(json_object_get(audit, "estimators"), e), of_estimator,
                  sizeof of_estimator / sizeof *of_estimator);
        json_object_set_new(findings, estimator_roles[e], o);
    }
    for (size_t f = 0; audit != NULL && f < a->p.n_functions; f++) {
        json_t *o = json_object();
        set_count(o, "zero", a->part->function[f].decades.zero);
        copy_keys(o, json_array_get(json_object_get(audit, "functions"), f), of_function, sizeof of_function / sizeof *of_function);
        json_object_set_new(truth, function_roles[f], o);
    }
    const undecided_count undecided = undecided_of_audit(audit);
    undecided_set(network, &undecided);
    json_object_set_new(network, "findings", findings);
    json_object_set_new(network, "truth", truth);
    json_object_set(network, "verdict", json_object_get(verdict, "model"));
    json_object_set(network, "images_by_verdict", json_object_get(verdict, "images"));
    json_t *const tests = json_array();
    add_tests(tests, a->part, "exact", BY_EXACT, 0);
    if (a->p.stable < a->p.n_estimators)
        add_tests(tests, a->part, "stable", BY_ESTIMATOR, a->p.stable);
    json_object_set_new(network, "tests", tests);
    const json_t *attacks = json_object_get(network, "attacks");
    json_t *controls = json_object();
    set_real(controls, "random_accuracy_percent", mean_accuracy(attacks, "random"));
    set_real(controls, "filled_accuracy_percent", mean_accuracy(attacks, "filled"));
    json_object_set_new(network, "controls", controls);
    if (a->p.stable < a->p.n_estimators && audit != NULL) {
        add_test(tests, a->part, "stable", BY_ESTIMATOR, a->p.stable, "exact", BY_EXACT, 0);
        json_object_set_new(network, "split", json_pack("{s:o,s:o}", "float", split_json(attacks, "naive-float"), "double",
                                                        split_json(attacks, "naive-double")));
    }
    const bool ok = audit != NULL;
    json_decref(audit);
    json_decref(head);
    return ok ? GA_OK : st->code != GA_OK ? st->code : ga_fail(st, GA_NO_MEMORY, "out of memory for the findings");
}
