/* SPDX-License-Identifier: Apache-2.0 */
/* graph.c -- see graph.h */
#include <stdio.h>
#include <stdlib.h>

#include "graph/graph.h"

op_id
graph_activation(ga_activation activation)
{
    static const op_id op[] = { [GA_LINEAR] = OP_identity, [GA_SIGMOID] = OP_sigmoid, [GA_TANH] = OP_tanh, [GA_RELU] = OP_relu };
    return (size_t)activation < sizeof op / sizeof *op ? op[activation] : N_OPS;
}

op_id
graph_output(ga_output output)
{
    static const op_id op[] = { [GA_LOGITS] = OP_identity, [GA_SOFTMAX] = OP_softmax, [GA_LOG_SOFTMAX] = OP_log_softmax };
    return (size_t)output < sizeof op / sizeof *op ? op[output] : N_OPS;
}

static void
add_parameter(graph *g, size_t l, const char *what, size_t rows, size_t cols, const void *exact)
{
    graph_parameter *const p = g->parameter + g->n_parameters++;
    *p = (graph_parameter){ rows, cols, exact, "" };
    snprintf(p->name, sizeof p->name, "fc%zu.%s", l + 1, what);
}

static void
add_node(graph *g, size_t l, graph_node node)
{
    snprintf(node.name, sizeof node.name, "fc%zu", l + 1);
    g->node[g->n_nodes++] = node;
}

static graph_operand
last_node(const graph *g)
{
    return g->n_nodes > 0 ? (graph_operand){ FROM_NODE, g->n_nodes - 1 } : (graph_operand){ FROM_INPUT, 0 };
}

graph *
graph_of_model(const ga_model *model)
{
    const size_t n = model->n_layers;
    graph *g = calloc(1, sizeof *g);
    if (g == NULL)
        return NULL;
    *g = (graph){ .dtype = model->dtype, .n_inputs = ga_model_inputs(model), .end = graph_output(model->output) };
    g->parameter = calloc(2 * n, sizeof *g->parameter);
    g->node = calloc(2 * n, sizeof *g->node);
    bool ok = g->parameter != NULL && g->node != NULL && g->end != N_OPS;
    for (size_t l = 0; ok && l < n; l++) {
        const ga_layer *layer = model->layer + l;
        const op_id activation = graph_activation(layer->activation);
        add_parameter(g, l, "weight", layer->n_out, layer->n_in, layer->weight);
        add_parameter(g, l, "bias", 1, layer->n_out, layer->bias);
        add_node(g, l, (graph_node){ OP_affine, { last_node(g), { FROM_PARAMETER, 2 * l }, { FROM_PARAMETER, 2 * l + 1 } }, "" });
        if (l + 1 < n)
            add_node(g, l, (graph_node){ activation, { last_node(g) }, "" });
        ok = activation != N_OPS && (l + 1 < n || activation == OP_identity);
    }
    if (ok)
        return g;
    graph_free(g);
    return NULL;
}

void
graph_free(graph *g)
{
    if (g == NULL)
        return;
    free(g->parameter);
    free(g->node);
    free(g);
}
