/* SPDX-License-Identifier: Apache-2.0 */
/* stored_elementwise.h -- derivatives of functions, and gradients times these, of a stored program in the making. */
#ifndef GRAPH_STORED_ELEMENTWISE_H
#define GRAPH_STORED_ELEMENTWISE_H

#include "graph/stored_rewriting.h"

/* The derivative of a function that instruction i of p is, of its stored value; another instruction it leaves alone. */
void elementwise_slope(rewriting *r, const instruction *i);

/* A gradient times such a derivative, where that is more than one product; false: it is not, and nothing is done. */
bool elementwise_times(rewriting *r, const instruction *i);

#endif
