/* SPDX-License-Identifier: Apache-2.0 */
/* constant_bound.c -- the bounds of products, sums and quotients with constants c, each within rc of the true one (0 of those of a
   file). Products and quotients are linear in the operand, and keep its unit; TINY covers what underflows. What is 0 times anything
   is exactly 0. A sum never underflows, and its constant is in no unit but 1. */
#include <math.h>
#include <string.h>

#include "exact/bound.h"

/* v = x c, rounded once: |x c - x' c'| <= |c| rx + (|x| + rx) rc. */
static void
product(bounded *to, const bounded *from, size_t at, double c, double rc)
{
    const double x = from->v.e[at], rx = from->r.e[at];
    const bool zero = (x == 0 && rx == 0) || (c == 0 && rc == 0);
    to->v.e[at] = zero ? 0 : x * c;
    to->r.e[at] = zero ? 0 : (fabs(c) * rx + (fabs(x) + rx) * rc + 0x1p-52 * fabs(x * c) + BOUND_TINY) * BOUND_UP;
}

/* v = x + c, rounded once. */
static void
sum(bounded *to, const bounded *from, size_t at, double c, double rc)
{
    const double v = from->v.e[at] + c;
    to->v.e[at] = v;
    to->r.e[at] = (from->r.e[at] + rc + 0x1p-52 * fabs(v)) * BOUND_UP;
}

/* v = x / c, rounded once, of an exact c. */
static void
quotient(bounded *to, const bounded *from, size_t at, double c, double rc)
{
    const double x = from->v.e[at], rx = from->r.e[at];
    const bool zero = x == 0 && rx == 0 && c != 0;
    (void)rc;
    to->v.e[at] = zero ? 0 : x / c;
    to->r.e[at] = zero ? 0 : (rx / fabs(c) + 0x1p-52 * fabs(x / c) + BOUND_TINY) * BOUND_UP;
}

/* A constant is for so many numbers of a row, one after the other. */
static void
each(bound_tape *t, const instruction *i, void (*one)(bounded *, const bounded *, size_t, double, double))
{
    const bounded *const x = bound_in(t, i, 0), *const c = bound_in(t, i, 1);
    bounded *const to = bound_out(t, i, 0);
    const size_t cols = x->v.cols, share = cols / c->v.cols;
    for (size_t k = 0; k < t->rows * cols; k++)
        one(to, x, k, c->v.e[k % cols / share], bound_off(c, k % cols / share));
    memcpy(to->exponent, x->exponent, t->rows * sizeof *x->exponent);
}

static void
constant_mul(bound_tape *t, const instruction *i)
{
    each(t, i, product);
}

static void
constant_add(bound_tape *t, const instruction *i)
{
    each(t, i, sum);
    for (size_t row = 0; row < t->rows; row++)
        t->decided[row] = t->decided[row] && bound_is_plain(bound_in(t, i, 0), row);
}

static void
constant_div(bound_tape *t, const instruction *i)
{
    each(t, i, quotient);
}

const op_bound op_bound_constant_mul = { .run = constant_mul, .constant = { false, true }, .takes_radii = true };
const op_bound op_bound_constant_add = { .run = constant_add, .constant = { false, true }, .takes_radii = true };
const op_bound op_bound_constant_div = { .run = constant_div, .constant = { false, true } };
