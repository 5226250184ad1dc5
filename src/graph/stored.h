/* SPDX-License-Identifier: Apache-2.0 */
/* stored.h -- a program whose numbers are stored as a precision recipe has them. */
#ifndef GRAPH_STORED_H
#define GRAPH_STORED_H

#include "graph/program.h"

/* The same as p, a program without a recipe, with instructions of the recipe of f among its own: stores of what the network makes,
   of gradients, and of parameters, once; of the operands of products. The derivatives of functions whose values are stored are made
   of the stored values, where the formulas are naive. The residual is multiplied by the loss scale before it is stored, and the
   gradients of leaves are divided by it.
   exponent: by value of p, of the recipe's scales where these are of a file (GA_SCALE_FILE); else NULL.
   Each value says which value of p it is, and its scale (op_value.plain, scaled); p may be freed, the graph's parameters must live
   as long. NULL: out of memory. */
program *program_stored(const program *p, ga_format f, ga_formulas formulas, const int *exponent);

/* Formats by value of p, instead of a recipe's by class: of bits 0 where a value is stored as it is computed. */
struct ga_stored_formats {
    size_t n; /* values of p */
    const ga_format *format;
};

/* A value of a program without a recipe that a recipe may store. */
typedef struct {
    value_id value;
    int class; /* GA_ACTIVATION, ... */
} stored_value;

/* All of them in the order of the pass, to be freed; NULL: out of memory. */
stored_value *program_storable(size_t *n, const program *p);

#endif
