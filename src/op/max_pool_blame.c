/* SPDX-License-Identifier: Apache-2.0 */
/* max_pool_blame.c -- the largest number of a window is the sum of all of them times the mask, which is a choice; a gradient goes
   where the mask is 1. */
#include "blame/op_blame.h"
#include "op/windows.h"

static size_t
kernel_of(const op_attributes *a)
{
    return a->kernel[0] * a->kernel[1];
}

/* Of the window, times its masks; of a mask, the window. */
static size_t
max_pool(blame_run *to, const blame_shape *s, const instruction *i, size_t out, size_t at)
{
    const op_attributes *const a = &i->a;
    const size_t kernel = kernel_of(a), place = out == 0 ? at : at / kernel, channel = place / (a->to.dim[1] * a->to.dim[2]);
    const size_t first = channel * a->from.dim[1] * a->from.dim[2];
    size_t n = 0;
    (void)s;
    for (size_t k = 0; k < kernel; k++) {
        size_t from;
        if (windows_at(&from, a, place / a->to.dim[2] % a->to.dim[1], place % a->to.dim[2], k / a->kernel[1], k % a->kernel[1]))
            to[n++] = (blame_run){ .a = i->in[0], .b = out == 0 ? i->out[1] : NO_VALUE, .a_first = first + from,
                                   .b_first = place * kernel + k, .n = 1 };
    }
    return n;
}

static size_t
max_pool_input(blame_run *to, const blame_shape *s, const instruction *i, size_t out, size_t at)
{
    const op_attributes *const a = &i->a;
    const size_t size = a->from.dim[1] * a->from.dim[2], places = a->to.dim[1] * a->to.dim[2], kernel = kernel_of(a);
    size_t n = 0;
    (void)s, (void)out;
    for (size_t k = 0; k < kernel; k++) {
        size_t place;
        if (!windows_of(&place, a, at % size / a->from.dim[2], at % a->from.dim[2], k / a->kernel[1], k % a->kernel[1]))
            continue;
        place += at / size * places;
        to[n++] = (blame_run){ .a = i->in[0], .b = i->in[1], .a_first = place, .b_first = place * kernel + k, .n = 1 };
    }
    return n;
}

static size_t
most_runs(const blame_shape *s, const instruction *i)
{
    (void)s;
    return kernel_of(&i->a);
}

/* Of a gradient all numbers of its window, of a mask the one that it is of. */
static size_t
readers(size_t *at, const blame_shape *s, const instruction *i, size_t operand, size_t from)
{
    const op_attributes *const a = &i->a;
    const size_t kernel = kernel_of(a), place = operand == 0 ? from : from / kernel;
    const size_t channel = place / (a->to.dim[1] * a->to.dim[2]);
    size_t n = 0;
    (void)s;
    for (size_t k = 0; k < kernel; k++) {
        if (operand == 1 && k != from % kernel)
            continue;
        if (windows_at(at + n, a, place / a->to.dim[2] % a->to.dim[1], place % a->to.dim[2], k / a->kernel[1], k % a->kernel[1]))
            at[n++] += channel * a->from.dim[1] * a->from.dim[2];
    }
    return n;
}

static size_t
most_readers(const instruction *i)
{
    return kernel_of(&i->a);
}

static size_t
group(const blame_shape *s, const instruction *i, size_t out)
{
    (void)s;
    return out == 1 ? kernel_of(&i->a) : 1;
}

const op_blame op_blame_max_pool = { .out = { DEPENDS_SUM, DEPENDS_GROUP }, .selects = true, .runs = max_pool,
                                     .most_runs = most_runs, .group = group, .flips = 1, .flip = ORIGIN_POOL_FLIP };
const op_blame op_blame_max_pool_input = { .out = { DEPENDS_SUM }, .selects = true, .runs = max_pool_input, .most_runs = most_runs,
                                           .few = true, .readers = readers, .most_readers = most_readers };
