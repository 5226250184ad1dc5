/* SPDX-License-Identifier: Apache-2.0 */
/* conv2d_blame.c -- the terms of conv2d.c's sums: a run is a line of a window, or of a channel. */
#include "blame/op_blame.h"
#include "op/windows.h"

/* The numbers k, ..., of n, for which place k stride + offset - pad is from 0 to size - 1; returns how many. */
static size_t
inside(size_t *first, size_t n, size_t stride, size_t offset, size_t pad, size_t size)
{
    size_t end = 0;
    *first = offset >= pad ? 0 : (pad - offset + stride - 1) / stride;
    if (size + pad > offset)
        end = (size + pad - offset + stride - 1) / stride;
    end = end < n ? end : n;
    return end > *first ? end - *first : 0;
}

/* Number (c, y, x) of an image. */
static void
place_of(size_t place[4], size_t at, const op_shape *shape)
{
    const size_t size = shape->dim[1] * shape->dim[2];
    place[0] = at / (shape->dim[0] * size);
    place[1] = at / size % shape->dim[0];
    place[2] = at % size / shape->dim[2];
    place[3] = at % shape->dim[2];
}

static size_t
conv2d(blame_run *to, const blame_shape *s, const instruction *i, size_t out, size_t at)
{
    const op_attributes *const a = &i->a;
    const size_t height = a->from.dim[1], width = a->from.dim[2], weights = a->from.dim[0] * a->kernel[0] * a->kernel[1];
    size_t place[4], n = 0, first;
    (void)s, (void)out;
    place_of(place, at, &a->to);
    const size_t top = place[2] * a->stride[0], left = place[3] * a->stride[1];
    const size_t length = inside(&first, a->kernel[1], 1, left, a->pad[1], width);
    for (size_t c = 0; c < a->from.dim[0] && length > 0; c++)
        for (size_t k = 0; k < a->kernel[0]; k++)
            if (top + k >= a->pad[0] && top + k - a->pad[0] < height) {
                const size_t line = (place[0] * a->from.dim[0] + c) * height + top + k - a->pad[0];
                to[n++] = (blame_run){ i->in[0], i->in[1], line * width + left + first - a->pad[1], 1,
                                       place[1] * weights + (c * a->kernel[0] + k) * a->kernel[1] + first, 1, length };
            }
    to[n++] = (blame_run){ .a = i->in[2], .b = NO_VALUE, .a_first = place[1], .n = 1 };
    return n;
}

static size_t
most_lines(const blame_shape *s, const instruction *i)
{
    (void)s;
    return i->a.from.dim[0] * i->a.kernel[0] + 1;
}

/* The place along one side whose window has `at` as its number k; false: there is none. */
static bool
place_along(size_t *place, size_t at, size_t k, size_t stride, size_t pad, size_t n)
{
    if (at + pad < k || (at + pad - k) % stride != 0)
        return false;
    *place = (at + pad - k) / stride;
    return *place < n;
}

/* From the gradients of all windows that have the number, each with the turned weight of its place there. */
static size_t
conv2d_input(blame_run *to, const blame_shape *s, const instruction *i, size_t out, size_t at)
{
    const op_attributes *const a = &i->a;
    const size_t channels = a->to.dim[0], height = a->to.dim[1], width = a->to.dim[2], kernel = a->kernel[0] * a->kernel[1];
    size_t place[4], n = 0, y, x, first = 0, column = 0, length = 0;
    (void)s, (void)out;
    place_of(place, at, &a->from);
    for (size_t k = 0; k < a->kernel[1]; k++) /* every stride-th from the first */
        if (place_along(&x, place[3], k, a->stride[1], a->pad[1], width) && length++ == 0) {
            first = k;
            column = x;
        }
    for (size_t k = 0; k < a->kernel[0] && length > 0; k++) {
        if (!place_along(&y, place[2], k, a->stride[0], a->pad[0], height))
            continue;
        for (size_t c = 0; c < channels; c++)
            to[n++] = (blame_run){ i->in[0], i->in[1], ((place[0] * channels + c) * height + y) * width + column, SIZE_MAX,
                                   (place[1] * channels + c) * kernel + k * a->kernel[1] + first, a->stride[1], length };
    }
    return n;
}

static size_t
most_places(const blame_shape *s, const instruction *i)
{
    (void)s;
    return i->a.to.dim[0] * i->a.kernel[0];
}

/* The numbers of a gradient's window, in all channels. */
static size_t
input_readers(size_t *at, const blame_shape *s, const instruction *i, size_t operand, size_t from)
{
    const op_attributes *const a = &i->a;
    const size_t height = a->from.dim[1], width = a->from.dim[2];
    size_t place[4], n = 0, index;
    (void)s, (void)operand;
    place_of(place, from, &a->to);
    for (size_t k = 0; k < a->kernel[0]; k++)
        for (size_t j = 0; j < a->kernel[1]; j++)
            for (size_t c = 0; windows_at(&index, a, place[2], place[3], k, j) && c < a->from.dim[0]; c++)
                at[n++] = (place[0] * a->from.dim[0] + c) * height * width + index;
    return n;
}

/* What a number is in: of all channels each window that has it. */
static size_t
readers(size_t *at, const blame_shape *s, const instruction *i, size_t operand, size_t from)
{
    const op_attributes *const a = &i->a;
    const size_t places = a->to.dim[1] * a->to.dim[2];
    size_t place[4], n = 0, window;
    (void)s, (void)operand;
    place_of(place, from, &a->from);
    for (size_t k = 0; k < a->kernel[0]; k++)
        for (size_t j = 0; j < a->kernel[1]; j++)
            for (size_t c = 0; windows_of(&window, a, place[2], place[3], k, j) && c < a->to.dim[0]; c++)
                at[n++] = (place[0] * a->to.dim[0] + c) * places + window;
    return n;
}

static size_t
most_readers(const instruction *i)
{
    const size_t channels = i->op == OP_conv2d ? i->a.to.dim[0] : i->a.from.dim[0];
    return channels * i->a.kernel[0] * i->a.kernel[1];
}

/* Over images and places. */
static size_t
conv2d_weight(blame_run *to, const blame_shape *s, const instruction *i, size_t out, size_t at)
{
    const op_attributes *const a = &i->a;
    const size_t kernel = a->kernel[0] * a->kernel[1], weights = a->from.dim[0] * kernel, height = a->from.dim[1];
    const size_t width = a->from.dim[2], channel = at % weights / kernel, k = at % kernel / a->kernel[1], j = at % a->kernel[1];
    size_t n = 0, first;
    (void)out;
    const size_t length = inside(&first, a->to.dim[2], a->stride[1], j, a->pad[1], width);
    for (size_t row = 0; row < s->rows && length > 0; row++)
        for (size_t y = 0; y < a->to.dim[1]; y++) {
            const size_t from = y * a->stride[0] + k;
            if (from < a->pad[0] || from - a->pad[0] >= height)
                continue;
            const size_t line = (row * a->from.dim[0] + channel) * height + from - a->pad[0];
            const size_t places = ((row * a->to.dim[0] + at / weights) * a->to.dim[1] + y) * a->to.dim[2];
            to[n++] = (blame_run){ i->in[0], i->in[1], places + first, 1, line * width + first * a->stride[1] + j - a->pad[1],
                                   a->stride[1], length };
        }
    return n;
}

static size_t
conv2d_bias(blame_run *to, const blame_shape *s, const instruction *i, size_t out, size_t at)
{
    const size_t places = i->a.to.dim[1] * i->a.to.dim[2];
    (void)out;
    for (size_t row = 0; row < s->rows; row++)
        to[row] = (blame_run){ i->in[0], NO_VALUE, (row * i->a.to.dim[0] + at) * places, 1, 0, 0, places };
    return s->rows;
}

static size_t
most_images(const blame_shape *s, const instruction *i)
{
    return s->rows * i->a.to.dim[1];
}

const op_blame op_blame_conv2d = { .out = { DEPENDS_SUM }, .runs = conv2d, .most_runs = most_lines, .readers = readers,
                                   .most_readers = most_readers };
const op_blame op_blame_conv2d_turn = { .runs = NULL };
const op_blame op_blame_conv2d_input = { .out = { DEPENDS_SUM }, .runs = conv2d_input, .most_runs = most_places,
                                         .readers = input_readers, .most_readers = most_readers };
const op_blame op_blame_conv2d_weight = { .out = { DEPENDS_SUM }, .runs = conv2d_weight, .most_runs = most_images };
const op_blame op_blame_conv2d_bias = { .out = { DEPENDS_SUM }, .runs = conv2d_bias, .most_runs = most_images };
