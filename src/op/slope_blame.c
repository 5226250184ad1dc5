/* SPDX-License-Identifier: Apache-2.0 */
/* slope_blame.c -- the derivative of a function, made of its value, and what that is made of: why it is 0, and what it is at a
   computed value. */
#include "blame/image.h"

/* Of a value that is 0 sigmoid's is 0, by the value; else 1 - a, or 1 - a^2, is. */
static origin_kind
zero(const blame_image *image, const instruction *i, size_t out, size_t at)
{
    (void)out;
    return image->computed->value[i->in[0]][at].klass == GA_ZERO ? ORIGIN_SIGMA_UNDERFLOW : ORIGIN_SIGMA_ABSORPTION;
}

/* 1-a, a (1-a) or (1+a)(1-a) of a number of at most 53 bits: 1-a and 1+a are exact but for numbers so small that 1 is what they
   round to. */
static bool
exact(mpfr_ptr r, const blame_image *image, const instruction *i, size_t out, size_t at)
{
    mpfr_t a;
    (void)out;
    mpfr_init2(a, 53);
    mpfr_vec_set_number(a, &image->computed->value[i->in[0]][at]);
    mpfr_ui_sub(r, 1, a, MPFR_RNDN);
    if (i->op == OP_sigmoid_slope) {
        mpfr_mul(r, r, a, MPFR_RNDN);
    } else if (i->op == OP_tanh_slope) {
        mpfr_t more;
        mpfr_init2(more, mpfr_get_prec(r));
        mpfr_add_ui(more, a, 1, MPFR_RNDN);
        mpfr_mul(r, r, more, MPFR_RNDN);
        mpfr_clear(more);
    }
    mpfr_clear(a);
    return true;
}

const op_blame op_blame_sigmoid_slope = { .out = { DEPENDS_GROUP }, .same = true, .runs = blame_run_same, .zero = zero,
                                          .exact = exact };
const op_blame op_blame_complement = { .out = { DEPENDS_GROUP }, .same = true, .runs = blame_run_same, .zero = zero,
                                       .exact = exact };
const op_blame op_blame_tanh_slope = { .out = { DEPENDS_GROUP }, .same = true, .runs = blame_run_same, .zero = zero,
                                       .exact = exact };
