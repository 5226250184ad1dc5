/* SPDX-License-Identifier: Apache-2.0 */
/* program.h -- a graph, a loss and the leaves whose gradient is wanted, as one list of instructions in computing order. */
#ifndef GRAPH_PROGRAM_H
#define GRAPH_PROGRAM_H

#include <stdbool.h>

#include "core/gradient.h"

#include "graph/graph.h"
#include "op/op.h"

typedef struct {
    size_t n_values, n;
    op_value *value;
    instruction *code;
    size_t n_once;     /* code[0..n_once-1] arranges parameters, once; */
    size_t n_forward;  /* up to code[n_forward-1] is the forward pass, */
    size_t n_loss;     /* up to code[n_loss-1] the loss and its other terms, */
    size_t n_backward; /* up to code[n_backward-1] the gradients; the rest is the network's own end */
    value_id input, logits, loss, end; /* end: the logits, or what the network makes of them */
    size_t n_constants;                /* values that belong to the network alone: */
    value_id *constant;                /* its parameters, in their order, and what code[0..n_once-1] makes */
    value_id parameter;                /* the first of the graph's, in its order */
    value_id target;                   /* NO_VALUE: the loss takes a label */
    value_id *gradient_of;             /* [value]: NO_VALUE if it has none */
    bool stored;                       /* it has the instructions of a precision recipe (graph/stored.h) */
    long input_bits;                   /* significand bits of parameters, factors and inputs: exact in every format */
} program;

/* What is wanted of a program. Gain and logit scale are factors of their own instructions, which are absent where they are 1. What
   training adds stands at every function, a node that has a derivative beside its value; its factors are 1 until they are set:
   every_gain: a scale of what the function takes, and one of the logits. With `parameters` the functions' gains are leaves too;
   their gradient is that to their logarithm.
   dropout: the value and its derivative times a mask, a factor with a row for each image (OP_drop).
   penalty: for each function that has one, a term of the loss (op_graph.term) of the value, with dropout if there is some; all have
   one factor lambda. Its derivative is that of psi only where masks are 1. */
typedef struct {
    ga_loss loss;
    double gain, logit_scale; /* in the model's dtype; */
    double number;            /* of the loss, likewise */
    size_t images;            /* the loss is divided by so many, as a mean over images is; 0 or 1: it is not */
    bool input, parameters;   /* the leaves whose gradient is wanted */
    bool every_gain, dropout, penalty;
} program_options;

/* NULL if memory runs out, or the graph's shapes do not fit (graph_infer). Its parameters must live as long; all else is copied. */
program *program_new(const ga_graph *g, const program_options *o);
void program_free(program *p);

/* Numbers that a tape has of each image. */
size_t program_numbers(const program *p);

/* The operation of a loss of this network, which its own end may decide; N_OPS: unknown. */
op_id program_loss(const ga_graph *g, ga_loss loss);

/* The instruction that makes a value; p->n if none does. */
size_t program_maker(const program *p, value_id v);

/* What a node of the graph takes, as its first operand, scaled if it is; what it makes. */
value_id program_argument(const program *p, size_t node);
value_id program_made(const program *p, size_t node);

#endif
