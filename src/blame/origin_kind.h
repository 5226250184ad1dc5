/* SPDX-License-Identifier: Apache-2.0 */
/* origin_kind.h -- what can go wrong with a number of a gradient's pass */
#ifndef BLAME_ORIGIN_KIND_H
#define BLAME_ORIGIN_KIND_H

/* SIGMA_ABSORPTION: sigma(z) rounded to 1 (tanh: t^2 to 1). SIGMA_UNDERFLOW: sigma(z), or e^-|z|, is 0. SOFTMAX_ABSORPTION: p_y
   rounded to 1. SOFTMAX_UNDERFLOW: p_c is 0 (rewritten r_y: all of them). PRODUCT_UNDERFLOW: neither factor is 0, their product
   is. SUM_UNDERFLOW: the exact sum of the computed operands' products rounds to 0 and so does each product; SUM_CANCELLATION: they
   cancel, or the errors of the operands, each tolerable, add up. PRODUCT_INSIDE_BLAS: the operands' exact sum is fine, the result
   of the product is not. RELU_FLIP: rounding changed the sign of a pre-activation. OVERFLOW: a result is infinite or NaN, though
   its operands are finite. SUBNORMAL_LOSS: the result is subnormal. CANCELLATION: 1-s, 1-t^2, p_y-1 or
   x-mean of operands that are fine. ARGUMENT_ERROR: the function is fine at the computed argument, but the argument's error, small
   as it is against the argument, is amplified. ACCUMULATION: a product of two factors whose errors, each within the tolerance,
   add up beyond it. CLASS_FLIP: rounding chose a class for the margin other than that of the true logits, whose residual is then
   0, not 1. INVALID: inf - inf, 0 inf or a sum with NaN, of a weight, bias or input that is not finite, or not as the format
   rounds it. POOL_FLIP: rounding chose another number of a window as its largest. STORE: a number was fine, and was not any more
   as stored in a narrower format. SUM_ROUNDING: the operands' exact sum is fine, the result of additions that are rounded one by
   one is not. ROUNDED_MODEL: a sum is off with the model's numbers and the input as the format has them, and fine with their own.
   OPERAND_FLUSHED: a product or sum is off with its subnormal operands as 0, as the format takes them, and fine with their own
   values. */
typedef enum { ORIGIN_SIGMA_ABSORPTION, ORIGIN_SIGMA_UNDERFLOW, ORIGIN_SOFTMAX_ABSORPTION, ORIGIN_SOFTMAX_UNDERFLOW,
               ORIGIN_PRODUCT_UNDERFLOW, ORIGIN_SUM_UNDERFLOW, ORIGIN_SUM_CANCELLATION, ORIGIN_PRODUCT_INSIDE_BLAS,
               ORIGIN_RELU_FLIP, ORIGIN_OVERFLOW, ORIGIN_SUBNORMAL_LOSS, ORIGIN_CANCELLATION, ORIGIN_ARGUMENT_ERROR,
               ORIGIN_ACCUMULATION, ORIGIN_CLASS_FLIP, ORIGIN_INVALID, ORIGIN_POOL_FLIP, ORIGIN_STORE, ORIGIN_SUM_ROUNDING,
               ORIGIN_ROUNDED_MODEL, ORIGIN_OPERAND_FLUSHED, N_ORIGINS } origin_kind;
extern const char *const origin_names[N_ORIGINS];

#endif
