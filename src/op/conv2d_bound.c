/* SPDX-License-Identifier: Apache-2.0 */
/* conv2d_bound.c -- the bounds of convolutions: at each place, products of a row of columns and the rows of the weights, whose
   bounds are those of exact/bound.h. Columns are copies, with their radii, and 0 over the border. */
#include <math.h>
#include <string.h>

#include "exact/bound.h"
#include "op/columns_tmpl.h"

/* out[image, c, place] = values[place, c], of the channels of a group. */
static void
spread(double *out, const mat_f64 *values, size_t cols, size_t first, size_t places, size_t group)
{
    for (size_t k = 0; k < values->rows; k++)
        for (size_t c = 0; c < values->cols; c++)
            out[(first + k / places) * cols + (group * values->cols + c) * places + k % places] = values->e[k * values->cols + c];
}

/* Rows of w, and numbers of a bias, that are a group's. */
static bounded
rows_of(const bounded *w, size_t group, size_t groups)
{
    bounded part = *w;
    part.v.rows /= groups;
    part.v.e += group * part.v.rows * part.v.cols;
    part.row_norm += group * part.v.rows;
    return part;
}

static bounded
numbers_of(const bounded *bias, size_t group, size_t groups)
{
    bounded part = *bias;
    part.v.cols /= groups;
    part.v.e += group * part.v.cols;
    return part;
}

static void
sums(bound_tape *t, const instruction *i, const op_shape *at, size_t size, windows_index_f64 *index, const bounded *bias)
{
    const bounded *const x = bound_in(t, i, 0);
    bounded *const to = bound_out(t, i, 0);
    bounded columns = *bound_out(t, i, 1), values = *bound_out(t, i, 2);
    const size_t places = at->dim[1] * at->dim[2], images = columns.v.rows / places, groups = windows_groups(&i->a);
    for (size_t first = 0, n; first < t->rows; first += n) {
        n = t->rows - first < images ? t->rows - first : images;
        for (size_t g = 0; g < groups; g++) {
            const bounded w = rows_of(bound_in(t, i, 1), g, groups), b = bias != NULL ? numbers_of(bias, g, groups) : w;
            windows_columns_f64(&columns.v, &x->v, size, first, n, at, g, &i->a, index, t->ctx);
            windows_columns_f64(&columns.r, &x->r, size, first, n, at, g, &i->a, index, t->ctx);
            values.v.rows = values.r.rows = columns.v.rows;
            bound_product(&values, &columns, &w, true, bias != NULL ? &b : NULL, t);
            spread(to->v.e, &values.v, to->v.cols, first, places, g);
            spread(to->r.e, &values.r, to->v.cols, first, places, g);
        }
    }
}

/* A bias is in no unit but 1. */
static void
conv2d(bound_tape *t, const instruction *i)
{
    sums(t, i, &i->a.to, i->a.from.dim[1] * i->a.from.dim[2], windows_row_at, bound_in(t, i, 2));
    for (size_t row = 0; row < t->rows; row++)
        t->decided[row] = t->decided[row] && bound_is_plain(bound_in(t, i, 0), row);
}

/* The units are those of the gradient. */
static void
conv2d_input(bound_tape *t, const instruction *i)
{
    const bounded *const g = bound_in(t, i, 0);
    sums(t, i, &i->a.from, i->a.to.dim[1] * i->a.to.dim[2], windows_row_of, NULL);
    memcpy(bound_out(t, i, 0)->exponent, g->exponent, t->rows * sizeof *g->exponent);
}

/* The same weights in other places, as conv2d_tmpl.c has them. */
static void
conv2d_turn(bound_tape *t, const instruction *i)
{
    const mat_f64 *const w = &bound_in(t, i, 0)->v;
    bounded *const turned = bound_out(t, i, 0);
    const size_t kernel = i->a.kernel[0] * i->a.kernel[1], n = windows_channels(&i->a, &i->a.to), n_from = w->cols / kernel;
    for (size_t c = 0; c < w->rows; c++)
        for (size_t k = 0; k < w->cols; k++)
            turned->v.e[(c / n * n_from + k / kernel) * turned->v.cols + c % n * kernel + k % kernel] = w->e[c * w->cols + k];
    bound_norms(turned);
}

const op_bound op_bound_conv2d = { .run = conv2d, .constant = { false, true, true } };
const op_bound op_bound_conv2d_turn = { .run = conv2d_turn, .constant = { true } };
const op_bound op_bound_conv2d_input = { .run = conv2d_input, .constant = { false, true } };
const op_bound op_bound_conv2d_weight = { 0 };
const op_bound op_bound_conv2d_bias = { 0 };
