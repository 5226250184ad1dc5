/* SPDX-License-Identifier: Apache-2.0 */
/* sum_pool_blame.c -- the terms of sum_pool.c's sums: a run is a line of a window, or of the windows that have a number. */
#include "blame/op_blame.h"
#include "op/windows.h"

/* Of number `at` of what is made, in channels of shape `made`, from numbers of channels of shape `of`. */
static size_t
lines(blame_run *to, const instruction *i, size_t at, const op_shape *made, const op_shape *of,
      windows_row index(const op_attributes *, size_t, size_t, size_t))
{
    const size_t size = made->dim[1] * made->dim[2], y = at % size / made->dim[2], x = at % made->dim[2];
    size_t n = 0;
    for (size_t k = 0; k < i->a.kernel[0]; k++) {
        const windows_row line = index(&i->a, y, x, k);
        if (line.n > 0)
            to[n++] = (blame_run){ .a = i->in[0], .b = NO_VALUE, .a_first = at / size * of->dim[1] * of->dim[2] + line.at,
                                   .a_step = line.at_step, .n = line.n };
    }
    return n;
}

static size_t
sum_pool(blame_run *to, const blame_shape *s, const instruction *i, size_t out, size_t at)
{
    (void)s, (void)out;
    return lines(to, i, at, &i->a.to, &i->a.from, windows_row_at);
}

static size_t
sum_pool_input(blame_run *to, const blame_shape *s, const instruction *i, size_t out, size_t at)
{
    (void)s, (void)out;
    return lines(to, i, at, &i->a.from, &i->a.to, windows_row_of);
}

static size_t
most_lines(const blame_shape *s, const instruction *i)
{
    (void)s;
    return i->a.kernel[0];
}

/* The windows that have a number; the numbers that a window has. */
static size_t
readers(size_t *at, const blame_shape *s, const instruction *i, size_t operand, size_t from)
{
    const bool back = i->op == OP_sum_pool_input;
    const op_shape *const of = back ? &i->a.to : &i->a.from, *const made = back ? &i->a.from : &i->a.to;
    const size_t size = of->dim[1] * of->dim[2], y = from % size / of->dim[2], x = from % of->dim[2];
    size_t n = 0;
    (void)s, (void)operand;
    for (size_t k = 0; k < i->a.kernel[0]; k++) {
        const windows_row line = back ? windows_row_at(&i->a, y, x, k) : windows_row_of(&i->a, y, x, k);
        for (size_t j = 0; j < line.n; j++)
            at[n++] = from / size * made->dim[1] * made->dim[2] + line.at + j * line.at_step;
    }
    return n;
}

static size_t
most_readers(const instruction *i)
{
    return i->a.kernel[0] * i->a.kernel[1];
}

const op_blame op_blame_sum_pool = { .out = { DEPENDS_SUM }, .runs = sum_pool, .most_runs = most_lines, .readers = readers,
                                     .most_readers = most_readers };
const op_blame op_blame_sum_pool_input = { .out = { DEPENDS_SUM }, .runs = sum_pool_input, .most_runs = most_lines,
                                           .readers = readers, .most_readers = most_readers };
