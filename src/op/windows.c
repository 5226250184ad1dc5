/* SPDX-License-Identifier: Apache-2.0 */
/* windows.c -- see windows.h */
#include <math.h>

#include "op/windows.h"

const char *
windows_shape(op_attributes *a, const op_value *in, size_t channels)
{
    if (in->shape.n_dims != 3)
        return "its input is not [images, channels, height, width]";
    a->from = in->shape;
    a->to = (op_shape){ 3, { channels, 0, 0 } };
    for (size_t d = 0; d < 2; d++) {
        const size_t whole = a->pad[d] + a->from.dim[d + 1] + a->pad[d + 2];
        const size_t size = a->kernel[d] == 0 ? 0 : (a->kernel[d] - 1) * (a->gap[d] + 1) + 1;
        if (size == 0 || a->stride[d] == 0 || size > whole)
            return "its windows do not fit the image";
        a->to.dim[d + 1] = (whole - size) / a->stride[d] + 1;
    }
    return NULL;
}

/* What a number of a row of columns costs, laid out and packed, in terms of a product; results of a product come in vectors. */
enum { COST_OF_NUMBER = 100, RESULTS_AT_ONCE = 32, MOST_NUMBERS = 4096, MOST_WEIGHTS = 1 << 20 };

/* Numbers along one side of an image that so many places have in their windows. */
static size_t
tile_side(const op_attributes *a, size_t side, size_t places, bool back)
{
    return (places - 1) * (back ? 1 : a->stride[side]) + (a->kernel[side] - 1) * (a->gap[side] + 1) + 1;
}

/* Tiles of rows x cols places: what an image costs; 0: there are none so large. */
static size_t
tile_cost(const op_attributes *a, size_t rows, size_t cols, bool back)
{
    const op_shape *const of = back ? &a->to : &a->from, *const at = back ? &a->from : &a->to;
    const size_t places = rows * cols, results = places * at->dim[0];
    const size_t side = places == 1 ? a->kernel[0] * a->kernel[1] : tile_side(a, 0, rows, back) * tile_side(a, 1, cols, back);
    const size_t numbers = of->dim[0] * side;
    if (places > 1 && (side >= places * a->kernel[0] * a->kernel[1] || numbers > MOST_NUMBERS || results > MOST_WEIGHTS / numbers))
        return 0;
    return at->dim[1] * at->dim[2] / places * numbers *
           (COST_OF_NUMBER + (results + RESULTS_AT_ONCE - 1) / RESULTS_AT_ONCE * RESULTS_AT_ONCE);
}

windows_tile
windows_tiles(const op_attributes *a, bool back)
{
    windows_tile t = { { 1, 1 }, *a };
    const op_shape *const of = back ? &a->to : &a->from, *const at = back ? &a->from : &a->to;
    size_t least = tile_cost(a, 1, 1, back);
    bool can = windows_groups(a) == 1;
    for (size_t d = 0; back && d < 2; d++)
        can = can && a->stride[d] == 1 && a->pad[d] <= (a->kernel[d] - 1) * (a->gap[d] + 1);
    for (size_t rows = 1; can && rows <= at->dim[1]; rows++)
        for (size_t cols = 1; cols <= at->dim[2]; cols++) {
            const size_t cost = at->dim[1] % rows == 0 && at->dim[2] % cols == 0 ? tile_cost(a, rows, cols, back) : 0;
            if (cost == 0 || cost >= least)
                continue;
            least = cost;
            t.places[0] = rows;
            t.places[1] = cols;
        }
    if (windows_tile_places(&t) == 1)
        return t;
    t.a = (op_attributes){ .from = *of, .to = { 3, { at->dim[0], at->dim[1] / t.places[0], at->dim[2] / t.places[1] } } };
    for (size_t d = 0; d < 2; d++) {
        t.a.kernel[d] = tile_side(a, d, t.places[d], back);
        t.a.stride[d] = t.places[d] * (back ? 1 : a->stride[d]);
        t.a.pad[d] = back ? (a->kernel[d] - 1) * (a->gap[d] + 1) - a->pad[d] : a->pad[d];
    }
    return t;
}

size_t
windows_tile_numbers(const windows_tile *t, const op_attributes *a, bool back)
{
    return (back ? a->to : a->from).dim[0] * t->a.kernel[0] * t->a.kernel[1];
}

/* Where entry k of the window of a tile's place is along one side of the tile. */
static size_t
along(const op_attributes *a, size_t side, size_t place, size_t k, bool back)
{
    return back ? place + (a->kernel[side] - 1 - k) * (a->gap[side] + 1) : place * a->stride[side] + k * (a->gap[side] + 1);
}

void
windows_spread(double *to, const double *w, const windows_tile *t, const op_attributes *a, bool back)
{
    const size_t of = (back ? a->to : a->from).dim[0], rows = (back ? a->from : a->to).dim[0], places = windows_tile_places(t);
    const size_t cols = windows_tile_numbers(t, a, back), kernel[2] = { a->kernel[0], a->kernel[1] };
    for (size_t i = 0; i < places * rows * cols; i++)
        to[i] = -0.0;
    for (size_t p = 0; p < places; p++)
        for (size_t r = 0; r < rows; r++, to += cols)
            for (size_t k = 0; k < of * kernel[0]; k++)
                for (size_t j = 0; j < kernel[1]; j++) {
                    const size_t row = along(a, 0, p / t->places[1], k % kernel[0], back);
                    const size_t col = along(a, 1, p % t->places[1], j, back);
                    const double x = w[(r * of * kernel[0] + k) * kernel[1] + j];
                    to[(k / kernel[0] * t->a.kernel[0] + row) * t->a.kernel[1] + col] = x == 0 ? 0.0 : x;
                }
}
