/* SPDX-License-Identifier: Apache-2.0 */
/* div_blame.c -- a quotient of two values is a term divided; its derivative to the divisor, -a/b^2, a function of both. */
#include "blame/image.h"

static size_t
runs(blame_run *to, const blame_shape *s, const instruction *i, size_t out, size_t at)
{
    (void)s;
    if (out == 0) {
        *to = (blame_run){ .a = i->in[0], .b = i->in[1], .a_first = at, .b_first = at, .n = 1, .divided = true };
        return 1;
    }
    for (size_t k = 0; k < 2; k++)
        to[k] = (blame_run){ .a = i->in[k], .b = NO_VALUE, .a_first = at, .n = 1 };
    return 2;
}

/* Two roundings, and the square's. */
static bool
exact(mpfr_ptr r, const blame_image *image, const instruction *i, size_t out, size_t at)
{
    mpfr_t b;
    (void)out;
    mpfr_init2(b, mpfr_get_prec(r));
    mpfr_vec_set_number(r, &image->computed->value[i->in[0]][at]);
    mpfr_vec_set_number(b, &image->computed->value[i->in[1]][at]);
    mpfr_sqr(b, b, MPFR_RNDN);
    mpfr_div(r, r, b, MPFR_RNDN);
    mpfr_neg(r, r, MPFR_RNDN);
    mpfr_clear(b);
    return true;
}

/* a is 0, or b infinite, or the quotient is below the range. */
static origin_kind
zero(const blame_image *image, const instruction *i, size_t out, size_t at)
{
    mpfr_t r;
    mpfr_init2(r, 53);
    exact(r, image, i, out, at);
    const bool own = mpfr_zero_p(r);
    mpfr_clear(r);
    return own ? ORIGIN_ARGUMENT_ERROR : ORIGIN_SIGMA_UNDERFLOW;
}

const op_blame op_blame_div = { .out = { DEPENDS_SUM, DEPENDS_GROUP }, .product = true, .runs = runs, .same = true, .zero = zero,
                                .exact = exact };
const op_blame op_blame_quotient = { .out = { DEPENDS_SUM }, .product = true, .runs = runs, .same = true };
