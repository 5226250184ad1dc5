/* SPDX-License-Identifier: Apache-2.0 */
/* smooth_tmpl.c -- see smooth.c */
#define SMOOTH(f, ...)                                                                                                             \
    void NUM(op_run_##f)(NUM(tape) *t, const instruction *i, NUM(ctx) *ctx)                                                        \
    {                                                                                                                              \
        NUM(vec_smooth)(NUM(tape_out)(t, i, 0), NUM(tape_out)(t, i, 1), NUM(tape_in)(t, i, 0), SMOOTH_##f, ctx);                   \
    }
#include "num/smooth.def"
#undef SMOOTH
