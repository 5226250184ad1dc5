/* SPDX-License-Identifier: Apache-2.0 */
/* bce_blame.c -- binary cross-entropies: why a probability or a residual is 0, and what they are at a computed logit. */
#include "blame/image.h"

static bool
is_one(const ga_number *a)
{
    return a->mantissa == 1 && a->exponent == 0;
}

static size_t
runs(blame_run *to, const blame_shape *s, const instruction *i, size_t out, size_t at)
{
    (void)s, (void)out;
    for (size_t k = 0; k < 2; k++)
        to[k] = (blame_run){ .a = i->in[k], .b = NO_VALUE, .a_first = at, .n = 1 };
    return 2;
}

/* The naive residual of a target 1 is s - 1, 0 only if s is 1; all others are s or sigma(-z), below the range. */
static origin_kind
zero(const blame_image *image, const instruction *i, size_t out, size_t at)
{
    const bool one = out == 1 && image->e.formulas == GA_NAIVE && is_one(image->computed->value[i->out[0]] + at);
    return one ? ORIGIN_SIGMA_ABSORPTION : ORIGIN_SIGMA_UNDERFLOW;
}

/* s = sigma(z); the residual s for a target 0, -sigma(-z) for 1. With q = e^-|z| each is 1 or q, / (1 + q): of four roundings. */
static bool
exact(mpfr_ptr r, const blame_image *image, const instruction *i, size_t out, size_t at)
{
    const bool minus = out == 1 && is_one(image->computed->value[i->in[1]] + at);
    mpfr_t sum;
    mpfr_init2(sum, mpfr_get_prec(r));
    mpfr_vec_set_number(r, image->computed->value[i->in[0]] + at);
    const bool small = (mpfr_sgn(r) < 0) != minus;
    mpfr_abs(r, r, MPFR_RNDN);
    mpfr_neg(r, r, MPFR_RNDN);
    mpfr_exp(r, r, MPFR_RNDN);
    mpfr_add_ui(sum, r, 1, MPFR_RNDN);
    if (!small)
        mpfr_set_ui(r, 1, MPFR_RNDN);
    mpfr_div(r, r, sum, MPFR_RNDN);
    if (minus)
        mpfr_neg(r, r, MPFR_RNDN);
    mpfr_clear(sum);
    return true;
}

const op_blame op_blame_bce = { .out = { DEPENDS_GROUP, DEPENDS_GROUP }, .same = true, .runs = runs, .zero = zero,
                                .exact = exact };
const op_blame op_blame_bce_sigmoid = { .out = { DEPENDS_GROUP, DEPENDS_GROUP }, .same = true, .runs = runs, .zero = zero,
                                        .exact = exact };
