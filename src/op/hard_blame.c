/* SPDX-License-Identifier: Apache-2.0 */
/* hard_blame.c -- hard sigmoid and hard swish: why they are 0, and what they are at a computed argument. Their relatives that only
   choose are in relu_blame.c. */
#include "blame/image.h"

/* At z: t / 6 and 1/6 or 0; z t / 6 and z / 3 + 1/2, 0 or 1. Three roundings at most, for z + 3 and 2 z + 3 are exact where they
   cancel. */
static bool
exact(mpfr_ptr r, const blame_image *image, const instruction *i, size_t out, size_t at)
{
    const bool swish = i->op == OP_hard_swish;
    const ga_number *const number = &image->computed->value[i->in[0]][at];
    mpfr_t z;
    mpfr_init2(z, mpfr_get_prec(r) + 64);
    mpfr_vec_set_number(z, number);
    const int below = mpfr_cmp_si(z, -3), above = mpfr_cmp_si(z, 3);
    if (out == 0) {
        mpfr_add_ui(r, z, 3, MPFR_RNDN);
        if (below <= 0 || above >= 0)
            mpfr_set_ui(r, below <= 0 ? 0 : 6, MPFR_RNDN);
        if (swish)
            mpfr_mul(r, r, z, MPFR_RNDN);
        mpfr_div_ui(r, r, 6, MPFR_RNDN);
    } else if (swish && below >= 0 && above <= 0) { /* (2 z + 3) / 6 */
        mpfr_mul_2ui(z, z, 1, MPFR_RNDN);
        mpfr_add_ui(r, z, 3, MPFR_RNDN);
        mpfr_div_ui(r, r, 6, MPFR_RNDN);
    } else {
        mpfr_set_ui(r, swish ? above > 0 : below > 0 && above < 0, MPFR_RNDN);
        mpfr_div_ui(r, r, swish ? 1 : 6, MPFR_RNDN);
    }
    mpfr_clear(z);
    return true;
}

/* The argument is on another side of a kink, or z + 3 or z / 3 + 1/2 is lost. */
static origin_kind
zero(const blame_image *image, const instruction *i, size_t out, size_t at)
{
    mpfr_t r;
    mpfr_init2(r, 64);
    exact(r, image, i, out, at);
    const bool flipped = mpfr_zero_p(r);
    mpfr_clear(r);
    return flipped ? ORIGIN_RELU_FLIP : ORIGIN_CANCELLATION;
}

const op_blame op_blame_hard_sigmoid = { .out = { DEPENDS_GROUP, DEPENDS_GROUP }, .same = true, .runs = blame_run_same,
                                         .zero = zero, .exact = exact, .flips = 1, .flip = ORIGIN_RELU_FLIP };
const op_blame op_blame_hard_swish = { .out = { DEPENDS_GROUP, DEPENDS_GROUP }, .same = true, .runs = blame_run_same, .zero = zero,
                                       .exact = exact };
