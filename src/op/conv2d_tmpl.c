/* SPDX-License-Identifier: Apache-2.0 */
/* conv2d_tmpl.c -- see conv2d.c */
#include "gemm/crt.h"
#include "op/columns_tmpl.h"

void
NUM(windows_columns)(NUM(mat) *to, const NUM(mat) *from, size_t size, size_t first, size_t n, const op_shape *at, size_t group,
                     const op_attributes *a, NUM(windows_index) *index, NUM(ctx) *ctx)
{
    const size_t channels = from->cols / size / windows_groups(a), width = a->kernel[1], kernel = a->kernel[0] * width;
    num *row = to->e;
    to->rows = n * at->dim[1] * at->dim[2];
    for (size_t image = first; image < first + n; image++)
        for (size_t y = 0; y < at->dim[1]; y++)
            for (size_t x = 0; x < at->dim[2]; x++, row += channels * kernel)
                for (size_t i = 0; i < a->kernel[0]; i++) {
                    const windows_row found = index(a, y, x, i);
                    for (size_t c = 0; c < channels; c++) {
                        num *const e = row + c * kernel + i * width;
                        const num *const x0 = from->e + image * from->cols + (group * channels + c) * size;
                        for (size_t j = 0; found.n < width && j < width; j++)
                            num_set_zero(e + j, ctx);
                        for (size_t k = 0; k < found.n; k++)
                            num_set(e + found.j + k * found.step, x0 + (found.at + k * found.at_step), ctx);
                    }
                }
}

/* The images of a chunk: rows of scratch by places. */
static size_t
NUM(conv2d_images)(const NUM(tape) *t, size_t first, size_t rows, const op_shape *at)
{
    const size_t images = rows / (at->dim[1] * at->dim[2]);
    return t->rows - first < images ? t->rows - first : images;
}

/* out[image, c, place] = values[place, c], of the channels of a group; or back. A row of values is a tile, a row of places after
   the other. */
static void
NUM(conv2d_turn_places)(NUM(mat) *out, NUM(mat) *values, size_t first, const op_shape *at, size_t group, const windows_tile *tile,
                        bool back, NUM(ctx) *ctx)
{
    const size_t tall = tile->places[0], wide = tile->places[1], across = at->dim[2] / wide, down = at->dim[1] / tall;
    const size_t channels = values->cols / (tall * wide), places = at->dim[1] * at->dim[2];
    num *value = values->e;
    for (size_t k = 0; k < values->rows; k++)
        for (size_t i = 0; i < tall * wide; i++) {
            const size_t y = k / across % down * tall + i / wide, x = k % across * wide + i % wide;
            num *const place = out->e + (first + k / (across * down)) * out->cols + group * channels * places + y * at->dim[2] + x;
            for (size_t c = 0; c < channels; c++, value++)
                num_set(back ? value : place + c * places, back ? place + c * places : value, ctx);
        }
}

static const windows_tile NUM(conv2d_no_tile) = { .places = { 1, 1 } };

/* The tiles of a product whose weights are spread for them; else of one place each. */
static windows_tile
NUM(conv2d_tiles)(const NUM(mat) *w, const op_attributes *a, bool back)
{
    const bool spread = w->e == NULL && w->prepared != NULL && crt_weights_cols(w->prepared) != w->cols;
    return spread ? windows_tiles(a, back) : NUM(conv2d_no_tile);
}

/* The rows of a matrix that are a group's; the whole of it if there is one. */
static NUM(mat)
NUM(conv2d_part)(const NUM(mat) *m, size_t group, const op_attributes *a)
{
    NUM(mat) part = *m;
    if (windows_groups(a) == 1)
        return part;
    part.rows /= windows_groups(a);
    part.e += group * part.rows * part.cols;
    return part;
}

/* The same of a row. */
static NUM(mat)
NUM(conv2d_part_of_row)(const NUM(mat) *m, size_t group, const op_attributes *a)
{
    NUM(mat) part = *m;
    part.cols /= windows_groups(a);
    part.e += group * part.cols;
    return part;
}

/* out[image, c, place] = columns of x times the rows of w, plus bias. */
static void
NUM(conv2d_sums)(NUM(tape) *t, const instruction *i, const op_shape *at, size_t size, NUM(windows_index) *index,
                 const NUM(mat) *bias, NUM(ctx) *ctx)
{
    const NUM(mat) *x = NUM(tape_in)(t, i, 0);
    NUM(mat) columns = *NUM(tape_out)(t, i, 1), values = *NUM(tape_out)(t, i, 2);
    const size_t capacity = columns.rows, groups = windows_groups(&i->a);
    const windows_tile tiles = NUM(conv2d_tiles)(NUM(tape_in)(t, i, 1), &i->a, index == windows_row_of);
    const bool one = windows_tile_places(&tiles) == 1;
    columns.cols = one ? columns.cols : crt_weights_cols(NUM(tape_in)(t, i, 1)->prepared);
    values.cols *= windows_tile_places(&tiles);
    for (size_t first = 0, n; first < t->rows; first += n) {
        n = NUM(conv2d_images)(t, first, capacity, at);
        for (size_t g = 0; g < groups; g++) {
            NUM(mat) w = NUM(conv2d_part)(NUM(tape_in)(t, i, 1), g, &i->a);
            const NUM(mat) b = bias != NULL ? NUM(conv2d_part_of_row)(bias, g, &i->a) : (NUM(mat)){ .e = NULL };
            NUM(windows_columns)(&columns, x, size, first, n, one ? at : &tiles.a.to, g, one ? &i->a : &tiles.a,
                                 one ? index : windows_row_at, ctx);
            values.rows = columns.rows;
            w.rows *= windows_tile_places(&tiles);
            w.cols = columns.cols;
            NUM(gemm)(&values, &columns, false, &w, true, bias != NULL ? &b : NULL, ctx);
            NUM(conv2d_turn_places)(NUM(tape_out)(t, i, 0), &values, first, at, g, &tiles, false, ctx);
        }
    }
}

void
NUM(op_run_conv2d)(NUM(tape) *t, const instruction *i, NUM(ctx) *ctx)
{
    NUM(conv2d_sums)(t, i, &i->a.to, i->a.from.dim[1] * i->a.from.dim[2], windows_row_at, NUM(tape_in)(t, i, 2), ctx);
}

void
NUM(op_run_conv2d_input)(NUM(tape) *t, const instruction *i, NUM(ctx) *ctx)
{
    NUM(conv2d_sums)(t, i, &i->a.from, i->a.to.dim[1] * i->a.to.dim[2], windows_row_of, NULL, ctx);
}

/* w[c, k, i, j] becomes row k of its group's, column c, i, j, with c and k counted within the group. */
void
NUM(op_run_conv2d_turn)(NUM(tape) *t, const instruction *i, NUM(ctx) *ctx)
{
    const NUM(mat) *w = NUM(tape_in)(t, i, 0);
    NUM(mat) *turned = NUM(tape_out)(t, i, 0);
    const size_t kernel = i->a.kernel[0] * i->a.kernel[1], n = windows_channels(&i->a, &i->a.to), n_from = w->cols / kernel;
    for (size_t c = 0; c < w->rows; c++)
        for (size_t k = 0; k < w->cols; k++)
            num_set(turned->e + (c / n * n_from + k / kernel) * turned->cols + c % n * kernel + k % kernel, w->e + c * w->cols + k,
                    ctx);
}

void
NUM(op_run_conv2d_weight)(NUM(tape) *t, const instruction *i, NUM(ctx) *ctx)
{
    const NUM(mat) *x = NUM(tape_in)(t, i, 1);
    NUM(mat) g = *NUM(tape_in)(t, i, 0), columns = *NUM(tape_out)(t, i, 1), values = *NUM(tape_out)(t, i, 2);
    const size_t size = i->a.from.dim[1] * i->a.from.dim[2], capacity = columns.rows;
    for (size_t first = 0, n; first < t->rows; first += n) {
        n = NUM(conv2d_images)(t, first, capacity, &i->a.to);
        for (size_t k = 0; k < windows_groups(&i->a); k++) {
            NUM(mat) part = NUM(conv2d_part)(NUM(tape_out)(t, i, 0), k, &i->a);
            NUM(windows_columns)(&columns, x, size, first, n, &i->a.to, k, &i->a, windows_row_at, ctx);
            values.rows = columns.rows;
            NUM(conv2d_turn_places)(&g, &values, first, &i->a.to, k, &NUM(conv2d_no_tile), true, ctx);
            NUM(gemm)(first == 0 ? &part : NUM(tape_out)(t, i, 3), &values, true, &columns, false, NULL, ctx);
            if (first > 0)
                NUM(vec_add)(&part, NUM(tape_out)(t, i, 3), ctx);
        }
    }
}

void
NUM(op_run_conv2d_bias)(NUM(tape) *t, const instruction *i, NUM(ctx) *ctx)
{
    const NUM(mat) *g = NUM(tape_in)(t, i, 0);
    num *sum = NUM(tape_out)(t, i, 0)->e;
    const size_t places = i->a.to.dim[1] * i->a.to.dim[2];
    for (size_t c = 0; c < i->a.to.dim[0]; c++) {
        num_set_zero(sum + c, ctx);
        for (size_t image = 0; image < g->rows; image++)
            for (size_t k = 0; k < places; k++)
                num_add(sum + c, sum + c, g->e + image * g->cols + c * places + k, ctx);
    }
}
