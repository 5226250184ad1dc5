/* SPDX-License-Identifier: Apache-2.0 */
/* selu_blame.c -- scaled ELU: why its derivative is 0, and what it is at a computed argument. */
#include "blame/image.h"

/* It is 0 where e^z is, or where a product with it is below the range. */
static origin_kind
zero(const blame_image *image, const instruction *i, size_t out, size_t at)
{
    (void)image, (void)i, (void)out, (void)at;
    return ORIGIN_SIGMA_UNDERFLOW;
}

static void
times(mpfr_ptr r, const blame_image *image, value_id constant)
{
    mpfr_t c;
    const ga_number number = blame_tape_number(image->computed, constant, 0);
    mpfr_init2(c, 53);
    mpfr_vec_set_number(c, &number);
    mpfr_mul(r, r, c, MPFR_RNDN);
    mpfr_clear(c);
}

/* g z and g, or g c (e^z - 1) and g c e^z: no more than three roundings. */
static bool
exact(mpfr_ptr r, const blame_image *image, const instruction *i, size_t out, size_t at)
{
    const ga_number *const z = &image->computed->value[i->in[0]][at];
    const bool above = z->sign > 0;
    mpfr_vec_set_number(r, z);
    if (above && out == 1)
        mpfr_set_ui(r, 1, MPFR_RNDN);
    else if (!above)
        (out == 1 ? mpfr_exp : mpfr_expm1)(r, r, MPFR_RNDN);
    if (!above)
        times(r, image, i->in[1]);
    times(r, image, i->in[2]);
    return true;
}

const op_blame op_blame_selu = { .out = { DEPENDS_GROUP, DEPENDS_GROUP }, .same = true, .runs = blame_run_same, .zero = zero,
                                 .exact = exact };
