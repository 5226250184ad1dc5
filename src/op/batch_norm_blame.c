/* SPDX-License-Identifier: Apache-2.0 */
/* batch_norm_blame.c -- the terms of batch_norm.c's sums; factors and terms are made once, and constants. */
#include "blame/op_blame.h"

static size_t
batch_norm(blame_run *to, const blame_shape *s, const instruction *i, size_t out, size_t at)
{
    const size_t cols = blame_cols(s, i->in[0]), channel = at % cols / (cols / blame_cols(s, i->in[1]));
    (void)out;
    to[0] = (blame_run){ .a = i->in[0], .b = i->in[1], .a_first = at, .b_first = channel, .n = 1 };
    to[1] = (blame_run){ .a = i->in[2], .b = NO_VALUE, .a_first = channel, .n = 1 };
    return 2;
}

const op_blame op_blame_batch_norm = { .out = { DEPENDS_SUM }, .runs = batch_norm, .same = true };
const op_blame op_blame_batch_scale = { .runs = NULL };
const op_blame op_blame_batch_shift = { .runs = NULL };
