/* SPDX-License-Identifier: Apache-2.0 */
/* tape_tmpl.h -- the tape of a format, with every value of a program, and the pass that fills it. Included once for each format,
   after gemm/gemm_tmpl.h. */
#include <string.h>

#include "graph/program.h"
#include "pass/same.h"
#include "pass/shared.h"

typedef struct NUM(tape) {
    const program *p;
    size_t rows;       /* that take part, */
    size_t first, end; /* and those of them that hold images: the others are padding */
    struct NUM(tape) *images; /* a view of these alone, for operations that do not mix rows; NULL: they work on all */
    struct NUM(tape) *some;   /* a view of some of the rows, for operations that take long; NULL: there is none */
    size_t offset;            /* of a view: where its rows begin */
    uint64_t first_image;     /* row 0 is this one of all */
    uint32_t *label;
    NUM(mat) *value;
    NUM(mat) *room; /* of values; constants are elsewhere, */
    size_t n_rooms;
    shared *own;    /* or here if they are its own */
    same *same; /* of balls: which numbers are proved to be equal; NULL: nobody asks, or in other formats, which compare numbers */
} NUM(tape);

/* The constants of a program (program.constant) in this format; those that only products take are prepared, without elements,
   where the format has such products. They are the same for all programs of a model with the same leaves, and s keeps them. The
   numbers that the program points to are copied. NULL if memory runs out. Only within a critical section `shared`. */
typedef struct {
    NUM(mat) *value; /* [k]: of constant k */
    size_t n;
} NUM(constants);
NUM(constants) *NUM(constants_new)(const program *p, const ga_model *model, const ga_format *format, shared *s, NUM(ctx) *ctx);

/* The program's values for up to so many images, factors set. keep[value]: it is there after the pass, as inputs, factors and
   targets are; others may share memory (graph/storage.h). keep NULL: all but scratch are. constants NULL: its own, which may be
   changed. NULL if memory runs out. The program and its constants must live as long. */
NUM(tape) *NUM(tape_new)(const program *p, const NUM(constants) *constants, const bool *keep, size_t rows,
                          NUM(ctx) *ctx);
void NUM(tape_free)(NUM(tape) *t);

/* Sets how many rows take part, at most as many as the tape was made with, and which of them hold images. What is in the others
   after a pass is not defined, unless gradients of parameters are wanted, which are sums over all rows: then padding adds 0. */
void NUM(tape_set_rows)(NUM(tape) *t, size_t rows, size_t first, size_t end);

/* The matrix of an operand, of an output. */
static inline const NUM(mat) *
NUM(tape_in)(const NUM(tape) *t, const instruction *i, size_t k)
{
    return t->value + i->in[k];
}

static inline NUM(mat) *
NUM(tape_out)(NUM(tape) *t, const instruction *i, size_t k)
{
    return t->value + i->out[k];
}

/* Runs instruction k, whatever call_ask says. */
void NUM(pass_step)(NUM(tape) *t, size_t k, NUM(ctx) *ctx);

/* Runs the program's instructions from, ..., to - 1. Asks before each, and within those that take long, whether the work is to end
   (call_ask: hold no lock). If so, it ends at once, and the tape may hold anything: see call_ended before it is used. */
void NUM(pass_run)(NUM(tape) *t, size_t from, size_t to, NUM(ctx) *ctx);

/* The column of the pass: an operation in this format. */
#define OPERATION(name) void NUM(op_run_##name)(NUM(tape) *t, const instruction *i, NUM(ctx) *ctx);
#include "op/ops.def"
#undef OPERATION
