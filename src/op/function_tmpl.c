/* SPDX-License-Identifier: Apache-2.0 */
/* function_tmpl.c -- see function.c */
#define FUNCTION(f, words, onnx, classes, takes)                                                                                   \
    void NUM(op_run_##f)(NUM(tape) *t, const instruction *i, NUM(ctx) *ctx)                                                        \
    {                                                                                                                              \
        NUM(vec_function)(NUM(tape_out)(t, i, 0), NUM(tape_out)(t, i, 1), NUM(tape_in)(t, i, 0), FUNCTION_##f,                     \
                          takes ? NUM(tape_in)(t, i, 1) : NULL, ctx);                                                              \
    }
#include "num/functions.def"
#undef FUNCTION
