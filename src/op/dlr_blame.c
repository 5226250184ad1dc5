/* SPDX-License-Identifier: Apache-2.0 */
/* dlr_blame.c -- the difference of logits ratio: why a residual is 0, and what it is at computed logits. */
#include "blame/image.h"

/* The residual at the computed logits z of a row, whose three largest are the first; false if one is NaN or infinite. */
static bool
exact(mpfr_ptr r, const blame_image *image, const instruction *i, size_t out, size_t at)
{
    enum { DIFFERENCE_BITS = 2200 }; /* of two binary64 numbers */
    const size_t n = blame_cols(&image->shape, i->in[0]), row = at / n, first = row * n, y = first + image->label[row];
    const ga_number *const z = image->computed->value[i->in[0]];
    size_t top[3] = { SIZE_MAX, SIZE_MAX, SIZE_MAX };
    mpfr_t best, next, d, up;
    if (out != 1)
        return false;
    for (size_t c = first; c < first + n; c++)
        if (!blame_is_finite(z + c))
            return false;
    mpfr_inits2(DIFFERENCE_BITS, best, next, d, up, (mpfr_ptr)0);
    for (size_t k = 0; k < 3; k++)
        for (size_t c = first; c < first + n; c++) {
            mpfr_vec_set_number(next, z + c);
            if (c == top[0] || (k > 1 && c == top[1]) || (top[k] != SIZE_MAX && mpfr_lessequal_p(next, best)))
                continue;
            top[k] = c;
            mpfr_set(best, next, MPFR_RNDN);
        }
    const size_t m = y == top[0] ? top[1] : y;
    mpfr_vec_set_number(best, z + top[0]);
    mpfr_vec_set_number(next, z + top[2]);
    mpfr_sub(d, best, next, MPFR_RNDN); /* D */
    mpfr_vec_set_number(up, z + m);
    if (at == top[0])
        mpfr_sub(up, up, next, MPFR_RNDN); /* o_m - o_3 */
    else if (at == top[2])
        mpfr_sub(up, best, up, MPFR_RNDN); /* o_1 - o_m */
    const bool zero = y == top[2] || (at != top[0] && at != top[2] && at != m);
    mpfr_set_ui(r, 1, MPFR_RNDN);
    mpfr_div(r, r, d, MPFR_RNDN);
    if (at == top[0] || at == top[2]) {
        mpfr_div(r, r, d, MPFR_RNDN);
        mpfr_mul(r, r, up, MPFR_RNDN);
    }
    if (zero)
        mpfr_set_zero(r, 1);
    else if ((at == m) == (y != top[0]))
        mpfr_neg(r, r, MPFR_RNDN);
    mpfr_clears(best, next, d, up, (mpfr_ptr)0);
    return true;
}

/* It is not 0 at the computed logits: formulas cancelled; or they are in another order. */
static origin_kind
zero(const blame_image *image, const instruction *i, size_t out, size_t at)
{
    mpfr_t r;
    mpfr_init2(r, 128);
    const bool cancelled = exact(r, image, i, out, at) && !mpfr_zero_p(r);
    mpfr_clear(r);
    return cancelled ? ORIGIN_CANCELLATION : ORIGIN_CLASS_FLIP;
}

const op_blame op_blame_dlr = { .out = { DEPENDS_GROUP, DEPENDS_GROUP }, .all = true, .runs = blame_run_row,
                                .group = blame_group_row, .zero = zero, .exact = exact };
