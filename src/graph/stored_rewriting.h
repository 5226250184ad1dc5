/* SPDX-License-Identifier: Apache-2.0 */
/* stored_rewriting.h -- a stored program (stored.h) in the making. */
#ifndef GRAPH_STORED_REWRITING_H
#define GRAPH_STORED_REWRITING_H

#include "graph/builder.h"
#include "graph/stored.h"

/* From p, value by value: where each is now, and of which class. */
typedef struct {
    builder b;
    const program *p;
    ga_format f;
    ga_formulas formulas;
    const int *exponent;        /* of scales of a file, by value of p; or NULL */
    value_id *now, *as_operand; /* as_operand: of what belongs to the network; 0: not yet */
    value_id *times;            /* of a derivative: what a gradient times that is to be multiplied by too; 0: nothing */
    unsigned char *class;
} rewriting;

/* Says which value of p a new one is, times which power of two, and whether a recipe stores it. */
void rewriting_copied(rewriting *r, value_id v, value_id plain, int scaled, bool stored);

/* The format that a value of p is stored in; false: as it is computed. */
bool rewriting_format(ga_format *g, const rewriting *r, value_id plain, int class);

/* v by a store or a scaled one; its name, node and gradient are those of v. */
value_id rewriting_store(rewriting *r, value_id v, op_id op, const op_attributes *a);

/* v as it is stored; v itself where it is not. */
value_id rewriting_stored(rewriting *r, value_id v, int class);

#endif
