/* SPDX-License-Identifier: Apache-2.0 */
/* gemm_tmpl.h -- matrix products of a format. Included once for each format, after num/vec_tmpl.h. */

/* c = op(a) op(b) + bias, where op transposes if ta, tb say so and bias (one row, NULL: none) is added to every row. c may
   not alias an operand; its old contents are not used. By ctx->common.product:
   loop  every operation rounded: c_ij = 0, then c_ij + a_ik b_kj in increasing k, then the bias. Infinities, NaN, overflow and
         underflow are those of each operation; a zero is +0;
   blas  (float, double) OpenBLAS in its own order, then the bias: |blas - loop| <= 2 gamma_(n+1) (sum |a_ik| |b_kj|
         + |bias|) + 2n eta, gamma_n = n u/(1 - n u), for n terms, unit roundoff u and least subnormal eta (Higham, Accuracy and
         Stability, sec. 2.8 and 3.1), if no partial sum overflows; if one does, the result is infinite or NaN, as
         its order has it. Infinite and NaN terms count as in loop. The sign of a zero is not specified;
   dot   (MPFR) the correctly rounded value of the exact sum with its bias, as by mpfr_sum of the exact terms; an exact
         zero is -0 only if every term is -0. A term or a sum beyond MPFR's exponent range becomes infinite, 0 or the least
         number, rounded to nearest; infinities of both signs and infinity times 0 give NaN. */
void NUM(gemm)(NUM(mat) *c, const NUM(mat) *a, bool ta, const NUM(mat) *b, bool tb, const NUM(mat) *bias, NUM(ctx) *ctx);

/* Makes room for sums of n terms, of operands with a_bits and b_bits; call before the first dot product. False if memory runs out.
   Does nothing in float, double and float16. */
bool NUM(gemm_reserve)(size_t n, long a_bits, long b_bits, NUM(ctx) *ctx);

/* Whether products other than loop use the second operand's `prepared`, with which they are faster: then it needs no elements. */
extern const bool NUM(gemm_prepares);

/* Whether they may take it with more weights (op_graph.spread): a sum of more terms, those with a weight of -0 absent, and a bias
   for every so many columns of the result. */
extern const bool NUM(gemm_spreads);
