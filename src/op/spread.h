/* SPDX-License-Identifier: Apache-2.0 */
/* spread.h -- two shapes of as many dimensions, of which the smaller has 1 where they differ: each of its numbers stands for
   several of the larger one. */
#ifndef OP_SPREAD_H
#define OP_SPREAD_H

#include "op/view.h"

/* Whether they are so. */
static inline bool
spread_fits(const op_shape *small, const op_shape *large)
{
    bool fits = small->n_dims == large->n_dims;
    for (size_t d = 0; fits && d < small->n_dims; d++)
        fits = small->dim[d] == 1 || small->dim[d] == large->dim[d];
    return fits;
}

/* How many of the larger one a number of the smaller one stands for. */
static inline size_t
spread_times(const op_shape *small, const op_shape *large)
{
    return view_size(large) / view_size(small);
}

/* The k-th of those that number `at` of the smaller one stands for, in their order. */
static inline size_t
spread_to(const op_shape *small, const op_shape *large, size_t at, size_t k)
{
    size_t n = 0, step = 1;
    for (size_t d = large->n_dims; d-- > 0; step *= large->dim[d]) {
        size_t *const from = small->dim[d] == 1 ? &k : &at;
        n += *from % large->dim[d] * step;
        *from /= large->dim[d];
    }
    return n;
}

/* What stands for number k of the larger one. */
static inline size_t
spread_from(const op_shape *small, const op_shape *large, size_t k)
{
    size_t n = 0, step = 1;
    for (size_t d = large->n_dims; d-- > 0; k /= large->dim[d]) {
        n += small->dim[d] == 1 ? 0 : k % large->dim[d] * step;
        step *= small->dim[d];
    }
    return n;
}

/* How many of them at a time are equally far apart: those of the last dimensions that differ, one behind the other. */
static inline size_t
spread_line(const op_shape *small, const op_shape *large)
{
    size_t n = 1;
    for (size_t d = large->n_dims; d-- > 0 && (n == 1 || small->dim[d] == 1);)
        n *= small->dim[d] == 1 ? large->dim[d] : 1;
    return n;
}

#endif
