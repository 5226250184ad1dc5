/* SPDX-License-Identifier: Apache-2.0 */
/* part_findings.c -- an estimator's gradients of a part's images against the true ones: cells, origins and remedies. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "audit/part_work.h"
#include "blame/origin.h"
#include "core/call.h"
#include "graph/op_graph.h"
#include "num/decimal.h"
#include "num/recipe.h"

enum { NOT_LISTED = 254, NO_ORIGIN = 255 };

static ga_code
keep_computed(void *data, const ga_block *g, ga_status *st)
{
    const part_work *b = data;
    (void)st;
    for (size_t i = 0; i < g->n; i++) {
        const size_t at = g->first + i - b->range.first;
        ga_block_row(b->computed + at * b->n_elements, g, i);
        ga_block_decades(b->decade + at * b->n_elements, g, i);
        if (b->p->origins)
            blame_tape_read(b->blame.tape[at], g->ops, g->engine, g->row + i);
    }
    return GA_OK;
}

/* x times the scale, rounded once to the format. */
static void
read_foreign(const part_work *b, const plan_estimator *e)
{
    const bool single = npy_dtype_of(e->e.format) == NPY_F32;
    const double least = ldexp(1, (int)format_emin(e->e.format));
    for (size_t i = 0; i < b->all; i++) {
        double value;
        npy_get(&value, e->foreign, b->range.first * b->n_elements + i); /* float32 or float64: exact */
        const double x = foreign_product(value, e->scale, single);
        int exponent = 1;
        b->computed[i] = (ga_number){ .klass = isnan(x) ? GA_NAN : isinf(x) ? GA_INFINITE : x == 0 ? GA_ZERO
                                               : fabs(x) < least ? GA_SUBNORMAL : GA_NORMAL,
                                      .sign = (x > 0) - (x < 0), .mantissa = x };
        if (!isfinite(x) || x == 0)
            continue;
        b->computed[i].mantissa = 2 * frexp(x, &exponent);
        b->computed[i].exponent = exponent - 1;
        b->decade[i] = decimal_decade_d(x);
    }
}

/* Counts the origins of one element, once for each kind and layer; the first, or NO_ORIGIN. */
static uint8_t
count_origins(part_work *b, part_estimator *sum, const blame_image *view, size_t k, ga_cell cell)
{
    origin found[MOST_ORIGINS];
    size_t counter[MOST_ORIGINS];
    const int fault = part_fault(cell);
    size_t unlisted = 0;
    const size_t n = fault >= 0 ? origin_find(found, &unlisted, view, k, cell) : 0;
    for (size_t o = 0; o < n && !found[o].beside; o++) {
        size_t seen = 0;
        const size_t layer = b->layer[blame_node(b->blame.net, found[o].value)];
        counter[o] = found[o].kind * b->result->shape.n_layers + layer;
        while (counter[seen] != counter[o])
            seen++;
        if (seen == o)
            part_origins(sum, (size_t)fault, b->result->shape.n_layers)[counter[o]]++;
    }
    if (unlisted > 0) {
        sum->unlisted[fault]++;
        sum->faults[fault] += unlisted;
    }
    return unlisted > 0 ? NOT_LISTED : n > 0 ? (uint8_t)found[0].kind : NO_ORIGIN;
}

/* Sets image i's findings. Whether one is open though its truth is known. */
static bool
find(part_work *b, const plan_estimator *e, size_t i)
{
    bool open = false;
    for (size_t k = 0; k < b->n_elements; k++) {
        const ga_number *computed = b->computed + i * b->n_elements + k;
        const ga_truth *t = b->truth + i * b->n_elements + k;
        const ga_finding f = b->finding[k] = ga_find(computed, t, e->e.format, b->p->job->options.tolerance);
        open = open || (t->state == GA_TRUE_NONZERO &&
                        (f.cell == GA_CELL_UNDECIDED || f.ulp_bin == GA_ULP_OPEN ||
                         compare_ratio_bin(computed, t, f.log10_ratio) == COMPARE_LOG_OPEN));
    }
    return open;
}

/* The findings of image i; while one is open though its truth is known, at higher precision. */
static ga_code
find_sharply(part_work *b, const plan_estimator *e, size_t i)
{
    ga_code code = GA_OK;
    long bits = 0;
    while (find(b, e, i) && code == GA_OK && (bits = part_more_bits(b, e->function, bits, GA_MAX_BITS)) > 0)
        code = part_sharpen(b, e->function, i, bits);
    return code;
}

static ga_code
take_findings(part_work *b, size_t e)
{
    const plan_estimator *estimator = b->p->estimator + e;
    part_estimator *sum = b->result->estimator + e;
    for (size_t i = 0; i < b->n; i++) {
        const ga_code code = find_sharply(b, estimator, i);
        if (code != GA_OK)
            return code;
        const uint32_t label = (uint32_t)b->result->row[i].label;
        const blame_net *const net = b->blame.net;
        const blame_image view = { .net = net, .e = estimator->e, .label = &label,
                                   .tolerance = blame_tolerance(b->p->job->options.tolerance, estimator->e.format),
                                   .computed = net != NULL ? b->blame.tape[i] : NULL,
                                   .truth = net != NULL ? b->blame.true_tape[i] : NULL, .again = b->again,
                                   .shape = net != NULL ? net->shape : (blame_shape){ NULL, 0 } };
        row_estimator *row = b->result->row[i].estimator + e;
        for (size_t k = i * b->n_elements; k < (i + 1) * b->n_elements; k++) {
            const ga_number *computed = b->computed + k;
            const ga_truth *t = b->truth + k;
            const ga_finding f = b->finding[k - i * b->n_elements];
            const size_t sign = t->state == GA_TRUE_NONZERO ? (size_t)(t->sign + 1) : t->state == GA_TRUE_ZERO ? 1 : 3;
            ga_tally_add(&sum->tally, computed, t, &f);
            sum->ratio[compare_ratio_bin(computed, t, f.log10_ratio)]++;
            sum->joint[computed->klass == GA_NAN ? 3 : computed->sign + 1][sign][b->base[k]]++;
            row->cell[f.cell]++;
            b->cell[k] = (uint8_t)f.cell;
            b->sign[k] = (int8_t)computed->sign;
            if (part_fault(f.cell) >= 0 && call_ask() != GA_OK) /* its origins may take long */
                return call_fail(b->st);
            const uint8_t first = estimator->foreign != NULL || !b->p->origins
                                      ? NO_ORIGIN
                                      : count_origins(b, sum, &view, k - i * b->n_elements, f.cell);
            if (b->out != NULL)
                b->out->origin[e * b->all + k] = first;
        }
        row->moved = part_moves(b, i);
        const size_t at = i * b->n_elements;
        for (size_t k = 0; k < b->n_elements; k++)
            b->point[k] = compare_point(b->computed + at + k);
        row->cosine = compare_cosine(b->computed + at, part_rounded(b, 0, b->truth + at), b->n_elements);
        const bool ranked = b->ranked[i] == COMPARE_RANKED &&
                            compare_ranks(b->point_rank, b->point, NULL, b->n_elements, b->places) == COMPARE_RANKED;
        row->rank_correlation = ranked ? compare_rank(b->point_rank, b->rank + at, b->n_elements) : NAN;
    }
    return GA_OK;
}

static void
write_findings(const part_work *b, size_t e)
{
    if (b->out == NULL)
        return;
    for (size_t i = 0; i < b->all; i++) {
        b->out->gradient[e * b->all + i] = engine_double(b->computed + i);
        b->out->cell[e * b->all + i] = b->cell[i];
    }
}

/* The cells under a remedy; it is run once for all estimators that share it. */
static ga_code
remedied_cells(const uint8_t **cell, part_work *b, const ga_estimator *e)
{
    size_t i = 0;
    while (i < b->n_runs && !engine_same_estimator(&b->run[i].e, e))
        i++;
    if (i == b->n_runs) {
        if (i == MOST_RUNS || (b->run[i].cell = malloc(b->all)) == NULL)
            return ga_fail(b->st, GA_NO_MEMORY, "out of memory for a remedy's cells");
        b->run[i].e = *e;
        const ga_code code = part_cells(b->run[i].cell, b, e);
        b->n_runs++;
        if (code != GA_OK)
            return code;
    }
    *cell = b->run[i].cell;
    return GA_OK;
}

static ga_code
audit_remedies(part_work *b, size_t e)
{
    part_estimator *sum = b->result->estimator + e;
    size_t faults = 0;
    for (size_t i = 0; i < b->all; i++)
        faults += part_fault((ga_cell)b->cell[i]) >= 0;
    for (remedy r = 0; r < N_REMEDIES && faults > 0; r++) {
        const ga_estimator remedied = remedy_estimator(&b->p->estimator[e].e, r);
        const uint8_t *cell = NULL;
        const ga_code code = remedied_cells(&cell, b, &remedied);
        if (code != GA_OK)
            return code;
        for (size_t i = 0; i < b->all; i++) {
            const int fault = part_fault((ga_cell)b->cell[i]);
            if (fault >= 0) {
                sum->remedied[fault] += r == 0;
                sum->saved[fault][r] += remedy_saves((ga_cell)cell[i]);
            }
        }
    }
    return part_try_stores(b, e); /* whether there are faults or not: parts add */
}

/* The estimator's gradients, their cells and origins. */
static ga_code
audit_gradients(part_work *b, size_t e)
{
    const plan_estimator *estimator = b->p->estimator + e;
    ga_code code = GA_OK;
    if (estimator->foreign != NULL)
        read_foreign(b, estimator);
    else
        code = part_run(b, &estimator->e, (part_sink){ .keep = keep_computed, .data = b, .tape = b->p->origins });
    if (code != GA_OK)
        return code;
    if (b->p->origins && (b->again = intervene_new(b->blame.net, &estimator->e)) == NULL)
        return ga_fail(b->st, GA_NO_MEMORY, "out of memory for origins");
    for (size_t i = 0; i < b->n && b->p->origins; i++)
        b->blame.tape[i]->constant = intervene_constants(b->again);
    code = take_findings(b, e);
    intervene_free(b->again);
    b->again = NULL;
    return code;
}

ga_code
part_audit_estimator(part_work *b, size_t e)
{
    const plan_estimator *estimator = b->p->estimator + e;
    const bool own = b->p->origins && recipe_is(estimator->e.format);
    part_blame plain;
    ga_code code = own ? part_open_recipe(b, &plain, &estimator->e) : GA_OK;
    if (code == GA_OK)
        code = audit_gradients(b, e);
    if (own)
        part_close_recipe(b, &plain);
    if (code != GA_OK)
        return code;
    write_findings(b, e);
    if (e == b->p->naive) {
        memcpy(b->naive, b->sign, b->all);
        part_keep_picture(b, PICTURE_NAIVE);
    }
    if (e == b->p->stable)
        part_keep_picture(b, PICTURE_STABLE);
    if ((code = ga_histogram_add(&b->result->estimator[e].decades, b->computed, b->decade, b->all, b->st)) == GA_OK)
        code = part_attack(b);
    for (size_t i = 0; i < b->n && code == GA_OK; i++)
        b->result->row[i].estimator[e].errs = b->flag[i];
    part_done(b, WEIGHT_ESTIMATOR);
    if (code != GA_OK || !estimator->remedies)
        return code;
    code = audit_remedies(b, e);
    part_done(b, WEIGHT_REMEDIES);
    return code;
}
