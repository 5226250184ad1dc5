/* SPDX-License-Identifier: Apache-2.0 */
/* twins.c -- see twins.h */
#include <stdlib.h>
#include <string.h>

#include "audit/twins.h"
#include "graph/graph.h"

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

bool
twins_find(size_t *twin, const ga_model *model, size_t n_elements)
{
    const graph_parameter *const weight = graph_first_matrix(model->graph);
    column *sorted = malloc(n_elements * sizeof *sorted);
    if (sorted == NULL)
        return false;
    for (size_t j = 0; j < n_elements; j++)
        twin[j] = j;
    for (size_t j = 0; weight != NULL && j < n_elements; j++) {
        sorted[j] = (column){ model, weight, j, 1 };
        for (size_t k = 0; k < weight->rows && sorted[j].sign > 0; k++)
            if (column_weight(sorted + j, k) != 0) {
                sorted[j].sign = column_weight(sorted + j, k) < 0 ? -1 : 1;
                break;
            }
    }
    if (weight != NULL)
        qsort(sorted, n_elements, sizeof *sorted, by_weights);
    for (size_t i = 0; weight != NULL && i < n_elements; i++) {
        const bool alike = i > 0 && order_of_weights(sorted + i - 1, sorted + i) == 0;
        twin[sorted[i].column] = alike ? twin[sorted[i - 1].column] : sorted[i].column;
    }
    free(sorted);
    return true;
}
