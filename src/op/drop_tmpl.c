/* SPDX-License-Identifier: Apache-2.0 */
/* drop_tmpl.c -- see drop.c */
void
NUM(op_run_drop)(NUM(tape) *t, const instruction *i, NUM(ctx) *ctx)
{
    for (size_t k = 0; k < 2; k++)
        NUM(vec_mul)(NUM(tape_out)(t, i, k), NUM(tape_in)(t, i, 1 + k), NUM(tape_in)(t, i, 3), ctx);
}
