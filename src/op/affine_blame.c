/* SPDX-License-Identifier: Apache-2.0 */
/* affine_blame.c -- the terms of affine.c's sums. */
#include "blame/op_blame.h"

static size_t
affine(blame_run *to, const blame_shape *s, const instruction *i, size_t out, size_t at)
{
    const size_t n_in = blame_cols(s, i->in[0]), n_out = blame_cols(s, i->out[0]), row = at / n_out, k = at % n_out;
    (void)out;
    to[0] = (blame_run){ i->in[0], i->in[1], row * n_in, 1, k * n_in, 1, n_in, false };
    to[1] = (blame_run){ .a = i->in[2], .b = NO_VALUE, .a_first = k, .n = 1 };
    return 2;
}

static size_t
affine_input(blame_run *to, const blame_shape *s, const instruction *i, size_t out, size_t at)
{
    const size_t n_in = blame_cols(s, i->out[0]), n_out = blame_cols(s, i->in[0]);
    (void)out;
    *to = (blame_run){ i->in[0], i->in[1], at / n_in * n_out, 1, at % n_in, n_in, n_out, false };
    return 1;
}

/* Over images. */
static size_t
affine_weight(blame_run *to, const blame_shape *s, const instruction *i, size_t out, size_t at)
{
    const size_t n_in = blame_cols(s, i->in[1]), n_out = blame_cols(s, i->in[0]);
    (void)out;
    *to = (blame_run){ i->in[0], i->in[1], at / n_in, n_out, at % n_in, n_in, s->rows, false };
    return 1;
}

static size_t
affine_bias(blame_run *to, const blame_shape *s, const instruction *i, size_t out, size_t at)
{
    (void)out;
    *to = (blame_run){ i->in[0], NO_VALUE, at, blame_cols(s, i->in[0]), 0, 0, s->rows, false };
    return 1;
}

const op_blame op_blame_affine = { .out = { DEPENDS_SUM }, .all = true, .runs = affine };
const op_blame op_blame_affine_input = { .out = { DEPENDS_SUM }, .all = true, .runs = affine_input };
const op_blame op_blame_affine_weight = { .out = { DEPENDS_SUM }, .runs = affine_weight };
const op_blame op_blame_affine_bias = { .out = { DEPENDS_SUM }, .runs = affine_bias };
