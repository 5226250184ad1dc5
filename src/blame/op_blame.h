/* SPDX-License-Identifier: Apache-2.0 */
/* op_blame.h -- the column of blame: what a number that an operation makes depends on, and how it can be wrong by itself. */
#ifndef BLAME_OP_BLAME_H
#define BLAME_OP_BLAME_H

#include <stdbool.h>
#include <stddef.h>

#include <mpfr.h>

#include "blame/origin_kind.h"
#include "op/op.h"

struct blame_image;

/* What blame does with a number.
   SUM: of terms, each a number or a product of two; it follows the term that counts most.
   STORED: one number, changed; it follows that.
   GROUP: made from several at once, as a softmax is, or by a function: it stops there. */
typedef enum { DEPENDS_NOT, DEPENDS_SUM, DEPENDS_STORED, DEPENDS_GROUP } dependence;

/* n terms: numbers a[a_first + k a_step] of value a, times b[b_first + k b_step]; b NO_VALUE: times 1; negated: times -1. A
   product's only term may be `divided` by that. A number of a value is named by its index in the whole matrix, row after row.
   Steps may be negative, modulo 2^64. A sum is followed to a first. */
typedef struct {
    value_id a, b;
    size_t a_first, a_step, b_first, b_step, n;
    bool divided, negated;
} blame_run;

/* The index of term k's number of a, and of b. */
static inline size_t
blame_run_a(const blame_run *r, size_t k)
{
    return r->a_first + k * r->a_step;
}

static inline size_t
blame_run_b(const blame_run *r, size_t k)
{
    return r->b_first + k * r->b_step;
}

/* How many terms there are in all. */
static inline size_t
blame_terms(const blame_run *runs, size_t n_runs)
{
    size_t n = 0;
    for (size_t r = 0; r < n_runs; r++)
        n += runs[r].n;
    return n;
}

/* A program's values, for so many images. */
typedef struct {
    const op_value *value;
    size_t rows;
} blame_shape;

static inline size_t
blame_cols(const blame_shape *s, value_id v)
{
    return s->value[v].cols;
}

typedef struct {
    dependence out[OP_MOST_OUT]; /* of each output; NOT: it has none, or nobody's gradient depends on it */
    bool product;                /* a sum of one term */
    bool gemm;                   /* a sum of a product of matrices, which BLAS may make: others are made one addition at a time */
    bool selects;                /* a sum that leaves out terms whose b is 0, whatever a is */
    bool gathers;                /* a STORED number is one of the operand's, at another place, or 0 of none (a run of n 0) */
    bool same;                   /* a number depends on those of the same index only */
    bool all;                    /* every number of a row depends on all those of the operands' rows of the same image; where an
                                    image is several rows (op_attributes.rows), on those of the same one */

    /* The terms of number `at` of an output, or what it depends on (b is NO_VALUE); returns how many runs, at most: */
    size_t (*runs)(blame_run *to, const blame_shape *s, const instruction *i, size_t out, size_t at);
    size_t (*most_runs)(const blame_shape *s, const instruction *i); /* NULL: 2 */

    /* Where not all numbers of output 0 depend on one of an operand, and not just the same: which, at most; few: so few that they
       are looked at one by one. */
    bool few;
    size_t (*readers)(size_t *at, const blame_shape *s, const instruction *i, size_t operand, size_t from);
    size_t (*most_readers)(const instruction *i); /* NULL: 1 */

    /* Of a STORED number: r as it is stored, times 2^k before. Which number of output 1 has 2^k for column col; NULL: k is 0. */
    void (*store)(mpfr_ptr r, const instruction *i, long k);
    size_t (*scale_at)(const instruction *i, size_t col);

    /* Of a GROUP: how many numbers of output `out`, from a multiple of that on, are made together; NULL: each by itself. */
    size_t (*group)(const blame_shape *s, const instruction *i, size_t out);
    /* Why its number is 0; NULL: it is never asked. */
    origin_kind (*zero)(const struct blame_image *image, const instruction *i, size_t out, size_t at);
    /* Sets r to the number at the computed operands, to 2^-BLAME_EXACT of itself; NULL or false: it is as computed. */
    bool (*exact)(mpfr_ptr r, const struct blame_image *image, const instruction *i, size_t out, size_t at);
    /* Output `flips` says which of several was chosen: whatever is wrong with it is of kind flip. 0: none. */
    size_t flips;
    origin_kind flip;
    /* Of a choice in a whole row: the number that is proved to be 1 but computed as 0; false: there is none. */
    bool (*chosen)(size_t *at, const struct blame_image *image, const instruction *i, size_t row);
    /* Another number of the row that counts as the first one does: that of the label; NULL: none. */
    size_t (*also)(const struct blame_image *image, const instruction *i, size_t row);
} op_blame;

#define OPERATION(name) extern const op_blame op_blame_##name;
#include "op/ops.def"
#undef OPERATION

/* The row of an operation. */
const op_blame *op_blame_of(op_id op);

/* runs of what is made of the first operand's number of the same index. */
size_t blame_run_same(blame_run *to, const blame_shape *s, const instruction *i, size_t out, size_t at);

/* runs and group of what is made of a whole row of the first operand, and is as wide. */
size_t blame_run_row(blame_run *to, const blame_shape *s, const instruction *i, size_t out, size_t at);
size_t blame_group_row(const blame_shape *s, const instruction *i, size_t out);

/* store of what instruction i's format stores. */
void blame_store(mpfr_ptr r, const instruction *i, long k);

#endif
