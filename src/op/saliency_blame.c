/* SPDX-License-Identifier: Apache-2.0 */
/* saliency_blame.c -- a label's logit, whose residual is never wrong, and its probability: why that or its residual is 0, and what
   they are at computed logits. */
#include "blame/image.h"

/* No residual of a logit is 0 that is not. */
static origin_kind
zero_logit(const blame_image *image, const instruction *i, size_t out, size_t at)
{
    (void)image, (void)i, (void)out, (void)at;
    return ORIGIN_INVALID;
}

static size_t
label(const blame_image *image, const instruction *i, size_t row)
{
    return row * blame_cols(&image->shape, i->in[0]) + image->label[row];
}

static bool
is_one(const ga_number *a)
{
    return a->mantissa == 1 && a->exponent == 0;
}

/* The naive residual p_y (1 - p_y) of the label is 0 where p_y is 1, or below the range. */
static origin_kind
zero_softmax(const blame_image *image, const instruction *i, size_t out, size_t at)
{
    const bool own = at == label(image, i, at / blame_cols(&image->shape, i->in[0]));
    return out == 1 && own && image->e.formulas == GA_NAIVE && is_one(image->computed->value[i->out[0]] + at)
               ? ORIGIN_SOFTMAX_ABSORPTION : ORIGIN_SOFTMAX_UNDERFLOW;
}

/* e = e^(z_k - z), of numbers of a row. */
static void
ratio(mpfr_ptr e, mpfr_ptr difference, const ga_number *k, mpfr_srcptr z)
{
    mpfr_vec_set_number(e, k);
    mpfr_sub(difference, e, z, MPFR_RNDN);
    mpfr_exp(e, difference, MPFR_RNDN);
}

/* With E_k = e^(z_k - z_y), others the sum of those but E_y = 1, and S = 1 + others: p_c = E_c / S, r_y = others / S^2, and r_c is
   -E_c / S^2. Differences are exact, sums are of positive numbers, and there are fewer than 2^22 roundings (GA_MAX_CLASSES). */
static bool
exact_softmax(mpfr_ptr r, const blame_image *image, const instruction *i, size_t out, size_t at)
{
    enum { DIFFERENCE_BITS = 2200 }; /* of two binary64 numbers */
    const size_t n = blame_cols(&image->shape, i->in[0]), row = at / n, y = label(image, i, row);
    const ga_number *const z = image->computed->value[i->in[0]];
    mpfr_t e, sum, own, difference;
    mpfr_inits2(mpfr_get_prec(r), e, sum, own, (mpfr_ptr)0);
    mpfr_init2(difference, DIFFERENCE_BITS);
    mpfr_set_zero(sum, 1);
    mpfr_vec_set_number(own, z + y);
    for (size_t k = row * n; k < (row + 1) * n; k++) {
        if (k == y)
            continue;
        ratio(e, difference, z + k, own);
        mpfr_add(sum, sum, e, MPFR_RNDN);
    }
    if (at == y)
        mpfr_set(r, sum, MPFR_RNDN);
    else
        ratio(r, difference, z + at, own);
    if (at == y && out == 0)
        mpfr_set_ui(r, 1, MPFR_RNDN);
    mpfr_add_ui(sum, sum, 1, MPFR_RNDN);
    mpfr_div(r, r, sum, MPFR_RNDN);
    if (out == 1)
        mpfr_div(r, r, sum, MPFR_RNDN);
    if (out == 1 && at != y)
        mpfr_neg(r, r, MPFR_RNDN);
    mpfr_clears(e, sum, own, difference, (mpfr_ptr)0);
    return true;
}

static origin_kind
zero_sigmoid(const blame_image *image, const instruction *i, size_t out, size_t at)
{
    return out == 1 && image->e.formulas == GA_NAIVE && is_one(image->computed->value[i->out[0]] + at) ? ORIGIN_SIGMA_ABSORPTION
                                                                                                     : ORIGIN_SIGMA_UNDERFLOW;
}

/* With q = e^-|z|: sigma = 1 or q, / (1 + q); the residual of the label's output q / (1 + q)^2, or, of the class 0 of one output,
   minus that; of others 0. */
static bool
exact_sigmoid(mpfr_ptr r, const blame_image *image, const instruction *i, size_t out, size_t at)
{
    const size_t n = blame_cols(&image->shape, i->in[0]), row = at / n;
    const bool own = n == 1 || at == label(image, i, row), minus = n == 1 && image->label[row] == 0;
    mpfr_t sum;
    mpfr_init2(sum, mpfr_get_prec(r));
    mpfr_vec_set_number(r, image->computed->value[i->in[0]] + at);
    const bool negative = mpfr_sgn(r) < 0;
    mpfr_abs(r, r, MPFR_RNDN);
    mpfr_neg(r, r, MPFR_RNDN);
    mpfr_exp(r, r, MPFR_RNDN);
    mpfr_add_ui(sum, r, 1, MPFR_RNDN);
    if (out == 1)
        mpfr_sqr(sum, sum, MPFR_RNDN);
    else if (!negative)
        mpfr_set_ui(r, 1, MPFR_RNDN);
    mpfr_div(r, r, sum, MPFR_RNDN);
    if (out == 1 && !own)
        mpfr_set_zero(r, 1);
    if (out == 1 && minus)
        mpfr_neg(r, r, MPFR_RNDN);
    mpfr_clear(sum);
    return true;
}

const op_blame op_blame_logit = { .out = { DEPENDS_GROUP, DEPENDS_GROUP }, .same = true, .runs = blame_run_same,
                                  .zero = zero_logit };
const op_blame op_blame_probability = { .out = { DEPENDS_GROUP, DEPENDS_GROUP }, .all = true, .runs = blame_run_row,
                                        .group = blame_group_row, .zero = zero_softmax, .exact = exact_softmax, .also = label };
const op_blame op_blame_probability_sigmoid = { .out = { DEPENDS_GROUP, DEPENDS_GROUP }, .same = true, .runs = blame_run_same,
                                                .zero = zero_sigmoid, .exact = exact_sigmoid };
