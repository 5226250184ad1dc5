/* SPDX-License-Identifier: Apache-2.0 */
/* store_blame.c -- a number as it is stored; with the scale that the pass had, whatever becomes of the numbers that it was made
   for. */
#include "blame/op_blame.h"
#include "num/mpfr_narrow.h"

void
blame_store(mpfr_ptr r, const instruction *i, long k)
{
    mpfr_store(r, r, &i->a.format, k, MPFR_RNDN);
}

static size_t
scale_at(const instruction *i, size_t col)
{
    return i->a.scaling != GA_SCALED_BLOCKS ? 0 : i->a.along_rows ? col : col / OP_BLOCK;
}

const op_blame op_blame_store = { .out = { DEPENDS_STORED }, .runs = blame_run_same, .same = true, .store = blame_store };
const op_blame op_blame_store_scaled = { .out = { DEPENDS_STORED, DEPENDS_NOT }, .runs = blame_run_same, .same = true,
                                         .store = blame_store, .scale_at = scale_at };
