/* SPDX-License-Identifier: Apache-2.0 */
/* onnx_parameter.c -- the parameters of a graph read from an ONNX file, and the names of what its nodes become */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "graph/op_graph.h"
#include "io/op_onnx.h"
#include "num/dtype.h"

#define FAULT(r, ...) NODE_FAULT((r)->chain, __VA_ARGS__)

ga_code
onnx_no_memory(const onnx_reading *r)
{
    return file_fail(r->chain->source->st, GA_NO_MEMORY, r->chain->source->path, "out of memory");
}

void
onnx_name(char name[ONNX_NAME], const onnx_reading *r, const char *what)
{
    const char *const node = onnx_node_name(r->chain->node);
    size_t n = strlen(node);
    if (n > ONNX_NAME_MOST)
        for (n = ONNX_NAME_MOST; n > ONNX_NAME_MOST - 4 && ((uint8_t)node[n] & 0xc0) == 0x80; n--)
            ;
    snprintf(name, ONNX_NAME, "%.*s%s%s", (int)n, node, *what != '\0' ? "." : "", what);
}

/* The second of a name, which files may give to many, is "conv1.weight#2". */
static void
name_parameter(char name[ONNX_NAME], const onnx_reading *r, const char *what)
{
    size_t same = 1;
    onnx_name(name, r, what);
    const size_t n = strlen(name);
    for (size_t k = 0; k < r->g->n_parameters; k++) {
        const char *const other = r->g->parameter[k].name;
        same += strncmp(other, name, n) == 0 && (other[n] == '\0' || (other[n] == '#' && strchr(other + n, '.') == NULL));
    }
    if (same > 1)
        snprintf(name + n, ONNX_NAME - n, "#%zu", same);
}

static ga_code
add_parameter(graph_parameter **p, onnx_reading *r, const onnx_origin *origin, size_t n_rows, size_t n_cols, const char *what)
{
    tensors_source *const source = r->chain->source;
    char name[ONNX_NAME];
    size_t bytes;
    if (__builtin_mul_overflow(n_rows, n_cols, &bytes) || __builtin_mul_overflow(bytes, sizeof(double), &bytes))
        return file_fail(source->st, GA_NO_MEMORY, source->path, "needs more memory than there can be");
    const ga_code code = source_take(source, bytes);
    if (code != GA_OK)
        return code;
    onnx_origin *const more = realloc(r->origin, (r->g->n_parameters + 1) * sizeof *more);
    if (more == NULL)
        return onnx_no_memory(r);
    r->origin = more;
    more[r->g->n_parameters] = *origin;
    name_parameter(name, r, what);
    return (*p = graph_add_parameter(r->g, n_rows, n_cols, name)) != NULL ? GA_OK : onnx_no_memory(r);
}

/* The same numbers of the file, if perhaps in another shape. */
static bool
same_numbers(const onnx_array *a, const onnx_array *b)
{
    return a == b || (a != NULL && b != NULL && a->data == b->data && a->n == b->n && a->stride == b->stride &&
                      a->element == b->element);
}

/* The parameter of that origin and size; if there is none, their number. */
static size_t
find_parameter(const onnx_reading *r, const onnx_origin *origin, size_t n_rows, size_t n_cols)
{
    size_t k = 0;
    while (k < r->g->n_parameters &&
           (!same_numbers(r->origin[k].from, origin->from) || r->origin[k].transposed != origin->transposed ||
            r->origin[k].number || r->g->parameter[k].rows != n_rows || r->g->parameter[k].cols != n_cols))
        k++;
    return k;
}

ga_code
onnx_parameter(graph_operand *to, onnx_reading *r, const onnx_array *from, size_t n_rows, size_t n_cols, bool transposed,
               const char *what)
{
    const onnx_origin origin = { .from = from, .transposed = transposed };
    graph_parameter *p;
    *to = (graph_operand){ FROM_PARAMETER, find_parameter(r, &origin, n_rows, n_cols) };
    if (to->index < r->g->n_parameters)
        return GA_OK;
    if (from != NULL && from->n != n_rows * n_cols && from->n != 1)
        return FAULT(r, "'%s' has %zu numbers, not %zu x %zu", from->name, from->n, n_rows, n_cols);
    const ga_code code = add_parameter(&p, r, &origin, n_rows, n_cols, what);
    if (code != GA_OK)
        return code;
    p->constant = from == NULL;
    for (size_t i = 0; from != NULL && !r->chain->source->look && i < n_rows; i++)
        for (size_t j = 0; j < n_cols; j++)
            dtype_set(r->g->dtype, p->exact, i * n_cols + j, /* exact: the number's type is at most that wide */
                      onnx_array_number(from, from->n == 1 ? 0 : transposed ? j * n_rows + i : i * n_cols + j));
    return GA_OK;
}

ga_code
onnx_bias(graph_operand *to, onnx_reading *r, const onnx_array *from, size_t n)
{
    if (from != NULL && (from->n_dims > 2 || (from->n_dims == 2 && from->dim[0] != 1) || (from->n != n && from->n != 1)))
        return FAULT(r, "'%s' is not a bias of %zu numbers", from->name, n);
    return onnx_parameter(to, r, from, 1, n, false, "bias");
}

ga_code
onnx_own_weights(graph_parameter **p, graph_operand *to, onnx_reading *r, size_t rows, size_t cols)
{
    const ga_code code = add_parameter(p, r, &(onnx_origin){ .number = true }, rows, cols, "weight");
    *to = (graph_operand){ FROM_PARAMETER, r->g->n_parameters - 1 };
    return code;
}

ga_code
onnx_own_constant(graph_parameter **p, graph_operand *to, onnx_reading *r, size_t rows, size_t cols)
{
    const ga_code code = add_parameter(p, r, &(onnx_origin){ .number = true }, rows, cols, "constant");
    if (code != GA_OK)
        return code;
    (*p)->constant = true;
    *to = (graph_operand){ FROM_PARAMETER, r->g->n_parameters - 1 };
    return GA_OK;
}

ga_code
onnx_constant(graph_operand *to, onnx_reading *r, double number)
{
    graph_parameter *p;
    const ga_code code = onnx_own_constant(&p, to, r, 1, 1);
    if (code == GA_OK)
        dtype_set(r->g->dtype, p->exact, 0, number);
    return code;
}
