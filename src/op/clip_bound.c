/* SPDX-License-Identifier: Apache-2.0 */
/* clip_bound.c -- the bounds of clip: where it is proved on which side of both bounds z is, a is one of them or z, and d is 0 or 1,
   exactly. A difference z - b, rounded once, is off by 2^-53 of itself, which BOUND_UP makes up for; at a bound nothing is. */
#include <math.h>

#include "exact/bound.h"

/* Whether z is proved to be on one side of a bound. */
static bool
is_apart(double z, double r, double limit)
{
    return fabs(z - limit) > r * BOUND_UP;
}

static bool
clip(bounded *a, bounded *d, const bounded *from, double low, double high, size_t at)
{
    const double z = from->v.e[at], r = from->r.e[at];
    if (!is_apart(z, r, low) || !is_apart(z, r, high))
        return false;
    const bool inside = z > low && z < high;
    a->v.e[at] = inside ? z : z < low ? low : high;
    a->r.e[at] = inside ? r : 0;
    d->v.e[at] = inside;
    d->r.e[at] = 0;
    return true;
}

static void
run(bound_tape *t, const instruction *i)
{
    const bounded *const z = bound_in(t, i, 0);
    const double low = bound_in(t, i, 1)->v.e[0], high = bound_in(t, i, 2)->v.e[0];
    const size_t cols = z->v.cols;
    for (size_t row = 0; row < t->rows; row++) {
        t->decided[row] = t->decided[row] && bound_is_plain(z, row);
        for (size_t k = 0; k < cols && t->decided[row]; k++)
            t->decided[row] = clip(bound_out(t, i, 0), bound_out(t, i, 1), z, low, high, row * cols + k);
    }
}

const op_bound op_bound_clip = { .run = run, .constant = { false, true, true } };
