/* SPDX-License-Identifier: Apache-2.0 */
/* matmul_tmpl.c -- see matmul.c */
#include "op/matmul.h"

/* Matrix b of all images' of a value, rows x cols numbers. */
static NUM(mat)
NUM(matmul_part)(const NUM(mat) *m, size_t b, size_t rows, size_t cols)
{
    return (NUM(mat)){ m->e + b * rows * cols, rows, cols, NULL };
}

void
NUM(op_run_matmul)(NUM(tape) *t, const instruction *i, NUM(ctx) *ctx)
{
    const matmul_sizes s = matmul_sizes_of(&i->a);
    const NUM(mat) *x = NUM(tape_in)(t, i, 0), *y = NUM(tape_in)(t, i, 1), *z = NUM(tape_out)(t, i, 0);
    for (size_t b = 0; b < x->rows * s.n_matrices; b++) {
        const NUM(mat) left = NUM(matmul_part)(x, b, s.m, s.k), right = NUM(matmul_part)(y, b, s.k, s.n);
        NUM(mat) product = NUM(matmul_part)(z, b, s.m, s.n);
        NUM(gemm)(&product, &left, false, &right, false, NULL, ctx);
    }
}

void
NUM(op_run_matmul_left)(NUM(tape) *t, const instruction *i, NUM(ctx) *ctx)
{
    const matmul_sizes s = matmul_sizes_of(&i->a);
    const NUM(mat) *g = NUM(tape_in)(t, i, 0), *y = NUM(tape_in)(t, i, 1), *dx = NUM(tape_out)(t, i, 0);
    for (size_t b = 0; b < g->rows * s.n_matrices; b++) {
        const NUM(mat) gradient = NUM(matmul_part)(g, b, s.m, s.n), right = NUM(matmul_part)(y, b, s.k, s.n);
        NUM(mat) left = NUM(matmul_part)(dx, b, s.m, s.k);
        NUM(gemm)(&left, &gradient, false, &right, true, NULL, ctx);
    }
}

void
NUM(op_run_matmul_right)(NUM(tape) *t, const instruction *i, NUM(ctx) *ctx)
{
    const matmul_sizes s = matmul_sizes_of(&i->a);
    const NUM(mat) *g = NUM(tape_in)(t, i, 0), *x = NUM(tape_in)(t, i, 1), *dy = NUM(tape_out)(t, i, 0);
    for (size_t b = 0; b < g->rows * s.n_matrices; b++) {
        const NUM(mat) gradient = NUM(matmul_part)(g, b, s.m, s.n), left = NUM(matmul_part)(x, b, s.m, s.k);
        NUM(mat) right = NUM(matmul_part)(dy, b, s.k, s.n);
        NUM(gemm)(&right, &left, true, &gradient, false, NULL, ctx);
    }
}
