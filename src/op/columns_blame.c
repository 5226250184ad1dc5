/* SPDX-License-Identifier: Apache-2.0 */
/* columns_blame.c -- where columns' numbers are from, and the terms of sums of columns (columns.c). */
#include "blame/op_blame.h"
#include "op/windows.h"

/* Number (place; channel, i, j) of an image's columns. */
typedef struct {
    size_t image, y, x, channel, i, j;
} column;

static column
column_of(const op_attributes *a, size_t at)
{
    const size_t numbers = windows_numbers(a), places = windows_n_places(a), width = windows_places_of_columns(a)->dim[2];
    const size_t place = at / numbers % places, k = at % numbers, kernel = a->kernel[0] * a->kernel[1];
    return (column){ at / numbers / places, place / width, place % width, k / kernel, k % kernel / a->kernel[1], k % a->kernel[1] };
}

/* One number; beyond the border none. */
static size_t
store_runs(blame_run *to, const blame_shape *s, const instruction *i, size_t out, size_t at)
{
    const column c = column_of(&i->a, at);
    const op_shape *const of = windows_of_columns(&i->a);
    size_t index = 0;
    (void)s, (void)out;
    const bool is = i->a.back ? windows_of(&index, &i->a, c.y, c.x, c.i, c.j) : windows_at(&index, &i->a, c.y, c.x, c.i, c.j);
    const size_t channel = (c.image * of->dim[0] + c.channel) * of->dim[1] * of->dim[2];
    *to = (blame_run){ .a = i->in[0], .b = NO_VALUE, .a_first = channel + index, .n = is };
    return 1;
}

/* Every window that has a number, or every number that a window has. */
static size_t
store_readers(size_t *at, const blame_shape *s, const instruction *i, size_t operand, size_t from)
{
    const op_attributes *const a = &i->a;
    const op_shape *const of = windows_of_columns(a);
    const size_t size = of->dim[1] * of->dim[2], y = from % size / of->dim[2], x = from % of->dim[2];
    const size_t image = from / size / of->dim[0], channel = from / size % of->dim[0];
    const size_t numbers = windows_numbers(a), rows = image * windows_n_places(a), first = channel * a->kernel[0] * a->kernel[1];
    size_t n = 0, place;
    (void)s, (void)operand;
    for (size_t k = 0; k < a->kernel[0]; k++)
        for (size_t j = 0; j < a->kernel[1]; j++)
            if (a->back ? windows_at(&place, a, y, x, k, j) : windows_of(&place, a, y, x, k, j))
                at[n++] = (rows + place) * numbers + first + k * a->kernel[1] + j;
    return n;
}

static size_t
most_windows(const instruction *i)
{
    return i->a.kernel[0] * i->a.kernel[1];
}

static size_t
scale_at(const instruction *i, size_t col)
{
    const size_t numbers = windows_numbers(&i->a);
    return i->a.along_rows ? col : col / numbers * ((numbers + OP_BLOCK - 1) / OP_BLOCK) + col % numbers / OP_BLOCK;
}

/* A row of columns times one of the weights, for number (image, c, place). */
static blame_run
row_of(const blame_shape *s, const instruction *i, size_t *channel, size_t at)
{
    const op_shape *const to = &s->value[i->out[0]].shape;
    const size_t places = to->dim[1] * to->dim[2], image = at / places / to->dim[0], n = s->value[i->in[1]].cols;
    *channel = at / places % to->dim[0];
    return (blame_run){ i->in[0], i->in[1], (image * places + at % places) * n, 1, *channel * n, 1, n, false, false };
}

static size_t
sum_runs(blame_run *to, const blame_shape *s, const instruction *i, size_t out, size_t at)
{
    size_t channel;
    (void)out;
    to[0] = row_of(s, i, &channel, at);
    to[1] = (blame_run){ .a = i->in[2], .b = NO_VALUE, .a_first = channel, .n = 1 };
    return 2;
}

static size_t
input_runs(blame_run *to, const blame_shape *s, const instruction *i, size_t out, size_t at)
{
    size_t channel;
    (void)out;
    *to = row_of(s, i, &channel, at);
    return 1;
}

/* All channels of the place. */
static size_t
readers(size_t *at, const blame_shape *s, const instruction *i, size_t operand, size_t from)
{
    const op_shape *const to = &s->value[i->out[0]].shape;
    const size_t places = to->dim[1] * to->dim[2], row = from / s->value[i->in[1]].cols;
    (void)operand;
    for (size_t c = 0; c < to->dim[0]; c++)
        at[c] = (row / places * to->dim[0] + c) * places + row % places;
    return to->dim[0];
}

static size_t
most_channels(const instruction *i)
{
    return i->op == OP_columns_sum ? i->a.to.dim[0] : i->a.from.dim[0];
}

/* Over images and places. */
static size_t
weight_runs(blame_run *to, const blame_shape *s, const instruction *i, size_t out, size_t at)
{
    const op_value *const w = s->value + i->out[0];
    const size_t places = i->a.to.dim[1] * i->a.to.dim[2];
    (void)out;
    *to = (blame_run){ i->in[0], i->in[1], at / w->cols, w->rows, at % w->cols, w->cols, s->rows * places, false, false };
    return 1;
}

const op_blame op_blame_store_columns = { .out = { DEPENDS_STORED, DEPENDS_NOT }, .runs = store_runs, .gathers = true,
                                          .readers = store_readers, .most_readers = most_windows, .store = blame_store,
                                          .scale_at = scale_at };
const op_blame op_blame_columns_sum = { .out = { DEPENDS_SUM }, .gemm = true, .runs = sum_runs, .readers = readers,
                                        .most_readers = most_channels };
const op_blame op_blame_columns_input = { .out = { DEPENDS_SUM }, .gemm = true, .runs = input_runs, .readers = readers,
                                          .most_readers = most_channels };
const op_blame op_blame_columns_weight = { .out = { DEPENDS_SUM }, .gemm = true, .runs = weight_runs };
