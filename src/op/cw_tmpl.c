/* SPDX-License-Identifier: Apache-2.0 */
/* cw_tmpl.c -- see cw.c */
void
NUM(op_run_cw)(NUM(tape) *t, const instruction *i, NUM(ctx) *ctx)
{
    NUM(mat) *residual = NUM(tape_out)(t, i, 1);
    const num *kappa = NUM(tape_in)(t, i, 1)->e;
    num *zero = ctx->t + 1;
    NUM(vec_margin)(NUM(tape_out)(t, i, 0), residual, NUM(tape_out)(t, i, 2), NUM(tape_in)(t, i, 0), t->label, ctx);
    num_set_zero(zero, ctx);
    for (size_t row = 0; row < residual->rows; row++) {
        num *r = residual->e + row * residual->cols, *loss = NUM(tape_out)(t, i, 2)->e + row;
        const bool beyond = num_less(kappa, loss), within = num_less(loss, kappa) || num_equal(loss, kappa);
        if (within || num_is_nan(loss))
            continue;
        for (size_t c = 0; c < residual->cols; c++)
            if (beyond)
                num_set_zero(r + c, ctx);
            else
                num_hull(r + c, r + c, zero, ctx);
        if (beyond)
            num_set(loss, kappa, ctx);
        else
            num_hull(loss, loss, kappa, ctx);
    }
    NUM(vec_keep_rows)(residual, t->first, t->end, ctx);
}
