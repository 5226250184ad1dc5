/* SPDX-License-Identifier: Apache-2.0 */
/* soft_blame.c -- the soft cross-entropy: a row is made at once; why a probability or a residual is 0, and what they are at
   computed logits. */
#include "blame/image.h"

static size_t
label(const blame_image *image, const instruction *i, size_t row)
{
    return row * blame_cols(&image->shape, i->in[0]) + image->label[row];
}

/* A naive residual is p T - q, 0 where p is rounded to 1 or q to its share of T. */
static origin_kind
zero(const blame_image *image, const instruction *i, size_t out, size_t at)
{
    const ga_number *const p = image->computed->value[i->out[0]] + at;
    if (out == 0 || p->klass == GA_ZERO)
        return ORIGIN_SOFTMAX_UNDERFLOW;
    return image->e.formulas == GA_NAIVE && p->mantissa == 1 && p->exponent == 0 ? ORIGIN_SOFTMAX_ABSORPTION : ORIGIN_CANCELLATION;
}

/* p_c, and in others 1 - p_c; with E_k = e^(z_k - z_c) they are 1 and the other E_k, / sum E_k. Differences are exact, sums are of
   positive numbers, and there are fewer than 2^22 roundings (GA_MAX_CLASSES). */
static void
softmax(mpfr_ptr p, mpfr_ptr others, const ga_number *z, size_t n, size_t c)
{
    enum { DIFFERENCE_BITS = 2200 }; /* of two binary64 numbers */
    mpfr_t e, difference;
    mpfr_init2(e, mpfr_get_prec(p));
    mpfr_init2(difference, DIFFERENCE_BITS);
    mpfr_set_zero(others, 1);
    for (size_t k = 0; k < n; k++) {
        if (k == c)
            continue;
        mpfr_vec_set_number(difference, z + k);
        mpfr_vec_set_number(e, z + c);
        mpfr_sub(difference, difference, e, MPFR_RNDN);
        mpfr_exp(e, difference, MPFR_RNDN);
        mpfr_add(others, others, e, MPFR_RNDN);
    }
    mpfr_add_ui(e, others, 1, MPFR_RNDN);
    mpfr_div(others, others, e, MPFR_RNDN);
    mpfr_ui_div(p, 1, e, MPFR_RNDN);
    mpfr_clears(e, difference, (mpfr_ptr)0);
}

/* q_c, and in others the sum of the other q. */
static void
targets(mpfr_ptr q, mpfr_ptr others, const blame_image *image, const instruction *i, size_t first, size_t n, size_t at)
{
    const ga_number smoothing = blame_tape_number(image->computed, i->in[2], 0);
    mpfr_t rest, share, e;
    mpfr_inits2(mpfr_get_prec(q), rest, share, e, (mpfr_ptr)0);
    mpfr_vec_set_number(rest, &smoothing);
    mpfr_div_ui(share, rest, n, MPFR_RNDN);
    mpfr_ui_sub(rest, 1, rest, MPFR_RNDN);
    mpfr_set_zero(others, 1);
    for (size_t k = first; k < first + n; k++) {
        mpfr_vec_set_number(e, image->computed->value[i->in[1]] + k);
        mpfr_fma(e, e, rest, share, MPFR_RNDN);
        if (k == at)
            mpfr_set(q, e, MPFR_RNDN);
        else
            mpfr_add(others, others, e, MPFR_RNDN);
    }
    mpfr_clears(rest, share, e, (mpfr_ptr)0);
}

static bool
exact(mpfr_ptr r, const blame_image *image, const instruction *i, size_t out, size_t at)
{
    enum { SPARE = 64, ROUNDINGS = 24 }; /* bits that may cancel, and that roundings may take */
    const size_t n = blame_cols(&image->shape, i->in[0]), first = at / n * n;
    const mpfr_prec_t bits = mpfr_get_prec(r) + SPARE + ROUNDINGS;
    mpfr_t p, others_p, q, others_q;
    if (out > 1)
        return false;
    mpfr_inits2(bits, p, others_p, q, others_q, (mpfr_ptr)0);
    softmax(p, others_p, image->computed->value[i->in[0]] + first, n, at - first);
    bool ok = true;
    if (out == 1) {
        targets(q, others_q, image, i, first, n, at);
        mpfr_mul(p, p, others_q, MPFR_RNDN);
        mpfr_mul(q, q, others_p, MPFR_RNDN);
        const mpfr_exp_t before = mpfr_zero_p(p) ? mpfr_get_emin() : mpfr_get_exp(p);
        mpfr_sub(p, p, q, MPFR_RNDN);
        ok = !mpfr_zero_p(p) && mpfr_get_exp(p) > before - SPARE;
    }
    mpfr_set(r, p, MPFR_RNDN);
    mpfr_clears(p, others_p, q, others_q, (mpfr_ptr)0);
    return ok;
}

static size_t
runs(blame_run *to, const blame_shape *s, const instruction *i, size_t out, size_t at)
{
    const size_t n = blame_cols(s, i->in[0]);
    (void)out;
    for (size_t k = 0; k < 2; k++)
        to[k] = (blame_run){ .a = i->in[k], .b = NO_VALUE, .a_first = at / n * n, .a_step = 1, .n = n };
    return 2;
}

const op_blame op_blame_soft_cross_entropy = { .out = { DEPENDS_GROUP, DEPENDS_GROUP }, .all = true, .runs = runs,
                                               .group = blame_group_row, .zero = zero, .exact = exact, .also = label };
