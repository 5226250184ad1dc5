/* SPDX-License-Identifier: Apache-2.0 */
/* tanh_tmpl.c -- see tanh.c */
void
NUM(op_run_tanh)(NUM(tape) *t, const instruction *i, NUM(ctx) *ctx)
{
    NUM(vec_tanh)(NUM(tape_out)(t, i, 0), NUM(tape_out)(t, i, 1), NUM(tape_in)(t, i, 0), ctx);
}
