/* SPDX-License-Identifier: Apache-2.0 */
/* layout.c -- see layout.h */
#include <math.h>
#include <stdbool.h>

#include "report/amount.h"
#include "report/layout.h"

/* A picture of more than MOST_PIXELS is thinned out, for the size of the page; fewer elements than FEW are drawn as bars. */
enum { MOST_PIXELS = 4096, FEW = 64 };

static bool
is_colour(size_t dim)
{
    return dim == 3 || dim == 4;
}

/* The dimensions of an image: those of its file if given, else rows and columns, else n alone. */
static void
set_dimensions(layout *l, const json_t *data)
{
    const json_t *shape = json_object_get(data, "shape");
    size_t product = 1;
    for (size_t d = 0; d < json_array_size(shape) && d < 3; d++) {
        const json_int_t dim = json_integer_value(json_array_get(shape, d));
        const bool divides = dim > 0 && (size_t)dim <= l->n / product;
        l->dim[l->n_dims++] = divides ? (size_t)dim : 0;
        product *= divides ? (size_t)dim : 1;
    }
    if (l->n_dims > 0 && product == l->n)
        return;
    const size_t rows = (size_t)amount_integer(data, "rows"), cols = (size_t)amount_integer(data, "columns");
    const bool fits = rows > 1 && cols > 1 && l->n % rows == 0 && l->n / rows == cols;
    l->n_dims = fits ? 2 : 1;
    l->dim[0] = fits ? rows : l->n;
    l->dim[1] = cols;
}

static void
set_picture(layout *l, size_t rows, size_t cols, size_t channels, bool channels_first)
{
    const size_t beside = channels_first ? 1 : channels;
    *l = (layout){ LAYOUT_PICTURE, l->n, rows, cols, channels, cols * beside, beside, channels_first ? rows * cols : 1, 1,
                   l->n_dims, { l->dim[0], l->dim[1], l->dim[2] } };
    while (layout_rows(l) * layout_cols(l) > MOST_PIXELS)
        l->thin++;
}

layout
layout_of(const json_t *data, size_t n)
{
    layout l = { .n = n };
    set_dimensions(&l, data);
    const size_t root = (size_t)(sqrt((double)n) + 0.5);
    const bool first = l.n_dims == 3 && is_colour(l.dim[0]), last = l.n_dims == 3 && is_colour(l.dim[2]);
    if (l.n_dims == 2)
        set_picture(&l, l.dim[0], l.dim[1], 1, true);
    else if (first && !last)
        set_picture(&l, l.dim[1], l.dim[2], l.dim[0], true);
    else if (last && !first)
        set_picture(&l, l.dim[0], l.dim[1], l.dim[2], false);
    else if (l.n_dims == 1 && n >= FEW && root * root == n)
        set_picture(&l, root, root, 1, true);
    else if (n < FEW) {
        set_picture(&l, 1, n, 1, true);
        l.kind = LAYOUT_BARS;
    } else {
        const size_t line = (size_t)ceil(sqrt(2 * (double)n)); /* twice as long as there are lines */
        set_picture(&l, (n + line - 1) / line, line, 1, true);
        l.kind = LAYOUT_STRIP;
    }
    return l;
}

size_t
layout_rows(const layout *l)
{
    return (l->rows + l->thin - 1) / l->thin;
}

size_t
layout_cols(const layout *l)
{
    return (l->cols + l->thin - 1) / l->thin;
}

size_t
layout_element(const layout *l, size_t channel, size_t row, size_t col)
{
    return channel * l->channel_step + row * l->thin * l->row_step + col * l->thin * l->col_step;
}

void
layout_shape(FILE *out, const layout *l)
{
    for (size_t d = 0; d < l->n_dims; d++)
        fprintf(out, "%s%s", d > 0 ? "\u00a0\u00d7\u00a0" : "", amount_count(l->dim[d]).s);
}

void
layout_say(FILE *out, const layout *l)
{
    if (l->kind == LAYOUT_BARS)
        fprintf(out, " An input is %s: each is a bar, in order. The input\u2019s bars start at 0, or at the end of its range that "
                     "is nearer to 0; the gradient\u2019s go up where it is positive and down where it is negative.",
                amount_nouns(l->n, "number").s);
    else if (l->kind == LAYOUT_STRIP) {
        fputs(" In the file an input is ", out);
        layout_shape(out, l);
        fprintf(out, " numbers, and that does not say which of them are rows, columns and channels. So each is drawn as a strip of "
                     "them, in lines of %s from left to right.", amount_count(l->cols).s);
    } else if (l->n_dims == 1)
        fprintf(out, " In the file an image is a row of %s numbers; it is drawn as a square of %s by %s.", amount_count(l->n).s,
                amount_count(l->cols).s, amount_count(l->rows).s);
    else if (l->channels > 1) {
        fputs(" In the file an image is ", out);
        layout_shape(out, l);
        fprintf(out, ", so that the %s is taken for its channels: red, green, blue%s. A gradient has a picture for each of them, "
                     "in this order.", l->channel_step > 1 ? "first" : "last",
                l->channels == 4 ? " and opacity, over white" : "");
    }
    if (l->thin > 1)
        fprintf(out, " Of the rows and the columns one in %zu is drawn.", l->thin);
}
