/* SPDX-License-Identifier: Apache-2.0 */
/* loop_scalar_tmpl.c -- the reference product, element by element. */
#include "core/call.h"

/* r = sum_k a_k b_k, terms at strides sa and sb. */
static void
NUM(dot_loop)(num *r, const num *a, size_t sa, const num *b, size_t sb, size_t n, NUM(ctx) *ctx)
{
    num_set_zero(r, ctx);
    for (size_t k = 0; k < n; k++)
        num_muladd(r, a + k * sa, b + k * sb, ctx); /* two roundings */
}

static void
NUM(gemm_loop)(NUM(mat) *c, const NUM(mat) *a, bool ta, const NUM(mat) *b, bool tb, const NUM(mat) *bias, NUM(ctx) *ctx)
{
    const size_t n = ta ? a->rows : a->cols;
    const size_t row_a = ta ? 1 : a->cols, term_a = ta ? a->cols : 1;
    const size_t col_b = tb ? b->cols : 1, term_b = tb ? 1 : b->cols;
    for (size_t i = 0; i < c->rows && call_ask() == GA_OK; i++)
        for (size_t j = 0; j < c->cols; j++) {
            num *r = c->e + i * c->cols + j;
            NUM(dot_loop)(r, a->e + i * row_a, term_a, b->e + j * col_b, term_b, n, ctx);
            if (bias != NULL)
                num_add(r, r, bias->e + j, ctx);
        }
}
