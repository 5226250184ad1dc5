/* SPDX-License-Identifier: Apache-2.0 */
/* op_onnx.c -- the operators of graphs read from ONNX files: the column of the vocabulary, and those that compute nothing; see
   op_onnx.h */
#include <stdlib.h>
#include <string.h>

#include "io/onnx_names.h"
#include "io/op_onnx.h"

#define OPERATION(name) &op_onnx_##name,
static const op_onnx *const rows[] = {
#include "op/ops.def"
};
#undef OPERATION

/* Rows of operators that are no operation's. */
static const op_onnx *const others[] = { onnx_renames, onnx_views, onnx_spreads, onnx_choices, onnx_sums };
enum { N_OTHERS = sizeof others / sizeof *others };

const op_onnx *
onnx_row(const char *operator)
{
    for (size_t i = 0; i < N_OPS; i++)
        if ((rows[i]->operator != NULL && strcmp(rows[i]->operator, operator) == 0) ||
            (rows[i]->also != NULL && strcmp(rows[i]->also, operator) == 0))
            return rows[i];
    for (size_t k = 0; k < N_OTHERS; k++)
        for (const op_onnx *row = others[k]; row->operator != NULL; row++)
            if (strcmp(row->operator, operator) == 0)
                return row;
    return NULL;
}

bool
onnx_is_rename(const Onnx__NodeProto *node)
{
    bool is = strcmp(ONNX_TEXT(node->op_type), "Cast") == 0;
    for (const op_onnx *row = onnx_renames; row->operator != NULL; row++)
        is = is || strcmp(ONNX_TEXT(node->op_type), row->operator) == 0;
    return is;
}

op_id
onnx_operation(const char *operator)
{
    const op_onnx *const row = onnx_row(operator);
    size_t op = 0;
    while (op < N_OPS && rows[op] != row)
        op++;
    return (op_id)op;
}

bool
onnx_is_network(const Onnx__GraphProto *graph)
{
    for (size_t k = 0; k < graph->n_node; k++) {
        const op_onnx *const row = onnx_row(ONNX_TEXT(graph->node[k]->op_type));
        if (row != NULL && row->network)
            return true;
    }
    for (size_t i = 0; i < N_OPS; i++)
        if (rows[i]->no_chain != NULL && rows[i]->no_chain(graph))
            return true;
    for (size_t k = 0; k < N_OTHERS; k++)
        for (const op_onnx *row = others[k]; row->operator != NULL; row++)
            if (row->no_chain != NULL && row->no_chain(graph))
                return true;
    return false;
}

static int
compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void
add(const char **names, size_t *n, const char *name)
{
    if (name != NULL)
        names[(*n)++] = name;
}

const char **
onnx_operator_names(size_t *n)
{
    size_t most = 2 * N_OPS, given = 0;
    for (size_t i = 0; onnx_chain_operator(i) != NULL; i++)
        most++;
    for (size_t k = 0; k < N_OTHERS; k++)
        for (const op_onnx *row = others[k]; row->operator != NULL; row++)
            most += 2;
    const char **const names = malloc(most * sizeof *names);
    if (names == NULL)
        return NULL;
    for (size_t i = 0; onnx_chain_operator(i) != NULL; i++)
        add(names, &given, onnx_chain_operator(i));
    for (size_t i = 0; i < N_OPS; i++) {
        add(names, &given, rows[i]->operator);
        add(names, &given, rows[i]->also);
    }
    for (size_t k = 0; k < N_OTHERS; k++)
        for (const op_onnx *row = others[k]; row->operator != NULL; row++) {
            add(names, &given, row->operator);
            add(names, &given, row->also);
        }
    qsort(names, given, sizeof *names, compare);
    *n = 0;
    for (size_t i = 0; i < given; i++)
        if (*n == 0 || strcmp(names[*n - 1], names[i]) != 0)
            names[(*n)++] = names[i];
    return names;
}
