/* SPDX-License-Identifier: Apache-2.0 */
/* op_graph.h -- the column of the graph stage: how many values an operation takes and makes, their shapes, and its derivative as
   further instructions. */
#ifndef GRAPH_OP_GRAPH_H
#define GRAPH_OP_GRAPH_H

#include <stdbool.h>

#include "op/op.h"

typedef struct builder builder; /* graph/builder.h */

typedef struct {
    const char *name;
    size_t n_in, n_out;
    const char *out[OP_MOST_OUT]; /* what they are: op_value.what */
    double saturates;             /* its derivative vanishes at large arguments: they take the estimator's gain, and are to be
                                     within this where nothing is to vanish in float; 0: it does not */
    size_t least_cols;            /* of a loss: it has no gradient for fewer outputs, */
    const char *fewer;            /* because */
    unsigned ends;                /* of a loss: the ends of networks (1 << ga_output) that it takes; */
    bool binary;                  /* labels of one output are 0 or 1; */
    size_t target, number;        /* the operands that are the image's targets, and the estimator's number of the loss; 0: none; */
    bool rows;                    /* it takes targets that are rows of their own alone, not those made of labels; */
    bool shares;                  /* targets are from 0 to 1; */
    bool toward;                  /* it grows with what speaks for the label, so that no attack goes up it; */
    op_id of_end[5];              /* the same loss of a network with that end (ga_output); 0: this one */
    size_t prepared;              /* the operand that only products take, as their second; 0: none */
    bool (*spreads)(size_t *rows, size_t *cols, const op_attributes *a); /* whether a product may take it as another matrix, of so
                                                                            many rows and columns; or NULL; */
    void (*spread)(double *to, const double *w, const op_attributes *a); /* and what that is */
    bool mixes;                   /* rows of images: products, whose bits depend on how many there are, and sums over images */
    bool down[2];                 /* of a product: it sums over the rows of an operand, and not along them */
    op_id of_columns;             /* of a convolution: the product of what OP_store_columns makes of its operands; 0: it is none, */
    void (*columns)(op_attributes *a, size_t operand); /* and its attributes made those of that for an operand */
    bool copies;                  /* the numbers of its first output are among its first operand's, or 0 */
    bool passes;                  /* a kernel has its first output on the way to what it stores: no recipe stores that */
    struct {
        op_id op;                 /* of a function: its derivative, made of its value a (OP_..._slope); 0: there is none; */
        bool square, times;       /* operator by operator it is 1 - a, or 1 - a a; with `times`, a of that */
    } slope;
    void (*prepare)(builder *b, value_id *in); /* emits what is made once of a node's operands, and replaces them; or NULL */
    bool once;                    /* it only arranges parameters anew: it is run when the tape is made */
    op_id penalty;                /* of a function: what training may add to the loss (OP_penalty_...); 0: nothing */
    bool term;                    /* of a loss: it adds the last operand times the sum of its first output's numbers, so that its
                                     derivative waits for no gradient */

    /* Sets rows, cols, shape and, where it is not COMPUTED, role of the outputs, from the operands. NULL; or why that cannot be. */
    const char *(*shape)(op_value *const *out, const op_value *const *in, op_attributes *a);

    /* Emits the instructions for the operands' gradients, from the gradient of the first output (of a term NO_VALUE); NULL: nothing
       is differentiated through it. */
    void (*differentiate)(builder *b, const instruction *i, value_id gradient);
} op_graph;

#define OPERATION(name) extern const op_graph op_graph_##name;
#include "op/ops.def"
#undef OPERATION

/* The row of an operation. */
const op_graph *op_graph_of(op_id op);

/* The first output has the shape of the first operand; so has the second. */
const char *op_same_shape(op_value *const *out, const op_value *const *in, op_attributes *a);
const char *op_two_of_same_shape(op_value *const *out, const op_value *const *in, op_attributes *a);

/* Sets a->row for an image's value of so many numbers, of a->rows rows. NULL; or why that cannot be. */
const char *op_set_rows(op_attributes *a, size_t cols);

/* A shape's numbers, SIZE_MAX if there are more; a value that has a row of them for each image. */
size_t op_shape_size(const op_shape *shape);
void op_set_shape(op_value *v, const op_shape *shape);

#endif
