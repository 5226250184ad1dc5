/* SPDX-License-Identifier: Apache-2.0 */
/* crt.h -- products of a matrix of MPFR numbers with a matrix of weights, exactly, by Chinese remainders over cblas_dgemm.

   Row i of A is cut to integers I_ik 2^(e_i - F), |I_ik| < 2^F, e_i the exponent of its largest element; the weights are
   integers J_kj 2^l, |J_kj| < 2^w. sum_k I_ik J_kj is computed modulo as many primes below 2^22 as it takes to know it: balanced
   residues are at most 2^21, so that a sum of 1024 of their products is below 2^52 and every order of additions in double is
   exact. Ozaki, Ogita, Oishi, Rump, "Error-free transformations of matrix multiplication" (Numer. Algorithms 59, 2012) has the
   idea of products in integers that dgemm holds; Ozaki, Uchino, Imamura, "Ozaki scheme II" (2025) that of remainders. */
#ifndef GEMM_CRT_H
#define GEMM_CRT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mpfr.h>

/* Numbers at a distance of stride bytes: the elements of a matrix, or their midpoints. */
typedef struct {
    const __mpfr_struct *first;
    size_t stride;
} crt_numbers;

/* One thread's primes and scratch. */
typedef struct crt crt;
crt *crt_new(void); /* NULL: out of memory */
void crt_free(crt *c);

/* A matrix of finite numbers, row-major, kept as integers; their residues are made when they are first needed. NULL where memory is
   out, or an element is not finite, or the width w is beyond CRT_MOST_WIDTH: then there is no such product. */
enum { CRT_MOST_WIDTH = 600, CRT_MOST_PRIMES = 512 };
typedef struct crt_weights crt_weights;
crt_weights *crt_weights_new(crt_numbers numbers, size_t rows, size_t cols);
void crt_weights_free(crt_weights *w);
size_t crt_weights_rows(const crt_weights *w);
size_t crt_weights_cols(const crt_weights *w);

/* magnitude[i * cols + j] = |w_ij| 2^-scale: 0, or between 2^-CRT_MOST_WIDTH and 1; exact where w has 53 bits, else rounded up. */
const double *crt_weights_magnitude(const crt_weights *w, int64_t *scale);

/* C (rows x n) = A (rows x k) W, or A W^T if transposed, of integers; bits: F at least. False where memory is out, more than
   CRT_MOST_PRIMES primes would be needed, or an element's exponent is beyond 2^60. A's elements are finite. */
bool crt_multiply(crt *c, crt_numbers a, size_t rows, size_t k, crt_weights *w, bool transposed, long bits);

/* Of the last product: what was cut off A's element (row, k) is less than 2^crt_cut(row) if dropped, else 0. */
int64_t crt_cut(const crt *c, size_t row);
bool crt_dropped(const crt *c, size_t row, size_t k);

/* C's element (row, j), exact, valid until the next call; its precision is what it takes. */
mpfr_srcptr crt_element(crt *c, size_t row, size_t j);

#endif
