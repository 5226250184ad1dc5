/* SPDX-License-Identifier: Apache-2.0 */
/* layers.h -- a graph of fully connected layers: made of them, and seen as them. */
#ifndef GRAPH_LAYERS_H
#define GRAPH_LAYERS_H

#include "graph/graph.h"

/* Adds a layer of zeros: W and b, "fc1.weight" and "fc1.bias", and what they and the function make, "fc1". function N_OPS: of the
   readout. False if memory runs out. */
bool graph_add_layer(ga_graph *g, size_t n_in, size_t n_out, op_id function);

/* Adds PReLU behind the last layer, "prelu1", with n slopes, 1 or one for each of its outputs, of 0: "prelu1.weight". */
bool graph_add_prelu(ga_graph *g, size_t n);

/* Whether it is such layers alone, readout and all, with at most one activation's function or PReLU behind each but the last, in a
   row: each parameter is used once, in their order. */
bool graph_is_chain(const ga_graph *g);

/* How many layers there are up to a node, itself among them. */
size_t graph_layers_to(const ga_graph *g, size_t node);

/* The layers of a graph that consists of such ones, the readout last: with functions that are activations', and no constants.
   Those get their names. *n = 0: it is another graph. *layer is the caller's to free; it points to the graph's numbers. False if
   memory runs out. */
bool graph_layers(ga_layer **layer, size_t *n, ga_graph *g);

#endif
