/* SPDX-License-Identifier: Apache-2.0 */
/* view_bound.c -- the bounds of numbers in other places, which are the same there, and of the 0 between them, which is exact. Two
   values are put together only in the same unit. */
#include <string.h>

#include "exact/bound.h"
#include "op/view.h"

static void
places(bound_tape *t, const instruction *i, bool (*from)(size_t *, const op_attributes *, size_t))
{
    const bounded *const x = bound_in(t, i, 0);
    bounded *const to = bound_out(t, i, 0);
    for (size_t k = 0; k < to->v.cols; k++) {
        size_t at;
        const bool is = from(&at, &i->a, k);
        for (size_t row = 0; row < t->rows; row++) {
            to->v.e[row * to->v.cols + k] = is ? x->v.e[row * x->v.cols + at] : 0;
            to->r.e[row * to->v.cols + k] = is ? x->r.e[row * x->v.cols + at] : 0;
        }
    }
    memcpy(to->exponent, x->exponent, t->rows * sizeof *x->exponent);
}

static void
view(bound_tape *t, const instruction *i)
{
    places(t, i, view_at);
}

static void
view_input(bound_tape *t, const instruction *i)
{
    places(t, i, view_of);
}

static void
concat(bound_tape *t, const instruction *i)
{
    const bounded *const a = bound_in(t, i, 0), *const b = bound_in(t, i, 1);
    bounded *const to = bound_out(t, i, 0);
    const size_t cols = to->v.cols;
    for (size_t k = 0; k < cols; k++) {
        size_t at;
        const bounded *const from = view_is_second(&at, &i->a, k) ? b : a;
        for (size_t row = 0; row < t->rows; row++) {
            to->v.e[row * cols + k] = from->v.e[row * from->v.cols + at];
            to->r.e[row * cols + k] = from->r.e[row * from->v.cols + at];
        }
    }
    for (size_t row = 0; row < t->rows; row++) {
        to->exponent[row] = a->exponent[row];
        t->decided[row] = t->decided[row] && a->exponent[row] == b->exponent[row];
    }
}

const op_bound op_bound_view = { .run = view };
const op_bound op_bound_view_input = { .run = view_input };
const op_bound op_bound_concat = { .run = concat };
