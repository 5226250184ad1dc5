/* SPDX-License-Identifier: Apache-2.0 */
/* blas_tmpl.c -- the product of float and double by OpenBLAS (one thread: see blas.h). */
#include <cblas.h>

static void
NUM(gemm_native)(NUM(mat) *c, const NUM(mat) *a, bool ta, const NUM(mat) *b, bool tb, const NUM(mat) *bias, NUM(ctx) *ctx)
{
    CBLAS_GEMM(CblasRowMajor, ta ? CblasTrans : CblasNoTrans, tb ? CblasTrans : CblasNoTrans, (int)c->rows, (int)c->cols,
               (int)(ta ? a->rows : a->cols), 1, a->e, (int)a->cols, b->e, (int)b->cols, 0, c->e, (int)c->cols);
    for (size_t i = 0; bias != NULL && i < c->rows; i++) {
        num *restrict row = c->e + i * c->cols;
        const num *restrict from = bias->e;
#pragma omp simd
        for (size_t j = 0; j < c->cols; j++)
            num_add(row + j, row + j, from + j, ctx);
    }
}

bool
NUM(gemm_reserve)(size_t n, long a_bits, long b_bits, NUM(ctx) *ctx)
{
    (void)n, (void)a_bits, (void)b_bits, (void)ctx;
    return true;
}

const bool NUM(gemm_prepares) = false;
const bool NUM(gemm_spreads) = false;
