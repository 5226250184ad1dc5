/* SPDX-License-Identifier: Apache-2.0 */
/* view.h -- which number of an operand a number of a view is. Both are of three sides, a row of numbers as 1 x 1 x n (n_dims 1).
   Place o of the view's side d is place first[d] + step[d] o of the operand's side axis[d]; where there is none it is 0. */
#ifndef OP_VIEW_H
#define OP_VIEW_H

#include "op/op.h"

static inline size_t
view_size(const op_shape *s)
{
    return s->dim[0] * s->dim[1] * s->dim[2];
}

/* Number k of the view is number *from of the operand; false: none. */
static inline bool
view_at(size_t *from, const op_attributes *a, size_t k)
{
    ptrdiff_t at[3] = { 0 };
    for (size_t d = 3; d-- > 0; k /= a->to.dim[d])
        at[a->axis[d]] = a->first[d] + a->step[d] * (ptrdiff_t)(k % a->to.dim[d]);
    for (size_t d = 0; d < 3; d++)
        if (at[d] < 0 || at[d] >= (ptrdiff_t)a->from.dim[d])
            return false;
    *from = ((size_t)at[0] * a->from.dim[1] + (size_t)at[1]) * a->from.dim[2] + (size_t)at[2];
    return true;
}

/* Number *k of the view is number `from` of the operand; false: none is. */
static inline bool
view_of(size_t *k, const op_attributes *a, size_t from)
{
    const size_t at[3] = { from / a->from.dim[2] / a->from.dim[1], from / a->from.dim[2] % a->from.dim[1], from % a->from.dim[2] };
    *k = 0;
    for (size_t d = 0; d < 3; d++) {
        const ptrdiff_t down = (ptrdiff_t)at[a->axis[d]] - a->first[d], o = down / a->step[d];
        if (down % a->step[d] != 0 || o < 0 || o >= (ptrdiff_t)a->to.dim[d])
            return false;
        *k = *k * a->to.dim[d] + (size_t)o;
    }
    return true;
}

#endif
