/* SPDX-License-Identifier: Apache-2.0 */
/* graph.c -- see graph.h */
#include <stdlib.h>
#include <string.h>

#include "graph/graph.h"
#include "graph/op_graph.h"
#include "num/dtype.h"

#define ACTIVATION(value, op, name) [value] = OP_##op,
static const op_id activations[] = {
#include "op/activations.def"
};
#undef ACTIVATION
enum { N_ACTIVATIONS = sizeof activations / sizeof *activations };

op_id
graph_activation(ga_activation activation)
{
    return (size_t)activation < N_ACTIVATIONS ? activations[activation] : N_OPS;
}

bool
graph_activation_of(ga_activation *activation, op_id op)
{
    for (size_t k = 0; k < N_ACTIVATIONS; k++)
        if (activations[k] == op) {
            *activation = (ga_activation)k;
            return true;
        }
    return false;
}

op_id
graph_output(ga_output output)
{
    static const op_id op[] = { [GA_LOGITS] = OP_identity, [GA_SOFTMAX] = OP_softmax, [GA_LOG_SOFTMAX] = OP_log_softmax,
                                [GA_SIGMOID_OUTPUT] = OP_sigmoid };
    return (size_t)output < sizeof op / sizeof *op ? op[output] : N_OPS;
}

ga_output
graph_output_of(const ga_graph *g)
{
    const op_id end = g->end;
    return g->composed             ? GA_COMPOSED_LOG_SOFTMAX
           : end == OP_softmax     ? GA_SOFTMAX
           : end == OP_log_softmax ? GA_LOG_SOFTMAX
           : end == OP_sigmoid     ? GA_SIGMOID_OUTPUT
                                   : GA_LOGITS;
}

ga_graph *
graph_copy(const ga_graph *g, ga_dtype dtype)
{
    ga_graph *copy = graph_new(dtype, &g->input);
    bool ok = copy != NULL;
    if (ok) {
        copy->n_outputs = g->n_outputs;
        copy->end = g->end;
        copy->end_fused = g->end_fused;
        copy->composed = g->composed;
    }
    for (size_t k = 0; ok && k < g->n_parameters; k++) {
        const graph_parameter *from = g->parameter + k;
        graph_parameter *const to = graph_add_parameter(copy, from->rows, from->cols, from->name);
        if (!(ok = to != NULL))
            break;
        to->constant = from->constant;
        for (size_t i = 0; i < from->rows * from->cols; i++)
            dtype_set(dtype, to->exact, i, dtype_get(g->dtype, from->exact, i));
    }
    for (size_t k = 0; ok && k < g->n_nodes; k++) {
        graph_node *const node = graph_add_node(copy, g->node[k].op, g->node[k].name);
        if (!(ok = node != NULL))
            break;
        char *const name = node->name;
        *node = g->node[k];
        node->name = name;
    }
    if (ok)
        return copy;
    graph_free(copy);
    return NULL;
}

ga_graph *
graph_new(ga_dtype dtype, const op_shape *input)
{
    ga_graph *g = calloc(1, sizeof *g);
    if (g == NULL)
        return NULL;
    g->dtype = dtype;
    g->input = *input;
    g->end = OP_identity;
    return g;
}

graph_parameter *
graph_add_parameter(ga_graph *g, size_t rows, size_t cols, const char *name)
{
    graph_parameter *const more = realloc(g->parameter, (g->n_parameters + 1) * sizeof *more);
    if (more == NULL)
        return NULL;
    g->parameter = more;
    void *const numbers = calloc(rows, cols * dtype_size(g->dtype));
    char *const own = strdup(name);
    if (numbers == NULL || own == NULL) {
        free(numbers);
        free(own);
        return NULL;
    }
    graph_parameter *const p = more + g->n_parameters++;
    *p = (graph_parameter){ .rows = rows, .cols = cols, .exact = numbers, .name = own };
    return p;
}

/* The first node that takes a parameter as its product's weights; NULL: none does. */
static const graph_node *
weighted(const ga_graph *g, size_t parameter)
{
    for (size_t k = 0; k < g->n_nodes; k++) {
        const size_t i = op_graph_of(g->node[k].op)->prepared;
        if (i != 0 && g->node[k].in[i].from == FROM_PARAMETER && g->node[k].in[i].index == parameter)
            return g->node + k;
    }
    return NULL;
}

op_shape
graph_parameter_shape(const ga_graph *g, size_t parameter)
{
    const graph_parameter *const p = g->parameter + parameter;
    const graph_node *const node = weighted(g, parameter);
    if (node == NULL)
        return (op_shape){ 1, { p->rows * p->cols } };
    const size_t *const kernel = node->a.kernel, window = kernel[0] * kernel[1];
    return window == 0 ? (op_shape){ 2, { p->rows, p->cols } }
                       : (op_shape){ 4, { p->rows, p->cols / window, kernel[0], kernel[1] } };
}

graph_node *
graph_add_node(ga_graph *g, op_id op, const char *name)
{
    graph_node *const more = realloc(g->node, (g->n_nodes + 1) * sizeof *more);
    if (more == NULL)
        return NULL;
    g->node = more;
    char *const own = strdup(name);
    if (own == NULL)
        return NULL;
    graph_node *const node = more + g->n_nodes++;
    *node = (graph_node){ .op = op, .name = own };
    return node;
}

enum { MOST_NUMBERS = 1 << 28 };

static op_value
operand_value(const ga_graph *g, const graph_operand *o)
{
    op_value v = { .role = VALUE_COMPUTED };
    if (o->from == FROM_PARAMETER)
        return (op_value){ .role = VALUE_PARAMETER, .rows = g->parameter[o->index].rows, .cols = g->parameter[o->index].cols };
    op_set_shape(&v, o->from == FROM_INPUT ? &g->input : &g->node[o->index].shape);
    return v;
}

const char *
graph_infer_node(ga_graph *g, size_t k)
{
    graph_node *const node = g->node + k;
    const op_graph *row = op_graph_of(node->op);
    op_value in[OP_MOST_IN], out[OP_MOST_OUT] = { { 0 } }, *to[OP_MOST_OUT];
    const op_value *from[OP_MOST_IN];
    for (size_t i = 0; i < row->n_in; i++) {
        in[i] = operand_value(g, node->in + i);
        from[i] = in + i;
    }
    for (size_t i = 0; i < OP_MOST_OUT; i++)
        to[i] = out + i;
    const char *const fault = row->shape(to, from, &node->a);
    node->shape = out[0].shape;
    if (k + 1 == g->n_nodes)
        g->n_outputs = out[0].cols;
    for (size_t i = 0; i < row->n_out && fault == NULL; i++)
        if (out[i].cols > MOST_NUMBERS || out[i].rows > MOST_NUMBERS)
            return "it makes more than 2^28 numbers of an image";
    return fault;
}

const char *
graph_infer(ga_graph *g)
{
    return graph_infer_node(g, g->n_nodes - 1);
}

void
graph_free(ga_graph *g)
{
    if (g == NULL)
        return;
    for (size_t k = 0; k < g->n_parameters; k++) {
        free(g->parameter[k].exact);
        free(g->parameter[k].name);
    }
    for (size_t k = 0; k < g->n_nodes; k++)
        free(g->node[k].name);
    free(g->parameter);
    free(g->node);
    free(g);
}

size_t
graph_layer(const ga_graph *g, size_t node)
{
    size_t layer = 0;
    for (size_t k = 1; k <= node && k < g->n_nodes; k++)
        layer += strcmp(g->node[k].name, g->node[k - 1].name) != 0;
    return layer;
}

size_t
graph_n_layers(const ga_graph *g)
{
    return graph_layer(g, g->n_nodes - 1) + 1;
}

const graph_parameter *
graph_first_matrix(const ga_graph *g)
{
    const graph_node *first = NULL;
    size_t n = 0;
    for (size_t k = 0; k < g->n_nodes; k++)
        for (size_t i = 0; i < op_graph_of(g->node[k].op)->n_in; i++)
            if (g->node[k].in[i].from == FROM_INPUT) {
                first = g->node + k;
                n++;
            }
    return n == 1 && first->op == OP_affine ? g->parameter + first->in[1].index : NULL;
}
