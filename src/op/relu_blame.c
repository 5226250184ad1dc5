/* SPDX-License-Identifier: Apache-2.0 */
/* relu_blame.c -- functions that choose a side of 0, or of a bound: a derivative that is wrong is of the other side. */
#include "blame/image.h"

/* The side was wrong, or, if none was chosen wrongly, the argument. */
static origin_kind
zero(const blame_image *image, const instruction *i, size_t out, size_t at)
{
    (void)image, (void)i, (void)out, (void)at;
    return ORIGIN_RELU_FLIP;
}

#define CHOOSES(function)                                                                                                          \
    const op_blame op_blame_##function = { .out = { DEPENDS_GROUP, DEPENDS_GROUP }, .same = true, .runs = blame_run_same,          \
                                           .zero = zero, .flips = 1, .flip = ORIGIN_RELU_FLIP };
CHOOSES(relu)
CHOOSES(leaky_relu)
CHOOSES(clip)
CHOOSES(hardtanh)
CHOOSES(relu6)
CHOOSES(abs)
CHOOSES(prelu)
#undef CHOOSES

const op_blame op_blame_prelu_low = { .out = { DEPENDS_GROUP }, .same = true, .runs = blame_run_same, .zero = zero };
const op_blame op_blame_identity = { .out = { DEPENDS_GROUP, DEPENDS_GROUP }, .same = true, .runs = blame_run_same, .zero = zero };
