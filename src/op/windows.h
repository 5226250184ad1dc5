/* SPDX-License-Identifier: Apache-2.0 */
/* windows.h -- what convolutions and pooling have in common: windows of kernel[0] x kernel[1] numbers in each channel of an image
   of shape `from`, with gaps between them; stride apart, over its border by pad; one for each place of the height and width of
   `to`. */
#ifndef OP_WINDOWS_H
#define OP_WINDOWS_H

#include <stdint.h>

#include "graph/op_graph.h"

/* Sets from and to, with as many channels as said. NULL; or why they do not fit. */
const char *windows_shape(op_attributes *a, const op_value *in, size_t channels);

/* Places beside each other may have one row of columns in common, a tile, with the numbers of all their windows: fewer numbers are
   laid out, and a product has more terms, many of them of an absent weight. */
typedef struct {
    size_t places[2]; /* of a tile, along each side; 1, 1: no tiles */
    op_attributes a;  /* what is like windows_row_at, place by place, for tiles */
} windows_tile;

static inline size_t
windows_tile_places(const windows_tile *t)
{
    return t->places[0] * t->places[1];
}

/* Those of a convolution that cost least; back: of the gradient of its input, from that of its output. */
windows_tile windows_tiles(const op_attributes *a, bool back);

/* Numbers of a tile. */
size_t windows_tile_numbers(const windows_tile *t, const op_attributes *a, bool back);

/* The weights of a tile, matrix (place, row of w), number of a tile; absent ones are -0, and others not. w is as products over
   columns take it. */
void windows_spread(double *to, const double *w, const windows_tile *t, const op_attributes *a, bool back);

/* How many groups there are, and the channels of each on one side. */
static inline size_t
windows_groups(const op_attributes *a)
{
    return a->groups > 1 ? a->groups : 1;
}

static inline size_t
windows_channels(const op_attributes *a, const op_shape *side)
{
    return side->dim[0] / windows_groups(a);
}

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
    const size_t dilation = a->gap[1] + 1, row = y * a->stride[0] + i * (a->gap[0] + 1), col = x * a->stride[1];
    const size_t end = a->from.dim[2] + a->pad[1], n = col >= end ? 0 : (end - col - 1) / dilation + 1;
    const size_t first = col < a->pad[1] ? (a->pad[1] - col - 1) / dilation + 1 : 0, last = n < a->kernel[1] ? n : a->kernel[1];
    if (row < a->pad[0] || row - a->pad[0] >= a->from.dim[1] || first >= last)
        return (windows_row){ .n = 0 };
    return (windows_row){ first, 1, (row - a->pad[0]) * a->from.dim[2] + col + first * dilation - a->pad[1], dilation,
                          last - first };
}

/* The place along one side whose window has `at` as its number k; false: there is none. */
static inline bool
windows_along(size_t *place, const op_attributes *a, size_t side, size_t at, size_t k)
{
    const size_t from = at + a->pad[side], down = k * (a->gap[side] + 1);
    *place = (from - down) / a->stride[side];
    return from >= down && (from - down) % a->stride[side] == 0 && *place < a->to.dim[side + 1];
}

/* Places in `to`, of the windows that have (y, x) of `from` as their entries (i, j): every step-th j, where so many dilations are
   whole strides. */
static inline windows_row
windows_row_of(const op_attributes *a, size_t y, size_t x, size_t i)
{
    const size_t dilation = a->gap[1] + 1;
    size_t step = 1, row, place, first = 0, next;
    while (step * dilation % a->stride[1] != 0)
        step++;
    while (first < a->kernel[1] && !windows_along(&place, a, 1, x, first))
        first++;
    if (first == a->kernel[1] || !windows_along(&row, a, 0, y, i))
        return (windows_row){ .n = 0 };
    windows_row found = { first, step, row * a->to.dim[2] + place, -(step * dilation / a->stride[1]), 1 };
    while ((next = first + found.n * step) < a->kernel[1] && windows_along(&place, a, 1, x, next))
        found.n++;
    return found;
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
            row[found.j + k] = found.at + k * found.at_step;
    }
}

#endif
