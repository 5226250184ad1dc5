/* SPDX-License-Identifier: Apache-2.0 */
/* affine_bound.c -- the bounds of affine.c's products: see exact/bound.h for sums. */
#include <string.h>

#include "exact/bound.h"

/* Bounds are by rows of images: of images of several rows nothing is proved. */
static bool
leave_open(bound_tape *t, const instruction *i)
{
    for (size_t row = 0; i->a.rows > 1 && row < t->rows; row++)
        t->decided[row] = false;
    return i->a.rows > 1;
}

/* A bias is in no unit but 1. */
static void
affine(bound_tape *t, const instruction *i)
{
    if (leave_open(t, i))
        return;
    const bounded *const x = bound_in(t, i, 0);
    bound_product(bound_out(t, i, 0), x, bound_in(t, i, 1), true, bound_in(t, i, 2), t);
    for (size_t row = 0; row < t->rows; row++)
        t->decided[row] = t->decided[row] && bound_is_plain(x, row);
}

/* The units are those of the gradient. */
static void
affine_input(bound_tape *t, const instruction *i)
{
    if (leave_open(t, i))
        return;
    const bounded *const g = bound_in(t, i, 0);
    bounded *const back = bound_out(t, i, 0);
    bound_product(back, g, bound_in(t, i, 1), false, NULL, t);
    memcpy(back->exponent, g->exponent, t->rows * sizeof *g->exponent);
}

const op_bound op_bound_affine = { .run = affine, .constant = { false, true, true } };
const op_bound op_bound_affine_input = { .run = affine_input, .constant = { false, true } };
const op_bound op_bound_affine_weight = { 0 };
const op_bound op_bound_affine_bias = { 0 };
