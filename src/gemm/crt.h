/* SPDX-License-Identifier: Apache-2.0 */
/* crt.h -- products of a matrix of MPFR numbers with a matrix of weights, or with another such one, exactly, by Chinese remainders.

   Row i of A is cut to integers I_ik 2^cut_i, |I_ik| < 2^F; the weights are integers J_kj 2^l, |J_kj| < 2^w. sum_k I_ik J_kj is
   computed modulo as many primes as determine it, each product of residues exact in its type: 22-bit primes in double by
   cblas_dgemm, or 13-bit primes in int16 by the CPU's instructions for them. The integers do not depend on what multiplies them.
   The idea of integer products that dgemm holds is from Ozaki, Ogita, Oishi, Rump, "Error-free transformations of matrix
   multiplication" (Numer. Algorithms 59, 2012); that of remainders, Ozaki, Uchino, Imamura, "Ozaki scheme II" (2025). */
#ifndef GEMM_CRT_H
#define GEMM_CRT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mpfr.h>

#include "core/gradient.h"

#include "num/context.h"

/* Numbers stride bytes apart: the elements of a matrix, or their midpoints. */
typedef struct {
    const __mpfr_struct *first;
    size_t stride;
} crt_numbers;

static inline const __mpfr_struct *
crt_number(crt_numbers a, size_t i)
{
    return (const __mpfr_struct *)(const void *)((const char *)a.first + i * a.stride);
}

/* One thread's primes and scratch, and the back end, which the CPU must have. NULL: out of memory. */
typedef struct crt crt;
crt *crt_new(ga_backend backend);
void crt_free(void *c);

/* The same for a context that has none yet and asks for other products than GA_LOOP; false: out of memory. */
bool crt_reserve(void **product, void (**product_free)(void *product), const context *common);

/* A copy of a matrix of finite numbers, row-major, as integers. It is the sum of slices of widths w <= CRT_MOST_WIDTH, so that one
   tiny weight does not make all of them wide. Residues are made when first needed; any number of threads may multiply with it. NULL
   if memory runs out or an element is not finite: then there is no such product. */
enum { CRT_MOST_WIDTH = 320 };
typedef struct crt_weights crt_weights;
crt_weights *crt_weights_new(const double *w, size_t rows, size_t cols);
void crt_weights_free(crt_weights *w); /* or NULL */
size_t crt_weights_cols(const crt_weights *w);
size_t crt_weights_slices(const crt_weights *w);

/* Room for a weight as an MPFR number. */
typedef struct {
    __mpfr_struct number;
    mp_limb_t limb[1];
} crt_room;

/* Element i of the matrix, row-major, in room; and whether it is negative, or -0; or just -0. */
mpfr_srcptr crt_weights_number(crt_room *room, const crt_weights *w, size_t i);
bool crt_weights_negative(const crt_weights *w, size_t i);
bool crt_weights_absent(const crt_weights *w, size_t i);

/* magnitude[i * cols + j] = |w_ij| 2^-scale of a slice: 0 if the weight is 0 or another slice's, else between 2^-CRT_MOST_WIDTH and
   1. Scales fall from slice to slice. */
const double *crt_weights_magnitude(const crt_weights *w, size_t slice, int64_t *scale);

/* C (rows x n) = A (rows x k) W, or A W^T if transposed, in integers with F = bits, or less if every row of A has fewer bits. False
   if memory runs out, there are not enough primes, or an element of A is not finite or its exponent beyond 2^60. */
bool crt_multiply(crt *c, crt_numbers a, size_t rows, size_t k, crt_weights *w, bool transposed, long bits);

/* Vectors of MPFR numbers: element e of vector i is number i step_n + e step_k. */
typedef struct {
    crt_numbers numbers;
    size_t n, step_n, step_k;
} crt_vectors;

/* C (a.n x b.n): the products of each vector of A, of k numbers, with each of B, both in integers with F = bits, or less. False
   likewise. */
bool crt_multiply_vectors(crt *c, const crt_vectors *a, const crt_vectors *b, size_t k, long bits);

/* In the last product, what was cut off A's element (row, k) is less than 2^crt_cut(row) if its lowest bit, 2^crt_lowest(row)[k],
   is below that, else 0; INT64_MAX for zeros. */
int64_t crt_cut(const crt *c, size_t row);
const int64_t *crt_lowest(const crt *c, size_t row);

/* The same of B's vectors. */
int64_t crt_second_cut(const crt *c, size_t col);
const int64_t *crt_second_lowest(const crt *c, size_t col);

/* C's element (row, j), exact, valid until the next call; its precision is what it takes. Fast in row order. NULL: out of
   memory. */
mpfr_srcptr crt_element(crt *c, size_t row, size_t j);

#endif
