/* SPDX-License-Identifier: Apache-2.0 */
/* graph.c -- see graph.h */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "graph/graph.h"
#include "graph/op_graph.h"

op_id
graph_activation(ga_activation activation)
{
#define ACTIVATION(value, op, name) [value] = OP_##op,
    static const op_id op[] = {
#include "op/activations.def"
    };
#undef ACTIVATION
    return (size_t)activation < sizeof op / sizeof *op ? op[activation] : N_OPS;
}

op_id
graph_output(ga_output output)
{
    static const op_id op[] = { [GA_LOGITS] = OP_identity, [GA_SOFTMAX] = OP_softmax, [GA_LOG_SOFTMAX] = OP_log_softmax };
    return (size_t)output < sizeof op / sizeof *op ? op[output] : N_OPS;
}

ga_output
graph_output_of(op_id end)
{
    return end == OP_softmax ? GA_SOFTMAX : end == OP_log_softmax ? GA_LOG_SOFTMAX : GA_LOGITS;
}

static void
add_parameter(ga_graph *g, size_t l, const char *what, size_t rows, size_t cols, const void *exact)
{
    graph_parameter *const p = g->parameter + g->n_parameters++;
    *p = (graph_parameter){ .rows = rows, .cols = cols, .exact = exact };
    snprintf(p->name, sizeof p->name, "fc%zu.%s", l + 1, what);
}

static void
add_node(ga_graph *g, size_t l, graph_node node)
{
    snprintf(node.name, sizeof node.name, "fc%zu", l + 1);
    g->node[g->n_nodes++] = node;
}

static graph_operand
last_node(const ga_graph *g)
{
    return g->n_nodes > 0 ? (graph_operand){ FROM_NODE, g->n_nodes - 1 } : (graph_operand){ FROM_INPUT, 0 };
}

ga_graph *
graph_copy(const ga_graph *g, ga_dtype dtype, ga_model *as)
{
    ga_graph *copy = graph_new(dtype, &g->input);
    bool ok = copy != NULL;
    if (ok) {
        copy->n_outputs = g->n_outputs;
        copy->end = g->end;
    }
    for (size_t k = 0; ok && k < g->n_parameters; k++) {
        const graph_parameter *from = g->parameter + k;
        graph_parameter *const to = graph_add_parameter(copy, from->rows, from->cols, from->name);
        if (!(ok = to != NULL))
            break;
        to->constant = from->constant;
        for (size_t i = 0; i < from->rows * from->cols; i++)
            ga_model_set(as, to->own, i, g->dtype == GA_F32 ? (double)((const float *)from->exact)[i]
                                                             : ((const double *)from->exact)[i]);
    }
    for (size_t k = 0; ok && k < g->n_nodes; k++) {
        graph_node *const node = graph_add_node(copy, g->node[k].op, g->node[k].name);
        if ((ok = node != NULL))
            *node = g->node[k];
    }
    if (ok)
        return copy;
    graph_free(copy);
    return NULL;
}

/* g, as a view of the model's own graph. */
static ga_graph *
view(ga_graph *g, const ga_model *model)
{
    const ga_graph *own = model->graph;
    *g = *own;
    g->end = graph_output(model->output);
    g->parameter = calloc(own->n_parameters + 1, sizeof *g->parameter);
    g->node = calloc(own->n_nodes + 1, sizeof *g->node);
    if (g->parameter == NULL || g->node == NULL || g->end == N_OPS) {
        g->n_parameters = 0;
        graph_free(g);
        return NULL;
    }
    memcpy(g->node, own->node, own->n_nodes * sizeof *own->node);
    for (size_t k = 0; k < own->n_parameters; k++) {
        g->parameter[k] = own->parameter[k];
        g->parameter[k].own = NULL;
    }
    return g;
}

ga_graph *
graph_of_model(const ga_model *model)
{
    const size_t n = model->n_layers;
    ga_graph *g = calloc(1, sizeof *g);
    if (g == NULL)
        return NULL;
    if (model->graph != NULL)
        return view(g, model);
    *g = (ga_graph){ .dtype = model->dtype, .input = { 1, { ga_model_inputs(model) } }, .n_outputs = ga_model_classes(model),
                  .end = graph_output(model->output) };
    g->parameter = calloc(2 * n, sizeof *g->parameter);
    g->node = calloc(2 * n, sizeof *g->node);
    bool ok = g->parameter != NULL && g->node != NULL && g->end != N_OPS;
    for (size_t l = 0; ok && l < n; l++) {
        const ga_layer *layer = model->layer + l;
        const op_id activation = graph_activation(layer->activation);
        add_parameter(g, l, "weight", layer->n_out, layer->n_in, layer->weight);
        add_parameter(g, l, "bias", 1, layer->n_out, layer->bias);
        add_node(g, l, (graph_node){ .op = OP_affine, .in = { last_node(g), { FROM_PARAMETER, 2 * l },
                                                              { FROM_PARAMETER, 2 * l + 1 } } });
        if (l + 1 < n)
            add_node(g, l, (graph_node){ .op = activation, .in = { last_node(g) } });
        ok = activation != N_OPS && (l + 1 < n || activation == OP_identity);
    }
    if (ok)
        return g;
    graph_free(g);
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
    void *const own = calloc(rows, cols * (g->dtype == GA_F32 ? sizeof(float) : sizeof(double)));
    if (own == NULL)
        return NULL;
    graph_parameter *const p = more + g->n_parameters++;
    *p = (graph_parameter){ .rows = rows, .cols = cols, .exact = own, .own = own };
    snprintf(p->name, sizeof p->name, "%s", name);
    return p;
}

graph_node *
graph_add_node(ga_graph *g, op_id op, const char *name)
{
    graph_node *const more = realloc(g->node, (g->n_nodes + 1) * sizeof *more);
    if (more == NULL)
        return NULL;
    g->node = more;
    graph_node *const node = more + g->n_nodes++;
    *node = (graph_node){ .op = op };
    snprintf(node->name, sizeof node->name, "%s", name);
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
graph_infer(ga_graph *g)
{
    graph_node *const node = g->node + g->n_nodes - 1;
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
    g->n_outputs = out[0].cols;
    for (size_t i = 0; i < row->n_out && fault == NULL; i++)
        if (out[i].cols > MOST_NUMBERS || out[i].rows > MOST_NUMBERS)
            return "it makes more than 2^28 numbers of an image";
    return fault;
}

void
graph_free(ga_graph *g)
{
    if (g == NULL)
        return;
    for (size_t k = 0; k < g->n_parameters; k++)
        free(g->parameter[k].own);
    free(g->parameter);
    free(g->node);
    free(g);
}
