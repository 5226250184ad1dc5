/* SPDX-License-Identifier: Apache-2.0 */
/* test_windows.c -- tiles: convolutions of several places at a time, and the gradients of their inputs, against the sums that
   define them, in integers. */
#include "op/windows.h"
#include "test.h"

enum { DRAWS = 2000, MOST = 1 << 18 };
static double x[MOST], w[MOST], spread[MOST];

static void
fill(double *to, size_t n, uint64_t *state)
{
    for (size_t i = 0; i < n; i++)
        to[i] = (double)(test_random(state) % 19) - 9;
}

static size_t
draw_size(uint64_t *state, size_t least, size_t most)
{
    return least + test_random(state) % (most - least + 1);
}

/* Whether number k of a window at place `to` along a side is `from`. */
static bool
has(const op_attributes *a, size_t side, size_t to, size_t from, size_t k)
{
    return to * a->stride[side] + k * (a->gap[side] + 1) == from + a->pad[side];
}

/* Number (c, place) of what is made of x with row c of w. */
static double
defined(const op_attributes *a, bool back, size_t c, const size_t place[2])
{
    const op_shape *const of = back ? &a->to : &a->from;
    double sum = 0;
    for (size_t k = 0; k < of->dim[0]; k++)
        for (size_t i = 0; i < a->kernel[0]; i++)
            for (size_t j = 0; j < a->kernel[1]; j++)
                for (size_t row = 0; row < of->dim[1]; row++)
                    for (size_t col = 0; col < of->dim[2]; col++)
                        if (back ? has(a, 0, row, place[0], i) && has(a, 1, col, place[1], j)
                                 : has(a, 0, place[0], row, i) && has(a, 1, place[1], col, j))
                            sum += w[((c * of->dim[0] + k) * a->kernel[0] + i) * a->kernel[1] + j] *
                                   x[(k * of->dim[1] + row) * of->dim[2] + col];
    return sum;
}

/* The same of a place of the tile (y, x), by its weights. */
static double
of_tile(const windows_tile *t, const double *weights, size_t y, size_t across, size_t channels, size_t size)
{
    double sum = 0;
    for (size_t k = 0; k < channels; k++)
        for (size_t i = 0; i < t->a.kernel[0]; i++)
            for (size_t j = 0; j < t->a.kernel[1]; j++, weights++) {
                size_t at;
                if (windows_at(&at, &t->a, y, across, i, j))
                    sum += *weights * x[k * size + at];
            }
    return sum;
}

/* tried[d]: how many tiles had several places along side d. */
static void
try_tiles(size_t tried[2], const op_attributes *a, bool back, uint64_t *state)
{
    const windows_tile t = windows_tiles(a, back);
    const op_shape *const of = back ? &a->to : &a->from, *const at = back ? &a->from : &a->to;
    const size_t cols = windows_tile_numbers(&t, a, back), kernel = a->kernel[0] * a->kernel[1], places = windows_tile_places(&t);
    size_t present = 0;
    if (places == 1)
        return;
    fill(x, op_shape_size(of), state);
    fill(w, at->dim[0] * of->dim[0] * kernel, state);
    windows_spread(spread, w, &t, a, back);
    for (size_t i = 0; i < places * at->dim[0] * cols; i++)
        present += spread[i] != 0 || !signbit(spread[i]);
    ASSERT(present == places * at->dim[0] * of->dim[0] * kernel);
    for (size_t y = 0; y < at->dim[1]; y++)
        for (size_t col = 0; col < at->dim[2]; col++)
            for (size_t c = 0; c < at->dim[0]; c++) {
                const size_t place = y % t.places[0] * t.places[1] + col % t.places[1];
                const double *const weights = spread + (place * at->dim[0] + c) * cols;
                const double got = of_tile(&t, weights, y / t.places[0], col / t.places[1], of->dim[0], of->dim[1] * of->dim[2]);
                if (!ASSERT(got == defined(a, back, c, (size_t[]){ y, col }), "back %d, %zu, %zu, %zu", back, c, y, col))
                    return;
            }
    for (size_t d = 0; d < 2; d++)
        tried[d] += t.places[d] > 1;
}

static void
tiles_are_convolutions(void)
{
    uint64_t state = test_seed();
    size_t tried[2][2] = { { 0 } };
    for (size_t n = 0; n < DRAWS; n++) {
        op_attributes a = { .kernel = { draw_size(&state, 1, 3), draw_size(&state, 1, 5) },
                            .stride = { draw_size(&state, 1, 2), draw_size(&state, 1, 2) },
                            .gap = { draw_size(&state, 0, 1), draw_size(&state, 0, 2) } };
        op_value in = { .role = VALUE_INPUT };
        for (size_t d = 0; d < 4; d++)
            a.pad[d] = draw_size(&state, 0, 3);
        op_set_shape(&in, &(op_shape){ 3, { draw_size(&state, 1, 3), draw_size(&state, 1, 6), draw_size(&state, 1, 34) } });
        if (windows_shape(&a, &in, draw_size(&state, 1, 5)) != NULL)
            continue;
        for (int back = 0; back < 2; back++)
            try_tiles(tried[back], &a, back, &state);
    }
    for (int back = 0; back < 2; back++)
        for (size_t d = 0; d < 2; d++)
            ASSERT(tried[back][d] > 50, "%d, %zu: %zu", back, d, tried[back][d]);
}

TEST_MAIN("windows", TEST(tiles_are_convolutions))
