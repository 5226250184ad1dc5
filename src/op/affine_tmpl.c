/* SPDX-License-Identifier: Apache-2.0 */
/* A value whose images are so many rows each, as a matrix of them. */
static NUM(mat)
NUM(affine_rows)(const NUM(mat) *m, const instruction *i)
{
    NUM(mat) rows = *m;
    rows.rows *= op_rows(&i->a);
    rows.cols /= op_rows(&i->a);
    return rows;
}

void
NUM(op_run_affine)(NUM(tape) *t, const instruction *i, NUM(ctx) *ctx)
{
    const NUM(mat) x = NUM(affine_rows)(NUM(tape_in)(t, i, 0), i);
    NUM(mat) u = NUM(affine_rows)(NUM(tape_out)(t, i, 0), i);
    NUM(gemm)(&u, &x, false, NUM(tape_in)(t, i, 1), true, NUM(tape_in)(t, i, 2), ctx);
}

void
NUM(op_run_affine_input)(NUM(tape) *t, const instruction *i, NUM(ctx) *ctx)
{
    const NUM(mat) g = NUM(affine_rows)(NUM(tape_in)(t, i, 0), i);
    NUM(mat) back = NUM(affine_rows)(NUM(tape_out)(t, i, 0), i);
    NUM(gemm)(&back, &g, false, NUM(tape_in)(t, i, 1), false, NULL, ctx);
}

void
NUM(op_run_affine_weight)(NUM(tape) *t, const instruction *i, NUM(ctx) *ctx)
{
    const NUM(mat) g = NUM(affine_rows)(NUM(tape_in)(t, i, 0), i), x = NUM(affine_rows)(NUM(tape_in)(t, i, 1), i);
    NUM(gemm)(NUM(tape_out)(t, i, 0), &g, true, &x, false, NULL, ctx);
}

void
NUM(op_run_affine_bias)(NUM(tape) *t, const instruction *i, NUM(ctx) *ctx)
{
    const NUM(mat) g = NUM(affine_rows)(NUM(tape_in)(t, i, 0), i);
    NUM(vec_column_sums)(NUM(tape_out)(t, i, 0), &g, ctx);
}
