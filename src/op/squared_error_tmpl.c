/* SPDX-License-Identifier: Apache-2.0 */
/* squared_error_tmpl.c -- see squared_error.c */
void
NUM(op_run_squared_error)(NUM(tape) *t, const instruction *i, NUM(ctx) *ctx)
{
    const NUM(mat) *o = NUM(tape_in)(t, i, 0), *y = NUM(tape_in)(t, i, 1);
    NUM(mat) *difference = NUM(tape_out)(t, i, 0), *residual = NUM(tape_out)(t, i, 1);
    num *loss = NUM(tape_out)(t, i, 2)->e;
    for (size_t row = 0; row < o->rows; row++) {
        num_set_zero(loss + row, ctx);
        for (size_t k = row * o->cols; k < (row + 1) * o->cols; k++) {
            num *d = difference->e + k;
            num_sub(d, o->e + k, y->e + k, ctx);
            num_add(residual->e + k, d, d, ctx); /* exact but for overflow */
            num_muladd(loss + row, d, d, ctx);
        }
    }
    NUM(vec_keep_rows)(residual, t->first, t->end, ctx);
}
