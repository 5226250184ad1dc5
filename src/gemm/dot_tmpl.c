/* SPDX-License-Identifier: Apache-2.0 */
/* dot_tmpl.c -- correctly rounded products of MPFR matrices: exact terms, added by mpfr_sum. */
#include <assert.h>

#include "core/call.h"
#include "gemm/crt.h"

/* r = round(sum_k a_k b_k + bias), b_0 element `first` of b. A product of p- and q-bit numbers is exact in p+q bits, but beyond
   MPFR's widest exponent range it is what mpfr_mul makes of it. Zero terms are left out: they affect only the sign of a sum of
   zeros. */
static void
NUM(dot_exact)(num *r, const num *a, size_t sa, const NUM(mat) *b, size_t first, size_t sb, size_t n, const num *bias,
               NUM(ctx) *ctx)
{
    unsigned long used = 0;
    bool all_negative = true;
    crt_room room;
    for (size_t k = 0; k < n; k++) {
        mpfr_ptr term = ctx->terms[used];
        const size_t at = first + k * sb;
        if (b->e == NULL && mpfr_zero_p(a + k * sa)) {
            all_negative = all_negative && mpfr_signbit(a + k * sa) != crt_weights_negative(b->prepared, at);
            continue;
        }
        mpfr_mul(term, a + k * sa, b->e != NULL ? b->e + at : crt_weights_number(&room, b->prepared, at), MPFR_RNDN);
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

/* c_ij by itself. */
static void
NUM(dot_element)(NUM(mat) *c, size_t i, size_t j, const NUM(mat) *a, bool ta, const NUM(mat) *b, bool tb, const NUM(mat) *bias,
                 NUM(ctx) *ctx)
{
    const size_t n = ta ? a->rows : a->cols;
    const size_t row_a = ta ? 1 : a->cols, term_a = ta ? a->cols : 1;
    const size_t col_b = tb ? b->cols : 1, term_b = tb ? 1 : b->cols;
    NUM(dot_exact)(c->e + i * c->cols + j, a->e + i * row_a, term_a, b, j * col_b, term_b, n, bias != NULL ? bias->e + j : NULL,
                   ctx);
}

/* Whether anything was cut off a row. */
static bool
NUM(any_dropped)(const crt *engine, size_t row, size_t n)
{
    const int64_t *lowest = crt_lowest(engine, row), cut = crt_cut(engine, row);
    bool any = false;
    for (size_t k = 0; k < n && !any; k++)
        any = lowest[k] < cut;
    return any;
}

/* r = x + bias rounded, if every number within 2^error of x would give the same, ternary value included (error MPFR_EMIN_MIN: x is
   exact). sum has room for x + bias to SUM_BITS beyond r's precision. */
static bool
NUM(round_sum)(num *r, mpfr_srcptr x, const num *bias, mpfr_exp_t error, mpfr_ptr sum, NUM(ctx) *ctx)
{
    if (error == MPFR_EMIN_MIN) {
        if (mpfr_zero_p(x) && (bias == NULL || mpfr_zero_p(bias)))
            return false; /* a zero's sign is that of its terms */
        MPFR_FINISH(r, bias != NULL ? mpfr_add(r, x, bias, MPFR_RNDN) : mpfr_set(r, x, MPFR_RNDN), ctx);
        return true;
    }
    const int ternary = bias != NULL ? mpfr_add(sum, x, bias, MPFR_RNDN) : mpfr_set(sum, x, MPFR_RNDN);
    if (!mpfr_regular_p(sum))
        return false;
    /* |sum - true| <= 2^error + 2^(E - p - 1) <= 2^(max + 1), p and E the precision and exponent of sum */
    const mpfr_exp_t rounding = mpfr_get_exp(sum) - mpfr_get_prec(sum) - 1;
    const mpfr_exp_t most = ternary == 0 ? error : (error > rounding ? error : rounding) + 1;
    if (!mpfr_can_round(sum, mpfr_get_exp(sum) - most, MPFR_RNDN, MPFR_RNDN, mpfr_get_prec(r)))
        return false;
    const int rounded = mpfr_set(r, sum, MPFR_RNDN);
    if (rounded == 0)
        return false; /* the side of the true sum is open */
    MPFR_FINISH(r, rounded, ctx);
    return true;
}

/* With the weights as integers. The operands are cut to GUARD_BITS beyond the precision, which changes the sum by less than
   n 2^(cut + scale), as every weight is at most 2^scale; if that leaves the rounding open, an element is summed by itself. */
static bool
NUM(dot_fast)(NUM(mat) *c, const NUM(mat) *a, crt_weights *w, const NUM(mat) *b, bool tb, const NUM(mat) *bias, NUM(ctx) *ctx)
{
    enum { GUARD_BITS = 40, SUM_BITS = 64 };
    const size_t n = a->cols;
    crt *const engine = ctx->product;
    int64_t scale;
    crt_weights_magnitude(w, 0, &scale);
    if (!crt_multiply(engine, (crt_numbers){ a->e, sizeof *a->e }, c->rows, n, w, tb, ctx->common.bits + GUARD_BITS))
        return false;
    mpfr_exp_t terms = 1;
    while ((size_t)1 << terms < n)
        terms++;
    mpfr_t sum;
    mpfr_init2(sum, ctx->common.bits + SUM_BITS);
    for (size_t i = 0; i < c->rows && call_ask() == GA_OK; i++) {
        const mpfr_exp_t error = NUM(any_dropped)(engine, i, n) ? crt_cut(engine, i) + scale + terms : MPFR_EMIN_MIN;
        for (size_t j = 0; j < c->cols; j++) {
            mpfr_srcptr x = crt_element(engine, i, j);
            if (x == NULL ||
                !NUM(round_sum)(c->e + i * c->cols + j, x, bias != NULL ? bias->e + j : NULL, error, sum, ctx))
                NUM(dot_element)(c, i, j, a, false, b, tb, bias, ctx);
        }
    }
    mpfr_clear(sum);
    return true;
}

static void
NUM(gemm_native)(NUM(mat) *c, const NUM(mat) *a, bool ta, const NUM(mat) *b, bool tb, const NUM(mat) *bias, NUM(ctx) *ctx)
{
    const size_t n = ta ? a->rows : a->cols;
    const bool none = n == 0 || c->rows == 0;
    const long bits = none ? 2 : b->e == NULL ? ctx->term_bits : (long)(mpfr_get_prec(a->e) + mpfr_get_prec(b->e));
    assert(n + 1 <= ctx->n_term && bits <= ctx->term_bits);
    mpfr_vec_reuse(ctx->term, ctx->n_term, ctx->term_bits, bits);
    const bool fast = b->prepared != NULL && ctx->product != NULL && !ta && c->rows > 0 && n > 0;
    if (fast && NUM(dot_fast)(c, a, b->prepared, b, tb, bias, ctx))
        return;
    for (size_t i = 0; i < c->rows && call_ask() == GA_OK; i++)
        for (size_t j = 0; j < c->cols; j++)
            NUM(dot_element)(c, i, j, a, ta, b, tb, bias, ctx);
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
    return ctx->term != NULL && ctx->terms != NULL && crt_reserve(&ctx->product, &ctx->product_free, &ctx->common);
}

const bool NUM(gemm_prepares) = true;
const bool NUM(gemm_spreads) = false;
