/* SPDX-License-Identifier: Apache-2.0 */
/* view.h -- which number of an operand a number of a view is. Both have as many dimensions. Place o of the view's dimension d is
   place first[d] + step[d] o of the operand's dimension axis[d]; where there is none it is 0. And which number of a smaller shape
   a number of a larger one is, where these differ in dimensions that are 1 in the smaller. */
#ifndef OP_VIEW_H
#define OP_VIEW_H

#include <stdint.h>

#include "op/op.h"

/* A shape's numbers, SIZE_MAX if there are more. */
static inline size_t
view_size(const op_shape *s)
{
    size_t n = 1;
    for (size_t d = 0; d < s->n_dims; d++)
        if (__builtin_mul_overflow(n, s->dim[d], &n))
            return SIZE_MAX;
    return n;
}

/* Number k of the view is number *from of the operand; false: none. */
static inline bool
view_at(size_t *from, const op_attributes *a, size_t k)
{
    ptrdiff_t at[OP_DIMS] = { 0 };
    size_t n = 0;
    for (size_t d = a->to.n_dims; d-- > 0; k /= a->to.dim[d])
        at[a->axis[d]] = a->first[d] + a->step[d] * (ptrdiff_t)(k % a->to.dim[d]);
    for (size_t d = 0; d < a->from.n_dims; d++) {
        if (at[d] < 0 || at[d] >= (ptrdiff_t)a->from.dim[d])
            return false;
        n = n * a->from.dim[d] + (size_t)at[d];
    }
    *from = n;
    return true;
}

/* Number *k of the view is number `from` of the operand; false: none is. */
static inline bool
view_of(size_t *k, const op_attributes *a, size_t from)
{
    size_t at[OP_DIMS] = { 0 };
    for (size_t d = a->from.n_dims; d-- > 0; from /= a->from.dim[d])
        at[d] = from % a->from.dim[d];
    *k = 0;
    for (size_t d = 0; d < a->to.n_dims; d++) {
        const ptrdiff_t down = (ptrdiff_t)at[a->axis[d]] - a->first[d], o = down / a->step[d];
        if (down % a->step[d] != 0 || o < 0 || o >= (ptrdiff_t)a->to.dim[d])
            return false;
        *k = *k * a->to.dim[d] + (size_t)o;
    }
    return true;
}

/* Number k of what two values are side by side, along a dimension: it is number *at of the second, or of the first. */
static inline bool
view_is_second(size_t *at, const op_attributes *a, size_t k)
{
    size_t inner = 1;
    for (size_t d = a->axis[0] + 1; d < a->to.n_dims; d++)
        inner *= a->to.dim[d];
    const size_t first = a->from.dim[a->axis[0]] * inner, both = a->to.dim[a->axis[0]] * inner;
    const bool second = k % both >= first;
    *at = k / both * (second ? both - first : first) + k % both - (second ? first : 0);
    return second;
}

/* The other way round: where number `at` of the first or the second is. */
static inline size_t
view_beside(const op_attributes *a, bool second, size_t at)
{
    size_t inner = 1;
    for (size_t d = a->axis[0] + 1; d < a->to.n_dims; d++)
        inner *= a->to.dim[d];
    const size_t first = a->from.dim[a->axis[0]] * inner, both = a->to.dim[a->axis[0]] * inner;
    const size_t own = second ? both - first : first;
    return at / own * both + at % own + (second ? first : 0);
}

#endif
