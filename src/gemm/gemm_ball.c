/* SPDX-License-Identifier: Apache-2.0 */
/* gemm_ball.c -- matrix products in balls: midpoints by the rounded sum of exact terms, radii by rounded-up sums. Slow, and the
   oracle of whatever is faster. */
#include <stdint.h>
#include <stdlib.h>

#include "num/ball.h"
#include "num/mpfr_vec.h"
#include "num/vec_tmpl.h"
#include "gemm/gemm_tmpl.h"

/* |sum x_k y_k - sum a_k b_k| <= sum (|a_k| rad b_k + (|b_k| + rad b_k) rad a_k): the bound of ball_mul, added up. A term both
   of whose factors are exact adds nothing. */
static void
add_radius(mpfr_ptr sum, const ball *a, const ball *b, ctx_ball *ctx)
{
    mpfr_ptr t = ctx->r, v = ctx->r + 1;
    if (!mpfr_zero_p(&b->rad)) {
        mpfr_abs(t, &a->mid, MPFR_RNDU);
        mpfr_mul(t, t, &b->rad, MPFR_RNDU);
        mpfr_add(sum, sum, t, MPFR_RNDU);
    }
    if (!mpfr_zero_p(&a->rad)) {
        mpfr_abs(v, &b->mid, MPFR_RNDU);
        mpfr_add(v, v, &b->rad, MPFR_RNDU);
        mpfr_mul(v, v, &a->rad, MPFR_RNDU);
        mpfr_add(sum, sum, v, MPFR_RNDU);
    }
}

/* sum += MPFR's least positive number, rounded up. */
static void
add_least(mpfr_ptr sum, ctx_ball *ctx)
{
    mpfr_set_zero(ctx->r, 1);
    mpfr_nextabove(ctx->r);
    mpfr_add(sum, sum, ctx->r, MPFR_RNDU);
}

/* r = sum_k a_k b_k + bias; r is no operand. The products of midpoints are exact in the sum of their precisions; a term below
   MPFR's range is off by less than its least positive number. */
static void
dot(ball *r, const ball *a, size_t sa, const ball *b, size_t sb, size_t n, const ball *bias, ctx_ball *ctx)
{
    unsigned long used = 0;
    mpfr_set_zero(&r->rad, 1);
    for (size_t k = 0; k < n; k++) {
        const ball *x = a + k * sa, *y = b + k * sb;
        add_radius(&r->rad, x, y, ctx);
        if (!mpfr_zero_p(&x->mid) && !mpfr_zero_p(&y->mid) &&
            mpfr_mul(ctx->terms[used++], &x->mid, &y->mid, MPFR_RNDN) != 0)
            add_least(&r->rad, ctx);
    }
    mpfr_ptr last = ctx->terms[used]; /* put back below */
    if (bias != NULL) {
        mpfr_add(&r->rad, &r->rad, &bias->rad, MPFR_RNDU);
        ctx->terms[used] = (mpfr_ptr)(uintptr_t)&bias->mid;
    }
    ball_round(r, mpfr_sum(&r->mid, ctx->terms, used + (bias != NULL), MPFR_RNDN));
    ctx->terms[used] = last;
}

static void
gemm_native_ball(mat_ball *c, const mat_ball *a, bool ta, const mat_ball *b, bool tb, const mat_ball *bias, ctx_ball *ctx)
{
    const size_t n = ta ? a->rows : a->cols;
    const size_t row_a = ta ? 1 : a->cols, term_a = ta ? a->cols : 1;
    const size_t col_b = tb ? b->cols : 1, term_b = tb ? 1 : b->cols;
    const long bits = n == 0 || c->rows == 0 ? 2 : (long)(mpfr_get_prec(&a->e->mid) + mpfr_get_prec(&b->e->mid));
    mpfr_vec_reuse(ctx->term, ctx->n_term, ctx->term_bits, bits);
    for (size_t i = 0; i < c->rows; i++)
        for (size_t j = 0; j < c->cols; j++)
            dot(c->e + i * c->cols + j, a->e + i * row_a, term_a, b->e + j * col_b, term_b, n,
                bias != NULL ? bias->e + j : NULL, ctx);
}

bool
gemm_reserve_ball(size_t n, long a_bits, long b_bits, ctx_ball *ctx)
{
    free(ctx->term);
    free(ctx->terms);
    ctx->n_term = n + 1;
    ctx->term_bits = a_bits + b_bits;
    ctx->term = mpfr_vec_new(ctx->n_term, ctx->term_bits);
    ctx->terms = malloc(ctx->n_term * sizeof *ctx->terms);
    for (size_t k = 0; ctx->terms != NULL && ctx->term != NULL && k < ctx->n_term; k++)
        ctx->terms[k] = ctx->term + k;
    return ctx->term != NULL && ctx->terms != NULL;
}

#include "gemm/gemm_tmpl.c"
