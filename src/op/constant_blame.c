/* SPDX-License-Identifier: Apache-2.0 */
/* constant_blame.c -- the terms of constant.c's operations. */
#include "blame/op_blame.h"

/* Where the constant for number `at` is. */
static size_t
constant_at(const blame_shape *s, const instruction *i, size_t at)
{
    const size_t cols = blame_cols(s, i->in[0]);
    return at % cols / (cols / blame_cols(s, i->in[1]));
}

static size_t
mul(blame_run *to, const blame_shape *s, const instruction *i, size_t out, size_t at)
{
    (void)out;
    *to = (blame_run){ .a = i->in[0], .b = i->in[1], .a_first = at, .b_first = constant_at(s, i, at), .n = 1 };
    return 1;
}

static size_t
divide(blame_run *to, const blame_shape *s, const instruction *i, size_t out, size_t at)
{
    const size_t n = mul(to, s, i, out, at);
    to->divided = true;
    return n;
}

static size_t
add(blame_run *to, const blame_shape *s, const instruction *i, size_t out, size_t at)
{
    (void)out;
    to[0] = (blame_run){ .a = i->in[0], .b = NO_VALUE, .a_first = at, .n = 1 };
    to[1] = (blame_run){ .a = i->in[1], .b = NO_VALUE, .a_first = constant_at(s, i, at), .n = 1 };
    return 2;
}

const op_blame op_blame_constant_mul = { .out = { DEPENDS_SUM }, .product = true, .runs = mul, .same = true };
const op_blame op_blame_constant_div = { .out = { DEPENDS_SUM }, .product = true, .runs = divide, .same = true };
const op_blame op_blame_constant_add = { .out = { DEPENDS_SUM }, .runs = add, .same = true };
