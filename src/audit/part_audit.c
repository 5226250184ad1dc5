/* SPDX-License-Identifier: Apache-2.0 */
/* part_audit.c -- see part_audit.h

   Function by function: the truths and the true tapes of the part's images; then each estimator of that function against them. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "attack/signs.h"
#include "audit/part_audit.h"
#include "blame/intervene.h"
#include "graph/op_graph.h"
#include "num/decimal.h"
#include "pass/blocks.h"

enum { MOST_RUNS = 64, NOT_LISTED = 254, NO_ORIGIN = 255 };

/* A remedy that was run: each element's new cell, against function 0. */
typedef struct {
    ga_estimator e;
    uint8_t *cell;
} remedied_run;

typedef struct {
    const plan *p;
    ga_range range;
    int threads;
    size_t n, n_elements, all; /* images; elements of one; of all */
    part *result;
    part_elements *out;
    ga_truth *truth;       /* of the function at hand */
    int8_t *base;          /* index of the true sign of function 0 */
    ga_number *computed;   /* of the estimator at hand, or the truths as numbers */
    ga_truth *base_truth;  /* of function 0 */
    size_t *twin;          /* the first element with the same weights, or their negatives: magnitudes are equal */
    ga_truth *point;       /* the computed numbers of one image */
    ga_truth *sharp;       /* its truths, better known */
    ga_finding *finding;   /* its findings */
    ga_number *number[2];  /* truths of one image, rounded */
    int64_t *decade;
    blame_net *net;        /* of the function at hand, where origins are looked for; each image's tapes, */
    blame_tape **true_tape, **tape;
    interventions *again;  /* and of the estimator */
    uint32_t *kinks, *bits;
    int8_t *sign, *naive;
    uint8_t *cell;
    bool *flag;
    compare_pair *pairs;
    char *picture_sign[N_PICTURE_GRADIENTS];
    int64_t *picture_decade[N_PICTURE_GRADIENTS];
    remedied_run run[MOST_RUNS];
    size_t n_runs;
    double shared_seconds; /* in passes whose images are computed one by one */
    ga_status *st;
} part_work;

part_shape
plan_part_shape(const plan *p)
{
    return (part_shape){ .n_functions = p->n_functions, .n_estimators = p->n_estimators,
                         .n_layers = graph_n_layers(p->job->model->graph), .n_elements = ga_model_inputs(p->job->model),
                         .seeds = p->job->options.seeds, .naive = p->naive,
                         .stable = p->stable };
}

/* Each node makes two numbers and takes a gradient, about. */
static double
tape_bytes(const ga_model *m)
{
    size_t numbers = 2 * ga_model_inputs(m);
    for (size_t k = 0; k < m->graph->n_nodes; k++)
        numbers += 3 * op_shape_size(&m->graph->node[k].shape);
    return (double)(numbers * (sizeof(ga_number) + sizeof(ga_truth) / 2)); /* the mean of a computed and a true one */
}

double
part_audit_bytes(const plan *p, size_t images)
{
    const double elements = (double)(images * ga_model_inputs(p->job->model));
    size_t runs = 0; /* remedies shared by estimators are counted with each */
    for (size_t e = 0; e < p->n_estimators; e++)
        runs += p->estimator[e].remedies ? N_REMEDIES : 0;
    const double each = 2 * sizeof(ga_truth) + sizeof(ga_number) + sizeof(int64_t) + 4 + N_PICTURE_GRADIENTS * 9 +
                        (double)(runs < MOST_RUNS ? runs : MOST_RUNS);
    const double arrays = p->job->options.elements ? (double)p->n_functions * 16 + (double)p->n_estimators * 10 : 0;
    return elements * (each + arrays) + 2 * (double)images * tape_bytes(p->job->model);
}

double
part_result_bytes(const plan *p, size_t images)
{
    const double row = (double)(sizeof(part_row) + p->n_functions * sizeof(row_function) + p->n_estimators * sizeof(row_estimator));
    return (double)images * row + PART_PICTURES * (double)(ga_model_inputs(p->job->model) * (1 + N_PICTURE_GRADIENTS * 9));
}

static void
close_blame(part_work *b)
{
    for (size_t i = 0; b->true_tape != NULL && b->tape != NULL && i < b->n; i++) {
        blame_tape_free(b->true_tape[i]);
        blame_tape_free(b->tape[i]);
        b->true_tape[i] = b->tape[i] = NULL;
    }
    blame_net_free(b->net);
    b->net = NULL;
}

/* What origins of a function's gradients need. */
static ga_code
open_blame(part_work *b, const ga_estimator *e)
{
    bool ok = (b->net = blame_net_new(b->p->job->model, e, SIZE_MAX, 1)) != NULL;
    for (size_t i = 0; ok && i < b->n; i++)
        ok = (b->true_tape[i] = blame_tape_new(b->net, true)) != NULL && (b->tape[i] = blame_tape_new(b->net, false)) != NULL;
    return ok ? GA_OK : ga_fail(b->st, GA_NO_MEMORY, "out of memory for the tapes of %zu images", b->n);
}

static void
close_work(part_work *b)
{
    close_blame(b);
    void *const arrays[] = { b->truth, b->base, b->computed, b->base_truth, b->twin, b->point, b->sharp, b->finding, b->number[0],
                             b->number[1],
                             b->decade, b->true_tape, b->tape, b->kinks, b->bits, b->sign, b->naive, b->cell, b->flag, b->pairs };
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

/* A column of the weights that the input is multiplied by, times the sign of its first non-zero one. */
typedef struct {
    const ga_model *model;
    const graph_parameter *weight;
    size_t column;
    double sign;
} column;

static double
column_weight(const column *c, size_t k)
{
    return c->sign * ga_model_get(c->model, c->weight->exact, k * c->weight->cols + c->column) + 0.0; /* no -0 */
}

static int
order_of_weights(const column *a, const column *b)
{
    for (size_t k = 0; k < a->weight->rows; k++) {
        const double v = column_weight(a, k), w = column_weight(b, k);
        const int order = memcmp(&v, &w, sizeof v);
        if (order != 0)
            return order;
    }
    return 0;
}

static int
by_weights(const void *x, const void *y)
{
    const column *a = x, *b = y;
    const int order = order_of_weights(a, b);
    return order != 0 ? order : a->column < b->column ? -1 : a->column > b->column;
}

/* Elements with the same weights, or negated ones, are the same sum, or its negative: where the input goes into one matrix. */
static bool
find_twins(part_work *b)
{
    const ga_model *const model = b->p->job->model;
    const graph_parameter *const weight = graph_first_matrix(model->graph);
    column *sorted = malloc(b->n_elements * sizeof *sorted);
    if (sorted == NULL)
        return false;
    for (size_t j = 0; j < b->n_elements; j++)
        b->twin[j] = j;
    for (size_t j = 0; weight != NULL && j < b->n_elements; j++) {
        sorted[j] = (column){ model, weight, j, 1 };
        for (size_t k = 0; k < weight->rows && sorted[j].sign > 0; k++)
            if (column_weight(sorted + j, k) != 0) {
                sorted[j].sign = column_weight(sorted + j, k) < 0 ? -1 : 1;
                break;
            }
    }
    if (weight != NULL)
        qsort(sorted, b->n_elements, sizeof *sorted, by_weights);
    for (size_t i = 0; weight != NULL && i < b->n_elements; i++) {
        const bool alike = i > 0 && order_of_weights(sorted + i - 1, sorted + i) == 0;
        b->twin[sorted[i].column] = alike ? b->twin[sorted[i - 1].column] : sorted[i].column;
    }
    free(sorted);
    return true;
}

static bool
open_work(part_work *b)
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
    b->true_tape = take(&ok, b->n, sizeof *b->tape);
    b->tape = take(&ok, b->n, sizeof *b->tape);
    b->kinks = take(&ok, b->n, sizeof *b->kinks);
    b->bits = take(&ok, b->n, sizeof *b->bits);
    b->sign = take(&ok, b->all, sizeof *b->sign);
    b->naive = take(&ok, b->all, sizeof *b->naive);
    b->cell = take(&ok, b->all, sizeof *b->cell);
    b->flag = take(&ok, b->n, sizeof *b->flag);
    b->pairs = take(&ok, b->n_elements, sizeof *b->pairs);
    for (size_t g = 0; g < N_PICTURE_GRADIENTS; g++) {
        b->picture_sign[g] = take(&ok, b->all, 1);
        b->picture_decade[g] = take(&ok, b->all, sizeof **b->picture_decade);
    }
    for (size_t i = 0; ok && i < b->n; i++) {
        part_row *row = part_add_row(b->result, b->range.first + i);
        if ((ok = row != NULL))
            row->label = b->p->job->ds->label[row->image];
    }
    return ok && find_twins(b);
}

static double
seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static ga_code
run(part_work *b, const ga_estimator *e, ga_code (*keep)(void *, const ga_block *, ga_status *), bool large)
{
    const blocks_job job = { .model = b->p->job->model, .ds = b->p->job->ds, .range = b->range, .estimator = *e,
                             .threads = b->threads, .pool = b->p->pool, .large = large, .tape = b->p->origins,
                             .sink = { .parallel = keep, .data = b } };
    const ga_estimator named = engine_estimator(e, job.model);
    const double start = seconds_now();
    const ga_code code = blocks_check_and_run(&job, b->st);
    if (engine_rows_independent(&named))
        b->shared_seconds += seconds_now() - start;
    return code;
}

static ga_code
keep_truths(void *data, const ga_block *g, ga_status *st)
{
    const part_work *b = data;
    (void)st;
    for (size_t i = 0; i < g->n; i++) {
        const size_t at = g->first + i - b->range.first;
        ga_block_truth(b->truth + at * b->n_elements, g, i);
        ga_block_decades(b->decade + at * b->n_elements, g, i);
        b->kinks[at] = (uint32_t)ga_block_kinks(g, i);
        b->bits[at] = (uint32_t)ga_block_bits(g, i);
        if (b->p->origins)
            blame_tape_read(b->true_tape[at], g->ops, g->engine, g->row + i);
    }
    return GA_OK;
}

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
            blame_tape_read(b->tape[at], g->ops, g->engine, g->row + i);
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

/* The attack by the signs in b->sign; flag[i]: the network then errs. */
static ga_code
attack(const part_work *b)
{
    const ga_audit_job *job = b->p->job;
    const ga_code code = signs_classify(b->flag, b->sign, job->options.eps, job->model, job->ds, b->range, b->threads,
                                        b->p->pool, b->st);
    for (size_t i = 0; i < b->n; i++)
        b->flag[i] = !b->flag[i];
    return code;
}

static bool
moves(const part_work *b, size_t i)
{
    for (size_t k = 0; k < b->n_elements; k++)
        if (b->sign[i * b->n_elements + k] != 0)
            return true;
    return false;
}

/* The numbers in b->computed, for the pages that show images. */
static void
keep_picture(part_work *b, size_t gradient)
{
    for (size_t i = 0; i < b->all; i++) {
        const ga_number *a = b->computed + i;
        const bool in_decade = a->klass == GA_NORMAL || a->klass == GA_SUBNORMAL;
        const bool unknown = a->klass == GA_NAN || a->klass == GA_UNKNOWN || (in_decade && b->decade[i] == GA_NO_DECADE);
        b->picture_sign[gradient][i] = unknown ? '?' : a->sign > 0 ? '+' : a->sign < 0 ? '-' : '0';
        b->picture_decade[gradient][i] = in_decade && !unknown ? b->decade[i] : 0;
    }
}

static void
take_truths(part_work *b, size_t f)
{
    part_function *sum = b->result->function + f;
    for (size_t i = 0; i < b->n; i++) {
        row_function *row = b->result->row[i].function + f;
        for (size_t k = i * b->n_elements; k < (i + 1) * b->n_elements; k++) {
            const ga_truth *t = b->truth + k;
            b->computed[k] = truth_number(t);
            b->sign[k] = (int8_t)(t->state == GA_TRUE_NONZERO ? t->sign : 0);
            if (f == 0)
                b->base[k] = (int8_t)(t->state == GA_UNDECIDED_ELEMENT ? 3 : b->sign[k] + 1);
            row->zero += t->state == GA_TRUE_ZERO;
            row->undecided += t->state == GA_UNDECIDED_ELEMENT;
        }
        sum->bits[part_level(b->bits[i])]++;
        sum->undecided += row->undecided;
        row->bits = b->bits[i];
        row->moved = moves(b, i);
        if (f == 0)
            b->result->row[i].kinks = b->kinks[i];
    }
    if (f == 0)
        memcpy(b->base_truth, b->truth, b->all * sizeof *b->truth);
}

static void
write_truths(const part_work *b, size_t f)
{
    if (b->out == NULL)
        return;
    for (size_t i = 0; i < b->all; i++) {
        const ga_truth *t = b->truth + i;
        const bool nonzero = t->state == GA_TRUE_NONZERO;
        b->out->mantissa[f * b->all + i] = nonzero ? t->mantissa : t->state == GA_TRUE_ZERO ? 0 : NAN;
        b->out->exponent[f * b->all + i] = nonzero ? t->exponent : t->state == GA_TRUE_ZERO ? 0 : t->bound;
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

/* Asks for the truths of image i at so many bits and takes those that are then decided. */
static ga_code
sharpen(part_work *b, size_t f, size_t i, long bits)
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
    return code;
}

/* The bits to ask for next, four times as many as before, up to a limit; 0: no more. */
static long
more_bits(const part_work *b, size_t f, long bits, long most)
{
    enum { GUARD = 64 };
    const ga_format *own = &b->p->function[f].e.format;
    const long next = 4 * (bits > 0 ? bits : own->reference_bits);
    return next <= own->bits - GUARD && next <= most ? next : 0;
}

/* While the order of an image's true magnitudes is open. Equal ones that cannot be proved equal stay so: the limit bounds their
   cost. */
static ga_code
order_truths(part_work *b, size_t f)
{
    enum { MOST_BITS = 1600 };
    ga_code code = GA_OK;
    for (size_t i = 0; i < b->n && code == GA_OK; i++) {
        const size_t at = i * b->n_elements;
        long bits = 0;
        while (code == GA_OK && !compare_is_ordered(b->truth + at, b->twin, b->n_elements, b->pairs) &&
               (bits = more_bits(b, f, bits, MOST_BITS)) > 0)
            code = sharpen(b, f, i, bits);
    }
    return code;
}

/* An image's truths, rounded. */
static const ga_number *
rounded(const part_work *b, size_t which, const ga_truth *t)
{
    for (size_t k = 0; k < b->n_elements; k++)
        b->number[which][k] = truth_number(t + k);
    return b->number[which];
}

static ga_code
audit_function(part_work *b, size_t f)
{
    ga_code code = b->p->origins ? open_blame(b, &b->p->function[f].e) : GA_OK;
    if (code != GA_OK || (code = run(b, &b->p->function[f].e, keep_truths, true)) != GA_OK)
        return code;
    if ((code = order_truths(b, f)) != GA_OK)
        return code;
    take_truths(b, f);
    write_truths(b, f);
    if (f == 0)
        keep_picture(b, PICTURE_EXACT);
    if ((code = ga_histogram_add(&b->result->function[f].decades, b->computed, b->decade, b->all, b->st)) == GA_OK)
        code = attack(b);
    for (size_t i = 0; i < b->n && code == GA_OK; i++) {
        row_function *row = b->result->row[i].function + f;
        const size_t at = i * b->n_elements;
        row->errs = b->flag[i];
        row->cosine = compare_cosine(rounded(b, 0, b->truth + at), rounded(b, 1, b->base_truth + at), b->n_elements);
        row->rank_correlation = compare_rank(b->truth + at, b->twin, b->base_truth + at, b->twin, b->n_elements, b->pairs);
    }
    return code;
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
        const size_t layer = graph_layer(b->p->job->model->graph, blame_node(b->net, found[o].value));
        counter[o] = found[o].kind * b->result->shape.n_layers + layer;
        while (counter[seen] != counter[o])
            seen++;
        if (seen == o)
            sum->origin[fault][counter[o]]++;
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
    while (find(b, e, i) && code == GA_OK && (bits = more_bits(b, e->function, bits, GA_MAX_BITS)) > 0)
        code = sharpen(b, e->function, i, bits);
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
        const blame_image view = { .net = b->net, .e = estimator->e, .label = &label, .tolerance = b->p->job->options.tolerance,
                                   .computed = b->tape[i], .truth = b->true_tape[i], .again = b->again,
                                   .shape = b->net != NULL ? b->net->shape : (blame_shape){ NULL, 0 } };
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
            const uint8_t first = estimator->foreign != NULL || !b->p->origins
                                      ? NO_ORIGIN
                                      : count_origins(b, sum, &view, k - i * b->n_elements, f.cell);
            if (b->out != NULL)
                b->out->origin[e * b->all + k] = first;
        }
        row->moved = moves(b, i);
        const size_t at = i * b->n_elements;
        for (size_t k = 0; k < b->n_elements; k++)
            b->point[k] = compare_point(b->computed + at + k);
        row->cosine = compare_cosine(b->computed + at, rounded(b, 0, b->truth + at), b->n_elements);
        row->rank_correlation = compare_rank(b->point, NULL, b->truth + at, b->twin, b->n_elements, b->pairs);
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

static ga_code
keep_cells(void *data, const ga_block *g, ga_status *st)
{
    const part_work *b = data;
    const remedied_run *remedied = b->run + b->n_runs;
    ga_number *row = malloc(b->n_elements * sizeof *row);
    if (row == NULL)
        return ga_fail(st, GA_NO_MEMORY, "out of memory for an image's gradient");
    for (size_t i = 0; i < g->n; i++) {
        const size_t at = (g->first + i - b->range.first) * b->n_elements;
        ga_block_row(row, g, i);
        for (size_t k = 0; k < b->n_elements; k++)
            remedied->cell[at + k] =
                (uint8_t)remedy_cell(row + k, b->truth + at + k, &remedied->e, b->p->job->options.tolerance);
    }
    free(row);
    return GA_OK;
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
        const ga_code code = run(b, e, keep_cells, true);
        b->n_runs++;
        if (code != GA_OK)
            return code;
    }
    *cell = b->run[i].cell;
    return GA_OK;
}

/* Shares of an audit's steps in its progress, roughly by time. */
enum { WEIGHT_FUNCTION = 6, WEIGHT_ESTIMATOR = 2, WEIGHT_REMEDIES = 6, WEIGHT_CONTROLS = 4 };

static void
done(const part_work *b, size_t weight)
{
    size_t all = b->p->n_functions * WEIGHT_FUNCTION + b->p->n_estimators * WEIGHT_ESTIMATOR + WEIGHT_CONTROLS;
    for (size_t e = 0; e < b->p->n_estimators; e++)
        all += b->p->estimator[e].remedies ? WEIGHT_REMEDIES : 0;
    if (b->p->work != NULL)
        b->p->work(b->p->work_data, (double)b->n * (double)weight / (double)all);
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
    return GA_OK;
}

/* Random signs, and the naive signs with zeros filled from them. */
static ga_code
audit_controls(part_work *b)
{
    ga_code code = GA_OK;
    for (size_t s = 0; s < b->p->job->options.seeds; s++)
        for (int filled = 0; filled < 2 && code == GA_OK; filled++) {
            for (size_t i = 0; i < b->n; i++) {
                int8_t *sign = b->sign + i * b->n_elements;
                if (filled) {
                    memcpy(sign, b->naive + i * b->n_elements, b->n_elements);
                    signs_fill(sign, b->n_elements, s + 1, b->range.first + i);
                } else
                    signs_random(sign, b->n_elements, s + 1, b->range.first + i);
            }
            code = attack(b);
            for (size_t i = 0; i < b->n && code == GA_OK; i++)
                *(filled ? &b->result->row[i].filled : &b->result->row[i].random) |= (uint64_t)b->flag[i] << s;
        }
    return code;
}

static ga_code
audit_estimator(part_work *b, size_t e)
{
    const plan_estimator *estimator = b->p->estimator + e;
    ga_code code = GA_OK;
    if (estimator->foreign != NULL)
        read_foreign(b, estimator);
    else
        code = run(b, &estimator->e, keep_computed, false);
    if (code != GA_OK)
        return code;
    if (b->p->origins && (b->again = intervene_new(b->net, &estimator->e)) == NULL)
        return ga_fail(b->st, GA_NO_MEMORY, "out of memory for origins");
    code = take_findings(b, e);
    intervene_free(b->again);
    b->again = NULL;
    if (code != GA_OK)
        return code;
    write_findings(b, e);
    if (e == b->p->naive) {
        memcpy(b->naive, b->sign, b->all);
        keep_picture(b, PICTURE_NAIVE);
    }
    if (e == b->p->stable)
        keep_picture(b, PICTURE_STABLE);
    if ((code = ga_histogram_add(&b->result->estimator[e].decades, b->computed, b->decade, b->all, b->st)) == GA_OK)
        code = attack(b);
    for (size_t i = 0; i < b->n && code == GA_OK; i++)
        b->result->row[i].estimator[e].errs = b->flag[i];
    done(b, WEIGHT_ESTIMATOR);
    if (code != GA_OK || !estimator->remedies)
        return code;
    code = audit_remedies(b, e);
    done(b, WEIGHT_REMEDIES);
    return code;
}

/* The more affected an image, the higher its severity: masked ones first, then by elements that went wrong. */
static ga_code
offer_pictures(part_work *b)
{
    for (size_t i = 0; i < b->n; i++) {
        const part_row *row = b->result->row + i;
        part_picture picture = { .image = row->image, .severity = part_picture_severity(row, &b->result->shape) };
        if (!picture_alloc(&picture, b->n_elements)) {
            picture_free(&picture);
            return ga_fail(b->st, GA_NO_MEMORY, "out of memory for a picture");
        }
        const ga_code code = ga_dataset_levels(picture.pixel, b->p->job->ds, row->image, b->st);
        if (code != GA_OK) {
            picture_free(&picture);
            return code;
        }
        for (size_t g = 0; g < N_PICTURE_GRADIENTS; g++) {
            if (g == PICTURE_STABLE && b->p->stable == b->p->n_estimators)
                continue; /* stays empty */
            memcpy(picture.sign[g], b->picture_sign[g] + i * b->n_elements, b->n_elements);
            memcpy(picture.decade[g], b->picture_decade[g] + i * b->n_elements, b->n_elements * sizeof **picture.decade);
        }
        part_offer_picture(b->result, &picture);
    }
    return GA_OK;
}

static ga_code
audit(part_work *b)
{
    const ga_audit_job *job = b->p->job;
    int predicted[GA_BLOCK];
    ga_code code = signs_predict(predicted, job->model, job->ds, b->range, b->threads, b->p->pool, b->st);
    for (size_t i = 0; i < b->n && code == GA_OK; i++) {
        part_row *const row = b->result->row + i;
        row->predicted = predicted[i];
        row->correct = row->predicted == row->label;
    }
    for (size_t f = 0; f < b->p->n_functions && code == GA_OK; f++) {
        code = audit_function(b, f);
        done(b, WEIGHT_FUNCTION);
        for (size_t e = 0; e < b->p->n_estimators && code == GA_OK; e++)
            if (b->p->estimator[e].function == f)
                code = audit_estimator(b, e);
        close_blame(b);
    }
    if (code == GA_OK)
        code = audit_controls(b);
    done(b, WEIGHT_CONTROLS);
    return code == GA_OK ? offer_pictures(b) : code;
}

static ga_code
audit_range(part_work *b)
{
    b->n = b->range.last - b->range.first + 1;
    b->n_elements = ga_model_inputs(b->p->job->model);
    b->all = b->n * b->n_elements;
    const ga_code code = open_work(b) ? audit(b) : ga_fail(b->st, GA_NO_MEMORY, "out of memory for a part of %zu images", b->n);
    close_work(b);
    return code;
}

ga_code
part_audit(part **result, part_elements *elements, const plan *p, ga_range range, int threads, ga_status *st)
{
    part_work b = { .p = p, .range = range, .threads = threads, .out = elements, .st = st };
    const ga_code code = audit_range(&b);
    *result = b.result;
    return code;
}

ga_code
part_probe(double *alone, double *together, const plan *p, ga_range range, ga_status *st)
{
    part_work b = { .p = p, .range = range, .threads = 1, .st = st };
    const double start = seconds_now();
    const ga_code code = audit_range(&b);
    *together = b.shared_seconds;
    *alone = seconds_now() - start - b.shared_seconds;
    part_free(b.result);
    return code;
}
