/* SPDX-License-Identifier: Apache-2.0 */
/* windows.h -- what convolutions and pooling have in common: windows of kernel[0] x kernel[1] numbers in each channel of an image
   of shape `from`, stride apart, over its border by pad; one for each place of the height and width of `to`. */
#ifndef OP_WINDOWS_H
#define OP_WINDOWS_H

#include "graph/op_graph.h"


/* Sets from and to, with as many channels as said. NULL; or why they do not fit. */
const char *windows_shape(op_attributes *a, const op_value *in, size_t channels);

/* The index in a channel of `from` of entry (i, j) of the window at place (y, x); false: over the border. */
static inline bool
windows_at(size_t *index, const op_attributes *a, size_t y, size_t x, size_t i, size_t j)
{
    const size_t row = y * a->stride[0] + i, col = x * a->stride[1] + j;
    if (row < a->pad[0] || col < a->pad[1] || row - a->pad[0] >= a->from.dim[1] || col - a->pad[1] >= a->from.dim[2])
        return false;
    *index = (row - a->pad[0]) * a->from.dim[2] + col - a->pad[1];
    return true;
}

/* The place in `to` of the window that has (y, x) of `from` as its entry (i, j); false: there is none. */
static inline bool
windows_of(size_t *place, const op_attributes *a, size_t y, size_t x, size_t i, size_t j)
{
    const size_t row = y + a->pad[0], col = x + a->pad[1];
    if (row < i || col < j || (row - i) % a->stride[0] != 0 || (col - j) % a->stride[1] != 0)
        return false;
    const size_t r = (row - i) / a->stride[0], c = (col - j) / a->stride[1];
    if (r >= a->to.dim[1] || c >= a->to.dim[2])
        return false;
    *place = r * a->to.dim[2] + c;
    return true;
}

#endif
