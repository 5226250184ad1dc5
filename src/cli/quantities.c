/* SPDX-License-Identifier: Apache-2.0 */
/* quantities.c -- see quantities.h */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/distribution.h"

#include "cli/quantities.h"
#include "graph/graph.h"

/* Of n values, which it sorts. */
static void
add_distribution(table *t, const char *quantity, double *value, size_t n)
{
    char level[GA_QUANTILES][16];
    ga_distribution d;
    ga_distribution_make(&d, value, n);
    const cell before[] = { WORD_CELL("quantity", quantity), COUNT_CELL("n", d.n), REAL_CELL("min", d.min), REAL_CELL("max", d.max),
                            REAL_CELL("mean", d.mean), REAL_CELL("std", d.std), REAL_CELL("kurtosis", d.kurtosis) },
               after[] = { COUNT_CELL("nan", d.nan),
                           { .kind = CELL_COUNT, .name = "-inf", .key = "minus_infinite", .count = (long long)d.minus_infinite },
                           { .kind = CELL_COUNT, .name = "+inf", .key = "plus_infinite", .count = (long long)d.plus_infinite } };
    enum { BEFORE = sizeof before / sizeof *before, AFTER = sizeof after / sizeof *after };
    cell row[BEFORE + GA_QUANTILES + AFTER];
    memcpy(row, before, sizeof before);
    for (size_t q = 0; q < GA_QUANTILES; q++) {
        snprintf(level[q], sizeof level[q], "q%g", ga_quantile_levels[q]);
        row[BEFORE + q] = (cell)REAL_CELL(level[q], d.quantile[q]);
    }
    memcpy(row + BEFORE + GA_QUANTILES, after, sizeof after);
    TABLE_ADD(t, row);
}

static ga_code
add_quantity(table *t, const sources *in, size_t l, ga_layer_quantity quantity, ga_status *st)
{
    static const char *const names[] = { "weight", "preactivation", "activation" };
    char name[64];
    double *value;
    size_t n;
    const ga_code code = ga_layer_values(&value, &n, quantity, l, in->model, in->ds, in->range, in->threads, st);
    if (code != GA_OK)
        return code;
    snprintf(name, sizeof name, "fc%zu.%s", l + 1, names[quantity]);
    add_distribution(t, name, value, n);
    free(value);
    return GA_OK;
}

/* Of a graph. */
static ga_code
add_parameter(table *t, const ga_model *m, const graph_parameter *p, ga_status *st)
{
    const size_t n = p->rows * p->cols;
    double *value = malloc(n * sizeof *value);
    if (value == NULL)
        return ga_fail(st, GA_NO_MEMORY, "out of memory for %zu values of a parameter", n);
    for (size_t i = 0; i < n; i++)
        value[i] = ga_model_get(m, p->exact, i);
    add_distribution(t, p->name, value, n);
    free(value);
    return GA_OK;
}

ga_code
quantities_add(table *t, const sources *in, ga_status *st)
{
    ga_code code = GA_OK;
    for (size_t l = 0; l < in->model->n_layers && code == GA_OK; l++) {
        code = add_quantity(t, in, l, GA_WEIGHTS, st);
        if (code == GA_OK && in->ds != NULL)
            code = add_quantity(t, in, l, GA_PREACTIVATIONS, st);
        if (code == GA_OK && in->ds != NULL && l + 1 < in->model->n_layers)
            code = add_quantity(t, in, l, GA_ACTIVATIONS, st);
    }
    const ga_graph *const g = in->model->graph;
    for (size_t k = 0; in->model->n_layers == 0 && k < g->n_parameters && code == GA_OK; k++)
        if (!g->parameter[k].constant)
            code = add_parameter(t, in->model, g->parameter + k, st);
    return code;
}
