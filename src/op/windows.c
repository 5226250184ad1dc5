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

enum { STRIP_PLACES = 8, STRIP_RESULTS = 32, STRIP_NUMBERS = 4096 };

/* Numbers in a row of an image that `places` windows have, `stride` apart. */
static size_t
strip_width(const op_attributes *a, size_t places, size_t stride)
{
    return (places - 1) * stride + (a->kernel[1] - 1) * (a->gap[1] + 1) + 1;
}

windows_strip
windows_strips(const op_attributes *a, bool back)
{
    windows_strip s = { 1, *a };
    const op_shape *const of = back ? &a->to : &a->from, *const at = back ? &a->from : &a->to;
    const size_t stride = a->stride[1], cols = at->dim[2], least = STRIP_RESULTS / at->dim[0] + 1;
    size_t places = cols < STRIP_PLACES ? cols : least > STRIP_PLACES ? least < cols ? least : cols : STRIP_PLACES;
    while (cols % places != 0)
        places++;
    const size_t width = strip_width(a, places, stride);
    if (windows_groups(a) > 1 || places == 1 || width >= places * a->kernel[1] || of->dim[0] * a->kernel[0] * width > STRIP_NUMBERS)
        return s;
    s.a = (op_attributes){ .kernel = { a->kernel[0], width }, .stride = { a->stride[0], places * stride }, .gap = { a->gap[0], 0 },
                           .from = *of, .to = { 3, { at->dim[0], at->dim[1], cols / places } } };
    for (size_t d = 0; d < 2; d++) {
        const size_t reach = (a->kernel[d] - 1) * (a->gap[d] + 1);
        if (back && (a->stride[d] != 1 || a->pad[d] > reach))
            return s;
        s.a.pad[d] = back ? reach - a->pad[d] : a->pad[d];
    }
    s.places = places;
    return s;
}

size_t
windows_strip_numbers(const windows_strip *s, const op_attributes *a, bool back)
{
    return (back ? a->to : a->from).dim[0] * s->a.kernel[0] * s->a.kernel[1];
}

void
windows_spread(double *to, const double *w, const windows_strip *s, const op_attributes *a, bool back)
{
    const size_t of = (back ? a->to : a->from).dim[0], rows = (back ? a->from : a->to).dim[0];
    const size_t cols = windows_strip_numbers(s, a, back), kernel[2] = { a->kernel[0], a->kernel[1] };
    for (size_t i = 0; i < s->places * rows * cols; i++)
        to[i] = -0.0;
    for (size_t p = 0; p < s->places; p++)
        for (size_t r = 0; r < rows; r++, to += cols)
            for (size_t k = 0; k < of * kernel[0]; k++)
                for (size_t j = 0; j < kernel[1]; j++) {
                    const size_t row = back ? k / kernel[0] * kernel[0] + kernel[0] - 1 - k % kernel[0] : k;
                    const size_t first = back ? p : p * a->stride[1], along = back ? kernel[1] - 1 - j : j;
                    const double x = w[(r * of * kernel[0] + k) * kernel[1] + j];
                    to[row * s->a.kernel[1] + first + along * (a->gap[1] + 1)] = x == 0 ? 0.0 : x;
                }
}
