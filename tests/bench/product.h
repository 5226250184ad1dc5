/* SPDX-License-Identifier: Apache-2.0 */
/* product.h -- one product in all its representations: C = A W^T, A of m x k numbers of `bits` bits, W of n x k numbers of
   binary32. */
#ifndef BENCH_PRODUCT_H
#define BENCH_PRODUCT_H

#include "num/mp.h"
#include "num/vec_tmpl.h"
#include "gemm/gemm_tmpl.h"
#include "num/ball.h"
#include "num/vec_tmpl.h"
#include "gemm/gemm_tmpl.h"

#include "bench.h"

typedef struct {
    size_t m, k, n;
    long bits;
    bool wide;       /* magnitudes of a row of A from 2^-2000 to 1, else from 2^-8 or so */
    double *weight;  /* W's numbers */
    long width;      /* of W */
    ctx_mp *mp;      /* for making and checking */
    ctx_ball *ball;
    mat_mp a, w;
    mat_ball a_ball; /* with radii about 2^-bits |a| */
    __mpfr_struct *term; /* k exact terms, and pointers to them */
    mpfr_ptr *terms;
    mpfr_t sum;
} product;

void product_open(product *p, size_t m, size_t k, size_t n, long bits, bool wide);
void product_close(product *p);

/* Row i, column j: the correctly rounded sum of exact terms; the loop, two roundings a term. */
void product_sum(mpfr_ptr r, const product *p, size_t i, size_t j);
void product_loop(mpfr_ptr r, const product *p, size_t i, size_t j);

/* Multiplications and additions of a modular method whose primes carry prime_bits each: as many products of m x k x n as it takes
   to know sums of k terms below 2^(F + w), F the operands' bits and what is kept beyond them, w the weights' width: bits of the
   integers that they are in one scale, from the highest exponent to the last bit of the least. */
double product_work(size_t m, size_t k, size_t n, long bits, long width, double prime_bits);
long product_width(const double *weight, size_t n);

/* r = x as a ball whose midpoint fills the context's precision and whose radius is about 2^-bits |x|: x/3, times 3 rounded. */
void product_ball(ball *r, double x, ctx_ball *ctx);

/* Whether ball c contains x. */
bool product_contains(const ball *c, mpfr_srcptr x, const product *p);

#endif
