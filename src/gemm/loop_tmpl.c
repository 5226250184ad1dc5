/* SPDX-License-Identifier: Apache-2.0 */
/* loop_tmpl.c -- a format without a product of its own: what asks for one is refused (num/formats.def), and this is not called. */
#include <stdlib.h>

static void
NUM(gemm_native)(NUM(mat) *c, const NUM(mat) *a, bool ta, const NUM(mat) *b, bool tb, const NUM(mat) *bias, NUM(ctx) *ctx)
{
    (void)c, (void)a, (void)ta, (void)b, (void)tb, (void)bias, (void)ctx;
    abort();
}

bool
NUM(gemm_reserve)(size_t n, long a_bits, long b_bits, NUM(ctx) *ctx)
{
    (void)n, (void)a_bits, (void)b_bits, (void)ctx;
    return true;
}

const bool NUM(gemm_prepares) = false;
const bool NUM(gemm_spreads) = false;
