/* SPDX-License-Identifier: Apache-2.0 */
/* identity_tmpl.c -- see identity.c */
void
NUM(op_run_identity)(NUM(tape) *t, const instruction *i, NUM(ctx) *ctx)
{
    NUM(vec_linear)(NUM(tape_out)(t, i, 0), NUM(tape_out)(t, i, 1), NUM(tape_in)(t, i, 0), ctx);
}
