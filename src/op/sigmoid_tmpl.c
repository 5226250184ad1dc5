/* SPDX-License-Identifier: Apache-2.0 */
/* sigmoid_tmpl.c -- see sigmoid.c */
void
NUM(op_run_sigmoid)(NUM(tape) *t, const instruction *i, NUM(ctx) *ctx)
{
    NUM(vec_sigmoid)(NUM(tape_out)(t, i, 0), NUM(tape_out)(t, i, 1), NUM(tape_in)(t, i, 0), ctx);
}
