/* SPDX-License-Identifier: Apache-2.0 */
/* windows.h -- what convolutions and pooling have in common: windows of kernel[0] x kernel[1] numbers in each channel of an image
   of shape `from`, stride apart, over its border by pad; one for each place of the height and width of `to`. */
#ifndef OP_WINDOWS_H
#define OP_WINDOWS_H

#include <stdint.h>

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

/* Of row i of a window, those n entries that are not over the border: (i, j), (i, j + step), ... are at `at`, at + at_step, ...,
   modulo 2^64. */
typedef struct {
    size_t j, step, at, at_step, n;
} windows_row;

/* windows_at, for all j. */
static inline windows_row
windows_row_at(const op_attributes *a, size_t y, size_t x, size_t i)
{
    const size_t row = y * a->stride[0] + i, col = x * a->stride[1], end = a->from.dim[2] + a->pad[1];
    const size_t first = col < a->pad[1] ? a->pad[1] - col : 0;
    const size_t last = col >= end ? 0 : end - col < a->kernel[1] ? end - col : a->kernel[1];
    if (row < a->pad[0] || row - a->pad[0] >= a->from.dim[1] || first >= last)
        return (windows_row){ .n = 0 };
    return (windows_row){ first, 1, (row - a->pad[0]) * a->from.dim[2] + col + first - a->pad[1], 1, last - first };
}

/* place[k]: where entry k of a window is, row after row; SIZE_MAX: over the border. */
static inline void
windows_places(size_t *place, const op_attributes *a, size_t y, size_t x)
{
    for (size_t i = 0; i < a->kernel[0]; i++) {
        const windows_row found = windows_row_at(a, y, x, i);
        size_t *const row = place + i * a->kernel[1];
        for (size_t j = 0; found.n < a->kernel[1] && j < a->kernel[1]; j++)
            row[j] = SIZE_MAX;
        for (size_t k = 0; k < found.n; k++)
            row[found.j + k] = found.at + k;
    }
}

/* windows_of, for all j. */
static inline windows_row
windows_row_of(const op_attributes *a, size_t y, size_t x, size_t i)
{
    const size_t row = y + a->pad[0], col = x + a->pad[1], stride = a->stride[1], span = (a->to.dim[2] - 1) * stride;
    const size_t first = col > span ? col - span : col % stride;
    const size_t last = col < a->kernel[1] ? col : a->kernel[1] - 1;
    if (row < i || (row - i) % a->stride[0] != 0 || (row - i) / a->stride[0] >= a->to.dim[1] || first > last)
        return (windows_row){ .n = 0 };
    return (windows_row){ first, stride, (row - i) / a->stride[0] * a->to.dim[2] + (col - first) / stride, SIZE_MAX,
                          (last - first) / stride + 1 };
}

#endif
