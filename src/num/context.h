/* SPDX-License-Identifier: Apache-2.0 */
/* context.h -- what a pass carries along in every format: its formulas and product, and, in tests, a trace of operations. */
#ifndef NUM_CONTEXT_H
#define NUM_CONTEXT_H

#include <stddef.h>

#include "core/gradient.h"

enum { CONTEXT_TEMPORARIES = 4 };

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
    size_t node;        /* set by the pass, for the trace */
    trace *trace;       /* NULL: none */
} context;

static inline void
context_trace(context *c, const char *operation, size_t rows, size_t cols)
{
    if (c->trace != NULL && c->trace->n < sizeof c->trace->entry / sizeof *c->trace->entry)
        c->trace->entry[c->trace->n++] = (trace_entry){ operation, c->node, rows, cols };
}

#endif
