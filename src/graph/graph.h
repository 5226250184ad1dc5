/* SPDX-License-Identifier: Apache-2.0 */
/* graph.h -- a network as a graph: operations on values, each made by one node. */
#ifndef GRAPH_GRAPH_H
#define GRAPH_GRAPH_H

#include "core/model.h"

#include "op/op.h"

/* A parameter: rows x cols numbers of the model's dtype. */
typedef struct {
    size_t rows, cols;
    void *exact;   /* the graph's */
    bool constant; /* no leaf: nobody trains it */
    char *name;    /* the graph's; as in files: "fc1.weight" */
} graph_parameter;

/* What a node takes: the network's input, what an earlier node makes, or a parameter. */
typedef struct {
    enum { FROM_INPUT, FROM_NODE, FROM_PARAMETER } from;
    size_t index;
} graph_operand;

typedef struct {
    op_id op;
    graph_operand in[OP_MOST_IN];
    op_attributes a;
    op_shape shape; /* of what it makes, once graph_infer has seen it */
    char *name;     /* the graph's: "fc1" */
    bool fused;     /* graph_fuse made it of several */
} graph_node;

typedef struct ga_graph {
    ga_dtype dtype;
    op_shape input;
    size_t n_outputs;             /* logits */
    size_t n_parameters, n_nodes; /* the last node makes the logits */
    graph_parameter *parameter;
    graph_node *node;
    op_id end; /* what the network does to them: OP_identity, OP_softmax, OP_log_softmax, OP_sigmoid; */
    bool end_fused; /* made of several nodes, as that of a node is */
    bool composed;  /* the last node makes a log-softmax of logits (graph_composed_end) */
} ga_graph;

enum { GRAPH_MOST_NODES = 4 * GA_MAX_LAYERS };

/* An empty graph; NULL if memory runs out, as all of these say it: */
ga_graph *graph_new(ga_dtype dtype, const op_shape *input);
void graph_free(ga_graph *g); /* or NULL */

/* A copy whose numbers are of that type, each rounded to it once. */
ga_graph *graph_copy(const ga_graph *g, ga_dtype dtype);

/* Adds a parameter of zeros. */
graph_parameter *graph_add_parameter(ga_graph *g, size_t rows, size_t cols, const char *name);

/* The shape that a parameter has in frameworks: rows x cols of a layer's weight, output x input x height x width of that of a
   convolution, one dimension of a bias and others. */
op_shape graph_parameter_shape(const ga_graph *g, size_t parameter);

/* Adds a node. */
graph_node *graph_add_node(ga_graph *g, op_id op, const char *name);

/* Sets the shape of the last node, from its operands. NULL; or why they do not fit. */
const char *graph_infer(ga_graph *g);
const char *graph_infer_node(ga_graph *g, size_t node); /* of any */

/* A network's layers, as reports count them: nodes one after the other that have the same name, as a sum and its function do. */
size_t graph_n_layers(const ga_graph *g);
size_t graph_layer(const ga_graph *g, size_t node);

/* The matrix that the input is multiplied by, if that is all that is done with it; else NULL. */
const graph_parameter *graph_first_matrix(const ga_graph *g);

/* The operation of an activation, and back: false if it is none's. */
op_id graph_activation(ga_activation activation); /* N_OPS: unknown */
bool graph_activation_of(ga_activation *activation, op_id op);

/* The same of an output that is a graph's end; its output. */
op_id graph_output(ga_output output);
ga_output graph_output_of(const ga_graph *g);

#endif
