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

/* The naive residual of a target 1 is s - 1, 0 only if s is 1; those of targets between 0 and 1 cancel; all others are s or
   sigma(-z), below the range. */
static origin_kind
zero(const blame_image *image, const instruction *i, size_t out, size_t at)
{
    const bool one = out == 1 && image->e.formulas == GA_NAIVE && is_one(image->computed->value[i->out[0]] + at);
    const ga_number *const target = image->computed->value[i->in[1]] + at;
    const bool between = out == 1 && target->klass != GA_ZERO && !is_one(target);
    return one ? ORIGIN_SIGMA_ABSORPTION : between ? ORIGIN_CANCELLATION : ORIGIN_SIGMA_UNDERFLOW;
}

/* s = sigma(z), or the residual (1-t) s - t sigma(-z) of a target t. With q = e^-|z| each sigma is 1 or q, / (1 + q): of four
   roundings. */
static bool
exact(mpfr_ptr r, const blame_image *image, const instruction *i, size_t out, size_t at)
{
    enum { SPARE = 64 }; /* bits that may cancel */
    mpfr_t s, other, sum, t;
    mpfr_inits2(mpfr_get_prec(r) + SPARE + 8, s, other, sum, t, (mpfr_ptr)0);
    mpfr_vec_set_number(s, image->computed->value[i->in[0]] + at);
    mpfr_vec_set_number(t, image->computed->value[i->in[1]] + at);
    const bool negative = mpfr_sgn(s) < 0;
    mpfr_abs(s, s, MPFR_RNDN);
    mpfr_neg(s, s, MPFR_RNDN);
    mpfr_exp(s, s, MPFR_RNDN);
    mpfr_add_ui(sum, s, 1, MPFR_RNDN);
    mpfr_div(other, s, sum, MPFR_RNDN);
    mpfr_ui_div(s, 1, sum, MPFR_RNDN);
    if (negative)
        mpfr_swap(s, other);
    bool ok = true;
    if (out == 1) {
        mpfr_ui_sub(sum, 1, t, MPFR_RNDN);
        mpfr_mul(s, s, sum, MPFR_RNDN);
        mpfr_mul(other, other, t, MPFR_RNDN);
        const mpfr_exp_t before = mpfr_zero_p(s) ? mpfr_get_emin() : mpfr_get_exp(s);
        mpfr_sub(s, s, other, MPFR_RNDN);
        ok = !mpfr_zero_p(s) && mpfr_get_exp(s) > before - SPARE;
    }
    mpfr_set(r, s, MPFR_RNDN);
    mpfr_clears(s, other, sum, t, (mpfr_ptr)0);
    return ok;
}

const op_blame op_blame_bce = { .out = { DEPENDS_GROUP, DEPENDS_GROUP }, .same = true, .runs = runs, .zero = zero,
                                .exact = exact };
const op_blame op_blame_bce_sigmoid = { .out = { DEPENDS_GROUP, DEPENDS_GROUP }, .same = true, .runs = runs, .zero = zero,
                                        .exact = exact };
