/* SPDX-License-Identifier: Apache-2.0 */
/* op.h -- values, and the instructions that compute them.

   A program (graph/program.h) is a list of instructions. Each applies an operation of ops.def to values and makes new ones; a value
   is made once. A value is a matrix with a row for each image of a block, or, if it belongs to the network and not to an image
   (parameters and their gradients), a matrix of its own number of rows. */
#ifndef OP_OP_H
#define OP_OP_H

#include <stdbool.h>
#include <stddef.h>

#include "core/gradient.h"

#define OPERATION(name) OP_##name,
typedef enum {
#include "op/ops.def"
    N_OPS
} op_id;
#undef OPERATION

typedef size_t value_id;
#define NO_VALUE ((value_id)-1)

/* INPUT: the image; PARAMETER: of the network; FACTOR: a number that an estimator or a trainer sets, or one for each number of
   images' values; COMPUTED: by an instruction; TARGET: what the loss compares with; SCRATCH: room that an instruction needs. */
typedef enum { VALUE_INPUT, VALUE_PARAMETER, VALUE_FACTOR, VALUE_TARGET, VALUE_COMPUTED, VALUE_SCRATCH } value_role;

/* Of an image's numbers: [n], [channels, height, width], or of so many other dimensions. */
enum { OP_DIMS = 6 };
typedef struct {
    size_t n_dims, dim[OP_DIMS];
} op_shape;

/* What an operation is told beside its operands; which of them count is its own affair. */
typedef struct {
    size_t kernel[2], stride[2]; /* of windows: height, width */
    size_t pad[4];               /* above, to the left, below, to the right */
    size_t gap[2];               /* numbers between those of a window: its dilation less 1 */
    size_t rows;                 /* that an image's numbers are, each treated by itself; 0: 1; */
    size_t row;                  /* numbers of each, set by the operation */
    size_t groups;               /* of a convolution: the g-th part of the output's channels is made of that of the input's; 0: 1 */
    op_shape from, to;           /* what windows are in, and what is made of them; set by the operation */
    size_t axis[OP_DIMS];        /* of a view, for each of its dimensions: of what it takes, */
    ptrdiff_t first[OP_DIMS], step[OP_DIMS]; /* from where, and how far apart; axis[0] of concat: along which it joins */
    ga_format format;            /* that numbers are stored in, */
    ga_scaling scaling;          /* and how they are scaled for that: */
    ga_scale_rule rule;
    int exponent;                /* with GA_SCALE_FILE numbers are multiplied by two to this power; */
    size_t batch;                /* images that have a scale in common; */
    bool along_rows;             /* blocks are of numbers of a column, of those of a row otherwise */
    size_t side;                 /* of a choice's gradient: which operand's it is */
    bool back;                   /* of a gradient's columns: places are those of `from`, and windows what has them */
} op_attributes;

typedef struct {
    value_role role;
    size_t rows; /* 0: one for each image */
    size_t cols; /* of an image's value the product of its shape */
    op_shape shape;
    bool exact_copy;   /* of other values' numbers (COMPUTED: of parameters), in their precision, whatever the format's is */
    bool prepared;     /* it belongs to the network, and only products take it, as their second operand */
    const char *what;  /* of its node: "activation", "derivative", ... */
    size_t node;       /* of the graph, whose name and this are its name */
    value_id of;       /* the value whose gradient it is, or a part of that gradient; NO_VALUE: of none. Of several that it is the
                          gradient of, as those are that an `add` takes, what is made of them */
    value_id plain;    /* of a program with a precision recipe (graph/stored.h): the value of that without one which this is, */
    value_id other;    /* times this one to the power -1 or 1, where power is not 0, */
    int power;
    int scaled;        /* times two to this power; */
    bool stored;       /* a recipe stores it: it is a copy */
    const void *exact; /* of a parameter: rows x cols numbers of the model's dtype; */
    bool constant;     /* it is a number of the graph, such as a slope, that nobody trains or stores */
    double factor;     /* of a factor, until it is set: exact in the model's dtype */
} op_value;

enum { OP_BLOCK = 32 /* numbers of a block that have a scale in common */, OP_MOST_SCALE = 126 /* of its exponent, in size */ };
enum { OP_MOST_IN = 4, OP_MOST_OUT = 4, OP_MOST_KERNEL = 1024 /* numbers of a window that is gone through one by one */ };

/* How many rows an image's numbers are. */
static inline size_t
op_rows(const op_attributes *a)
{
    return a->rows > 1 ? a->rows : 1;
}

typedef struct {
    op_id op;
    value_id out[OP_MOST_OUT], in[OP_MOST_IN]; /* as many as its row says (graph/op_graph.h) */
    op_attributes a;
    size_t node; /* of the graph */
} instruction;

#endif
