/* SPDX-License-Identifier: Apache-2.0 */
/* gemm_tmpl.c -- the products' dispatch; the reference product is NUM(gemm_loop), the format's own is NUM(gemm_native). */
#include <assert.h>

void
NUM(gemm)(NUM(mat) *c, const NUM(mat) *a, bool ta, const NUM(mat) *b, bool tb, const NUM(mat) *bias, NUM(ctx) *ctx)
{
    assert(c->rows == (ta ? a->cols : a->rows) && c->cols == (tb ? b->rows : b->cols));
    assert((ta ? a->rows : a->cols) == (tb ? b->cols : b->rows));
    assert(bias == NULL || (bias->rows == 1 && (bias->cols == c->cols || (NUM(gemm_spreads) && c->cols % bias->cols == 0))));
    context_trace(&ctx->common, "gemm", c->rows, c->cols);
    if (ctx->common.product == GA_LOOP)
        NUM(gemm_loop)(c, a, ta, b, tb, bias, ctx);
    else
        NUM(gemm_native)(c, a, ta, b, tb, bias, ctx);
}
