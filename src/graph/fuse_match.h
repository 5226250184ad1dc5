/* SPDX-License-Identifier: Apache-2.0 */
/* fuse_match.h -- whether a node makes a composition of fusions.def. */
#ifndef GRAPH_FUSE_MATCH_H
#define GRAPH_FUSE_MATCH_H

#include "graph/graph.h"

enum { FUSE_TAKEN = 48 /* nodes of a composition, at most */ };

typedef struct {
    const ga_graph *g;
    graph_operand x;           /* the argument */
    double unit;               /* relative rounding of a constant */
    size_t n, node[FUSE_TAKEN]; /* of the composition */
    bool spread;               /* it has sums, or copies, between the shapes */
    op_shape small, large;
    size_t rows;               /* without those: of its softmax, else 1 */
    graph_operand eps, count;  /* the constants of a layer norm; count: numbers of a row */
} fuse_match;

/* m->g, m->x and m->unit are given. Nodes that only store numbers, or look at them in another shape, are among those taken. */
bool fuse_matches(fuse_match *m, const char *pattern, size_t root);

#endif
