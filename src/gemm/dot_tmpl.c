/* SPDX-License-Identifier: Apache-2.0 */
/* dot_tmpl.c -- correctly rounded products of MPFR matrices: exact terms, added by mpfr_sum. */
#include <assert.h>

/* r = round(sum_k a_k b_k + bias). A product of p- and q-bit numbers is exact in p+q bits, but beyond MPFR's widest exponent range
   it is what mpfr_mul makes of it. Zero terms are left out: they decide nothing but the sign of a sum of zeros. */
static void
NUM(dot_exact)(num *r, const num *a, size_t sa, const num *b, size_t sb, size_t n, const num *bias, NUM(ctx) *ctx)
{
    unsigned long used = 0;
    bool all_negative = true;
    for (size_t k = 0; k < n; k++) {
        mpfr_ptr term = ctx->terms[used];
        mpfr_mul(term, a + k * sa, b + k * sb, MPFR_RNDN);
        if (mpfr_zero_p(term))
            all_negative = all_negative && mpfr_signbit(term);
        else
            used++;
    }
    mpfr_ptr last = ctx->terms[used]; /* put back below */
    if (bias != NULL && !mpfr_zero_p(bias))
        ctx->terms[used++] = (mpfr_ptr)bias;
    else if (bias != NULL)
        all_negative = all_negative && mpfr_signbit(bias);
    if (used > 0)
        MPFR_FINISH(r, mpfr_sum(r, ctx->terms, used, MPFR_RNDN), ctx);
    else
        mpfr_set_zero(r, n > 0 && all_negative ? -1 : 1);
    if (used > 0 && ctx->terms[used - 1] == bias)
        ctx->terms[used - 1] = last;
}

static void
NUM(gemm_native)(NUM(mat) *c, const NUM(mat) *a, bool ta, const NUM(mat) *b, bool tb, const NUM(mat) *bias, NUM(ctx) *ctx)
{
    const size_t n = ta ? a->rows : a->cols;
    const size_t row_a = ta ? 1 : a->cols, term_a = ta ? a->cols : 1;
    const size_t col_b = tb ? b->cols : 1, term_b = tb ? 1 : b->cols;
    const long bits = n == 0 || c->rows == 0 ? 2 : (long)(mpfr_get_prec(a->e) + mpfr_get_prec(b->e));
    assert(n + 1 <= ctx->n_term && bits <= ctx->term_bits);
    mpfr_vec_reuse(ctx->term, ctx->n_term, ctx->term_bits, bits);
    for (size_t i = 0; i < c->rows; i++)
        for (size_t j = 0; j < c->cols; j++)
            NUM(dot_exact)(c->e + i * c->cols + j, a->e + i * row_a, term_a, b->e + j * col_b, term_b, n,
                           bias != NULL ? bias->e + j : NULL, ctx);
}

bool
NUM(gemm_reserve)(size_t n, long a_bits, long b_bits, NUM(ctx) *ctx)
{
    num_vec_free(ctx->term);
    free(ctx->terms);
    ctx->n_term = n + 1;
    ctx->term_bits = a_bits + b_bits;
    ctx->term = num_vec_new(ctx->n_term, ctx->term_bits);
    ctx->terms = malloc(ctx->n_term * sizeof *ctx->terms);
    for (size_t k = 0; ctx->terms != NULL && ctx->term != NULL && k < ctx->n_term; k++)
        ctx->terms[k] = ctx->term + k;
    return ctx->term != NULL && ctx->terms != NULL;
}

bool
NUM(gemm_prepare)(const NUM(mat) *b, NUM(ctx) *ctx)
{
    (void)b, (void)ctx;
    return true;
}
