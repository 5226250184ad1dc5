/* SPDX-License-Identifier: Apache-2.0 */
/* conv2d_blame.c -- the terms of conv2d.c's sums: a run is a line of a window, or of a channel. */
#include "blame/op_blame.h"
#include "op/windows.h"

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
    const size_t channels = windows_channels(a, &a->from), size = a->from.dim[1] * a->from.dim[2];
    size_t place[4], n = 0;
    (void)s, (void)out;
    place_of(place, at, &a->to);
    const size_t first = place[0] * a->from.dim[0] + place[1] / windows_channels(a, &a->to) * channels;
    for (size_t c = 0; c < channels; c++)
        for (size_t k = 0; k < a->kernel[0]; k++) {
            const windows_row line = windows_row_at(a, place[2], place[3], k);
            if (line.n > 0)
                to[n++] = (blame_run){ i->in[0], i->in[1], (first + c) * size + line.at, line.at_step,
                                       ((place[1] * channels + c) * a->kernel[0] + k) * a->kernel[1] + line.j, 1, line.n, false,
                                       false };
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

/* From the gradients of all windows that have the number, each with the turned weight of its place there. */
static size_t
conv2d_input(blame_run *to, const blame_shape *s, const instruction *i, size_t out, size_t at)
{
    const op_attributes *const a = &i->a;
    const size_t channels = windows_channels(a, &a->to), size = a->to.dim[1] * a->to.dim[2], kernel = a->kernel[0] * a->kernel[1];
    size_t place[4], n = 0;
    (void)s, (void)out;
    place_of(place, at, &a->from);
    const size_t first = place[0] * a->to.dim[0] + place[1] / windows_channels(a, &a->from) * channels;
    for (size_t k = 0; k < a->kernel[0]; k++) {
        const windows_row line = windows_row_of(a, place[2], place[3], k);
        for (size_t c = 0; c < channels && line.n > 0; c++)
            to[n++] = (blame_run){ i->in[0], i->in[1], (first + c) * size + line.at, line.at_step,
                                   (place[1] * channels + c) * kernel + k * a->kernel[1] + line.j, line.step, line.n, false,
                                   false };
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
    const size_t size = a->from.dim[1] * a->from.dim[2], channels = windows_channels(a, &a->from);
    size_t place[4], n = 0, index;
    (void)s, (void)operand;
    place_of(place, from, &a->to);
    const size_t first = place[0] * a->from.dim[0] + place[1] / windows_channels(a, &a->to) * channels;
    for (size_t k = 0; k < a->kernel[0]; k++)
        for (size_t j = 0; j < a->kernel[1]; j++)
            for (size_t c = 0; windows_at(&index, a, place[2], place[3], k, j) && c < channels; c++)
                at[n++] = (first + c) * size + index;
    return n;
}

/* What a number is in: of all channels each window that has it. */
static size_t
readers(size_t *at, const blame_shape *s, const instruction *i, size_t operand, size_t from)
{
    const op_attributes *const a = &i->a;
    const size_t places = a->to.dim[1] * a->to.dim[2], channels = windows_channels(a, &a->to);
    size_t place[4], n = 0, window;
    (void)s, (void)operand;
    place_of(place, from, &a->from);
    const size_t first = place[0] * a->to.dim[0] + place[1] / windows_channels(a, &a->from) * channels;
    for (size_t k = 0; k < a->kernel[0]; k++)
        for (size_t j = 0; j < a->kernel[1]; j++)
            for (size_t c = 0; windows_of(&window, a, place[2], place[3], k, j) && c < channels; c++)
                at[n++] = (first + c) * places + window;
    return n;
}

static size_t
most_readers(const instruction *i)
{
    const size_t channels = i->op == OP_conv2d ? i->a.to.dim[0] : i->a.from.dim[0];
    return channels * i->a.kernel[0] * i->a.kernel[1];
}

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

/* Over images and places. */
static size_t
conv2d_weight(blame_run *to, const blame_shape *s, const instruction *i, size_t out, size_t at)
{
    const op_attributes *const a = &i->a;
    const size_t kernel = a->kernel[0] * a->kernel[1], channels = windows_channels(a, &a->from), weights = channels * kernel;
    const size_t channel = at / weights, from = channel / windows_channels(a, &a->to) * channels + at % weights / kernel;
    const size_t k = at % kernel / a->kernel[1], j = at % a->kernel[1], size = a->from.dim[1] * a->from.dim[2];
    size_t n = 0, first, index = 0;
    (void)out;
    const size_t length = inside(&first, a->to.dim[2], a->stride[1], j * (a->gap[1] + 1), a->pad[1], a->from.dim[2]);
    for (size_t row = 0; row < s->rows && length > 0; row++)
        for (size_t y = 0; y < a->to.dim[1]; y++) {
            if (!windows_at(&index, a, y, first, k, j))
                continue;
            const size_t places = ((row * a->to.dim[0] + channel) * a->to.dim[1] + y) * a->to.dim[2];
            to[n++] = (blame_run){ i->in[0], i->in[1], places + first, 1, (row * a->from.dim[0] + from) * size + index,
                                   a->stride[1], length, false, false };
        }
    return n;
}

static size_t
conv2d_bias(blame_run *to, const blame_shape *s, const instruction *i, size_t out, size_t at)
{
    const size_t places = i->a.to.dim[1] * i->a.to.dim[2];
    (void)out;
    for (size_t row = 0; row < s->rows; row++)
        to[row] = (blame_run){ i->in[0], NO_VALUE, (row * i->a.to.dim[0] + at) * places, 1, 0, 0, places, false, false };
    return s->rows;
}

static size_t
most_images(const blame_shape *s, const instruction *i)
{
    return s->rows * i->a.to.dim[1];
}

const op_blame op_blame_conv2d = { .out = { DEPENDS_SUM }, .gemm = true, .runs = conv2d, .most_runs = most_lines,
                                   .readers = readers, .most_readers = most_readers };
const op_blame op_blame_conv2d_turn = { .runs = NULL };
const op_blame op_blame_conv2d_input = { .out = { DEPENDS_SUM }, .gemm = true, .runs = conv2d_input, .most_runs = most_places,
                                         .readers = input_readers, .most_readers = most_readers };
const op_blame op_blame_conv2d_weight = { .out = { DEPENDS_SUM }, .gemm = true, .runs = conv2d_weight, .most_runs = most_images };
const op_blame op_blame_conv2d_bias = { .out = { DEPENDS_SUM }, .runs = conv2d_bias, .most_runs = most_images };
