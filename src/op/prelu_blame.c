/* SPDX-License-Identifier: Apache-2.0 */
/* prelu_blame.c -- the slope's gradient is a sum over images and places; what chooses a side is in relu_blame.c. */
#include "blame/op_blame.h"

static size_t
slope(blame_run *to, const blame_shape *s, const instruction *i, size_t out, size_t at)
{
    const size_t cols = blame_cols(s, i->in[0]), each = cols / i->a.to.dim[0];
    (void)out;
    for (size_t row = 0; row < s->rows; row++) {
        const size_t first = row * cols + at * each;
        to[row] = (blame_run){ i->in[0], i->in[1], first, 1, first, 1, each, false, false };
    }
    return s->rows;
}

static size_t
most_runs(const blame_shape *s, const instruction *i)
{
    (void)i;
    return s->rows;
}

const op_blame op_blame_prelu_slope = { .out = { DEPENDS_SUM }, .runs = slope, .most_runs = most_runs };
