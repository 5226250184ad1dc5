/* SPDX-License-Identifier: Apache-2.0 */
/* batch_norm_bound.c -- the bounds of batch normalisation. v + eps, its root, its inverse and the factor s = w / sqrt(v + eps) are
   rounded once each, and the root halves what is off before: s is off by less than 4 2^-53 of itself, and to first order. Numbers
   of binary32 make nothing that underflows. The term t = b - m s is off by |m| times that, and by two roundings. */
#include <math.h>

#include "exact/bound.h"

static void
batch_scale(bound_tape *t, const instruction *i)
{
    const mat_f64 *const rows = &bound_in(t, i, 0)->v;
    const double eps = bound_in(t, i, 1)->v.e[0];
    bounded *const scale = bound_out(t, i, 0);
    for (size_t c = 0; c < rows->cols; c++) {
        scale->v.e[c] = rows->e[c] * (1 / sqrt(rows->e[3 * rows->cols + c] + eps));
        scale->r.e[c] = 0x1p-50 * fabs(scale->v.e[c]);
    }
}

static void
batch_shift(bound_tape *t, const instruction *i)
{
    const mat_f64 *const rows = &bound_in(t, i, 0)->v;
    const bounded *const scale = bound_in(t, i, 1);
    bounded *const shift = bound_out(t, i, 0);
    for (size_t c = 0; c < rows->cols; c++) {
        const double m = rows->e[2 * rows->cols + c], product = m * scale->v.e[c];
        shift->v.e[c] = rows->e[rows->cols + c] - product;
        shift->r.e[c] = (fabs(m) * scale->r.e[c] + 0x1p-52 * (fabs(product) + fabs(shift->v.e[c]))) * BOUND_UP;
    }
}

/* v = x s + t: |x s - x' s'| <= |s| rx + (|x| + rx) rs, the product is rounded, and the sum. */
static void
batch_norm(bound_tape *t, const instruction *i)
{
    const bounded *const x = bound_in(t, i, 0), *const scale = bound_in(t, i, 1), *const shift = bound_in(t, i, 2);
    bounded *const to = bound_out(t, i, 0);
    const size_t cols = x->v.cols, share = cols / scale->v.cols;
    for (size_t k = 0; k < t->rows * cols; k++) {
        const size_t c = k % cols / share;
        const double s = scale->v.e[c], product = x->v.e[k] * s, v = product + shift->v.e[c], off = bound_off(scale, c);
        to->v.e[k] = v;
        to->r.e[k] = (fabs(s) * x->r.e[k] + (fabs(x->v.e[k]) + x->r.e[k]) * off + bound_off(shift, c) +
                      0x1p-52 * (fabs(product) + fabs(v)) + BOUND_TINY) * BOUND_UP;
    }
    for (size_t row = 0; row < t->rows; row++)
        t->decided[row] = t->decided[row] && bound_is_plain(x, row);
}

const op_bound op_bound_batch_scale = { .run = batch_scale, .constant = { true, true }, .makes_radii = true };
const op_bound op_bound_batch_shift = { .run = batch_shift, .constant = { true, true }, .takes_radii = true, .makes_radii = true };
const op_bound op_bound_batch_norm = { .run = batch_norm, .constant = { false, true, true }, .takes_radii = true };
