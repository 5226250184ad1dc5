/* SPDX-License-Identifier: Apache-2.0 */
/* upstream_blame.c -- an upstream gradient is wrong only where the format does not hold it. */
#include "blame/image.h"

static size_t
runs(blame_run *to, const blame_shape *s, const instruction *i, size_t out, size_t at)
{
    (void)s;
    for (size_t k = 0; k < 2; k++)
        to[k] = (blame_run){ .a = i->in[1 - k], .b = NO_VALUE, .a_first = at, .n = 1 };
    return out == 0 ? 2 : 1;
}

static origin_kind
zero(const blame_image *image, const instruction *i, size_t out, size_t at)
{
    (void)image, (void)i, (void)out, (void)at;
    return ORIGIN_ROUNDED_MODEL;
}

const op_blame op_blame_upstream = { .out = { DEPENDS_GROUP, DEPENDS_GROUP }, .same = true, .runs = runs, .zero = zero };
