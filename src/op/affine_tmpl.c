/* SPDX-License-Identifier: Apache-2.0 */
/* affine_tmpl.c -- see affine.c */
void
NUM(op_run_affine)(NUM(tape) *t, const instruction *i, NUM(ctx) *ctx)
{
    NUM(gemm)(NUM(tape_out)(t, i, 0), NUM(tape_in)(t, i, 0), false, NUM(tape_in)(t, i, 1), true, NUM(tape_in)(t, i, 2), ctx);
}

void
NUM(op_run_affine_input)(NUM(tape) *t, const instruction *i, NUM(ctx) *ctx)
{
    NUM(gemm)(NUM(tape_out)(t, i, 0), NUM(tape_in)(t, i, 0), false, NUM(tape_in)(t, i, 1), false, NULL, ctx);
}

void
NUM(op_run_affine_weight)(NUM(tape) *t, const instruction *i, NUM(ctx) *ctx)
{
    NUM(gemm)(NUM(tape_out)(t, i, 0), NUM(tape_in)(t, i, 0), true, NUM(tape_in)(t, i, 1), false, NULL, ctx);
}

void
NUM(op_run_affine_bias)(NUM(tape) *t, const instruction *i, NUM(ctx) *ctx)
{
    NUM(vec_column_sums)(NUM(tape_out)(t, i, 0), NUM(tape_in)(t, i, 0), ctx);
}
