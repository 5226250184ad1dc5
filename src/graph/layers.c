/* SPDX-License-Identifier: Apache-2.0 */
/* layers.c -- see layers.h */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "graph/layers.h"

/* What node k of a chain takes: what the one before makes. */
static graph_operand
before(size_t k)
{
    return k > 0 ? (graph_operand){ FROM_NODE, k - 1 } : (graph_operand){ FROM_INPUT, 0 };
}

/* Weight or bias of layer l. */
static graph_parameter *
add_parameter(ga_graph *g, size_t l, const char *what, size_t rows, size_t cols)
{
    char name[32];
    snprintf(name, sizeof name, "fc%zu.%s", l + 1, what);
    return graph_add_parameter(g, rows, cols, name);
}

/* A node of layer l, of n_out numbers; its first operand is the last node. */
static graph_node *
add_node(ga_graph *g, size_t l, op_id op, size_t n_out)
{
    char name[32];
    snprintf(name, sizeof name, "fc%zu", l + 1);
    const graph_operand x = before(g->n_nodes);
    graph_node *const node = graph_add_node(g, op, name);
    if (node == NULL)
        return NULL;
    node->in[0] = x;
    node->shape = (op_shape){ 1, { n_out } };
    return node;
}

size_t
graph_layers_to(const ga_graph *g, size_t node)
{
    size_t n = 0;
    for (size_t k = 0; k < g->n_nodes && k <= node; k++)
        n += g->node[k].op == OP_affine;
    return n;
}

bool
graph_add_layer(ga_graph *g, size_t n_in, size_t n_out, op_id function)
{
    const size_t l = graph_layers_to(g, g->n_nodes), p = g->n_parameters;
    if (add_parameter(g, l, "weight", n_out, n_in) == NULL || add_parameter(g, l, "bias", 1, n_out) == NULL)
        return false;
    graph_node *const sum = add_node(g, l, OP_affine, n_out);
    if (sum == NULL)
        return false;
    for (size_t i = 0; i < 2; i++)
        sum->in[1 + i] = (graph_operand){ FROM_PARAMETER, p + i };
    g->n_outputs = n_out;
    return function == N_OPS || add_node(g, l, function, n_out) != NULL;
}

bool
graph_add_prelu(ga_graph *g, size_t n)
{
    const size_t l = graph_layers_to(g, g->n_nodes), n_out = g->n_outputs;
    char name[32];
    snprintf(name, sizeof name, "prelu%zu.weight", l);
    const graph_operand slopes = { FROM_PARAMETER, g->n_parameters };
    graph_node *const node = graph_add_parameter(g, 1, n, name) != NULL ? add_node(g, l - 1, OP_prelu, n_out) : NULL;
    if (node == NULL)
        return false;
    node->in[1] = slopes;
    return true;
}

static bool
same_operand(const graph_operand *a, graph_operand b)
{
    return a->from == b.from && a->index == b.index;
}

/* The layer of nodes 2 l and, but for the readout, 2 l + 1; false if they are none. */
static bool
see_layer(ga_layer *layer, const ga_graph *g, size_t l, bool readout)
{
    const graph_node *const sum = g->node + 2 * l;
    const graph_parameter *const w = g->parameter + 2 * l, *const b = w + 1;
    *layer = (ga_layer){ w->cols, w->rows, GA_LINEAR, w->exact, b->exact };
    return sum->op == OP_affine && same_operand(sum->in, before(2 * l)) && !w->constant && !b->constant &&
           same_operand(sum->in + 1, (graph_operand){ FROM_PARAMETER, 2 * l }) &&
           same_operand(sum->in + 2, (graph_operand){ FROM_PARAMETER, 2 * l + 1 }) &&
           (readout || (same_operand(sum[1].in, before(2 * l + 1)) && graph_activation_of(&layer->activation, sum[1].op)));
}

bool
graph_is_chain(const ga_graph *g)
{
    size_t p = 0;
    bool is = g->input.n_dims == 1 && g->n_nodes > 0 && g->node[g->n_nodes - 1].op == OP_affine && !g->composed;
    for (size_t k = 0; is && k < g->n_nodes; k++) {
        const graph_node *const node = g->node + k;
        ga_activation any;
        const bool sum = node->op == OP_affine, slopes = node->op == OP_prelu;
        is = same_operand(node->in, before(k)) && node->shape.n_dims == 1 &&
             (sum || (k > 0 && node[-1].op == OP_affine && (slopes || graph_activation_of(&any, node->op))));
        for (size_t i = 1; is && i <= (sum ? 2u : slopes); i++)
            is = same_operand(node->in + i, (graph_operand){ FROM_PARAMETER, p++ });
    }
    return is && p == g->n_parameters;
}

/* The names that graph_add_layer gives, whatever those in the file were. */
static bool
name_layers(ga_graph *g)
{
    for (size_t k = 0; k < g->n_nodes + g->n_parameters; k++) {
        const size_t p = k - g->n_nodes; /* of a parameter */
        char **const name = k < g->n_nodes ? &g->node[k].name : &g->parameter[p].name;
        char text[32];
        snprintf(text, sizeof text, k < g->n_nodes ? "fc%zu" : p % 2 == 0 ? "fc%zu.weight" : "fc%zu.bias",
                 (k < g->n_nodes ? k : p) / 2 + 1);
        char *const own = strdup(text);
        if (own == NULL)
            return false;
        free(*name);
        *name = own;
    }
    return true;
}

bool
graph_layers(ga_layer **layer, size_t *n, ga_graph *g)
{
    const size_t n_layers = g->n_parameters / 2; /* each has a sum and a function, but for the readout */
    const bool may_be = n_layers > 0 && n_layers <= GA_MAX_LAYERS && g->n_parameters == 2 * n_layers &&
                        g->n_nodes == 2 * n_layers - 1;
    *n = 0;
    if ((*layer = calloc(n_layers + 1, sizeof **layer)) == NULL)
        return false;
    for (size_t l = 0; may_be && l < n_layers; l++)
        if (!see_layer(*layer + l, g, l, l + 1 == n_layers))
            return true;
    *n = may_be ? n_layers : 0;
    if (!may_be || name_layers(g))
        return true;
    free(*layer);
    *layer = NULL;
    return false;
}
