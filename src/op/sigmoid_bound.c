/* SPDX-License-Identifier: Apache-2.0 */
/* sigmoid_bound.c -- the bounds of sigma and tanh, and of their derivatives with an exponent for each number.

   From z within r of the truth, r <= 1/16: |sigma(z) - sigma(z')| <= |z - z'| times the largest sigma' between, at most 1/4 and
   e^(r - |z|) <= 1.07 e^-|z|; sigma itself is off by 4 roundings and libm, together below 2^-49. sigma' changes by a factor of at
   most e^r, for |(log sigma')'| = |1 - 2 sigma| <= 1: e^r - 1 <= 1.04 r; the computed one is off by at most 2^-45 of itself.

   tanh, with e = e^-2|z|: |tanh(z) - tanh(z')| <= |z - z'| times at most 1 and 4 e^(2r - 2|z|) <= 4.54 e; (1 - e)/(1 + e) is off by
   2^-46 e and three roundings, together below 2^-45. tanh' = 4e/(1 + e)^2 changes by a factor of at most e^2r, for |(log tanh')'| =
   2 |tanh| <= 2: e^2r - 1 <= 2.14 r. */
#include <math.h>

#include "exact/bound.h"

/* Number `at` of the matrices; false: nothing is proved of it. */
static bool
sigmoid(bounded *a, bounded *d, const bounded *from, size_t at)
{
    const double z = from->v.e[at], r = from->r.e[at], y = fabs(z);
    if (!(r <= 0x1p-4) || !(y < 0x1p20))
        return false;
    const double m = bound_exp_minus(&d->down[at], y), e = m * bound_power(-(int64_t)d->down[at]), q = 1 + e;
    a->v.e[at] = z < 0 ? e / q : 1 / q;
    a->r.e[at] = (fmin(0.25, 1.125 * e + BOUND_TINY) * r + 0x1p-48) * BOUND_UP;
    d->v.e[at] = m / (q * q);
    d->r.e[at] = d->v.e[at] * (1.125 * r + 0x1p-44) * BOUND_UP;
    return true;
}

static bool
tanh_of(bounded *a, bounded *d, const bounded *from, size_t at)
{
    const double z = from->v.e[at], r = from->r.e[at], y = 2 * fabs(z);
    if (!(r <= 0x1p-4) || !(y < 0x1p20))
        return false;
    const double m = bound_exp_minus(&d->down[at], y), e = m * bound_power(-(int64_t)d->down[at]), q = 1 + e;
    a->v.e[at] = (z < 0 ? e - 1 : 1 - e) / q;
    a->r.e[at] = (fmin(1, 4.75 * e + BOUND_TINY) * r + 0x1p-45) * BOUND_UP;
    d->v.e[at] = 4 * m / (q * q);
    d->r.e[at] = d->v.e[at] * (2.25 * r + 0x1p-44) * BOUND_UP;
    return true;
}

static void
run(bound_tape *t, const instruction *i, bool (*number)(bounded *, bounded *, const bounded *, size_t))
{
    const bounded *const z = bound_in(t, i, 0);
    const size_t cols = z->v.cols;
    for (size_t row = 0; row < t->rows; row++) {
        t->decided[row] = t->decided[row] && bound_is_plain(z, row);
        for (size_t k = 0; k < cols && t->decided[row]; k++)
            t->decided[row] = number(bound_out(t, i, 0), bound_out(t, i, 1), z, row * cols + k);
    }
}

static void
run_sigmoid(bound_tape *t, const instruction *i)
{
    run(t, i, sigmoid);
}

static void
run_tanh(bound_tape *t, const instruction *i)
{
    run(t, i, tanh_of);
}

const op_bound op_bound_sigmoid = { .run = run_sigmoid, .makes_exponents = 1 };
const op_bound op_bound_tanh = { .run = run_tanh, .makes_exponents = 1 };
