/* SPDX-License-Identifier: Apache-2.0 */
/* upstream_tmpl.c -- see upstream.c */
void
NUM(op_run_upstream)(NUM(tape) *t, const instruction *i, NUM(ctx) *ctx)
{
    const NUM(mat) *o = NUM(tape_in)(t, i, 0), *u = NUM(tape_in)(t, i, 1);
    NUM(mat) *product = NUM(tape_out)(t, i, 0), *residual = NUM(tape_out)(t, i, 1);
    for (size_t row = 0; row < o->rows; row++) {
        num *loss = NUM(tape_out)(t, i, 2)->e + row;
        num_set_zero(loss, ctx);
        for (size_t k = row * o->cols; k < (row + 1) * o->cols; k++) {
            num_mul(product->e + k, u->e + k, o->e + k, ctx);
            num_add(loss, loss, product->e + k, ctx);
            num_set(residual->e + k, u->e + k, ctx);
        }
    }
    NUM(vec_keep_rows)(residual, t->first, t->end, ctx);
}
