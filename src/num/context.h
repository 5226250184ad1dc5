/* SPDX-License-Identifier: Apache-2.0 */
/* context.h -- what a pass carries along in every format: its formulas and product, and, in tests, a trace of operations. */
#ifndef NUM_CONTEXT_H
#define NUM_CONTEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "core/gradient.h"

#include "num/random.h"

enum { CONTEXT_TEMPORARIES = 8 };

typedef struct {
    const char *operation;
    size_t node, rows, cols;
} trace_entry;

typedef struct {
    trace_entry entry[1024];
    size_t n;
} trace;

typedef struct {
    ga_formulas formulas;
    ga_loss loss;
    ga_product product; /* GA_LOOP, or another: the format's own (BLAS or dot) */
    ga_backend backend; /* of exact products */
    long bits;          /* significand bits of a result */
    bool rounds_model;  /* the model's numbers are rounded to the format first, in MPFR */
    bool plain;         /* the exponentials of a softmax as they are, in rewritten formulas too: in balls, which lose none, and in
                           trainings, whose networks are kept byte for byte */
    size_t node;        /* set by the pass, for the trace */
    bool stochastic;     /* results are rounded at random: */
    uint64_t seed;       /* by what is drawn from this */
    random_stream draws; /* of stochastic rounding: the pass begins one for each instruction and image */
    uint32_t last;       /* what was last drawn to change a number, */
    uint32_t *last_of;   /* and that of each of a matrix's numbers, */
    uintptr_t numbers, numbers_end; /* which are from here to there; 0: nobody asks */
    trace *trace;       /* NULL: none */
} context;

/* Begins the draws of instruction `step` for an image, or for what belongs to none: the first of its block. */
static inline void
context_draws(context *c, size_t step, uint64_t image)
{
    if (c->stochastic)
        c->draws = random_start(c->seed ^ (step + 1) * UINT64_C(0x9fb21c651e98df25), image);
    c->last = 0;
}

/* 32 random bits. */
static inline uint32_t
context_draw(context *c)
{
    return (uint32_t)(random_next(&c->draws) >> 32);
}

/* What was drawn for a number at that place; changed: it was rounded to another. */
static inline void
context_drawn(context *c, const void *number, size_t size, uint32_t draw, bool changed)
{
    const uintptr_t at = (uintptr_t)number;
    c->last = changed ? draw : c->last;
    if (at >= c->numbers && at < c->numbers_end)
        c->last_of[(at - c->numbers) / size] = c->last;
}

static inline void
context_trace(context *c, const char *operation, size_t rows, size_t cols)
{
    if (c->trace != NULL && c->trace->n < sizeof c->trace->entry / sizeof *c->trace->entry)
        c->trace->entry[c->trace->n++] = (trace_entry){ operation, c->node, rows, cols };
}

#endif
