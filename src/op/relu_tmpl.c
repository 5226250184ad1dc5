/* SPDX-License-Identifier: Apache-2.0 */
/* relu_tmpl.c -- see relu.c */
void
NUM(op_run_relu)(NUM(tape) *t, const instruction *i, NUM(ctx) *ctx)
{
    NUM(vec_relu)(NUM(tape_out)(t, i, 0), NUM(tape_out)(t, i, 1), NUM(tape_in)(t, i, 0), ctx);
}
