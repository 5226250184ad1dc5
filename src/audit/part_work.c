/* SPDX-License-Identifier: Apache-2.0 */
/* part_work.c -- see part_work.h */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "attack/signs.h"
#include "audit/part_work.h"
#include "audit/twins.h"

static void
free_tapes(part_blame *blame, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (blame->true_tape != NULL)
            blame_tape_free(blame->true_tape[i]);
        if (blame->tape != NULL)
            blame_tape_free(blame->tape[i]);
    }
    free(blame->true_tape);
    free(blame->tape);
    blame_net_free(blame->net);
    *blame = (part_blame){ NULL };
}

void
part_close_blame(part_work *b)
{
    free_tapes(&b->blame, b->n);
}

ga_code
part_open_blame(part_work *b, const ga_estimator *e)
{
    part_blame *const to = &b->blame;
    bool ok = (to->net = blame_net_new(b->p->job->model, e, SIZE_MAX, 1)) != NULL;
    ok = ok && (to->true_tape = calloc(b->n, sizeof *to->true_tape)) != NULL && (to->tape = calloc(b->n, sizeof *to->tape)) != NULL;
    for (size_t i = 0; ok && i < b->n; i++)
        ok = (to->true_tape[i] = blame_tape_new(to->net, true)) != NULL && (to->tape[i] = blame_tape_new(to->net, false)) != NULL;
    return ok ? GA_OK : ga_fail(b->st, GA_NO_MEMORY, "out of memory for the tapes of %zu images", b->n);
}

ga_code
part_open_recipe(part_work *b, part_blame *plain, const ga_estimator *e)
{
    *plain = b->blame;
    b->blame = (part_blame){ NULL };
    const ga_code code = part_open_blame(b, e);
    for (size_t i = 0; code == GA_OK && i < b->n; i++)
        blame_tape_copy(b->blame.true_tape[i], plain->true_tape[i]);
    return code;
}

void
part_close_recipe(part_work *b, const part_blame *plain)
{
    free_tapes(&b->blame, b->n);
    b->blame = *plain;
}

void
part_close_work(part_work *b)
{
    part_close_blame(b);
    void *const arrays[] = { b->truth, b->base, b->computed, b->base_truth, b->twin, b->point, b->sharp, b->finding, b->number[0],
                             b->number[1],
                             b->decade, b->kinks, b->bits, b->sign, b->naive, b->cell, b->flag, b->places,
                             b->rank, b->base_rank, b->ranked, b->base_ranked, b->point_rank,
                             b->layer };
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        free(arrays[i]);
    for (size_t g = 0; g < N_PICTURE_GRADIENTS; g++) {
        free(b->picture_sign[g]);
        free(b->picture_decade[g]);
    }
    for (size_t i = 0; i < b->n_runs; i++)
        free(b->run[i].cell);
}

static void *
take(bool *ok, size_t n, size_t size)
{
    void *array = calloc(n, size);
    *ok = *ok && array != NULL;
    return array;
}

bool
part_open_work(part_work *b)
{
    const part_shape shape = plan_part_shape(b->p);
    bool ok = (b->result = part_new(&shape, b->n)) != NULL;
    b->truth = take(&ok, b->all, sizeof *b->truth);
    b->base = take(&ok, b->all, sizeof *b->base);
    b->computed = take(&ok, b->all, sizeof *b->computed);
    b->base_truth = take(&ok, b->all, sizeof *b->base_truth);
    b->twin = take(&ok, b->n_elements, sizeof *b->twin);
    b->point = take(&ok, b->n_elements, sizeof *b->point);
    b->sharp = take(&ok, b->n_elements, sizeof *b->sharp);
    b->finding = take(&ok, b->n_elements, sizeof *b->finding);
    for (size_t i = 0; i < 2; i++)
        b->number[i] = take(&ok, b->n_elements, sizeof *b->number[i]);
    b->decade = take(&ok, b->all, sizeof *b->decade);
    b->kinks = take(&ok, b->n, sizeof *b->kinks);
    b->bits = take(&ok, b->n, sizeof *b->bits);
    b->sign = take(&ok, b->all, sizeof *b->sign);
    b->naive = take(&ok, b->all, sizeof *b->naive);
    b->cell = take(&ok, b->all, sizeof *b->cell);
    b->flag = take(&ok, b->n, sizeof *b->flag);
    const ga_graph *const graph = b->p->job->model->graph;
    b->layer = take(&ok, graph->n_nodes, sizeof *b->layer);
    for (size_t k = 0; ok && k < graph->n_nodes; k++)
        b->layer[k] = graph_layer(graph, k);
    b->places = take(&ok, 2 * b->n_elements, sizeof *b->places);
    b->point_rank = take(&ok, b->n_elements, sizeof *b->point_rank);
    b->rank = take(&ok, b->all, sizeof *b->rank);
    b->base_rank = take(&ok, b->all, sizeof *b->base_rank);
    b->ranked = take(&ok, b->n, sizeof *b->ranked);
    b->base_ranked = take(&ok, b->n, sizeof *b->base_ranked);
    for (size_t g = 0; g < N_PICTURE_GRADIENTS; g++) {
        b->picture_sign[g] = take(&ok, b->all, 1);
        b->picture_decade[g] = take(&ok, b->all, sizeof **b->picture_decade);
    }
    for (size_t i = 0; ok && i < b->n; i++) {
        part_row *row = part_add_row(b->result, b->range.first + i);
        if ((ok = row != NULL))
            row->label = b->p->job->ds->label[row->image];
    }
    return ok && twins_find(b->twin, b->p->job->model, b->n_elements);
}

double
part_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

ga_code
part_run(part_work *b, const ga_estimator *e, part_sink sink)
{
    const blocks_job job = { .model = b->p->job->model, .ds = b->p->job->ds, .range = b->range, .estimator = *e,
                             .threads = b->threads, .pool = b->p->pool, .large = sink.large, .tape = sink.tape,
                             .sink = { .parallel = sink.keep, .data = sink.data } };
    const ga_estimator named = engine_estimator(e, job.model);
    const double start = part_seconds();
    const ga_code code = blocks_check_and_run(&job, b->st);
    if (engine_rows_independent(&named))
        b->shared_seconds += part_seconds() - start;
    return code;
}

ga_code
part_attack(const part_work *b)
{
    const ga_audit_job *job = b->p->job;
    const ga_code code = signs_classify(b->flag, b->sign, job->options.eps, job->model, job->ds, b->range, b->threads,
                                        b->p->pool, b->st);
    for (size_t i = 0; i < b->n; i++)
        b->flag[i] = !b->flag[i];
    return code;
}

bool
part_moves(const part_work *b, size_t i)
{
    for (size_t k = 0; k < b->n_elements; k++)
        if (b->sign[i * b->n_elements + k] != 0)
            return true;
    return false;
}

void
part_keep_picture(part_work *b, size_t gradient)
{
    for (size_t i = 0; i < b->all; i++) {
        const ga_number *a = b->computed + i;
        const bool in_decade = a->klass == GA_NORMAL || a->klass == GA_SUBNORMAL;
        const bool unknown = a->klass == GA_NAN || a->klass == GA_UNKNOWN || (in_decade && b->decade[i] == GA_NO_DECADE);
        b->picture_sign[gradient][i] = unknown ? '?' : a->sign > 0 ? '+' : a->sign < 0 ? '-' : '0';
        b->picture_decade[gradient][i] = in_decade && !unknown ? b->decade[i] : 0;
    }
}

static ga_code
keep_sharp(void *data, const ga_block *g, ga_status *st)
{
    const part_work *b = data;
    (void)st;
    ga_block_truth(b->sharp, g, 0);
    return GA_OK;
}

void
part_rank(part_work *b, size_t i)
{
    const size_t at = i * b->n_elements;
    b->ranked[i] = compare_ranks(b->rank + at, b->truth + at, b->twin, b->n_elements, b->places);
}

ga_code
part_sharpen(part_work *b, size_t f, size_t i, long bits)
{
    ga_estimator exact = b->p->function[f].e;
    const ga_range image = { b->range.first + i, b->range.first + i };
    exact.format.reference_bits = bits;
    const blocks_job job = { .model = b->p->job->model, .ds = b->p->job->ds, .range = image, .estimator = exact, .threads = 1,
                             .pool = b->p->pool, .large = true, .sink = { .parallel = keep_sharp, .data = b } };
    const ga_code code = blocks_check_and_run(&job, b->st);
    for (size_t k = 0; k < b->n_elements && code == GA_OK; k++)
        if (b->sharp[k].state == GA_TRUE_NONZERO)
            b->truth[i * b->n_elements + k] = b->sharp[k];
    part_rank(b, i);
    return code;
}

long
part_more_bits(const part_work *b, size_t f, long bits, long most)
{
    enum { GUARD = 64 };
    const ga_format *own = &b->p->function[f].e.format;
    const long next = 4 * (bits > 0 ? bits : own->reference_bits);
    return next <= own->bits - GUARD && next <= most ? next : 0;
}

const ga_number *
part_rounded(const part_work *b, size_t which, const ga_truth *t)
{
    for (size_t k = 0; k < b->n_elements; k++)
        b->number[which][k] = truth_number(t + k);
    return b->number[which];
}

void
part_done(const part_work *b, size_t weight)
{
    size_t all = b->p->n_functions * WEIGHT_FUNCTION + b->p->n_estimators * WEIGHT_ESTIMATOR + WEIGHT_CONTROLS;
    for (size_t e = 0; e < b->p->n_estimators; e++)
        all += b->p->estimator[e].remedies ? WEIGHT_REMEDIES : 0;
    if (b->p->work != NULL)
        b->p->work(b->p->work_data, (double)b->n * (double)weight / (double)all);
}
