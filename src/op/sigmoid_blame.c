/* SPDX-License-Identifier: Apache-2.0 */
/* sigmoid_blame.c -- sigmoid and tanh: why they are 0, and what they are at a computed argument. Formulas do not cancel, of six
   roundings at most. */
#include "blame/image.h"

/* The naive s (1 - s) is 0 if s is 1, or if it is below the range; 1 - t^2 only if t^2 is 1. */
static origin_kind
zero(const blame_image *image, const instruction *i, size_t out, size_t at)
{
    const ga_number *const value = image->computed->value[i->out[0]] + at;
    const bool one = i->op == OP_tanh ? value->klass != GA_ZERO : value->mantissa == 1 && value->exponent == 0;
    return out == 1 && image->e.formulas == GA_NAIVE && one ? ORIGIN_SIGMA_ABSORPTION : ORIGIN_SIGMA_UNDERFLOW;
}

/* q = e^-|z|, or e^-2|z| for tanh. */
static int
decay(mpfr_ptr q, const blame_image *image, const instruction *i, size_t at)
{
    const bool tanh = i->op == OP_tanh;
    mpfr_vec_set_number(q, &image->computed->value[i->in[0]][at]);
    const int sign = mpfr_sgn(q);
    mpfr_abs(q, q, MPFR_RNDN);
    mpfr_neg(q, q, MPFR_RNDN);
    mpfr_mul_2ui(q, q, tanh, MPFR_RNDN);
    mpfr_exp(q, q, MPFR_RNDN);
    return sign;
}

/* sigma' = q / (1 + q)^2, tanh' = 4 q / (1 + q)^2; sigma = 1 or q, / (1 + q); |tanh| = tanh |z|. */
static bool
exact(mpfr_ptr r, const blame_image *image, const instruction *i, size_t out, size_t at)
{
    mpfr_t sum;
    if (out == 0 && i->op == OP_tanh) {
        mpfr_vec_set_number(r, &image->computed->value[i->in[0]][at]);
        mpfr_tanh(r, r, MPFR_RNDN);
        return true;
    }
    mpfr_init2(sum, mpfr_get_prec(r));
    const int sign = decay(r, image, i, at);
    mpfr_add_ui(sum, r, 1, MPFR_RNDN);
    if (out == 1)
        mpfr_sqr(sum, sum, MPFR_RNDN);
    else if (sign > 0)
        mpfr_set_ui(r, 1, MPFR_RNDN);
    if (i->op == OP_tanh)
        mpfr_mul_2ui(r, r, 2, MPFR_RNDN);
    mpfr_div(r, r, sum, MPFR_RNDN);
    mpfr_clear(sum);
    return true;
}

const op_blame op_blame_sigmoid = { .out = { DEPENDS_GROUP, DEPENDS_GROUP }, .same = true, .runs = blame_run_same,
                                    .zero = zero, .exact = exact };
const op_blame op_blame_tanh = { .out = { DEPENDS_GROUP, DEPENDS_GROUP }, .same = true, .runs = blame_run_same,
                                    .zero = zero, .exact = exact };
