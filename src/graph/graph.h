/* SPDX-License-Identifier: Apache-2.0 */
/* graph.h -- a network as a graph: operations on values, each made by one node. */
#ifndef GRAPH_GRAPH_H
#define GRAPH_GRAPH_H

#include <gradaudit/model.h>

#include "op/op.h"

/* A parameter: rows x cols numbers of the model's dtype, which are its owner's. */
typedef struct {
    size_t rows, cols;
    const void *exact;
    char name[32]; /* as in files: "fc1.weight" */
} graph_parameter;

/* What a node takes: the network's input, what an earlier node makes, or a parameter. */
typedef struct {
    enum { FROM_INPUT, FROM_NODE, FROM_PARAMETER } from;
    size_t index;
} graph_operand;

typedef struct {
    op_id op;
    graph_operand in[OP_MOST_IN];
    char name[32]; /* "fc1" */
} graph_node;

typedef struct {
    ga_dtype dtype;
    size_t n_inputs;
    size_t n_parameters, n_nodes; /* the last node makes the logits */
    graph_parameter *parameter;
    graph_node *node;
    op_id end; /* what the network does to them: OP_identity, OP_softmax, OP_log_softmax */
} graph;

/* The graph of a model; NULL if memory runs out, or an activation or an output is unknown. It points to the model's numbers. */
graph *graph_of_model(const ga_model *model);
void graph_free(graph *g);

/* The operation of an activation or of an output; N_OPS: unknown. */
op_id graph_activation(ga_activation activation);
op_id graph_output(ga_output output);

#endif
