/* SPDX-License-Identifier: Apache-2.0 */
/* cw_blame.c -- the hinge of Carlini and Wagner: like the margin's, a residual is wrong because another class was chosen, or the
   other side of the hinge, which is a choice too. */
#include "blame/image.h"

static origin_kind
zero(const blame_image *image, const instruction *i, size_t out, size_t at)
{
    (void)image, (void)i, (void)out, (void)at;
    return ORIGIN_CLASS_FLIP;
}

/* A true residual of 1 is a point if the choice is decided; beyond the hinge all are 0. */
static bool
chosen(size_t *at, const blame_image *image, const instruction *i, size_t row)
{
    const size_t n = blame_cols(&image->shape, i->out[1]);
    const ga_truth *const truth = image->truth->truth[i->out[1]];
    const ga_number *const computed = image->computed->value[i->out[1]];
    bool beyond = true;
    for (size_t k = row * n; k < (row + 1) * n; k++)
        beyond = beyond && truth[k].state == GA_TRUE_ZERO;
    for (*at = row * n; *at < (row + 1) * n; ++*at)
        if (beyond ? computed[*at].klass == GA_NORMAL && computed[*at].mantissa > 0
                   : blame_is_one(truth + *at) && computed[*at].klass == GA_ZERO)
            return true;
    return false;
}

const op_blame op_blame_cw = { .out = { DEPENDS_GROUP, DEPENDS_GROUP }, .all = true, .runs = blame_run_row,
                               .group = blame_group_row, .zero = zero, .chosen = chosen };
