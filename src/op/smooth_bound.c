/* SPDX-License-Identifier: Apache-2.0 */
/* smooth_bound.c -- the bounds of the functions of num/smooth.def, and of their derivatives, with an exponent for each number.

   Computed values are off by at most 2 ulp (num/smooth.h), below 2^-50 of themselves. From z within r of the truth f' changes by at
   most r B, where B bounds |f''| between them, and f by r (|f'(z)| + r B). B falls with |z|: 2^9 stands for what is above. */
#include <math.h>

#include "exact/bound.h"
#include "num/smooth_ball.h"

/* Number `at` of the matrices; false: nothing is proved of it. */
static bool
function(bounded *a, bounded *d, const bounded *from, smooth_id f, size_t at)
{
    const double z = from->v.e[at], r = from->r.e[at], y = fabs(z), least = y - r * BOUND_UP;
    int exponent;
    if (!(r <= 0x1p-4) || !(y < 0x1p100))
        return false;
    const double v = smooth(f, 0, z), slope = smooth(f, 1, z), size = fabs(slope);
    const double bend = smooth_bend(f, least < 0 ? 0 : least > 0x1p9 ? 0x1p9 : least, least > 0x1p9 ? 0x1p9 : (y + r) * BOUND_UP);
    const double change = r * bend * BOUND_UP;
    if (!(size > 0x1p-900))
        return false;
    a->v.e[at] = v;
    a->r.e[at] = (r * (size * (1 + 0x1p-50) + change) + 0x1p-50 * fabs(v) + BOUND_TINY) * BOUND_UP;
    d->v.e[at] = frexp(slope, &exponent);
    d->r.e[at] = (ldexp(change, -exponent) + 0x1p-50) * BOUND_UP;
    d->down[at] = -exponent;
    return true;
}

static void
run(bound_tape *t, const instruction *i, smooth_id f)
{
    const bounded *const z = bound_in(t, i, 0);
    const size_t cols = z->v.cols;
    for (size_t row = 0; row < t->rows; row++) {
        t->decided[row] = t->decided[row] && bound_is_plain(z, row);
        for (size_t k = 0; k < cols && t->decided[row]; k++)
            t->decided[row] = function(bound_out(t, i, 0), bound_out(t, i, 1), z, f, row * cols + k);
    }
}

#define SMOOTH(f, ...)                                                                                                             \
    static void run_##f(bound_tape *t, const instruction *i)                                                                       \
    {                                                                                                                              \
        run(t, i, SMOOTH_##f);                                                                                                     \
    }                                                                                                                              \
    const op_bound op_bound_##f = { .run = run_##f, .makes_exponents = 1 };
#include "num/smooth.def"
#undef SMOOTH
