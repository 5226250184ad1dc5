/* SPDX-License-Identifier: Apache-2.0 */
/* ops.h -- the operations a template may use on elements; a format's header defines OP(name), e.g. f64_##name.

   Output first, then operands, context last. Each arithmetic operation is rounded once, as the format rounds; an output may alias
   an input. */
#define num_set_zero OP(set_zero)
#define num_set OP(set)
#define num_set_d OP(set_d)     /* of a binary64 number, rounded to the format */
#define num_neg OP(neg)
#define num_abs OP(abs)
#define num_add OP(add)
#define num_sub OP(sub)
#define num_mul OP(mul)
#define num_div OP(div)
#define num_muladd OP(muladd)   /* r = r + a b, two roundings; uses ctx->t[0] */
#define num_dot OP(dot)         /* r = sum a b of n elements, r none of them: in C types products and sums in binary64, rounded once
                                   more at the end; else as by muladd from 0 on */
#define num_store OP(store)     /* (f, k, ctx): from here on num_narrow multiplies by 2^k, rounds to that format, which rounds to
                                   nearest or toward zero, and divides by 2^k, exactly where the own range allows it */
#define num_narrow OP(narrow)   /* rounded to that format, then to its own; in balls a */
#define num_narrow_all OP(narrow_all) /* of n numbers */
#define num_sqrt OP(sqrt)
#define num_exp OP(exp)
#define num_one_plus_exp_neg OP(one_plus_exp_neg) /* of n elements, not in place: r = 1 + e^-a, two roundings */
#define num_expm1 OP(expm1)
#define num_log OP(log)
#define num_log1p OP(log1p)
#define num_tanh OP(tanh)
#define num_erf OP(erf)
#define num_constant OP(constant) /* (r, smooth_constant, ctx): rounded to the format */
#define num_smooth OP(smooth)     /* (r, f, order, a, ctx): r = f(a) or f'(a) of num/smooth.h; in balls smooth_ball */
#define num_function OP(function) /* (r, f, order, a, c, ctx): likewise of num/function.h, with a constant or NULL; in balls
                                     function_ball */
#define num_sgn OP(sgn)         /* -1, 0, 1; 0 for NaN */
#define num_less OP(less)       /* false when either is NaN */
#define num_equal OP(equal)     /* false when either is NaN */
#define num_hull OP(hull)       /* a ball that contains both; never called in other formats */
#define num_is_nan OP(is_nan)
#define num_get_d OP(get_d)     /* rounded to binary64 */
#define num_get_number OP(get_number)
#define num_decade OP(decade)   /* floor(log10 |a|) of a finite non-zero number; else unspecified */
#define num_print OP(print)
#define num_vec_new OP(vec_new)
#define num_vec_free OP(vec_free)
