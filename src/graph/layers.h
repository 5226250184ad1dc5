/* SPDX-License-Identifier: Apache-2.0 */
/* layers.h -- a graph or a program of fully connected layers, seen as layers: for what does not yet run on instructions alone
   (blame). */
#ifndef GRAPH_LAYERS_H
#define GRAPH_LAYERS_H

#include "graph/program.h"

/* Adds a layer of zeros: W and b, "fc1.weight" and "fc1.bias", and what they and the function make, "fc1". function N_OPS: of the
   readout. False if memory runs out. */
bool graph_add_layer(ga_graph *g, size_t n_in, size_t n_out, op_id function);

/* The layers of a graph that consists of such ones, the readout last: with functions that are activations', and no constants.
   *n = 0: it is another graph. *layer is the caller's to free; it points to the graph's numbers. False if memory runs out. */
bool graph_layers(ga_layer **layer, size_t *n, const ga_graph *g);

/* The values of a layer l. u = a_{l-1} W^T + b; z = g u; a = f(z) and d = f'(z); back, delta, scaled: the gradients of a, z, u.
   Where the factor is absent, z is u and scaled is delta. NO_VALUE: the readout has no a, d and back, and a factor that is absent
   no value; gradients that are not wanted neither. */
typedef struct {
    value_id weight, bias, factor, u, z, a, d, back, delta, scaled;
    op_id function; /* of the readout OP_identity */
} mlp_layer;

/* layer[0..n_layers-1], which the caller frees; NULL if memory runs out or the program is not a chain of layers. */
mlp_layer *layers_of(const program *p, size_t n_layers);

#endif
