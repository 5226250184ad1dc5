/* SPDX-License-Identifier: Apache-2.0 */
/* affine_blame.c -- the terms of affine.c's sums. */
#include "blame/op_blame.h"

/* Of one of an image's rows; in all they are one matrix. */
static size_t
cols(const blame_shape *s, const instruction *i, value_id v)
{
    return blame_cols(s, v) / op_rows(&i->a);
}

static size_t
affine(blame_run *to, const blame_shape *s, const instruction *i, size_t out, size_t at)
{
    const size_t n_in = cols(s, i, i->in[0]), n_out = cols(s, i, i->out[0]), row = at / n_out, k = at % n_out;
    (void)out;
    to[0] = (blame_run){ i->in[0], i->in[1], row * n_in, 1, k * n_in, 1, n_in, false, false };
    to[1] = (blame_run){ .a = i->in[2], .b = NO_VALUE, .a_first = k, .n = 1 };
    return 2;
}

static size_t
affine_input(blame_run *to, const blame_shape *s, const instruction *i, size_t out, size_t at)
{
    const size_t n_in = cols(s, i, i->out[0]), n_out = cols(s, i, i->in[0]);
    (void)out;
    *to = (blame_run){ i->in[0], i->in[1], at / n_in * n_out, 1, at % n_in, n_in, n_out, false, false };
    return 1;
}

/* Over images. */
static size_t
affine_weight(blame_run *to, const blame_shape *s, const instruction *i, size_t out, size_t at)
{
    const size_t n_in = cols(s, i, i->in[1]), n_out = cols(s, i, i->in[0]);
    (void)out;
    *to = (blame_run){ i->in[0], i->in[1], at / n_in, n_out, at % n_in, n_in, s->rows * op_rows(&i->a), false, false };
    return 1;
}

static size_t
affine_bias(blame_run *to, const blame_shape *s, const instruction *i, size_t out, size_t at)
{
    (void)out;
    *to = (blame_run){ i->in[0], NO_VALUE, at, cols(s, i, i->in[0]), 0, 0, s->rows * op_rows(&i->a), false, false };
    return 1;
}

const op_blame op_blame_affine = { .out = { DEPENDS_SUM }, .gemm = true, .all = true, .runs = affine };
const op_blame op_blame_affine_input = { .out = { DEPENDS_SUM }, .gemm = true, .all = true, .runs = affine_input };
const op_blame op_blame_affine_weight = { .out = { DEPENDS_SUM }, .gemm = true, .runs = affine_weight };
const op_blame op_blame_affine_bias = { .out = { DEPENDS_SUM }, .runs = affine_bias };
