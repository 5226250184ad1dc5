/* SPDX-License-Identifier: Apache-2.0 */
/* loss_blame.c -- losses: a row of residuals is made at once of a row of logits, but for the squared error's. */
#include "blame/image.h"

static size_t
label(const blame_image *image, const instruction *i, size_t row)
{
    return row * blame_cols(&image->shape, i->in[0]) + image->label[row];
}

/* The naive residual of the label is p_y - 1, 0 only if p_y is 1; all others are sums of probabilities that are 0. */
static origin_kind
zero_softmax(const blame_image *image, const instruction *i, size_t out, size_t at)
{
    const size_t row = at / blame_cols(&image->shape, i->in[0]);
    return out == 1 && at == label(image, i, row) && image->e.formulas == GA_NAIVE ? ORIGIN_SOFTMAX_ABSORPTION
                                                                                   : ORIGIN_SOFTMAX_UNDERFLOW;
}

/* r_c, or p_c, of the softmax of the computed logits: differences are exact, sums are of positive numbers, and there are fewer than
   2^22 roundings (GA_MAX_CLASSES). */
static bool
exact_softmax(mpfr_ptr r, const blame_image *image, const instruction *i, size_t out, size_t at)
{
    enum { DIFFERENCE_BITS = 2200 }; /* of two binary64 numbers */
    const size_t n = blame_cols(&image->shape, i->in[0]), row = at / n;
    const ga_number *const z = image->computed->value[i->in[0]] + row * n;
    mpfr_t e, sum, others, own, difference;
    mpfr_inits2(mpfr_get_prec(r), e, sum, others, own, (mpfr_ptr)0);
    mpfr_init2(difference, DIFFERENCE_BITS);
    mpfr_set_zero(sum, 1);
    mpfr_set_zero(others, 1);
    mpfr_vec_set_number(own, z + at % n);
    for (size_t k = 0; k < n; k++) { /* all divided by e^z_c */
        mpfr_vec_set_number(e, z + k);
        mpfr_sub(difference, e, own, MPFR_RNDN);
        mpfr_exp(e, difference, MPFR_RNDN);
        mpfr_add(sum, sum, e, MPFR_RNDN);
        if (k != at % n)
            mpfr_add(others, others, e, MPFR_RNDN);
    }
    if (out == 1 && at == label(image, i, row)) {
        mpfr_div(r, others, sum, MPFR_RNDN);
        mpfr_neg(r, r, MPFR_RNDN);
    } else
        mpfr_ui_div(r, 1, sum, MPFR_RNDN);
    mpfr_clears(e, sum, others, own, difference, (mpfr_ptr)0);
    return true;
}

/* No residual of outputs that are log-probabilities is 0 that is not. */
static origin_kind
zero_outputs(const blame_image *image, const instruction *i, size_t out, size_t at)
{
    (void)image, (void)i, (void)out, (void)at;
    return ORIGIN_INVALID;
}

/* A margin's residual is 0 because another class was chosen. */
static origin_kind
zero_margin(const blame_image *image, const instruction *i, size_t out, size_t at)
{
    (void)image, (void)i, (void)out, (void)at;
    return ORIGIN_CLASS_FLIP;
}

/* A true residual is a point if the choice of class is decided. */
static bool
chosen(size_t *at, const blame_image *image, const instruction *i, size_t row)
{
    const size_t n = blame_cols(&image->shape, i->out[1]);
    for (*at = row * n; *at < (row + 1) * n; ++*at) {
        const ga_truth *const t = image->truth->truth[i->out[1]] + *at;
        if (blame_is_one(t) && image->computed->value[i->out[1]][*at].klass == GA_ZERO)
            return true;
    }
    return false;
}

static size_t
squared_error(blame_run *to, const blame_shape *s, const instruction *i, size_t out, size_t at)
{
    (void)s, (void)out;
    for (size_t k = 0; k < 2; k++)
        to[k] = (blame_run){ .a = i->in[k], .b = NO_VALUE, .a_first = at, .n = 1 };
    return 2;
}

/* o and y do not differ as computed, or by too little. */
static origin_kind
zero_difference(const blame_image *image, const instruction *i, size_t out, size_t at)
{
    (void)image, (void)i, (void)out, (void)at;
    return ORIGIN_ARGUMENT_ERROR;
}

/* o - y, or twice that. */
static bool
exact_difference(mpfr_ptr r, const blame_image *image, const instruction *i, size_t out, size_t at)
{
    mpfr_t y;
    mpfr_init2(y, 53);
    mpfr_vec_set_number(r, &image->computed->value[i->in[0]][at]);
    mpfr_vec_set_number(y, &image->computed->value[i->in[1]][at]);
    mpfr_sub(r, r, y, MPFR_RNDN);
    mpfr_mul_2ui(r, r, out, MPFR_RNDN);
    mpfr_clear(y);
    return true;
}

const op_blame op_blame_cross_entropy = { .out = { DEPENDS_GROUP, DEPENDS_GROUP }, .all = true, .runs = blame_run_row,
                                          .group = blame_group_row, .zero = zero_softmax, .exact = exact_softmax, .also = label };
const op_blame op_blame_nll = { .out = { DEPENDS_GROUP, DEPENDS_GROUP }, .all = true, .runs = blame_run_row,
                                .group = blame_group_row, .zero = zero_softmax, .exact = exact_softmax, .also = label };
const op_blame op_blame_nll_softmax = { .out = { DEPENDS_GROUP, DEPENDS_GROUP }, .all = true, .runs = blame_run_row,
                                        .group = blame_group_row, .zero = zero_softmax, .exact = exact_softmax, .also = label };
const op_blame op_blame_nll_outputs = { .out = { DEPENDS_GROUP, DEPENDS_GROUP }, .same = true, .runs = blame_run_same,
                                        .zero = zero_outputs };
const op_blame op_blame_margin = { .out = { DEPENDS_GROUP, DEPENDS_GROUP }, .all = true, .runs = blame_run_row,
                                   .group = blame_group_row, .zero = zero_margin, .chosen = chosen };
const op_blame op_blame_squared_error = { .out = { DEPENDS_GROUP, DEPENDS_GROUP }, .same = true, .runs = squared_error,
                                          .zero = zero_difference, .exact = exact_difference };
