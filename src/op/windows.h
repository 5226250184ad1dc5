/* SPDX-License-Identifier: Apache-2.0 */
/* windows.h -- what convolutions and pooling have in common: windows of kernel[0] x kernel[1] numbers in each channel of an image
   of shape `from`, stride apart, over its border by pad; one for each place of the height and width of `to`. */
#ifndef OP_WINDOWS_H
#define OP_WINDOWS_H

#include <stdint.h>

#include "graph/op_graph.h"

/* Sets from and to, with as many channels as said. NULL; or why they do not fit. */
const char *windows_shape(op_attributes *a, const op_value *in, size_t channels);

/* The images that columns are made of, with so many numbers in a row for each place; and where the places are. */
static inline const op_shape *
windows_of_columns(const op_attributes *a)
{
    return a->back ? &a->to : &a->from;
}

static inline const op_shape *
windows_places_of_columns(const op_attributes *a)
{
    return a->back ? &a->from : &a->to;
}

static inline size_t
windows_numbers(const op_attributes *a)
{
    return windows_of_columns(a)->dim[0] * a->kernel[0] * a->kernel[1];
}

static inline size_t
windows_n_places(const op_attributes *a)
{
    const op_shape *const at = windows_places_of_columns(a);
    return at->dim[1] * at->dim[2];
}

/* Entries (i, j), (i, j + step), ... of a window, the n of them that are not over the border: at `at`, at + at_step, ...; modulo
   2^64. */
typedef struct {
    size_t j, step, at, at_step, n;
} windows_row;

/* Indices in a channel of `from`, of the window at place (y, x). */
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

/* Places in `to`, of the windows that have (y, x) of `from` as their entries (i, j). */
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

/* One of these: of entry (i, j); false: there is none. */
static inline bool
windows_entry(size_t *at, windows_row row, size_t j)
{
    if (row.n == 0 || j < row.j || (j - row.j) % row.step != 0 || (j - row.j) / row.step >= row.n)
        return false;
    *at = row.at + (j - row.j) / row.step * row.at_step;
    return true;
}

static inline bool
windows_at(size_t *index, const op_attributes *a, size_t y, size_t x, size_t i, size_t j)
{
    return windows_entry(index, windows_row_at(a, y, x, i), j);
}

static inline bool
windows_of(size_t *place, const op_attributes *a, size_t y, size_t x, size_t i, size_t j)
{
    return windows_entry(place, windows_row_of(a, y, x, i), j);
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

#endif
