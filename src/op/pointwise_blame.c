/* SPDX-License-Identifier: Apache-2.0 */
/* pointwise_blame.c -- the terms of scale, mul and add. */
#include "blame/op_blame.h"

static size_t
scale(blame_run *to, const blame_shape *s, const instruction *i, size_t out, size_t at)
{
    (void)s, (void)out;
    *to = (blame_run){ .a = i->in[0], .b = i->in[1], .a_first = at, .n = 1 };
    return 1;
}

static size_t
mul(blame_run *to, const blame_shape *s, const instruction *i, size_t out, size_t at)
{
    (void)s, (void)out;
    *to = (blame_run){ .a = i->in[0], .b = i->in[1], .a_first = at, .b_first = at, .n = 1 };
    return 1;
}

static size_t
add(blame_run *to, const blame_shape *s, const instruction *i, size_t out, size_t at)
{
    (void)s, (void)out;
    for (size_t k = 0; k < 2; k++)
        to[k] = (blame_run){ .a = i->in[k], .b = NO_VALUE, .a_first = at, .n = 1 };
    return 2;
}

const op_blame op_blame_scale = { .out = { DEPENDS_SUM }, .product = true, .runs = scale, .same = true };
const op_blame op_blame_mul = { .out = { DEPENDS_SUM }, .product = true, .runs = mul, .same = true };
const op_blame op_blame_add = { .out = { DEPENDS_SUM }, .runs = add, .same = true };
const op_blame op_blame_scale_gain = { .runs = NULL };
