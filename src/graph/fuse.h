/* SPDX-License-Identifier: Apache-2.0 */
/* fuse.h -- compositions in a graph that are one operation of the vocabulary (fusions.def).

   A composition is one where its constants are that function's, rounded to the type that they are in, or products of such; nothing
   else uses what it makes on the way. The operation is the named function, of which the composition's constants are roundings. */
#ifndef GRAPH_FUSE_H
#define GRAPH_FUSE_H

#include "graph/graph.h"

/* Puts the one operation for each composition; the nodes and constants that only those had are gone. bits: of the type that the
   constants were in. False if memory runs out. */
bool graph_fuse(ga_graph *g, long bits);

/* The end that what the last node makes is a composition of, OP_softmax, OP_log_softmax or OP_sigmoid, whose constants every type
   has; else OP_identity. */
op_id graph_composed_end(const ga_graph *g);

/* "3 GELU, 1 log-softmax": what graph_fuse made, "" if that is nothing; cut at size. */
void graph_fused(char *text, size_t size, const ga_graph *g);
enum { GRAPH_FUSED = 400 /* bytes that any text of it fits in */ };

#endif
