/* SPDX-License-Identifier: Apache-2.0 */
/* relu_bound.c -- the bounds of ReLU, leaky ReLU and the function of a layer that has none. Away from the kink, where the sign of z
   is proved, each multiplies z by a constant that is its derivative: 0, 1 or the slope s, exact. s z is rounded once, which TINY
   covers if it underflows. The derivative is given as f 2^-down, 1/2 <= |f| <= 1 or f = 0. */
#include <math.h>

#include "exact/bound.h"

/* Number `at` of the matrices, with the slope that they have where z < 0; false: the sign of z is not proved. */
static bool
leaky(bounded *a, bounded *d, const bounded *from, double slope, size_t at)
{
    const double z = from->v.e[at], r = from->r.e[at];
    int exponent = 0;
    if (!(fabs(z) > r) || isinf(z))
        return false;
    a->v.e[at] = z > 0 ? z : slope == 0 ? 0 : slope * z;
    a->r.e[at] = z > 0 ? r : slope == 0 ? 0 : (fabs(slope) * r + 0x1p-52 * fabs(slope * z) + BOUND_TINY) * BOUND_UP;
    d->v.e[at] = z > 0 ? 1 : frexp(slope, &exponent);
    d->r.e[at] = 0;
    if (d->down != NULL)
        d->down[at] = -exponent;
    return true;
}

static void
run(bound_tape *t, const instruction *i, double slope)
{
    const bounded *const z = bound_in(t, i, 0);
    const size_t cols = z->v.cols;
    for (size_t row = 0; row < t->rows; row++) {
        t->decided[row] = t->decided[row] && bound_is_plain(z, row);
        for (size_t k = 0; k < cols && t->decided[row]; k++)
            t->decided[row] = leaky(bound_out(t, i, 0), bound_out(t, i, 1), z, slope, row * cols + k);
    }
}

static void
relu(bound_tape *t, const instruction *i)
{
    run(t, i, 0);
}

static void
leaky_relu(bound_tape *t, const instruction *i)
{
    run(t, i, bound_in(t, i, 1)->v.e[0]);
}

static void
identity(bound_tape *t, const instruction *i)
{
    const bounded *const z = bound_in(t, i, 0);
    bounded *const a = bound_out(t, i, 0), *const d = bound_out(t, i, 1);
    for (size_t k = 0; k < t->rows * z->v.cols; k++) {
        a->v.e[k] = z->v.e[k];
        a->r.e[k] = z->r.e[k];
        d->v.e[k] = 1;
        d->r.e[k] = 0;
    }
    for (size_t row = 0; row < t->rows; row++)
        a->exponent[row] = z->exponent[row];
}

const op_bound op_bound_relu = { .run = relu };
const op_bound op_bound_leaky_relu = { .run = leaky_relu, .constant = { false, true }, .makes_exponents = 1 };
const op_bound op_bound_identity = { .run = identity };
